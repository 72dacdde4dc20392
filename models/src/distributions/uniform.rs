//! Uniform(lower, upper): density 1/(upper − lower) from lower to upper.

use rand::Rng;

use super::random::open_uniform;
use super::{ArgumentList, Distribution, Domain, KernelInputs, Pieces, Scalar, Support, Violation};
use crate::fused;
use crate::program::fused::Fused;
use crate::special::vector;

/// Uniform(lower, upper): density 1/(upper − lower) from lower to upper.
#[derive(Clone, Copy, Debug)]
pub struct Uniform;

static LISTS: &[ArgumentList] = &[ArgumentList { names: &["lower", "upper"], domains: &[Domain::Real, Domain::Real] }];

impl Distribution for Uniform {
    fn name(&self) -> &'static str {
        "Uniform"
    }

    fn argument_lists(&self) -> &'static [ArgumentList] {
        LISTS
    }

    fn support(&self) -> Support {
        Support::Between { lower: 0, upper: 1 }
    }

    fn scalar(&self) -> Option<&dyn Scalar> {
        Some(self)
    }

    fn joint_violation(&self, _list: usize, args: &[f64]) -> Option<Violation> {
        (args[0] >= args[1]).then_some(Violation { argument: 1, must_be: "greater than lower" })
    }
}

impl Scalar for Uniform {
    fn log_density_at(&self, _x: f64, args: &[f64]) -> f64 {
        normaliser([args[0], args[1]]).0
    }

    fn cdf_at(&self, x: f64, args: &[f64]) -> f64 {
        (x - args[0]) / (args[1] - args[0])
    }

    fn draw(&self, args: &[f64], rng: &mut dyn Rng) -> f64 {
        let u = open_uniform(rng);
        (args[0] * (1.0 - u) + args[1] * u).clamp(args[0], args[1])
    }

    fn moments(&self, args: &[f64]) -> (f64, f64) {
        let width = args[1] - args[0];
        (0.5 * args[0] + 0.5 * args[1], width * width / 12.0)
    }

    fn pieces(&self) -> Option<Pieces> {
        Some(Pieces { inputs: KernelInputs::X, kernel: &KERNEL, normaliser: &NORMALISER })
    }
}

/// 0 from lower to upper and −∞ beyond, of (x, lower, upper): the bounds may be sampled.
pub static KERNEL: Fused = fused!("uniform kernel", 3, kernel);

/// −log(upper − lower), of (lower, upper).
pub static NORMALISER: Fused = fused!("uniform normaliser", 2, normaliser);

#[inline(always)]
fn kernel([x, lower, upper]: [f64; 3]) -> (f64, [f64; 3]) {
    (if (x >= lower) & (x <= upper) { 0.0 } else { f64::NEG_INFINITY }, [0.0; 3])
}

#[inline(always)]
fn normaliser([lower, upper]: [f64; 2]) -> (f64, [f64; 2]) {
    let width = upper - lower;
    (-vector::log(width), [1.0 / width, -1.0 / width])
}
