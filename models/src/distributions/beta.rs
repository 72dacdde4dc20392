//! Beta(alpha, beta), also as (mean, concentration) and (mean, sd): density x^(alpha − 1) (1 − x)^(beta − 1)/B(alpha, beta).
//!
//! concentration = alpha + beta. The pieces work on log x and log(1 − x), so that a variate of 1e-300 loses nothing;
//! their sum has an absolute error of some ε (alpha + beta), which [`DENSITY`] avoids.

use rand::Rng;

use super::random::logit_beta;
use super::{ArgumentList, Distribution, Domain, KernelInputs, Pieces, Scalar, Support, Violation};
use crate::fused;
use crate::program::fused::Fused;
use crate::special::{
    HALF_LOG_TWO_PI, centred_difference, difference_of_products, inv_logit, log_beta_weight, regularised_beta, vector,
};

/// Beta(alpha, beta), also as (mean, concentration) and (mean, sd): density x^(alpha − 1) (1 − x)^(beta − 1)/B(alpha, beta).
#[derive(Clone, Copy, Debug)]
pub struct Beta;

static LISTS: &[ArgumentList] = &[
    ArgumentList { names: &["alpha", "beta"], domains: &[Domain::Positive, Domain::Positive] },
    ArgumentList { names: &["mean", "concentration"], domains: &[Domain::OpenUnit, Domain::Positive] },
    ArgumentList { names: &["mean", "sd"], domains: &[Domain::OpenUnit, Domain::Positive] },
];

impl Distribution for Beta {
    fn name(&self) -> &'static str {
        "Beta"
    }

    fn argument_lists(&self) -> &'static [ArgumentList] {
        LISTS
    }

    fn support(&self) -> Support {
        Support::Unit
    }

    fn scalar(&self) -> Option<&dyn Scalar> {
        Some(self)
    }

    fn joint_violation(&self, list: usize, args: &[f64]) -> Option<Violation> {
        let possible = list != 2 || concentration(args[0], args[1]) > 0.0;
        (!possible).then_some(Violation { argument: 1, must_be: "less than sqrt(mean * (1 - mean))" })
    }
}

impl Scalar for Beta {
    fn log_density_at(&self, x: f64, args: &[f64]) -> f64 {
        let y = 1.0 - x;
        log_beta_weight(args[0], args[1], x, y) - x.ln() - (-x).ln_1p()
    }

    fn cdf_at(&self, x: f64, args: &[f64]) -> f64 {
        regularised_beta(args[0], args[1], x, 1.0 - x).0
    }

    fn draw(&self, args: &[f64], rng: &mut dyn Rng) -> f64 {
        inv_logit(logit_beta(args[0], args[1], rng))
    }

    fn moments(&self, args: &[f64]) -> (f64, f64) {
        let s = args[0] + args[1];
        let mean = args[0] / s;
        (mean, mean * (args[1] / s) / (s + 1.0))
    }

    fn canonical(&self, list: usize, args: &[f64]) -> [f64; 4] {
        let concentration = match list {
            1 => args[1],
            2 => concentration(args[0], args[1]),
            _ => return [args[0], args[1], 0.0, 0.0],
        };
        [args[0] * concentration, (1.0 - args[0]) * concentration, 0.0, 0.0]
    }

    fn pieces(&self) -> Option<Pieces> {
        Some(Pieces { inputs: KernelInputs::LogXLog1mX, kernel: &KERNEL, normaliser: &NORMALISER })
    }
}

/// (alpha − 1) log x + (beta − 1) log(1 − x), of (log x, log(1 − x), alpha, beta).
pub static KERNEL: Fused = fused!("beta kernel", 4, kernel);

/// alpha log x + beta log(1 − x), of (logit x, alpha, beta): the kernel with the Jacobian of the logit.
pub static LOGIT_KERNEL: Fused = fused!("beta kernel, by logit", 3, logit_kernel);

/// −log B(alpha, beta), of (alpha, beta).
pub static NORMALISER: Fused = fused!("beta normaliser", 2, normaliser);

#[inline(always)]
fn kernel([log_x, log1m_x, alpha, beta]: [f64; 4]) -> (f64, [f64; 4]) {
    let (a, b) = (alpha - 1.0, beta - 1.0);
    (a * log_x + b * log1m_x, [a, b, log_x, log1m_x])
}

#[inline(always)]
fn logit_kernel([u, alpha, beta]: [f64; 3]) -> (f64, [f64; 3]) {
    let e = vector::exp(-u.abs());
    let (small, sum) = (vector::log1p_of_fraction(e), 1.0 + e);
    let (log_x, log1m_x) = (if u > 0.0 { 0.0 } else { u } - small, if u > 0.0 { -u } else { 0.0 } - small);
    let (x, rest) = (if u > 0.0 { 1.0 } else { e } / sum, if u > 0.0 { e } else { 1.0 } / sum);
    (alpha.mul_add(log_x, beta * log1m_x), [alpha.mul_add(rest, -beta * x), log_x, log1m_x])
}

#[inline(always)]
fn normaliser([alpha, beta]: [f64; 2]) -> (f64, [f64; 2]) {
    let (value, [da, db]) = vector::lbeta_and_partials(alpha, beta);
    (-value, [-da, -db])
}

/// The concentration of a beta distribution of that mean and standard deviation: mean (1 − mean)/sd² − 1.
pub fn concentration(mean: f64, sd: f64) -> f64 {
    let square = sd * sd;
    if square > 1e-280 {
        difference_of_products(mean, 1.0 - mean, sd, sd) / square
    } else {
        mean / sd * ((1.0 - mean) / sd)
    }
}

/// The whole log density, of (log x, log(1 − x), alpha, beta), without cancellation at any concentration.
///
/// By the saddle point; the partials by alpha and beta are log x − log(alpha/s) + e(s) − e(alpha) and likewise,
/// s = alpha + beta.
pub static DENSITY: Fused = fused!("beta density", 4, density);

#[inline(always)]
fn density([log_x, log1m_x, alpha, beta]: [f64; 4]) -> (f64, [f64; 4]) {
    let s = alpha + beta;
    let d = centred_difference(alpha, beta, vector::exp(log_x), vector::exp(log1m_x));
    let (delta_a, ea) = vector::stirling_and_remainder(alpha);
    let (delta_b, eb) = vector::stirling_and_remainder(beta);
    let (delta_s, es) = vector::stirling_and_remainder(s);
    let (lx, deviance_x) = share(alpha, s, log_x, d);
    let (ly, deviance_y) = share(beta, s, log1m_x, -d);
    let swapped = alpha > beta;
    let (small, large) = (if swapped { beta } else { alpha }, if swapped { alpha } else { beta });
    let log_harmonic = vector::log(small) - vector::log1p(small / large);
    let constant = 0.5 * log_harmonic - HALF_LOG_TWO_PI - delta_a - delta_b + delta_s;
    let value = constant - (deviance_x + deviance_y) - log_x - log1m_x;
    (value, [alpha - 1.0, beta - 1.0, lx + (es - ea), ly + (es - eb)])
}

/// log(s x/a), centred where x is near the mean a/s, and the deviance −a log(s x/a) + d, d = s x − a.
#[inline(always)]
fn share(a: f64, s: f64, log_x: f64, d: f64) -> (f64, f64) {
    let v = d / a;
    let (near, excess) = vector::log1pmx_near(v);
    let far = log_x + vector::log_ratio(s, a);
    (if near { v + excess } else { far }, if near { -a * excess } else { d - a * far })
}
