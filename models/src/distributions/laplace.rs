//! Laplace(location, scale): density exp(−|z|)/(2 scale), z = (x − location)/scale.

use std::f64::consts::LN_2;

use rand::Rng;

use super::random::{open_uniform, standard_exponential};
use super::{ArgumentList, Distribution, Domain, KernelInputs, Pieces, Scalar, Support};
use crate::fused;
use crate::program::fused::Fused;
use crate::special::vector;

/// Laplace(location, scale): density exp(−|z|)/(2 scale), z = (x − location)/scale.
#[derive(Clone, Copy, Debug)]
pub struct Laplace;

static LISTS: &[ArgumentList] =
    &[ArgumentList { names: &["location", "scale"], domains: &[Domain::Real, Domain::Positive] }];

impl Distribution for Laplace {
    fn name(&self) -> &'static str {
        "Laplace"
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

impl Scalar for Laplace {
    fn log_density_at(&self, x: f64, args: &[f64]) -> f64 {
        kernel([x, args[0], args[1]]).0 + normaliser([args[0], args[1]]).0
    }

    fn cdf_at(&self, x: f64, args: &[f64]) -> f64 {
        let z = (x - args[0]) / args[1];
        if z < 0.0 { 0.5 * z.exp() } else { 1.0 - 0.5 * (-z).exp() }
    }

    fn draw(&self, args: &[f64], rng: &mut dyn Rng) -> f64 {
        let distance = args[1] * standard_exponential(rng);
        if open_uniform(rng) < 0.5 { args[0] - distance } else { args[0] + distance }
    }

    fn moments(&self, args: &[f64]) -> (f64, f64) {
        (args[0], 2.0 * args[1] * args[1])
    }

    fn pieces(&self) -> Option<Pieces> {
        Some(Pieces { inputs: KernelInputs::X, kernel: &KERNEL, normaliser: &NORMALISER })
    }
}

/// −|z|, of (x, location, scale); its partials are 0 at the kink.
pub static KERNEL: Fused = fused!("laplace kernel", 3, kernel);

/// −log(2 scale), of (location, scale).
pub static NORMALISER: Fused = fused!("laplace normaliser", 2, normaliser);

#[inline(always)]
fn kernel([x, location, scale]: [f64; 3]) -> (f64, [f64; 3]) {
    let z = (x - location) / scale;
    let value = -z.abs();
    let derivative = if z == 0.0 { 0.0 } else { -z.signum() };
    let slope = derivative / scale;
    (value, [slope, -slope, -z * slope])
}

#[inline(always)]
fn normaliser([_, scale]: [f64; 2]) -> (f64, [f64; 2]) {
    (-vector::log(scale) - LN_2, [0.0, -1.0 / scale])
}
