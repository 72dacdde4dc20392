//! Weibull(shape, scale): P(X > x) = exp(−(x/scale)^shape) for x > 0.

use rand::Rng;

use super::random::standard_exponential;
use super::{ArgumentList, Distribution, Domain, KernelInputs, Pieces, Scalar, Support};
use crate::fused;
use crate::program::fused::Fused;
use crate::special::{lgamma, vector};

/// Weibull(shape, scale): P(X > x) = exp(−(x/scale)^shape) for x > 0.
#[derive(Clone, Copy, Debug)]
pub struct Weibull;

static LISTS: &[ArgumentList] =
    &[ArgumentList { names: &["shape", "scale"], domains: &[Domain::Positive, Domain::Positive] }];

impl Distribution for Weibull {
    fn name(&self) -> &'static str {
        "Weibull"
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

impl Scalar for Weibull {
    fn log_density_at(&self, x: f64, args: &[f64]) -> f64 {
        let (shape, log_z) = (args[0], x.ln() - args[1].ln());
        shape.ln() + shape * log_z - (shape * log_z).exp() - x.ln()
    }

    fn cdf_at(&self, x: f64, args: &[f64]) -> f64 {
        -(-(x / args[1]).powf(args[0])).exp_m1()
    }

    fn draw(&self, args: &[f64], rng: &mut dyn Rng) -> f64 {
        args[1] * standard_exponential(rng).powf(1.0 / args[0])
    }

    fn moments(&self, args: &[f64]) -> (f64, f64) {
        let (first, second) = (lgamma(1.0 + 1.0 / args[0]), lgamma(1.0 + 2.0 / args[0]));
        let mean = args[1] * first.exp();
        (mean, mean * mean * (second - 2.0 * first).exp_m1())
    }

    fn pieces(&self) -> Option<Pieces> {
        Some(Pieces { inputs: KernelInputs::XLogX, kernel: &KERNEL, normaliser: &NORMALISER })
    }
}

/// (shape − 1) log x − (x/scale)^shape, of (x, log x, shape, scale).
pub static KERNEL: Fused = fused!("weibull kernel", 4, kernel);

/// log shape − shape log scale, of (shape, scale).
pub static NORMALISER: Fused = fused!("weibull normaliser", 2, normaliser);

#[inline(always)]
fn kernel([_, log_x, shape, scale]: [f64; 4]) -> (f64, [f64; 4]) {
    let log_z = log_x - vector::log(scale);
    let power = vector::exp(shape * log_z);
    let d_log_x = (shape - 1.0) - shape * power;
    // The limit of power · log z is 0 where log z → −∞.
    let d_shape = if power == 0.0 { log_x } else { log_x - power * log_z };
    ((shape - 1.0) * log_x - power, [0.0, d_log_x, d_shape, shape * power / scale])
}

#[inline(always)]
fn normaliser([shape, scale]: [f64; 2]) -> (f64, [f64; 2]) {
    let log_scale = vector::log(scale);
    (vector::log(shape) - shape * log_scale, [1.0 / shape - log_scale, -shape / scale])
}
