//! DirichletMultinomial(n, concentration), also as (n, mean, concentration): a Multinomial whose p is Dirichlet.
//!
//! Evaluated by the negative binomial ratio of [`special`](crate::special): an element for each category, a total and a
//! constant, such that neither the value nor any derivative is a difference of large numbers. In the elements by
//! (α, φ) the partials by φ sum to 0 where φ = Σ αⱼ; those by (mean, concentration) carry the derivative by the
//! concentration already centred, and are the better choice where the model has a mean and a concentration.

use rand::Rng;

use super::dirichlet::sample_log;
use super::random::binomial_logit;
use super::{ArgumentList, Distribution, Domain, Support, Vector};
use crate::fused;
use crate::program::fused::Fused;
use crate::special::{
    count_constant, log_sum_exp_pair, ratio_end, ratio_end_by_mean, ratio_start, ratio_start_by_mean, ratio_term, ratio_term_by_mean,
    ratio_total,
};

/// DirichletMultinomial(n, concentration), also as (n, mean, concentration): a Multinomial whose p is Dirichlet.
#[derive(Clone, Copy, Debug)]
pub struct DirichletMultinomial;

static LISTS: &[ArgumentList] = &[
    ArgumentList { names: &["n", "concentration"], domains: &[Domain::Count, Domain::PositiveVector] },
    ArgumentList {
        names: &["n", "mean", "concentration"],
        domains: &[Domain::Count, Domain::OpenSimplex, Domain::Positive],
    },
];

impl Distribution for DirichletMultinomial {
    fn name(&self) -> &'static str {
        "DirichletMultinomial"
    }

    fn argument_lists(&self) -> &'static [ArgumentList] {
        LISTS
    }

    fn support(&self) -> Support {
        Support::CountVector { n: 0 }
    }

    fn vector(&self) -> Option<&dyn Vector> {
        Some(self)
    }
}

impl Vector for DirichletMultinomial {
    fn length(&self, args: &[&[f64]]) -> usize {
        args.get(1).map_or(0, |a| a.len())
    }

    fn log_density(&self, x: &[f64], args: &[&[f64]]) -> f64 {
        if !valid(self, args) || x.len() != args[1].len() || x.iter().any(|v| v.is_nan()) {
            return f64::NAN;
        }
        let n = args[0][0];
        if !self.support().contains_vector(x, Some(n)) {
            return f64::NEG_INFINITY;
        }
        let phi: f64 = args[1].iter().sum();
        let terms: f64 = x.iter().zip(args[1]).map(|(&y, &a)| ELEMENT_KERNEL.value([y, n, a, phi])).sum();
        terms + TOTAL_KERNEL.value([n, phi]) + base(x)
    }

    fn mean(&self, args: &[&[f64]], out: &mut [f64]) {
        moments(self, args, out, |n, p, _| n * p);
    }

    fn variance(&self, args: &[&[f64]], out: &mut [f64]) {
        moments(self, args, out, |n, p, phi| n * p * (1.0 - p) * ((n + phi) / (1.0 + phi)));
    }

    fn sample(&self, args: &[&[f64]], rng: &mut dyn Rng, out: &mut [f64]) {
        if !valid(self, args) || out.len() != args[1].len() {
            out.fill(f64::NAN);
            return;
        }
        let mut log_p = vec![0.0; out.len()];
        sample_log(args[1], rng, &mut log_p);
        // out[j] holds log(pⱼ₊₁ + …) first.
        let mut rest = f64::NEG_INFINITY;
        for (o, &l) in out.iter_mut().zip(&log_p).rev() {
            *o = rest;
            rest = log_sum_exp_pair(rest, l);
        }
        let mut left = args[0][0];
        for (o, &l) in out.iter_mut().zip(&log_p) {
            *o = if left > 0.0 { binomial_logit(left, l - *o, rng) } else { 0.0 };
            left -= *o;
        }
    }

    fn canonical(&self, list: usize, args: &[&[f64]]) -> Vec<Vec<f64>> {
        match (list, args) {
            (1, [n, mean, [concentration]]) => vec![n.to_vec(), mean.iter().map(|m| m * concentration).collect()],
            _ => args.iter().map(|a| a.to_vec()).collect(),
        }
    }
}

fn valid(d: &dyn Vector, args: &[&[f64]]) -> bool {
    args.len() == 2 && d.vector_violation(0, args).is_none()
}

fn moments(d: &dyn Vector, args: &[&[f64]], out: &mut [f64], f: impl Fn(f64, f64, f64) -> f64) {
    if !valid(d, args) {
        return out.fill(f64::NAN);
    }
    let phi: f64 = args[1].iter().sum();
    for (o, &a) in out.iter_mut().zip(args[1]) {
        *o = f(args[0][0], a / phi, phi);
    }
}

/// Σ c(yⱼ) − c(n) with c the [`count_constant`]: the log probability less elements and total.
pub fn base(y: &[f64]) -> f64 {
    y.iter().map(|&y| count_constant(y)).sum::<f64>() - count_constant(y.iter().sum())
}

/// The term of one category, of (y, n, α, φ).
pub static ELEMENT_KERNEL: Fused = fused!("dirichlet-multinomial element", 4, element);

/// [`ELEMENT_KERNEL`] without [`START_KERNEL`], which elements of equal n, α and φ share.
pub static END_KERNEL: Fused = fused!("dirichlet-multinomial end", 4, end);

/// What elements with a count of their own owe to (n, α, φ).
pub static START_KERNEL: Fused = fused!("dirichlet-multinomial start", 3, start);

/// The term of the total, of (n, φ) or of (n, concentration).
pub static TOTAL_KERNEL: Fused = fused!("dirichlet-multinomial total", 2, total);

/// The term of one category, of (y, n, mean, concentration) with α = mean · concentration.
pub static MEAN_ELEMENT_KERNEL: Fused = fused!("dirichlet-multinomial element, by mean", 4, mean_element);

/// [`MEAN_ELEMENT_KERNEL`] without [`MEAN_START_KERNEL`], which elements of equal n, mean and concentration share.
pub static MEAN_END_KERNEL: Fused = fused!("dirichlet-multinomial end, by mean", 4, mean_end);

/// What elements with a count of their own owe to (n, mean, concentration).
pub static MEAN_START_KERNEL: Fused = fused!("dirichlet-multinomial start, by mean", 3, mean_start);

#[inline(always)]
fn element([y, n, alpha, phi]: [f64; 4]) -> (f64, [f64; 4]) {
    let t = ratio_term(y, n, alpha, phi);
    (t.value, [0.0, 0.0, t.d_alpha, t.d_phi])
}

#[inline(always)]
fn end([y, n, alpha, phi]: [f64; 4]) -> (f64, [f64; 4]) {
    let t = ratio_end(y, n, alpha, phi);
    (t.value, [0.0, 0.0, t.d_alpha, t.d_phi])
}

#[inline(always)]
fn start([n, alpha, phi]: [f64; 3]) -> (f64, [f64; 3]) {
    let (value, d_alpha) = ratio_start(n, alpha, phi);
    (value, [0.0, d_alpha, 0.0])
}

#[inline(always)]
fn total([n, phi]: [f64; 2]) -> (f64, [f64; 2]) {
    let (value, d_phi) = ratio_total(n, phi);
    (value, [0.0, d_phi])
}

#[inline(always)]
fn mean_element([y, n, mean, concentration]: [f64; 4]) -> (f64, [f64; 4]) {
    let t = ratio_term_by_mean(y, n, mean, concentration);
    (t.value, [0.0, 0.0, t.d_mean, t.d_concentration])
}

#[inline(always)]
fn mean_end([y, n, mean, concentration]: [f64; 4]) -> (f64, [f64; 4]) {
    let t = ratio_end_by_mean(y, n, mean, concentration);
    (t.value, [0.0, 0.0, t.d_mean, t.d_concentration])
}

#[inline(always)]
fn mean_start([n, mean, concentration]: [f64; 3]) -> (f64, [f64; 3]) {
    let t = ratio_start_by_mean(n, mean, concentration);
    (t.value, [0.0, t.d_mean, t.d_concentration])
}
