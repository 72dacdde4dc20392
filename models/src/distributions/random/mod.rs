//! Random variates that stay exact at the extremes.

mod buffered;
mod counts;
mod gamma;
mod ratio_of_uniforms;

pub use counts::{binomial, binomial_logit, binomial_shares, hypergeometric, poisson};
pub use gamma::{log_gamma, log_gammas, logit_beta, logit_betas};

use rand::Rng;
use rand_distr::{Distribution, Exp1, Open01, StandardNormal};

/// A standard normal variate.
pub fn standard_normal(rng: &mut dyn Rng) -> f64 {
    StandardNormal.sample(rng)
}

/// A standard exponential variate: −log U.
pub fn standard_exponential(rng: &mut dyn Rng) -> f64 {
    Exp1.sample(rng)
}

/// A uniform variate between 0 and 1, both excluded.
pub fn open_uniform(rng: &mut dyn Rng) -> f64 {
    Open01.sample(rng)
}
