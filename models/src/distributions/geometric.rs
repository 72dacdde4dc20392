//! Geometric(p): probability p (1 − p)^k of k = 0, 1, … failures before the first success.
//!
//! Each kernel is that of the Binomial for 1 success in k + 1 trials; nothing is left over.

use rand::Rng;

use super::random::standard_exponential;
use super::{ArgumentList, Distribution, Domain, Scalar, Support, binomial};
use crate::fused;
use crate::program::fused::Fused;

/// Geometric(p): probability p (1 − p)^k of k = 0, 1, … failures before the first success.
#[derive(Clone, Copy, Debug)]
pub struct Geometric;

static LISTS: &[ArgumentList] = &[ArgumentList { names: &["p"], domains: &[Domain::PositiveUnit] }];

impl Distribution for Geometric {
    fn name(&self) -> &'static str {
        "Geometric"
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

impl Scalar for Geometric {
    fn log_density_at(&self, x: f64, args: &[f64]) -> f64 {
        probability([x, args[0]]).0
    }

    fn cdf_at(&self, x: f64, args: &[f64]) -> f64 {
        -((x + 1.0) * (-args[0]).ln_1p()).exp_m1()
    }

    fn draw(&self, args: &[f64], rng: &mut dyn Rng) -> f64 {
        // The whole part of an exponential variate; p = 1 divides by ∞.
        (standard_exponential(rng) / -(-args[0]).ln_1p()).floor()
    }

    fn moments(&self, args: &[f64]) -> (f64, f64) {
        let mean = (1.0 - args[0]) / args[0];
        (mean, mean / args[0])
    }
}

/// −softplus(−η) − k softplus(η), of (k, η), η the logit of p.
pub static LINK_KERNEL: Fused = fused!("geometric kernel, link scale", 2, link);

/// log p + k log(1 − p), of (k, p).
pub static PROBABILITY_KERNEL: Fused = fused!("geometric kernel, probability scale", 2, probability);

/// log p + k log(1 − p), of (k, log p, log(1 − p)).
pub static LOG_KERNEL: Fused = fused!("geometric kernel, log scale", 3, log_scale);

#[inline(always)]
fn link([k, eta]: [f64; 2]) -> (f64, [f64; 2]) {
    let (value, d) = binomial::link([1.0, k + 1.0, eta]);
    (value, [0.0, d[2]])
}

#[inline(always)]
fn probability([k, p]: [f64; 2]) -> (f64, [f64; 2]) {
    let (value, d) = binomial::probability([1.0, k + 1.0, p]);
    (value, [0.0, d[2]])
}

#[inline(always)]
fn log_scale([k, log_p, log1m_p]: [f64; 3]) -> (f64, [f64; 3]) {
    let (value, d) = binomial::log_scale([1.0, k + 1.0, log_p, log1m_p]);
    (value, [0.0, d[2], d[3]])
}
