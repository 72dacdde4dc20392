//! Dirichlet(concentration), also as (mean, concentration): density Γ(Σ αⱼ) Π pⱼ^(αⱼ − 1)/Γ(αⱼ) on the simplex.
//!
//! The density is by all but the last of the pⱼ. By (mean, concentration), α = mean · concentration.

use rand::Rng;

use super::random::log_gamma;
use super::{ArgumentList, Distribution, Domain, Support, Vector};
use crate::fused;
use crate::program::fused::Fused;
use crate::special::{log_gamma_weight, log_sum_exp, vector};

/// Dirichlet(concentration), also as (mean, concentration): density Γ(Σ αⱼ) Π pⱼ^(αⱼ − 1)/Γ(αⱼ) on the simplex.
#[derive(Clone, Copy, Debug)]
pub struct Dirichlet;

static LISTS: &[ArgumentList] = &[
    ArgumentList { names: &["concentration"], domains: &[Domain::PositiveVector] },
    ArgumentList { names: &["mean", "concentration"], domains: &[Domain::OpenSimplex, Domain::Positive] },
];

impl Distribution for Dirichlet {
    fn name(&self) -> &'static str {
        "Dirichlet"
    }

    fn argument_lists(&self) -> &'static [ArgumentList] {
        LISTS
    }

    fn support(&self) -> Support {
        Support::Simplex
    }

    fn vector(&self) -> Option<&dyn Vector> {
        Some(self)
    }
}

impl Vector for Dirichlet {
    fn length(&self, args: &[&[f64]]) -> usize {
        args.first().map_or(0, |a| a.len())
    }

    fn log_density(&self, x: &[f64], args: &[&[f64]]) -> f64 {
        let valid = args.len() == 1 && self.vector_violation(0, args).is_none();
        if !valid || x.len() != args[0].len() || x.iter().any(|v| v.is_nan()) {
            return f64::NAN;
        }
        if !self.support().contains_vector(x, None) {
            return f64::NEG_INFINITY;
        }
        // Gamma densities at their means' sum, which the single one of the total cancels.
        let phi: f64 = args[0].iter().sum();
        let weights: f64 = x.iter().zip(args[0]).map(|(&p, &a)| log_gamma_weight(a, phi * p) - p.ln()).sum();
        weights - log_gamma_weight(phi, phi)
    }

    fn mean(&self, args: &[&[f64]], out: &mut [f64]) {
        moments(args, out, |p, _| p);
    }

    fn variance(&self, args: &[&[f64]], out: &mut [f64]) {
        moments(args, out, |p, phi| p * (1.0 - p) / (phi + 1.0));
    }

    fn sample(&self, args: &[&[f64]], rng: &mut dyn Rng, out: &mut [f64]) {
        if args.len() != 1 || out.len() != args[0].len() || self.vector_violation(0, args).is_some() {
            out.fill(f64::NAN);
            return;
        }
        sample_log(args[0], rng, out);
        for p in out {
            *p = p.exp();
        }
    }

    fn canonical(&self, list: usize, args: &[&[f64]]) -> Vec<Vec<f64>> {
        match (list, args) {
            (1, [mean, [concentration]]) => vec![mean.iter().map(|m| m * concentration).collect()],
            _ => args.iter().map(|a| a.to_vec()).collect(),
        }
    }
}

fn moments(args: &[&[f64]], out: &mut [f64], f: impl Fn(f64, f64) -> f64) {
    let Some(alpha) = args.first() else {
        return out.fill(f64::NAN);
    };
    let phi: f64 = alpha.iter().sum();
    for (o, a) in out.iter_mut().zip(*alpha) {
        *o = f(a / phi, phi);
    }
}

/// Writes the logarithms of a variate: log-gamma variates normalised on the log scale, so that an α of 1e-3 gives
/// logarithms of −1000 and not zeros.
pub fn sample_log(alpha: &[f64], rng: &mut dyn Rng, out: &mut [f64]) {
    for (o, &a) in out.iter_mut().zip(alpha) {
        *o = log_gamma(a, rng);
    }
    // Shifting by the largest first keeps the sum of the exponentials at 1 however small the variates are.
    let largest = out.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    for o in out.iter_mut() {
        *o -= largest;
    }
    let total = log_sum_exp(out);
    for o in out {
        *o -= total;
    }
}

/// (α − 1) log p, of (log p, α): one for each element.
pub static ELEMENT_KERNEL: Fused = fused!("dirichlet element", 2, element);

/// −log Γ(α), of (α): one for each element.
pub static ELEMENT_NORMALISER: Fused = fused!("dirichlet element normaliser", 1, element_normaliser);

/// log Γ(φ), of (φ), the sum of the α.
pub static TOTAL_NORMALISER: Fused = fused!("dirichlet total normaliser", 1, total_normaliser);

#[inline(always)]
fn element([log_p, alpha]: [f64; 2]) -> (f64, [f64; 2]) {
    ((alpha - 1.0) * log_p, [alpha - 1.0, log_p])
}

#[inline(always)]
fn element_normaliser([alpha]: [f64; 1]) -> (f64, [f64; 1]) {
    (-vector::lgamma(alpha), [-vector::digamma(alpha)])
}

#[inline(always)]
fn total_normaliser([phi]: [f64; 1]) -> (f64, [f64; 1]) {
    (vector::lgamma(phi), [vector::digamma(phi)])
}
