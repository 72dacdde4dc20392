//! Pareto(lower, shape): density shape lower^shape/x^(shape + 1) for x ≥ lower > 0.

use rand::Rng;

use super::random::standard_exponential;
use super::{ArgumentList, Distribution, Domain, KernelInputs, Pieces, Scalar, Support};
use crate::fused;
use crate::program::fused::Fused;
use crate::special::vector;

/// Pareto(lower, shape): density shape lower^shape/x^(shape + 1) for x ≥ lower > 0.
#[derive(Clone, Copy, Debug)]
pub struct Pareto;

static LISTS: &[ArgumentList] =
    &[ArgumentList { names: &["lower", "shape"], domains: &[Domain::Positive, Domain::Positive] }];

impl Distribution for Pareto {
    fn name(&self) -> &'static str {
        "Pareto"
    }

    fn argument_lists(&self) -> &'static [ArgumentList] {
        LISTS
    }

    fn support(&self) -> Support {
        Support::Above { lower: 0 }
    }

    fn scalar(&self) -> Option<&dyn Scalar> {
        Some(self)
    }
}

impl Scalar for Pareto {
    fn log_density_at(&self, x: f64, args: &[f64]) -> f64 {
        args[1].ln() - args[1] * (x / args[0]).ln() - x.ln()
    }

    fn cdf_at(&self, x: f64, args: &[f64]) -> f64 {
        -(-args[1] * (x / args[0]).ln()).exp_m1()
    }

    fn draw(&self, args: &[f64], rng: &mut dyn Rng) -> f64 {
        args[0] * (standard_exponential(rng) / args[1]).exp()
    }

    fn moments(&self, args: &[f64]) -> (f64, f64) {
        let [lower, shape] = [args[0], args[1]];
        if shape <= 1.0 {
            return (f64::INFINITY, f64::NAN);
        }
        let above = lower / (shape - 1.0);
        (shape * above, if shape > 2.0 { above * above * shape / (shape - 2.0) } else { f64::INFINITY })
    }

    fn pieces(&self) -> Option<Pieces> {
        Some(Pieces { inputs: KernelInputs::XLogX, kernel: &KERNEL, normaliser: &NORMALISER })
    }
}

/// −(shape + 1) log x from lower on and −∞ below, of (x, log x, lower, shape): the bound may be sampled.
pub static KERNEL: Fused = fused!("pareto kernel", 4, kernel);

/// log shape + shape log lower, of (lower, shape).
pub static NORMALISER: Fused = fused!("pareto normaliser", 2, normaliser);

#[inline(always)]
fn kernel([x, log_x, lower, shape]: [f64; 4]) -> (f64, [f64; 4]) {
    (if x >= lower { -(shape + 1.0) * log_x } else { f64::NEG_INFINITY }, [0.0, -(shape + 1.0), 0.0, -log_x])
}

#[inline(always)]
fn normaliser([lower, shape]: [f64; 2]) -> (f64, [f64; 2]) {
    let log_lower = vector::log(lower);
    (vector::log(shape) + shape * log_lower, [shape / lower, 1.0 / shape + log_lower])
}
