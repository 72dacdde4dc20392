//! Exponential(rate): density rate exp(−rate x) for x ≥ 0.

use rand::Rng;

use super::random::standard_exponential;
use super::{ArgumentList, Distribution, Domain, KernelInputs, Pieces, Scalar, Support};
use crate::fused;
use crate::program::fused::Fused;
use crate::special::vector;

/// Exponential(rate): density rate exp(−rate x) for x ≥ 0.
#[derive(Clone, Copy, Debug)]
pub struct Exponential;

static LISTS: &[ArgumentList] = &[ArgumentList { names: &["rate"], domains: &[Domain::Positive] }];

impl Distribution for Exponential {
    fn name(&self) -> &'static str {
        "Exponential"
    }

    fn argument_lists(&self) -> &'static [ArgumentList] {
        LISTS
    }

    fn support(&self) -> Support {
        Support::NonNegative
    }

    fn scalar(&self) -> Option<&dyn Scalar> {
        Some(self)
    }
}

impl Scalar for Exponential {
    fn log_density_at(&self, x: f64, args: &[f64]) -> f64 {
        args[0].ln() - args[0] * x
    }

    fn cdf_at(&self, x: f64, args: &[f64]) -> f64 {
        -(-args[0] * x).exp_m1()
    }

    fn draw(&self, args: &[f64], rng: &mut dyn Rng) -> f64 {
        standard_exponential(rng) / args[0]
    }

    fn moments(&self, args: &[f64]) -> (f64, f64) {
        let mean = 1.0 / args[0];
        (mean, mean * mean)
    }

    fn pieces(&self) -> Option<Pieces> {
        Some(Pieces { inputs: KernelInputs::XLogX, kernel: &KERNEL, normaliser: &NORMALISER })
    }
}

/// −rate x, of (x, log x, rate).
pub static KERNEL: Fused = fused!("exponential kernel", 3, kernel);

/// log rate, of (rate).
pub static NORMALISER: Fused = fused!("exponential normaliser", 1, normaliser);

#[inline(always)]
fn kernel([x, _, rate]: [f64; 3]) -> (f64, [f64; 3]) {
    (-rate * x, [-rate, 0.0, -x])
}

#[inline(always)]
fn normaliser([rate]: [f64; 1]) -> (f64, [f64; 1]) {
    (vector::log(rate), [1.0 / rate])
}
