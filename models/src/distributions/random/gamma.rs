//! Gamma and beta variates on the log and logit scales, where they neither underflow nor round to 1.

use rand::Rng;
use rand_distr::Distribution;

use super::standard_exponential;

/// The logarithm of a Gamma(shape, 1) variate, for shape > 0; NaN otherwise.
///
/// Below shape 1, log G(shape) = log G(shape + 1) + log(U)/shape (Marsaglia and Tsang 2000, §6), which is exact where
/// the variate itself underflows.
pub fn log_gamma(shape: f64, rng: &mut dyn Rng) -> f64 {
    let at_least_one = |shape: f64, rng: &mut dyn Rng| match rand_distr::Gamma::new(shape, 1.0) {
        Ok(gamma) => gamma.sample(rng).ln(),
        Err(_) => f64::NAN,
    };
    if shape >= 1.0 {
        at_least_one(shape, rng)
    } else if shape > 0.0 {
        at_least_one(shape + 1.0, rng) - standard_exponential(rng) / shape
    } else {
        f64::NAN
    }
}

/// The logit of a Beta(alpha, beta) variate: the difference of two [`log_gamma`] variates.
pub fn logit_beta(alpha: f64, beta: f64, rng: &mut dyn Rng) -> f64 {
    log_gamma(alpha, rng) - log_gamma(beta, rng)
}
