//! HalfCauchy(scale): density 2/(π scale (1 + (x/scale)²)) for x ≥ 0. Its mean is infinite.

use std::f64::consts::{FRAC_2_PI, LN_2};

use rand::Rng;

use super::cauchy::{LOG_PI, log_kernel};
use super::random::standard_normal;
use super::{ArgumentList, Distribution, Domain, KernelInputs, Pieces, Scalar, Support};
use crate::fused;
use crate::program::fused::Fused;
use crate::special::vector;

/// HalfCauchy(scale): density 2/(π scale (1 + (x/scale)²)) for x ≥ 0. Its mean is infinite.
#[derive(Clone, Copy, Debug)]
pub struct HalfCauchy;

static LISTS: &[ArgumentList] = &[ArgumentList { names: &["scale"], domains: &[Domain::Positive] }];

impl Distribution for HalfCauchy {
    fn name(&self) -> &'static str {
        "HalfCauchy"
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

impl Scalar for HalfCauchy {
    fn log_density_at(&self, x: f64, args: &[f64]) -> f64 {
        kernel([x, 0.0, args[0]]).0 + normaliser([args[0]]).0
    }

    fn cdf_at(&self, x: f64, args: &[f64]) -> f64 {
        (x / args[0]).atan() * FRAC_2_PI
    }

    fn draw(&self, args: &[f64], rng: &mut dyn Rng) -> f64 {
        args[0] * (standard_normal(rng) / standard_normal(rng)).abs()
    }

    fn moments(&self, _args: &[f64]) -> (f64, f64) {
        (f64::INFINITY, f64::NAN)
    }

    fn pieces(&self) -> Option<Pieces> {
        Some(Pieces { inputs: KernelInputs::XLogX, kernel: &KERNEL, normaliser: &NORMALISER })
    }
}

/// −log(1 + (x/scale)²), of (x, log x, scale).
pub static KERNEL: Fused = fused!("half cauchy kernel", 3, kernel);

/// log(2/π) − log scale, of (scale).
pub static NORMALISER: Fused = fused!("half cauchy normaliser", 1, normaliser);

#[inline(always)]
fn kernel([x, _, scale]: [f64; 3]) -> (f64, [f64; 3]) {
    let z = x / scale;
    let (value, derivative) = log_kernel(z);
    (value, [derivative / scale, 0.0, -z * derivative / scale])
}

#[inline(always)]
fn normaliser([scale]: [f64; 1]) -> (f64, [f64; 1]) {
    (LN_2 - LOG_PI - vector::log(scale), [-1.0 / scale])
}
