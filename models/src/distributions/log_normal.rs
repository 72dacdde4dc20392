//! LogNormal(meanlog, sdlog): exp of a Normal; density exp(−z²/2)/(x sdlog √(2π)), z = (log x − meanlog)/sdlog.

use rand::Rng;

use super::random::standard_normal;
use super::{ArgumentList, Distribution, Domain, KernelInputs, Pieces, Scalar, Support};
use crate::fused;
use crate::program::fused::Fused;
use crate::special::{HALF_LOG_TWO_PI, normal_cdf, vector};

/// LogNormal(meanlog, sdlog): exp of a Normal; density exp(−z²/2)/(x sdlog √(2π)), z = (log x − meanlog)/sdlog.
#[derive(Clone, Copy, Debug)]
pub struct LogNormal;

static LISTS: &[ArgumentList] =
    &[ArgumentList { names: &["meanlog", "sdlog"], domains: &[Domain::Real, Domain::Positive] }];

impl Distribution for LogNormal {
    fn name(&self) -> &'static str {
        "LogNormal"
    }

    fn argument_lists(&self) -> &'static [ArgumentList] {
        LISTS
    }

    fn support(&self) -> Support {
        Support::Positive
    }

    fn scalar(&self) -> Option<&dyn Scalar> {
        Some(self)
    }
}

impl Scalar for LogNormal {
    fn log_density_at(&self, x: f64, args: &[f64]) -> f64 {
        kernel([x, x.ln(), args[0], args[1]]).0 + normaliser([args[0], args[1]]).0
    }

    fn cdf_at(&self, x: f64, args: &[f64]) -> f64 {
        normal_cdf((x.ln() - args[0]) / args[1])
    }

    fn draw(&self, args: &[f64], rng: &mut dyn Rng) -> f64 {
        (args[0] + args[1] * standard_normal(rng)).exp()
    }

    fn moments(&self, args: &[f64]) -> (f64, f64) {
        let v = args[1] * args[1];
        ((args[0] + 0.5 * v).exp(), v.exp_m1() * (2.0 * args[0] + v).exp())
    }

    fn pieces(&self) -> Option<Pieces> {
        Some(Pieces { inputs: KernelInputs::XLogX, kernel: &KERNEL, normaliser: &NORMALISER })
    }
}

/// −z²/2 − log x, of (x, log x, meanlog, sdlog).
pub static KERNEL: Fused = fused!("log normal kernel", 4, kernel);

/// −log sdlog − ½ log 2π, of (meanlog, sdlog).
pub static NORMALISER: Fused = fused!("log normal normaliser", 2, normaliser);

#[inline(always)]
fn kernel([_, log_x, meanlog, sdlog]: [f64; 4]) -> (f64, [f64; 4]) {
    let z = (log_x - meanlog) / sdlog;
    let slope = z / sdlog;
    (-0.5 * z * z - log_x, [0.0, -slope - 1.0, slope, z * slope])
}

#[inline(always)]
fn normaliser([_, sdlog]: [f64; 2]) -> (f64, [f64; 2]) {
    (-vector::log(sdlog) - HALF_LOG_TWO_PI, [0.0, -1.0 / sdlog])
}
