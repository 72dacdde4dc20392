//! Cauchy(location, scale): density 1/(π scale (1 + z²)), z = (x − location)/scale. It has no mean.

use std::f64::consts::PI;

use rand::Rng;

use super::random::standard_normal;
use super::{ArgumentList, Distribution, Domain, KernelInputs, Pieces, Scalar, Support};
use crate::fused;
use crate::program::fused::Fused;
use crate::special::vector;

/// log π.
pub(super) const LOG_PI: f64 = 1.144_729_885_849_400_2;

/// Cauchy(location, scale): density 1/(π scale (1 + z²)), z = (x − location)/scale. It has no mean.
#[derive(Clone, Copy, Debug)]
pub struct Cauchy;

static LISTS: &[ArgumentList] =
    &[ArgumentList { names: &["location", "scale"], domains: &[Domain::Real, Domain::Positive] }];

impl Distribution for Cauchy {
    fn name(&self) -> &'static str {
        "Cauchy"
    }

    fn argument_lists(&self) -> &'static [ArgumentList] {
        LISTS
    }

    fn support(&self) -> Support {
        Support::Real
    }

    fn scalar(&self) -> Option<&dyn Scalar> {
        Some(self)
    }
}

impl Scalar for Cauchy {
    fn log_density_at(&self, x: f64, args: &[f64]) -> f64 {
        kernel([x, args[0], args[1]]).0 + normaliser([args[0], args[1]]).0
    }

    fn cdf_at(&self, x: f64, args: &[f64]) -> f64 {
        let z = (x - args[0]) / args[1];
        1.0_f64.atan2(-z) / PI
    }

    fn draw(&self, args: &[f64], rng: &mut dyn Rng) -> f64 {
        args[0] + args[1] * (standard_normal(rng) / standard_normal(rng))
    }

    fn moments(&self, _args: &[f64]) -> (f64, f64) {
        (f64::NAN, f64::NAN)
    }

    fn pieces(&self) -> Option<Pieces> {
        Some(Pieces { inputs: KernelInputs::X, kernel: &KERNEL, normaliser: &NORMALISER })
    }
}

/// −log(1 + z²), of (x, location, scale).
pub static KERNEL: Fused = fused!("cauchy kernel", 3, kernel);

/// −log(π scale), of (location, scale).
pub static NORMALISER: Fused = fused!("cauchy normaliser", 2, normaliser);

/// −log(1 + z²) and its derivative, where z² may overflow.
#[inline(always)]
pub(super) fn log_kernel(z: f64) -> (f64, f64) {
    let (inverse, inside) = (1.0 / z, z.abs() <= 1.0);
    let share = vector::log1p(if inside { z * z } else { inverse * inverse });
    let far = -2.0 * vector::log(z.abs());
    let derivative = if inside { -2.0 * z } else { -2.0 } / if inside { 1.0 + z * z } else { z + inverse };
    (if inside { 0.0 } else { far } - share, derivative)
}

#[inline(always)]
fn kernel([x, location, scale]: [f64; 3]) -> (f64, [f64; 3]) {
    let z = (x - location) / scale;
    let (value, derivative) = log_kernel(z);
    let slope = derivative / scale;
    (value, [slope, -slope, -z * slope])
}

#[inline(always)]
fn normaliser([_, scale]: [f64; 2]) -> (f64, [f64; 2]) {
    (-vector::log(scale) - LOG_PI, [0.0, -1.0 / scale])
}
