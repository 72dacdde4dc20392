//! Logistic(location, scale): density exp(−z)/(scale (1 + exp(−z))²), z = (x − location)/scale.

use std::f64::consts::PI;

use rand::Rng;

use super::random::open_uniform;
use super::{ArgumentList, Distribution, Domain, KernelInputs, Pieces, Scalar, Support};
use crate::fused;
use crate::program::fused::Fused;
use crate::special::{inv_logit, vector};

/// Logistic(location, scale): density exp(−z)/(scale (1 + exp(−z))²), z = (x − location)/scale.
#[derive(Clone, Copy, Debug)]
pub struct Logistic;

static LISTS: &[ArgumentList] =
    &[ArgumentList { names: &["location", "scale"], domains: &[Domain::Real, Domain::Positive] }];

impl Distribution for Logistic {
    fn name(&self) -> &'static str {
        "Logistic"
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

impl Scalar for Logistic {
    fn log_density_at(&self, x: f64, args: &[f64]) -> f64 {
        kernel([x, args[0], args[1]]).0 + normaliser([args[0], args[1]]).0
    }

    fn cdf_at(&self, x: f64, args: &[f64]) -> f64 {
        let z = (x - args[0]) / args[1];
        inv_logit(z)
    }

    fn draw(&self, args: &[f64], rng: &mut dyn Rng) -> f64 {
        let u = open_uniform(rng);
        args[0] + args[1] * (u.ln() - (-u).ln_1p())
    }

    fn moments(&self, args: &[f64]) -> (f64, f64) {
        (args[0], args[1] * args[1] * (PI * PI / 3.0))
    }

    fn pieces(&self) -> Option<Pieces> {
        Some(Pieces { inputs: KernelInputs::X, kernel: &KERNEL, normaliser: &NORMALISER })
    }
}

/// −|z| − 2 log1p(exp(−|z|)), of (x, location, scale).
pub static KERNEL: Fused = fused!("logistic kernel", 3, kernel);

/// −log scale, of (location, scale).
pub static NORMALISER: Fused = fused!("logistic normaliser", 2, normaliser);

#[inline(always)]
fn kernel([x, location, scale]: [f64; 3]) -> (f64, [f64; 3]) {
    let z = (x - location) / scale;
    let e = vector::exp(-z.abs());
    let value = -z.abs() - 2.0 * vector::log1p_of_fraction(e);
    let derivative = -((1.0 - e) / (1.0 + e)).copysign(z);
    let slope = derivative / scale;
    (value, [slope, -slope, -z * slope])
}

#[inline(always)]
fn normaliser([_, scale]: [f64; 2]) -> (f64, [f64; 2]) {
    (-vector::log(scale), [0.0, -1.0 / scale])
}
