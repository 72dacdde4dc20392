//! HalfStudentT(df, scale): the absolute value of a StudentT(df, 0, scale); density ∝ (1 + (x/scale)²/df)^(−(df + 1)/2).

use std::f64::consts::LN_2;

use rand::Rng;

use super::student_t::{standard_draw, standard_kernel, standard_normaliser, two_sided_tail};
use super::{ArgumentList, Distribution, Domain, KernelInputs, Pieces, Scalar, Support};
use crate::fused;
use crate::program::fused::Fused;
use crate::special::vector;

/// HalfStudentT(df, scale): the absolute value of a StudentT(df, 0, scale); density ∝ (1 + (x/scale)²/df)^(−(df + 1)/2).
#[derive(Clone, Copy, Debug)]
pub struct HalfStudentT;

static LISTS: &[ArgumentList] =
    &[ArgumentList { names: &["df", "scale"], domains: &[Domain::Positive, Domain::Positive] }];

impl Distribution for HalfStudentT {
    fn name(&self) -> &'static str {
        "HalfStudentT"
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

impl Scalar for HalfStudentT {
    fn log_density_at(&self, x: f64, args: &[f64]) -> f64 {
        kernel([x, 0.0, args[0], args[1]]).0 + normaliser([args[0], args[1]]).0
    }

    fn cdf_at(&self, x: f64, args: &[f64]) -> f64 {
        1.0 - two_sided_tail(x / args[1], args[0])
    }

    fn draw(&self, args: &[f64], rng: &mut dyn Rng) -> f64 {
        args[1] * standard_draw(args[0], rng).abs()
    }

    fn moments(&self, args: &[f64]) -> (f64, f64) {
        let [df, scale] = [args[0], args[1]];
        if df <= 1.0 {
            return (f64::INFINITY, f64::NAN);
        }
        // 2 df/(df − 1) times the density at 0.
        let mean = 2.0 * scale * (df / (df - 1.0)) * standard_normaliser(df).0.exp();
        let square = scale * scale * (1.0 + 2.0 / (df - 2.0));
        (mean, if df > 2.0 { square - mean * mean } else { f64::INFINITY })
    }

    fn pieces(&self) -> Option<Pieces> {
        Some(Pieces { inputs: KernelInputs::XLogX, kernel: &KERNEL, normaliser: &NORMALISER })
    }
}

/// −(df + 1)/2 log(1 + (x/scale)²/df), of (x, log x, df, scale).
pub static KERNEL: Fused = fused!("half student t kernel", 4, kernel);

/// log 2 + log Γ((df + 1)/2) − log Γ(df/2) − ½ log(π df) − log scale, of (df, scale).
pub static NORMALISER: Fused = fused!("half student t normaliser", 2, normaliser);

#[inline(always)]
fn kernel([x, _, df, scale]: [f64; 4]) -> (f64, [f64; 4]) {
    let z = x / scale;
    let (value, d_z, d_df) = standard_kernel(z, df);
    (value, [d_z / scale, 0.0, d_df, -z * d_z / scale])
}

#[inline(always)]
fn normaliser([df, scale]: [f64; 2]) -> (f64, [f64; 2]) {
    let (value, d_df) = standard_normaliser(df);
    (LN_2 + value - vector::log(scale), [d_df, -1.0 / scale])
}
