//! Binomial(n, p): probability C(n, k) p^k (1 − p)^(n − k) of k = 0 … n.
//!
//! Three kernels, one for each scale the probability may come on; [`base`] is the rest.

use rand::Rng;

use super::{ArgumentList, Distribution, Domain, Scalar, Support, random};
use crate::fused;
use crate::program::fused::Fused;
use crate::special::{count_constant, difference_of_products, log_choose, log1pmx, regularised_beta, vector};

/// Binomial(n, p): probability C(n, k) p^k (1 − p)^(n − k) of k = 0 … n.
#[derive(Clone, Copy, Debug)]
pub struct Binomial;

static LISTS: &[ArgumentList] = &[ArgumentList { names: &["n", "p"], domains: &[Domain::Count, Domain::Unit] }];

impl Distribution for Binomial {
    fn name(&self) -> &'static str {
        "Binomial"
    }

    fn argument_lists(&self) -> &'static [ArgumentList] {
        LISTS
    }

    fn support(&self) -> Support {
        Support::CountUpTo { n: 0 }
    }

    fn scalar(&self) -> Option<&dyn Scalar> {
        Some(self)
    }
}

impl Scalar for Binomial {
    fn log_density_at(&self, x: f64, args: &[f64]) -> f64 {
        log_mass(x, args[0], args[1], 1.0 - args[1])
    }

    fn cdf_at(&self, x: f64, args: &[f64]) -> f64 {
        regularised_beta(x + 1.0, args[0] - x, args[1], 1.0 - args[1]).1
    }

    fn draw(&self, args: &[f64], rng: &mut dyn Rng) -> f64 {
        random::binomial(args[0], args[1], rng)
    }

    fn moments(&self, args: &[f64]) -> (f64, f64) {
        let mean = args[0] * args[1];
        (mean, mean * (1.0 - args[1]))
    }
}

/// log C(n, k) + k log p + (n − k) log q for p + q = 1, in saddle-point form (Loader 2000): c(k) + c(n − k) − c(n)
/// less the deviances of k at np and of n − k at nq.
pub(super) fn log_mass(k: f64, n: f64, p: f64, q: f64) -> f64 {
    let failures = n - k;
    if k == 0.0 {
        return if n == 0.0 { 0.0 } else { n * log_of(q, p) };
    }
    if failures == 0.0 {
        return n * log_of(p, q);
    }
    if p == 0.0 || q == 0.0 {
        return f64::NEG_INFINITY;
    }
    let d = difference_of_products(failures, p, k, q);
    let part = |k: f64, p: f64, q: f64, d: f64| {
        let v = d / k;
        if v.abs() < 0.5 { k * log1pmx(v) } else { k * (log_of(p, q) + (n / k).ln()) - d }
    };
    count_constant(k) + count_constant(failures) - count_constant(n) + part(k, p, q, d) + part(failures, q, p, -d)
}

/// log p, where q = 1 − p.
fn log_of(p: f64, q: f64) -> f64 {
    if q < 0.5 { (-q).ln_1p() } else { p.ln() }
}

/// log C(n, k): the log probability less any of the kernels.
pub fn base(k: f64, n: f64) -> f64 {
    log_choose(n, k)
}

/// k η − n log(1 + exp(η)), of (k, n, η), η the logit of p.
pub static LINK_KERNEL: Fused = fused!("binomial kernel, link scale", 3, link);

/// k log p + (n − k) log(1 − p), of (k, n, p); a count of 0 leaves its term out, so that p may be 0 or 1.
pub static PROBABILITY_KERNEL: Fused = fused!("binomial kernel, probability scale", 3, probability);

/// k log p + (n − k) log(1 − p), of (k, n, log p, log(1 − p)).
pub static LOG_KERNEL: Fused = fused!("binomial kernel, log scale", 4, log_scale);

#[inline(always)]
pub(super) fn link([k, n, eta]: [f64; 3]) -> (f64, [f64; 3]) {
    let e = vector::exp(-eta.abs());
    let failures = n - k;
    let (count, rest) = if eta > 0.0 { (-failures, k * e - failures) } else { (k, k - failures * e) };
    (count * eta - n * vector::log1p_of_fraction(e), [0.0, 0.0, rest / (1.0 + e)])
}

#[inline(always)]
pub(super) fn probability([k, n, p]: [f64; 3]) -> (f64, [f64; 3]) {
    let failures = n - k;
    let (first, second) = (k * vector::log(p), failures * vector::log1p(-p));
    let (d_first, d_second) = (k / p, failures / (1.0 - p));
    let (no_k, no_failures) = (k == 0.0, failures == 0.0);
    let value = if no_k { 0.0 } else { first } + if no_failures { 0.0 } else { second };
    (value, [0.0, 0.0, if no_k { 0.0 } else { d_first } - if no_failures { 0.0 } else { d_second }])
}

#[inline(always)]
pub(super) fn log_scale([k, n, log_p, log1m_p]: [f64; 4]) -> (f64, [f64; 4]) {
    let failures = n - k;
    let first = if k == 0.0 { 0.0 } else { k * log_p };
    let second = if failures == 0.0 { 0.0 } else { failures * log1m_p };
    (first + second, [0.0, 0.0, k, failures])
}
