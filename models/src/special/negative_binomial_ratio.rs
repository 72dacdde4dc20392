//! Beta-binomial and Dirichlet-multinomial probabilities as a ratio of negative binomial ones.
//!
//! If Kⱼ ~ NB(αⱼ, π) are independent, their sum is NB(φ, π) with φ = Σ αⱼ, and given that the sum is n the counts are
//! Dirichlet-multinomial, *for any π*. With π = φ/(φ + n) every one of these negative binomials stands at its mean, and
//! each is evaluated by Loader's saddle point:
//!
//! ```text
//! log DM(y | α) = Σⱼ T(αⱼ, yⱼ; φ, n) − T₀(φ, n)
//! T(a, k)  = ½ log(a/m) + δ(m) − δ(a) + a log1pmx(x) + k log1pmx(−a x/k) + c(k),     m = a + k,  a x = (kφ − na)/(φ + n)
//! T₀(φ, n) = ½ log(φ/(φ + n)) + δ(φ + n) − δ(φ) + c(n)
//! c(k)     = −δ(k) − ½ log(2πk)
//! ```
//!
//! No term is a difference of large ones, whatever the size of the concentration: the binomial limit φ → ∞ needs no
//! branch. The derivatives are those of the same form; the parts by π cancel over the terms, analytically.

use super::vector::{Quotient, Split, log1p_by, stirling_and_remainder_above_one, stirling_and_remainder_by};
use super::{HALF_LOG_TWO_PI, difference_of_products, stirling_error};

/// c(k) = −δ(k) − ½ log(2πk) = k log k − k − log k!, the part of a term that depends on the count alone; 0 for k = 0.
pub fn count_constant(k: f64) -> f64 {
    if k == 0.0 { 0.0 } else { -stirling_error(k) - 0.5 * k.ln() - HALF_LOG_TWO_PI }
}

/// A negative binomial log probability near its mean, without c(k), and the parts of its derivatives.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Saddle {
    /// ½ log(a/m) + δ(m) − δ(a) + a log1pmx(x) + k log1pmx(−a x/k).
    pub(crate) value: f64,
    /// log(1 + x), the centred logarithmic part of ψ(a + k) − ψ(a).
    pub(crate) log_part: f64,
    /// a (log(1 + x) − x).
    pub(crate) excess: f64,
    /// e(a + k) − e(a), the rest of ψ(a + k) − ψ(a).
    pub(crate) remainder: f64,
}

/// The success probability π = φ/s and its complement n/s, s = φ + n, as parts whose logarithms lose nothing.
#[derive(Clone, Copy)]
pub(crate) struct Odds {
    pub(crate) success: Split,
    pub(crate) failure: Split,
    pub(crate) sum: Split,
}

impl Odds {
    #[inline(always)]
    fn new(phi: f64, n: f64) -> Odds {
        Odds { success: Split::of(phi), failure: Split::of_normal(n), sum: Split::of_normal(phi + n) }
    }
}

/// a b/(c d).
#[inline(always)]
fn quotient(a: Split, b: Split, c: Split, d: Split) -> Quotient {
    Quotient::new(a.times(b).normalised(), c.times(d).normalised())
}

/// The negative binomial term of whole count `k`, size `a` and success probability π, where `d` = a x = (a + k) π − a.
///
/// Without branches. log(1 + x) is that of (m/a) π where x is not near 0, and log(1 + y), y = −d/k, that of
/// (m/k)(1 − π).
#[inline(always)]
pub(crate) fn saddle(k: f64, a: f64, d: f64, odds: &Odds) -> Saddle {
    let none = k == 0.0;
    let (m, divisor) = (a + k, if none { 1.0 } else { k });
    let (split_a, split_m) = (Split::of(a), Split::of_normal(m));
    let x = d / a;
    let (near, log_part, excess) = log1p_by(x, quotient(split_m, odds.success, split_a, odds.sum));
    let excess = if near { a * excess } else { a.mul_add(log_part, -d) };
    let y = -d / divisor;
    let (near, log_count, excess_count) =
        log1p_by(y, quotient(split_m, odds.failure, Split::of_normal(divisor), odds.sum));
    let count_part = if near { k * excess_count } else { k.mul_add(log_count, d) };
    let log_a_over_m = Quotient::new(split_a, split_m).log();
    let (delta_a, e_a) = stirling_and_remainder_by(a, split_a);
    // A count that is not 0 is at least 1.
    let (delta_m, e_m) = stirling_and_remainder_above_one(m);
    let value = 0.5f64.mul_add(log_a_over_m, delta_m - delta_a) + (excess + count_part);
    Saddle {
        value: if none { a * log_part } else { value },
        log_part,
        excess,
        remainder: if none { 0.0 * a } else { e_m - e_a },
    }
}

/// One term of a Dirichlet-multinomial log probability, without c(y), and its derivatives.
#[derive(Clone, Copy, Debug)]
pub struct RatioTerm {
    /// T(α, y; φ, n) − c(y).
    pub value: f64,
    /// Partial derivative by α, φ held: log(1 + x) + e(α + y) − e(α).
    pub d_alpha: f64,
    /// Partial derivative by φ, α held: −α x/φ. These sum to 0 over the terms.
    pub d_phi: f64,
    /// α d_alpha + φ d_phi without cancellation: the derivative by log φ where α is a fixed share of φ.
    pub d_log_concentration: f64,
}

/// The term of a category with count `y` of `n` and parameter `alpha` of a total `phi`.
///
/// For α, φ > 0 from 1e-300 to 1e300, 0 ≤ y ≤ n. Sum of terms plus [`ratio_total`] plus c(yⱼ) and −c(n): scaled error
/// below 1e-13 for parameters of 1e-8 to 1e16 and counts to 1e11.
#[inline(always)]
pub fn ratio_term(y: f64, n: f64, alpha: f64, phi: f64) -> RatioTerm {
    term_of(y, n, alpha, phi, centred(y, phi, n, alpha, phi, n))
}

/// [`ratio_term`] of α = mean · φ, which keeps its accuracy where that product rounds.
#[inline(always)]
pub fn ratio_term_by_mean(y: f64, n: f64, mean: f64, phi: f64) -> RatioTerm {
    term_of(y, n, mean * phi, phi, (-n).mul_add(mean, y) * (phi / (phi + n)))
}

/// (k b − l a)/(φ + n) where a, b ≤ φ; for φ near the largest numbers a power of two keeps the products finite.
#[inline(always)]
fn centred(k: f64, b: f64, l: f64, a: f64, phi: f64, n: f64) -> f64 {
    let scale = if phi < 1e280 { 1.0 } else { SMALL_POWER };
    difference_of_products(k, b * scale, l, a * scale) / ((phi + n) * scale)
}

/// 2⁻¹⁰⁰.
const SMALL_POWER: f64 = f64::from_bits((1023 - 100) << 52);

/// The term with d = α x = (yφ − nα)/(φ + n) given.
#[inline(always)]
fn term_of(y: f64, n: f64, alpha: f64, phi: f64, d: f64) -> RatioTerm {
    let t = saddle(y, alpha, d, &Odds::new(phi, n));
    RatioTerm {
        value: t.value,
        d_alpha: t.log_part + t.remainder,
        d_phi: -d / phi,
        d_log_concentration: alpha.mul_add(t.remainder, t.excess),
    }
}

/// −T₀(φ, n) without c(n), and its derivative by φ: −(e(φ + n) − e(φ)).
#[inline(always)]
pub fn ratio_total(n: f64, phi: f64) -> (f64, f64) {
    total_by(n, phi, Split::of(phi), Split::of_normal(phi + n))
}

#[inline(always)]
fn total_by(n: f64, phi: f64, split_phi: Split, split_sum: Split) -> (f64, f64) {
    let (delta_s, e_s) = stirling_and_remainder_above_one(phi + n);
    let (delta_phi, e_phi) = stirling_and_remainder_by(phi, split_phi);
    let value = 0.5f64.mul_add(Quotient::new(split_sum, split_phi).log(), delta_phi - delta_s);
    let none = if phi > 0.0 { 0.0 } else { f64::NAN };
    (if n == 0.0 { none } else { value }, if n == 0.0 { none } else { e_phi - e_s })
}

/// A beta-binomial log probability without c(k) + c(n − k) − c(n), and its derivatives.
#[derive(Clone, Copy, Debug)]
pub struct BetaBinomial {
    /// log BB(k | n, α, β) − c(k) − c(n − k) + c(n).
    pub value: f64,
    /// Partial derivative by α.
    pub d_alpha: f64,
    /// Partial derivative by β.
    pub d_beta: f64,
    /// Derivative by log(α + β), the mean held.
    pub d_log_concentration: f64,
    /// Derivative by logit of the mean, the concentration held.
    pub d_logit_mean: f64,
}

/// The beta-binomial log probability of `k` of `n` by the ratio, for α, β > 0 and whole 0 ≤ k ≤ n.
///
/// Scaled error of the value below 1e-13 and of the derivatives below 1e-11 for α, β from 1e-8 to 1e16 and n to 1e11.
#[inline(always)]
pub fn beta_binomial(k: f64, n: f64, alpha: f64, beta: f64) -> BetaBinomial {
    let failures = n - k;
    let phi = alpha + beta;
    let d = centred(k, beta, failures, alpha, phi, n);
    let odds = Odds::new(phi, n);
    let first = saddle(k, alpha, d, &odds);
    let second = saddle(failures, beta, -d, &odds);
    let (total, d_phi) = total_by(n, phi, odds.success, odds.sum);
    let (da, db) = (first.log_part + first.remainder, second.log_part + second.remainder);
    let remainders = alpha * first.remainder + beta * second.remainder + phi * d_phi;
    BetaBinomial {
        value: first.value + second.value + total,
        d_alpha: da + d_phi,
        d_beta: db + d_phi,
        d_log_concentration: first.excess + second.excess + remainders,
        d_logit_mean: alpha * (beta / phi) * (da - db),
    }
}
