//! StudentT(df, location, scale): density ∝ (1 + z²/df)^(−(df + 1)/2)/scale, z = (x − location)/scale.
//!
//! Density and partials stay accurate for df up to 1e300, where it is a Normal.

use rand::Rng;

use super::cauchy::LOG_PI;
use super::random::{log_gamma, standard_normal};
use super::{ArgumentList, Distribution, Domain, KernelInputs, Pieces, Scalar, Support};
use crate::fused;
use crate::program::fused::Fused;
use crate::special::{normal_cdf, regularised_beta, vector};

/// StudentT(df, location, scale): density ∝ (1 + z²/df)^(−(df + 1)/2)/scale, z = (x − location)/scale.
#[derive(Clone, Copy, Debug)]
pub struct StudentT;

static LISTS: &[ArgumentList] = &[ArgumentList {
    names: &["df", "location", "scale"],
    domains: &[Domain::Positive, Domain::Real, Domain::Positive],
}];

impl Distribution for StudentT {
    fn name(&self) -> &'static str {
        "StudentT"
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

impl Scalar for StudentT {
    fn log_density_at(&self, x: f64, args: &[f64]) -> f64 {
        kernel([x, args[0], args[1], args[2]]).0 + normaliser([args[0], args[1], args[2]]).0
    }

    fn cdf_at(&self, x: f64, args: &[f64]) -> f64 {
        let z = (x - args[1]) / args[2];
        let tail = 0.5 * two_sided_tail(z, args[0]);
        if z < 0.0 { tail } else { 1.0 - tail }
    }

    fn draw(&self, args: &[f64], rng: &mut dyn Rng) -> f64 {
        args[1] + args[2] * standard_draw(args[0], rng)
    }

    fn moments(&self, args: &[f64]) -> (f64, f64) {
        let [df, location, scale] = [args[0], args[1], args[2]];
        let mean = if df > 1.0 { location } else { f64::NAN };
        let variance = if df > 2.0 {
            scale * scale * (1.0 + 2.0 / (df - 2.0))
        } else if df > 1.0 {
            f64::INFINITY
        } else {
            f64::NAN
        };
        (mean, variance)
    }

    fn pieces(&self) -> Option<Pieces> {
        Some(Pieces { inputs: KernelInputs::X, kernel: &KERNEL, normaliser: &NORMALISER })
    }
}

/// −(df + 1)/2 log(1 + z²/df), of (x, df, location, scale).
pub static KERNEL: Fused = fused!("student t kernel", 4, kernel);

/// log Γ((df + 1)/2) − log Γ(df/2) − ½ log(π df) − log scale, of (df, location, scale).
pub static NORMALISER: Fused = fused!("student t normaliser", 3, normaliser);

#[inline(always)]
fn kernel([x, df, location, scale]: [f64; 4]) -> (f64, [f64; 4]) {
    let z = (x - location) / scale;
    let (value, d_z, d_df) = standard_kernel(z, df);
    let slope = d_z / scale;
    (value, [slope, d_df, -slope, -z * slope])
}

#[inline(always)]
fn normaliser([df, _, scale]: [f64; 3]) -> (f64, [f64; 3]) {
    let (value, d_df) = standard_normaliser(df);
    (value - vector::log(scale), [d_df, 0.0, -1.0 / scale])
}

/// −(df + 1)/2 log(1 + z²/df) with its derivatives by z and df.
#[inline(always)]
pub(super) fn standard_kernel(z: f64, df: f64) -> (f64, f64, f64) {
    let q = z * (z / df);
    let power = 0.5 * (df + 1.0);
    // Then 1 + q is q, and q may have overflowed.
    let huge = q > 1e150;
    let log = if huge { 2.0 * vector::log(z.abs()) - vector::log(df) } else { vector::log1p(q) };
    let d_z = -(1.0 + 1.0 / df) * z / (1.0 + q);
    let d_z = if huge { -2.0 * power / z } else { d_z };
    // ½ (q/(1 + q) − log(1 + q)) is of the order q², its parts of the order q.
    let share = if huge { 1.0 } else { q / (1.0 + q) };
    let (near, excess) = vector::log1pmx_near(q);
    let difference = if near { -q * share - excess } else { share - log };
    (-power * log, d_z, 0.5 * (share / df + difference))
}

/// log Γ((df + 1)/2) − log Γ(df/2) − ½ log(π df) with its derivative.
#[inline(always)]
pub(super) fn standard_normaliser(df: f64) -> (f64, f64) {
    let (ratio, [d_ratio, _]) = vector::log_rising(0.5 * df, 0.5);
    (ratio - 0.5 * (vector::log(df) + LOG_PI), 0.5 * (d_ratio - 1.0 / df))
}

/// P(|T| > |z|) of the standard distribution.
pub(super) fn two_sided_tail(z: f64, df: f64) -> f64 {
    if df > 1e17 {
        return 2.0 * normal_cdf(-z.abs());
    }
    let q = z * (z / df);
    let (x, y) = if q < 1e300 { (1.0 / (1.0 + q), q / (1.0 + q)) } else { ((df / z) / z, 1.0) };
    regularised_beta(0.5 * df, 0.5, x, y).0
}

/// A variate of the standard distribution: a normal one over the root of a scaled gamma one.
pub(super) fn standard_draw(df: f64, rng: &mut dyn Rng) -> f64 {
    let log_half_chi_square = log_gamma(0.5 * df, rng);
    standard_normal(rng) * (0.5 * ((0.5 * df).ln() - log_half_chi_square)).exp()
}
