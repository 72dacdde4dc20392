//! HalfNormal(scale): density √(2/π) exp(−(x/scale)²/2)/scale for x ≥ 0.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_PI, LN_2};

use rand::Rng;

use super::random::standard_normal;
use super::{ArgumentList, Distribution, Domain, KernelInputs, Pieces, Scalar, Support};
use crate::fused;
use crate::program::fused::Fused;
use crate::special::{HALF_LOG_TWO_PI, erf, vector};

/// HalfNormal(scale): density √(2/π) exp(−(x/scale)²/2)/scale for x ≥ 0.
#[derive(Clone, Copy, Debug)]
pub struct HalfNormal;

static LISTS: &[ArgumentList] = &[ArgumentList { names: &["scale"], domains: &[Domain::Positive] }];

impl Distribution for HalfNormal {
    fn name(&self) -> &'static str {
        "HalfNormal"
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

impl Scalar for HalfNormal {
    fn log_density_at(&self, x: f64, args: &[f64]) -> f64 {
        kernel([x, 0.0, args[0]]).0 + normaliser([args[0]]).0
    }

    fn cdf_at(&self, x: f64, args: &[f64]) -> f64 {
        erf(x / args[0] * FRAC_1_SQRT_2)
    }

    fn draw(&self, args: &[f64], rng: &mut dyn Rng) -> f64 {
        args[0] * standard_normal(rng).abs()
    }

    fn moments(&self, args: &[f64]) -> (f64, f64) {
        (args[0] * FRAC_2_PI.sqrt(), args[0] * args[0] * (1.0 - FRAC_2_PI))
    }

    fn pieces(&self) -> Option<Pieces> {
        Some(Pieces { inputs: KernelInputs::XLogX, kernel: &KERNEL, normaliser: &NORMALISER })
    }
}

/// −(x/scale)²/2, of (x, log x, scale).
pub static KERNEL: Fused = fused!("half normal kernel", 3, kernel);

/// log 2 − ½ log 2π − log scale, of (scale).
pub static NORMALISER: Fused = fused!("half normal normaliser", 1, normaliser);

#[inline(always)]
fn kernel([x, _, scale]: [f64; 3]) -> (f64, [f64; 3]) {
    let z = x / scale;
    (-0.5 * z * z, [-z / scale, 0.0, z * z / scale])
}

#[inline(always)]
fn normaliser([scale]: [f64; 1]) -> (f64, [f64; 1]) {
    (LN_2 - HALF_LOG_TWO_PI - vector::log(scale), [-1.0 / scale])
}
