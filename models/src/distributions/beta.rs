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
    centred_difference, difference_of_products, digamma_remainder, inv_logit, lbeta, lbeta_partials, log_beta_weight,
    log_beta_weight_from_logs, regularised_beta,
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

/// −log B(alpha, beta), of (alpha, beta).
pub static NORMALISER: Fused = fused!("beta normaliser", 2, normaliser);

fn kernel([log_x, log1m_x, alpha, beta]: [f64; 4]) -> (f64, [f64; 4]) {
    let (a, b) = (alpha - 1.0, beta - 1.0);
    (a * log_x + b * log1m_x, [a, b, log_x, log1m_x])
}

fn normaliser([alpha, beta]: [f64; 2]) -> (f64, [f64; 2]) {
    let [da, db] = lbeta_partials(alpha, beta);
    (-lbeta(alpha, beta), [-da, -db])
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

fn density([log_x, log1m_x, alpha, beta]: [f64; 4]) -> (f64, [f64; 4]) {
    let s = alpha + beta;
    let (x, y) = (log_x.exp(), log1m_x.exp());
    let d = centred_difference(alpha, beta, x, y);
    // log(s x/alpha), centred where x is near the mean.
    let centred = |a: f64, log_x: f64, d: f64| {
        let v = d / a;
        if v.abs() < 0.5 { v.ln_1p() } else { log_x + (s / a).ln() }
    };
    let (lx, ly) = (centred(alpha, log_x, d), centred(beta, log1m_x, -d));
    let (ea, eb, es) = (digamma_remainder(alpha), digamma_remainder(beta), digamma_remainder(s));
    let value = log_beta_weight_from_logs(alpha, beta, [log_x, log1m_x], d) - log_x - log1m_x;
    (value, [alpha - 1.0, beta - 1.0, lx + (es - ea), ly + (es - eb)])
}
