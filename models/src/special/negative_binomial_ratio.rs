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
//! As 1 + x = (m/a) π, ½ log(a/m) is ½ log π − ½ log(1 + x): what a term owes to a and π alone, ½ log π − δ(a), is its
//! [start](ratio_start), which terms may share, and the rest its [end](ratio_end).
//!
//! No term is a difference of large ones, whatever the size of the concentration: the binomial limit φ → ∞ needs no
//! branch. The derivatives are those of the same form; the parts by π cancel over the terms, analytically.

use super::vector::{
    Log1p, Quotient, Split, half_log_share_less_stirling, log, stirling_and_remainder_above_one,
    stirling_and_remainder_by, stirling_and_slope, stirling_and_slope_above_one,
};
use super::{HALF_LOG_TWO_PI, difference_of_products, stirling_error};

/// c(k) = −δ(k) − ½ log(2πk) = k log k − k − log k!, the part of a term that depends on the count alone; 0 for k = 0.
pub fn count_constant(k: f64) -> f64 {
    if k == 0.0 { 0.0 } else { -stirling_error(k) - 0.5 * k.ln() - HALF_LOG_TWO_PI }
}

/// A negative binomial log probability near its mean, without c(k) and without what depends on size and success
/// probability alone, ½ log π − δ(a); and the parts of its derivatives.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Saddle {
    /// δ(m) − ½ log(1 + x) + a log1pmx(x) + k log1pmx(−a x/k).
    pub(crate) value: f64,
    /// log(1 + x), the centred logarithmic part of ψ(a + k) − ψ(a).
    pub(crate) log_part: f64,
    /// Whether x is near 0, and then log(1 + x) − x.
    near: bool,
    relative_excess: f64,
    /// δ′(m) + ½/a − ½/m, what ψ(a + k) − ψ(a) has besides but for −δ′(a); 0 for k = 0.
    pub(crate) slope: f64,
}

impl Saddle {
    /// c (log(1 + x) − x), where `linear` is c x.
    #[inline(always)]
    pub(crate) fn excess(&self, c: f64, linear: f64) -> f64 {
        if self.near { c * self.relative_excess } else { c.mul_add(self.log_part, -linear) }
    }

    /// With ½ log π − δ(a), which a count of 0 does not have: the value, and e(a + k) − e(a), all of the derivative but the
    /// logarithmic part.
    #[inline(always)]
    pub(crate) fn whole(&self, k: f64, a: f64, success: Scaled) -> (f64, f64) {
        let (delta, slope) = stirling_and_slope(a);
        let value = 0.5f64.mul_add(success.log(), self.value - delta);
        if k == 0.0 { (self.value, 0.0 * a) } else { (value, self.slope - slope) }
    }
}

/// A positive number, normal times a power of 2.
#[derive(Clone, Copy)]
pub(crate) struct Scaled {
    pub(crate) factor: f64,
    pub(crate) exponent: f64,
}

impl Scaled {
    #[inline(always)]
    fn of(factor: f64) -> Scaled {
        Scaled { factor, exponent: 0.0 }
    }

    #[inline(always)]
    fn log(self) -> f64 {
        self.exponent.mul_add(std::f64::consts::LN_2, log(self.factor))
    }
}

/// The success probability π and its complement.
#[derive(Clone, Copy)]
pub(crate) struct Odds {
    pub(crate) success: Scaled,
    pub(crate) failure: Scaled,
}

impl Odds {
    /// π = φ/(φ + n). NaN where φ is not positive.
    #[inline(always)]
    fn new(phi: f64, n: f64) -> Odds {
        Odds::by(phi, n, inverse_sum(phi, n))
    }

    /// With 1/(φ + n) given.
    #[inline(always)]
    fn by(phi: f64, n: f64, inverse: f64) -> Odds {
        Odds { success: Scaled::of(phi * inverse), failure: Scaled::of(n * inverse) }
    }
}

/// The negative binomial term of whole count `k`, size `a` and success probability π, where `d` = a x = (a + k) π − a.
///
/// Without branches. 1 + x is (m/a) π, and 1 + y = (m/k)(1 − π) where y = −d/k.
#[inline(always)]
pub(crate) fn saddle(k: f64, a: f64, d: f64, odds: &Odds) -> Saddle {
    let none = k == 0.0;
    let a = if a > 0.0 { a } else { f64::NAN };
    // A count that is not 0 is at least 1. Sizes of which 1/m counts for nothing are cut, so that k m is in range.
    let m = a + k;
    let (size, count) = (if m < LARGE { m } else { LARGE }, if none { 1.0 } else { k });
    let (inverse_a, inverse_both) = (1.0 / a, 1.0 / (count * size));
    let (inverse_m, inverse_k) = (count * inverse_both, size * inverse_both);
    let log_size = Log1p::new(d * inverse_a, (m * inverse_a) * odds.success.factor, odds.success.exponent);
    let log_count = Log1p::new(-d * inverse_k, (m * inverse_k) * odds.failure.factor, odds.failure.exponent);
    let [(near, log_part, relative_excess), (near_count, log_count, excess_count)] = Log1p::values(log_size, log_count);
    let (delta_m, slope_m) = stirling_and_slope_above_one(inverse_m);
    let count_part = if near_count { k * excess_count } else { k.mul_add(log_count, d) };
    // ½/a − ½/m = ½ k/(a m).
    let slope = if none { 0.0 * a } else { (0.5 * k * inverse_m).mul_add(inverse_a, slope_m) };
    let mut saddle = Saddle { value: a * log_part, log_part, near, relative_excess, slope };
    let value = (-0.5f64).mul_add(log_part, delta_m) + (saddle.excess(a, d) + count_part);
    saddle.value = if none { saddle.value } else { value };
    saddle
}

/// Beyond this δ of a number, and what else goes with one over it, is nothing beside any other part of a term.
const LARGE: f64 = 1e280;

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
    ratio_end(y, n, alpha, phi).with_start(y, n, alpha, phi)
}

/// [`ratio_term`] without what terms of one α, φ and n share if their count is not 0: [`ratio_start`].
#[inline(always)]
pub fn ratio_end(y: f64, n: f64, alpha: f64, phi: f64) -> RatioTerm {
    end_of(y, n, alpha, phi, centred(y, phi, n, alpha, phi, n))
}

/// One term of a Dirichlet-multinomial log probability of α = mean · φ, without c(y), and its derivatives.
#[derive(Clone, Copy, Debug)]
pub struct MeanRatioTerm {
    /// T(mean φ, y; φ, n) − c(y).
    pub value: f64,
    /// Partial derivative by the mean, φ held.
    pub d_mean: f64,
    /// Partial derivative by φ, the mean held.
    pub d_concentration: f64,
}

/// [`ratio_term`] of α = mean · φ, which keeps its accuracy where that product rounds.
#[inline(always)]
pub fn ratio_term_by_mean(y: f64, n: f64, mean: f64, phi: f64) -> MeanRatioTerm {
    let end = ratio_end_by_mean(y, n, mean, phi);
    let start = ratio_start_by_mean(n, mean, phi);
    let of = |part: f64| if y == 0.0 { 0.0 * (mean * phi) } else { part };
    MeanRatioTerm {
        value: end.value + of(start.value),
        d_mean: end.d_mean + of(start.d_mean),
        d_concentration: end.d_concentration + of(start.d_concentration),
    }
}

/// [`ratio_end`] of α = mean · φ.
#[inline(always)]
pub fn ratio_end_by_mean(y: f64, n: f64, mean: f64, phi: f64) -> MeanRatioTerm {
    let inverse = inverse_sum(phi, n);
    let odds = Odds::by(phi, n, inverse);
    let centred = (-n).mul_add(mean, y);
    let t = saddle(y, mean * phi, centred * odds.success.factor, &odds);
    MeanRatioTerm {
        value: t.value,
        d_mean: (t.log_part + t.slope) * phi,
        d_concentration: mean.mul_add(t.slope, t.excess(mean, centred * inverse)),
    }
}

/// [`ratio_start`] of α = mean · φ.
#[inline(always)]
pub fn ratio_start_by_mean(n: f64, mean: f64, phi: f64) -> MeanRatioTerm {
    let (value, d_alpha) = ratio_start(n, mean * phi, phi);
    MeanRatioTerm { value, d_mean: d_alpha * phi, d_concentration: d_alpha * mean }
}

/// 1/(φ + n); NaN where φ is not positive.
#[inline(always)]
fn inverse_sum(phi: f64, n: f64) -> f64 {
    1.0 / if phi > 0.0 { phi + n } else { f64::NAN }
}

/// ½ log π − δ(α), π = φ/(φ + n), and its derivative by α. That by π is left out: those of the terms' ½ log(α/m) cancel.
#[inline(always)]
pub fn ratio_start(n: f64, alpha: f64, phi: f64) -> (f64, f64) {
    half_log_share_less_stirling(phi, n, alpha)
}

/// (k b − l a)/(φ + n) where a, b ≤ φ; for φ near the largest numbers a power of two keeps the products finite.
#[inline(always)]
fn centred(k: f64, b: f64, l: f64, a: f64, phi: f64, n: f64) -> f64 {
    let scale = if phi < 1e280 { 1.0 } else { SMALL_POWER };
    difference_of_products(k, b * scale, l, a * scale) / ((phi + n) * scale)
}

/// 2⁻¹⁰⁰.
const SMALL_POWER: f64 = f64::from_bits((1023 - 100) << 52);

/// The term without its start, d = α x = (yφ − nα)/(φ + n) being given.
#[inline(always)]
fn end_of(y: f64, n: f64, alpha: f64, phi: f64, d: f64) -> RatioTerm {
    let t = saddle(y, alpha, d, &Odds::new(phi, n));
    RatioTerm {
        value: t.value,
        d_alpha: t.log_part + t.slope,
        d_phi: -d / phi,
        d_log_concentration: alpha.mul_add(t.slope, t.excess(alpha, d)),
    }
}

impl RatioTerm {
    /// Adds the start, which a count of 0 does not have.
    #[inline(always)]
    fn with_start(self, y: f64, n: f64, alpha: f64, phi: f64) -> Self {
        let (value, slope) = ratio_start(n, alpha, phi);
        let none = y == 0.0;
        let (value, slope) = (if none { 0.0 * alpha } else { value }, if none { 0.0 * alpha } else { slope });
        RatioTerm {
            value: self.value + value,
            d_alpha: self.d_alpha + slope,
            d_log_concentration: alpha.mul_add(slope, self.d_log_concentration),
            ..self
        }
    }
}

/// −T₀(φ, n) without c(n), and its derivative by φ: −(e(φ + n) − e(φ)).
#[inline(always)]
pub fn ratio_total(n: f64, phi: f64) -> (f64, f64) {
    let (split_phi, split_sum) = (Split::of(phi), Split::of_normal(phi + n));
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
    let (total, d_phi) = ratio_total(n, phi);
    let (first_value, first_remainder) = first.whole(k, alpha, odds.success);
    let (second_value, second_remainder) = second.whole(failures, beta, odds.success);
    let (da, db) = (first.log_part + first_remainder, second.log_part + second_remainder);
    let remainders = alpha * first_remainder + beta * second_remainder + phi * d_phi;
    BetaBinomial {
        value: first_value + second_value + total,
        d_alpha: da + d_phi,
        d_beta: db + d_phi,
        d_log_concentration: first.excess(alpha, d) + second.excess(beta, -d) + remainders,
        d_logit_mean: alpha * (beta / phi) * (da - db),
    }
}
