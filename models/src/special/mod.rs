//! Special functions of a real argument, without cancellation at any magnitude the engine meets.
//!
//! Everything here is a pure function of `f64`s: no state, no allocation. Each function states its formula, domain and
//! measured accuracy. *Scaled error* means `|error| / max(1, |value|)`; `ε` is 2⁻⁵³ ≈ 1.1e-16. Outside its domain a
//! function returns NaN. The tables of `models/tests/tables` hold reference values of 50 and more digits.

mod beta;
mod deviance;
mod digamma;
mod erf;
mod gamma;
mod incomplete_beta;
mod incomplete_gamma;
mod log_sum_exp;
mod logistic;
mod negative_binomial_ratio;
mod normal;
mod polynomial;
mod quantile;
mod stirling;
mod sum;
pub mod vector;

pub use beta::{lbeta, lbeta_partials, log_choose};
pub use deviance::{bd0, difference_of_products, log1pmx};
pub use digamma::{digamma, trigamma};
pub use erf::{erf, erfc, erfcx};
pub use gamma::{lgamma, log_rising};
pub use incomplete_beta::regularised_beta;
pub(crate) use incomplete_beta::{centred_difference, log_beta_weight};
pub(crate) use incomplete_gamma::log_gamma_weight;
pub use incomplete_gamma::regularised_gamma;
pub use log_sum_exp::{log_diff_exp, log_sum_exp, log_sum_exp_pair};
pub use logistic::{expm1, inv_logit, log_inv_logit, log1m_exp, log1p, logit, logit_from_log, softplus};
pub use negative_binomial_ratio::{
    BetaBinomial, MeanRatioTerm, RatioTerm, beta_binomial, count_constant, ratio_end, ratio_end_by_mean, ratio_start,
    ratio_start_by_mean, ratio_term, ratio_term_by_mean, ratio_total,
};
pub(crate) use negative_binomial_ratio::{Odds, Scaled, saddle};
pub use normal::{log_normal_cdf, normal_cdf, normal_quantile};
pub use quantile::{beta_quantile_logit, gamma_quantile};
pub use stirling::{digamma_remainder, stirling_and_remainder, stirling_error};
pub use sum::Sum;

/// log(2π)/2.
pub const HALF_LOG_TWO_PI: f64 = 0.918_938_533_204_672_8;
