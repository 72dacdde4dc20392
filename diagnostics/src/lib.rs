//! Diagnostics of Markov chains and of the models they fit: numbers in, judgement out.
//!
//! A sampler returns draws whether or not it worked. The functions here ask the draws themselves:
//! do the chains agree ([`rhat()`]), how much do the draws know ([`ess_bulk`], [`ess_tail`]), how
//! far off may each estimate be ([`mcse_mean`] and its siblings), did the sampler reach the tails
//! ([`e_bfmi`])? [`summarize`] answers all of it for one scalar in one pass, [`summarize_many`] for
//! many in parallel, and [`verdict::judge`] turns the answers into words: what is wrong, how bad it
//! is, and what to try. [`check_ranks`] serves the question before all others, whether the
//! inference is right at all, by simulation-based calibration.
//!
//! ```
//! use polya_diagnostics::verdict::{Evidence, Origin, Row, judge};
//! use polya_diagnostics::{Chains, summarize};
//!
//! // Two chains that wander around different places.
//! let chain = |centre: f64| (0..200).map(move |i| centre + (f64::from(i) * 0.7).sin());
//! let draws: Vec<f64> = chain(0.0).chain(chain(1.0)).collect();
//!
//! let summary = summarize(Chains::new(&draws, 2).expect("two chains of 200 draws"));
//! let kappa = Row { name: "kappa", origin: Origin::Sampled, independent: false, summary: &summary };
//! let verdict = judge(&Evidence { rows: vec![kappa], chains: 2, draws: 200, ..Evidence::default() });
//!
//! assert!(!verdict.ok);
//! println!("{}", verdict.warnings[0].message);
//! assert!(verdict.warnings[0].message.starts_with("R-hat of kappa is 1."));
//! ```
//!
//! When the draws can be trusted, they say whether the model can:
//!
//! | question | functions |
//! | --- | --- |
//! | How well does it predict rows it has not seen? | [`loo()`], [`waic()`] |
//! | Which model predicts best, and in which mixture? | [`compare()`], [`stacking_weights`], [`pseudo_bma_plus`] |
//! | How probable are the data under it? | [`bridge()`] |
//! | Are its predictions as sure as they should be? | [`PitInterval`], [`loo_pit`], [`pit_histogram`], [`uniformity()`], [`coverage()`] |
//! | Does the data it makes look like the data it was given? | [`predictive_check`], [`predictive_p_value`], [`binomial_dispersion`], [`multinomial_dispersion`], [`rootogram()`] |
//! | Is it the prior or the data that speaks? | [`PowerScaled`], [`sensitivities`] |
//! | What is there to report? | [`highest_density_interval`], [`equal_tailed_interval`], [`mode`], [`region_shares`], [`probability_of_direction`] |
//! | Which level is best? | [`rank_distribution`], [`best_probabilities`], [`expected_losses`] |
//!
//! # Definitions
//!
//! Those of the chains are those of the R package `posterior` (Vehtari, Gelman, Simpson, Carpenter and Bürkner
//! 2021), and agree with it to 1e-10. A diagnostic that does not exist is `None`, never a number
//! that looks good: a constant has no R-hat, not one of 1. What differs from R, and why:
//!
//! | where | R | here |
//! | --- | --- | --- |
//! | tail ESS where one tail quantile is the maximum, as for most 0/1 quantities | NA | that of the other tail |
//! | R-hat of two values around the median | NA | that of the ranks alone |
//! | chains that are each constant at a different value | about 1e15 | infinite |
//! | draws with a large offset | loses digits | centred first |
//! | a constant | range below 2.2e-16 | range within rounding of the magnitude, so that tiny quantities count |
//! | quantiles between infinities | may be NaN | infinite |
//!
//! Importance sampling and cross-validation follow `loo` with the fit of tails of `posterior` 1.7,
//! power scaling follows `priorsense`, the marginal likelihood `bridgesampling`. Here, too, some
//! things differ:
//!
//! | where | R | here |
//! | --- | --- | --- |
//! | a row as likely under every draw | k infinite | no k, and no cause for concern |
//! | relative efficiency of a constant | 0.5 | none, taken as 1 |
//! | stacking weights | up to 3e-4 from the optimum | the optimum, with a proof |
//! | error of a marginal likelihood | the part of the draws once more times its variance | Frühwirth-Schnatter's formula |
//! | uniformity of ranks | the middle of both tails, in the newest `posterior` | both tails in full, which keeps the level |
//!
//! # How the parts fit
//!
//! A private workspace sorts the draws of a scalar once. From that order come the quantiles, the
//! ranks, and by merging outward from the median the ranks of the folded draws. Each transformation
//! is cut into halves and handed to one estimator of autocovariances, which works lag by lag as
//! long as that is cheaper than a Fourier transform; R-hat and ESS read what they need from it.
//!
//! Whatever needs draws from a distribution other than the one there are draws of, [`loo()`],
//! [`loo_pit`] and [`PowerScaled`], weighs them by [`psis()`], which smooths the largest weights by a
//! [`GeneralizedPareto`] distribution and reports its shape `k`. Matrices of log likelihoods come in as
//! [`Columns`], one row of data at a time, and need not exist as a whole. What is summed over rows or
//! draws is computed in parallel and added in order: the number of threads changes no bit.

// Tests may panic; what input can reach must not.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable))]
#![forbid(unsafe_code)]

mod autocovariance;
mod bridge;
mod chains;
mod columns;
mod compare;
mod coverage;
mod dispersion;
mod ecdf;
mod energy;
mod ess;
mod intervals;
mod linear;
mod loo;
mod mcse;
mod nested;
mod order;
mod pareto;
mod pit;
mod predictive;
mod psis;
mod quantile;
mod rank;
mod ranking;
mod rhat;
mod rootogram;
mod sensitivity;
pub mod special;
mod stacking;
mod summary;
mod sums;
mod tail;
mod uniformity;
pub mod verdict;
mod waic;
mod workspace;

pub use bridge::{Bridge, BridgeDensities, BridgeDraws, BridgeError, bridge};
pub use chains::Chains;
pub use columns::{ByDraw, ByRow, Columns, Written};
pub use compare::{CompareError, Comparison, compare, pseudo_bma, pseudo_bma_plus};
pub use coverage::{COVERAGE_MASSES, Coverage, coverage};
pub use dispersion::{binomial_dispersion, binomial_dispersion_around, multinomial_dispersion};
pub use ecdf::{EcdfBands, RankCheck, check_ranks};
pub use energy::e_bfmi;
pub use ess::{ess_bulk, ess_mean, ess_median, ess_quantile, ess_sd, ess_tail};
pub use intervals::{
    Interval, RegionShares, equal_tailed_interval, highest_density_interval, mode, probability_above,
    probability_of_direction, region_shares,
};
pub use loo::{Efficiency, Loo, LooError, LooRow, loo};
pub use mcse::{mcse_mean, mcse_median, mcse_quantile, mcse_sd};
pub use nested::rhat_nested;
pub use pareto::{GeneralizedPareto, pareto_convergence_rate, pareto_draws_needed, pareto_k, pareto_k_limit};
pub use pit::{PitInterval, loo_pit, pit_distribution, pit_histogram};
pub use predictive::{PredictiveCheck, Statistic, predictive_check, replicated_statistics};
pub use psis::{Psis, PsisError, psis, relative_efficiency};
pub use quantile::quantile;
pub use ranking::{Best, RankDistribution, best_probabilities, expected_losses, rank_distribution};
pub use rhat::{rhat, rhat_basic};
pub use rootogram::{RootogramBar, rootogram};
pub use sensitivity::{
    Diagnosis, PowerScaled, SENSITIVITY_LIMIT, Sensitivity, cumulative_jensen_shannon, sensitivities,
};
pub use stacking::{Stacking, stacking_weights};
pub use summary::{ScalarSummary, Summarizer, summarize, summarize_many};
pub use tail::predictive_p_value;
pub use uniformity::{Uniformity, UniformityTest, cauchy_combination, rank_uniformity, uniformity};
pub use waic::{Waic, WaicRow, waic};
