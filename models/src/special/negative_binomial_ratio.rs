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

use super::{HALF_LOG_TWO_PI, difference_of_products, log1pmx, stirling_and_remainder, stirling_error};

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

/// The negative binomial term of count `k`, size `a` and success probability π, where `d` = a x = (a + k) π − a.
#[inline(always)]
pub(crate) fn saddle(k: f64, a: f64, d: f64, log_pi: f64, log1m_pi: impl FnOnce() -> f64) -> Saddle {
    let x = d / a;
    let near = x.abs() < 0.5;
    if k == 0.0 {
        let log_part = if near { x.ln_1p() } else { log_pi };
        let excess = if near { a * log1pmx(x) } else { a * log_part - d };
        return Saddle { value: a * log_part, log_part, excess, remainder: 0.0 };
    }
    let m = a + k;
    let log_a_over_m = (a / m).ln();
    let (delta_m, e_m) = stirling_and_remainder(m);
    let (delta_a, e_a) = stirling_and_remainder(a);
    let (log_part, excess) = if near {
        let t = log1pmx(x);
        (x + t, a * t)
    } else {
        let l = log_pi - log_a_over_m;
        (l, a * l - d)
    };
    let y = -d / k;
    let count_part = if y.abs() < 0.5 { k * log1pmx(y) } else { k * ((m / k).ln() + log1m_pi()) + d };
    let value = 0.5 * log_a_over_m + (delta_m - delta_a) + (excess + count_part);
    Saddle { value, log_part, excess, remainder: e_m - e_a }
}

/// log(1 + a/b) where a/b may overflow.
#[inline(always)]
fn log1p_ratio(a: f64, b: f64) -> f64 {
    let r = a / b;
    if r < 1e300 { r.ln_1p() } else { a.ln() - b.ln() }
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
#[inline]
pub fn ratio_term(y: f64, n: f64, alpha: f64, phi: f64) -> RatioTerm {
    term_of(y, n, alpha, phi, centred(y, phi, n, alpha, phi, n))
}

/// [`ratio_term`] of α = mean · φ, which keeps its accuracy where that product rounds.
#[inline]
pub fn ratio_term_by_mean(y: f64, n: f64, mean: f64, phi: f64) -> RatioTerm {
    term_of(y, n, mean * phi, phi, (-n).mul_add(mean, y) * (phi / (phi + n)))
}

/// (k b − l a)/(φ + n) where a, b ≤ φ; the products overflow only for φ near the largest numbers.
#[inline(always)]
fn centred(k: f64, b: f64, l: f64, a: f64, phi: f64, n: f64) -> f64 {
    if phi < 1e280 {
        difference_of_products(k, b, l, a) / (phi + n)
    } else {
        difference_of_products(k, b / phi, l, a / phi) * (phi / (phi + n))
    }
}

/// The term with d = α x = (yφ − nα)/(φ + n) given.
#[inline(always)]
fn term_of(y: f64, n: f64, alpha: f64, phi: f64, d: f64) -> RatioTerm {
    let s = phi + n;
    let t = saddle(y, alpha, d, -log1p_ratio(n, phi), || (n / s).ln());
    RatioTerm {
        value: t.value,
        d_alpha: t.log_part + t.remainder,
        d_phi: -d / phi,
        d_log_concentration: t.excess + alpha * t.remainder,
    }
}

/// −T₀(φ, n) without c(n), and its derivative by φ: −(e(φ + n) − e(φ)).
#[inline]
pub fn ratio_total(n: f64, phi: f64) -> (f64, f64) {
    if n == 0.0 {
        return (0.0, if phi > 0.0 { 0.0 } else { f64::NAN });
    }
    let (delta_s, e_s) = stirling_and_remainder(phi + n);
    let (delta_phi, e_phi) = stirling_and_remainder(phi);
    (0.5 * log1p_ratio(n, phi) - (delta_s - delta_phi), e_phi - e_s)
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
#[inline]
pub fn beta_binomial(k: f64, n: f64, alpha: f64, beta: f64) -> BetaBinomial {
    let failures = n - k;
    let phi = alpha + beta;
    let s = phi + n;
    let d = centred(k, beta, failures, alpha, phi, n);
    let log_pi = -log1p_ratio(n, phi);
    let first = saddle(k, alpha, d, log_pi, || (n / s).ln());
    let second = saddle(failures, beta, -d, log_pi, || (n / s).ln());
    let (total, d_phi) = ratio_total(n, phi);
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
