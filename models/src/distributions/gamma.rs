//! Gamma(shape, rate), also as (mean, sd): density rate^shape x^(shape − 1) exp(−rate x)/Γ(shape) for x > 0.

use rand::Rng;

use super::random::log_gamma;
use super::{ArgumentList, Distribution, Domain, KernelInputs, Pieces, Scalar, Support};
use crate::fused;
use crate::program::fused::Fused;
use crate::special::{log_gamma_weight, regularised_gamma, vector};

/// Gamma(shape, rate), also as (mean, sd): density rate^shape x^(shape − 1) exp(−rate x)/Γ(shape) for x > 0.
#[derive(Clone, Copy, Debug)]
pub struct Gamma;

static LISTS: &[ArgumentList] = &[
    ArgumentList { names: &["shape", "rate"], domains: &[Domain::Positive, Domain::Positive] },
    ArgumentList { names: &["mean", "sd"], domains: &[Domain::Positive, Domain::Positive] },
];

impl Distribution for Gamma {
    fn name(&self) -> &'static str {
        "Gamma"
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

impl Scalar for Gamma {
    fn log_density_at(&self, x: f64, args: &[f64]) -> f64 {
        log_gamma_weight(args[0], args[1] * x) - x.ln()
    }

    fn cdf_at(&self, x: f64, args: &[f64]) -> f64 {
        regularised_gamma(args[0], args[1] * x).0
    }

    fn draw(&self, args: &[f64], rng: &mut dyn Rng) -> f64 {
        (log_gamma(args[0], rng) - args[1].ln()).exp()
    }

    fn moments(&self, args: &[f64]) -> (f64, f64) {
        let mean = args[0] / args[1];
        (mean, mean / args[1])
    }

    fn canonical(&self, list: usize, args: &[f64]) -> [f64; 4] {
        if list == 1 {
            let precision = args[0] / args[1];
            [precision * precision, precision / args[1], 0.0, 0.0]
        } else {
            [args[0], args[1], 0.0, 0.0]
        }
    }

    fn pieces(&self) -> Option<Pieces> {
        Some(Pieces { inputs: KernelInputs::XLogX, kernel: &KERNEL, normaliser: &NORMALISER })
    }
}

/// (shape − 1) log x − rate x, of (x, log x, shape, rate).
pub static KERNEL: Fused = fused!("gamma kernel", 4, kernel);

/// shape log rate − log Γ(shape), of (shape, rate).
pub static NORMALISER: Fused = fused!("gamma normaliser", 2, normaliser);

#[inline(always)]
fn kernel([x, log_x, shape, rate]: [f64; 4]) -> (f64, [f64; 4]) {
    ((shape - 1.0) * log_x - rate * x, [-rate, shape - 1.0, log_x, -x])
}

#[inline(always)]
pub(super) fn normaliser([shape, rate]: [f64; 2]) -> (f64, [f64; 2]) {
    let log_rate = vector::log(rate);
    (shape * log_rate - vector::lgamma(shape), [log_rate - vector::digamma(shape), shape / rate])
}
