//! Poisson(rate): probability rate^k exp(−rate)/k! of k = 0, 1, …

use rand::Rng;

use super::{ArgumentList, Distribution, Domain, Scalar, Support, random};
use crate::fused;
use crate::program::fused::Fused;
use crate::special::{bd0, count_constant, lgamma, regularised_gamma, vector};

/// Poisson(rate): probability rate^k exp(−rate)/k! of k = 0, 1, …
#[derive(Clone, Copy, Debug)]
pub struct Poisson;

static LISTS: &[ArgumentList] = &[ArgumentList { names: &["rate"], domains: &[Domain::NonNegative] }];

impl Distribution for Poisson {
    fn name(&self) -> &'static str {
        "Poisson"
    }

    fn argument_lists(&self) -> &'static [ArgumentList] {
        LISTS
    }

    fn support(&self) -> Support {
        Support::Count
    }

    fn scalar(&self) -> Option<&dyn Scalar> {
        Some(self)
    }
}

impl Scalar for Poisson {
    fn log_density_at(&self, x: f64, args: &[f64]) -> f64 {
        log_mass(x, args[0])
    }

    fn cdf_at(&self, x: f64, args: &[f64]) -> f64 {
        regularised_gamma(x + 1.0, args[0]).1
    }

    fn draw(&self, args: &[f64], rng: &mut dyn Rng) -> f64 {
        random::poisson(args[0], rng)
    }

    fn moments(&self, args: &[f64]) -> (f64, f64) {
        (args[0], args[0])
    }
}

/// k log(mean) − mean − log k!, as c(k) less the deviance of k at the mean.
pub(super) fn log_mass(k: f64, mean: f64) -> f64 {
    count_constant(k) - bd0(k, mean)
}

/// −log k!: the log probability less either kernel.
pub fn base(k: f64) -> f64 {
    -lgamma(k + 1.0)
}

/// k η − exp(η), of (k, η), η the logarithm of the rate.
pub static LINK_KERNEL: Fused = fused!("poisson kernel, link scale", 2, link);

/// k log(rate) − rate, of (k, rate); the rate may be 0 where k is.
pub static RATE_KERNEL: Fused = fused!("poisson kernel, rate scale", 2, rate_scale);

#[inline(always)]
fn link([k, eta]: [f64; 2]) -> (f64, [f64; 2]) {
    let rate = vector::exp(eta);
    let linear = if k == 0.0 { 0.0 } else { k * eta };
    (linear - rate, [0.0, k - rate])
}

#[inline(always)]
fn rate_scale([k, rate]: [f64; 2]) -> (f64, [f64; 2]) {
    let none = k == 0.0;
    let (linear, slope) = (k * vector::log(rate), k / rate);
    (if none { 0.0 } else { linear } - rate, [0.0, if none { 0.0 } else { slope } - 1.0])
}
