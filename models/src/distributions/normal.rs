//! Normal(location, scale), also as (mean, sd): density exp(−z²/2)/(scale √(2π)), z = (x − location)/scale.

use rand::Rng;

use super::random::standard_normal;
use super::{ArgumentList, Distribution, Domain, KernelInputs, Pieces, Scalar, Support};
use crate::fused;
use crate::program::fused::Fused;
use crate::special::{HALF_LOG_TWO_PI, normal_cdf, vector};

/// Normal(location, scale), also as (mean, sd): density exp(−z²/2)/(scale √(2π)), z = (x − location)/scale.
#[derive(Clone, Copy, Debug)]
pub struct Normal;

static LISTS: &[ArgumentList] = &[
    ArgumentList { names: &["location", "scale"], domains: &[Domain::Real, Domain::Positive] },
    ArgumentList { names: &["mean", "sd"], domains: &[Domain::Real, Domain::Positive] },
];

impl Distribution for Normal {
    fn name(&self) -> &'static str {
        "Normal"
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

impl Scalar for Normal {
    fn log_density_at(&self, x: f64, args: &[f64]) -> f64 {
        let z = (x - args[0]) / args[1];
        -0.5 * z * z - args[1].ln() - HALF_LOG_TWO_PI
    }

    fn cdf_at(&self, x: f64, args: &[f64]) -> f64 {
        normal_cdf((x - args[0]) / args[1])
    }

    fn draw(&self, args: &[f64], rng: &mut dyn Rng) -> f64 {
        args[0] + args[1] * standard_normal(rng)
    }

    fn moments(&self, args: &[f64]) -> (f64, f64) {
        (args[0], args[1] * args[1])
    }

    fn pieces(&self) -> Option<Pieces> {
        Some(Pieces { inputs: KernelInputs::X, kernel: &KERNEL, normaliser: &NORMALISER })
    }
}

/// −z²/2, of (x, location, scale).
pub static KERNEL: Fused = fused!("normal kernel", 3, kernel);

/// −log scale − ½ log 2π, of (location, scale).
pub static NORMALISER: Fused = fused!("normal normaliser", 2, normaliser);

/// −d²/(2 v) − ½ log v − ½ log 2π with d = x − location, of (x, location, v): the whole density by its variance.
pub static VARIANCE_DENSITY: Fused = fused!("normal density by variance", 3, by_variance);

#[inline(always)]
fn by_variance([x, location, variance]: [f64; 3]) -> (f64, [f64; 3]) {
    let deviation = x - location;
    let slope = deviation / variance;
    let half_square = 0.5 * deviation * slope;
    let value = -half_square - 0.5 * vector::log(variance) - HALF_LOG_TWO_PI;
    (value, [-slope, slope, (half_square - 0.5) / variance])
}

#[inline(always)]
fn kernel([x, location, scale]: [f64; 3]) -> (f64, [f64; 3]) {
    let z = (x - location) / scale;
    let slope = z / scale;
    (-0.5 * z * z, [-slope, slope, z * slope])
}

#[inline(always)]
fn normaliser([_, scale]: [f64; 2]) -> (f64, [f64; 2]) {
    (-vector::log(scale) - HALF_LOG_TWO_PI, [0.0, -1.0 / scale])
}
