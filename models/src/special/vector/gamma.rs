//! The logarithm of the gamma function, its derivative, and what Stirling's formula leaves over.

use super::{Quotient, Split, log, log_ratio, log1p, polynomial};
use crate::special::HALF_LOG_TWO_PI;

// x δ(x) in 1/x² for x ≥ 1, relative error 6e-16 of a δ that is at most 0.082.
const STIRLING_NUMERATOR: [f64; 10] = [
    0.08333333333333327,
    1.7053447428526094,
    12.528440509043735,
    42.67909561243545,
    72.72322329009798,
    62.363571519254556,
    25.70579675533813,
    4.544887553787642,
    0.26752326298165763,
    0.002469598020632304,
];
const STIRLING_DENOMINATOR: [f64; 10] = [
    1.0,
    20.497470247564074,
    151.0150113073357,
    516.9949099088467,
    888.609914648651,
    773.9540654052633,
    328.3673618055194,
    61.48843372125756,
    4.124100412174401,
    0.05850550369618838,
];
// −x² (e(x) + 1/(2x)) in 1/x² for x ≥ 1, relative error 9e-16 of at most 0.078.
const REMAINDER_NUMERATOR: [f64; 11] = [
    0.08333333333333323,
    2.2761718050576283,
    23.04226812069267,
    112.45338756750856,
    288.3522350085081,
    397.2205078936034,
    288.59916260876685,
    104.10771605194492,
    16.449080826901582,
    0.8691445388996495,
    0.006680780014622329,
];
const REMAINDER_DENOMINATOR: [f64; 11] = [
    1.0,
    27.414061660690447,
    279.2010045669568,
    1376.105319743304,
    3585.8218609224778,
    5071.420404649971,
    3848.941573195041,
    1495.437211494642,
    269.92160158638654,
    18.644527757241878,
    0.3081600557317652,
];

/// `(δ(x), e(x))` for x ≥ 1.
#[inline(always)]
pub(crate) fn stirling_and_remainder_above_one(x: f64) -> (f64, f64) {
    let u = 1.0 / x;
    let (delta, slope) = stirling_and_slope_above_one(u);
    (delta, slope - 0.5 * u)
}

/// δ(x) and δ′(x) for x ≥ 1, given u = 1/x.
#[inline(always)]
pub(crate) fn stirling_and_slope_above_one(u: f64) -> (f64, f64) {
    let quotients = StirlingQuotients::new(u);
    quotients.values(1.0 / quotients.denominator)
}

/// δ(x) and δ′(x) for x ≥ 1, as quotients that are still to be divided.
#[derive(Clone, Copy)]
struct StirlingQuotients {
    delta: f64,
    slope: f64,
    /// Of both; from 1 to 4e8.
    denominator: f64,
}

impl StirlingQuotients {
    /// Given u = 1/x.
    #[inline(always)]
    fn new(u: f64) -> Self {
        let w = u * u;
        let (a, b) = (polynomial(&STIRLING_NUMERATOR, w), polynomial(&STIRLING_DENOMINATOR, w));
        let (c, d) = (polynomial(&REMAINDER_NUMERATOR, w), polynomial(&REMAINDER_DENOMINATOR, w));
        Self { delta: u * (a * d), slope: -w * (c * b), denominator: b * d }
    }

    /// δ and δ′, given one over the denominator.
    #[inline(always)]
    fn values(self, inverse: f64) -> (f64, f64) {
        (self.delta * inverse, self.slope * inverse)
    }
}

/// `(½ log(p/(p + n)) − δ(x), −δ′(x))`, for p, x > 0 and n ≥ 0. Scaled error below 1e-15.
///
/// Below 1 by δ(x) = δ(x + 1) + (x + ½) log((x + 1)/x) − 1. Two divisions serve all of it.
#[inline(always)]
pub(crate) fn half_log_share_less_stirling(p: f64, n: f64, x: f64) -> (f64, f64) {
    let small = x < 1.0;
    let z = if small { x + 1.0 } else { x };
    let y = if small { x } else { 1.0 };
    let inverse = 1.0 / (y * z);
    let (u, inverse_small) = (y * inverse, z * inverse);
    let stirling = StirlingQuotients::new(u);
    let share = Quotient::new(Split::of(p), Split::of_normal(p + n));
    let step = Quotient::new(Split::of_normal(z), Split::of(x));
    let [share, step, inverse] = Quotient::logs(share, step, stirling.denominator);
    let (delta, slope) = stirling.values(inverse);
    let delta = if small { delta + (x + 0.5).mul_add(step, -1.0) } else { delta };
    let slope = if small { 0.5f64.mul_add(-u, slope) + 0.5f64.mul_add(-inverse_small, step) } else { slope };
    (0.5f64.mul_add(share, -delta), -slope)
}

/// `(δ(x), δ′(x))`, δ′(x) = e(x) + 1/(2x), for x > 0. Scaled error below 1e-15.
#[inline(always)]
pub(crate) fn stirling_and_slope(x: f64) -> (f64, f64) {
    let split = Split::of(x);
    let small = x < 1.0;
    let z = if small { x + 1.0 } else { x };
    let u = 1.0 / z;
    let (delta, slope) = stirling_and_slope_above_one(u);
    let log = Quotient::new(Split::of_normal(z), split).log();
    let delta_small = delta + ((x + 0.5).mul_add(log, -1.0));
    let slope_small = (slope - 0.5 * u) + (log - 0.5 / x);
    (if small { delta_small } else { delta }, if small { slope_small } else { slope })
}

/// δ(x) for x ≥ 1.
#[inline(always)]
fn stirling_above_one(x: f64) -> f64 {
    let u = 1.0 / x;
    let w = u * u;
    u * polynomial(&STIRLING_NUMERATOR, w) / polynomial(&STIRLING_DENOMINATOR, w)
}

/// e(x) for x ≥ 1.
#[inline(always)]
fn remainder_above_one(x: f64) -> f64 {
    let u = 1.0 / x;
    let w = u * u;
    (-w).mul_add(polynomial(&REMAINDER_NUMERATOR, w) / polynomial(&REMAINDER_DENOMINATOR, w), -0.5 * u)
}

/// `(δ(x), e(x))`: [`stirling_error`](crate::special::stirling_error) and
/// [`digamma_remainder`](crate::special::digamma_remainder), for x > 0. Scaled error below 1e-15.
///
/// Below 1 by δ(x) = δ(x + 1) + (x + ½) log((x + 1)/x) − 1 and e(x) = e(x + 1) + log((x + 1)/x) − 1/x.
#[inline(always)]
pub fn stirling_and_remainder(x: f64) -> (f64, f64) {
    stirling_and_remainder_by(x, Split::of(x))
}

/// [`stirling_and_remainder`] where the number has been split already.
#[inline(always)]
pub(crate) fn stirling_and_remainder_by(x: f64, split: Split) -> (f64, f64) {
    let small = x < 1.0;
    let z = if small { x + 1.0 } else { x };
    let (delta, e) = stirling_and_remainder_above_one(z);
    let log = Quotient::new(Split::of_normal(z), split).log();
    let delta_small = delta + ((x + 0.5).mul_add(log, -1.0));
    let e_small = e + (log - 1.0 / x);
    (if small { delta_small } else { delta }, if small { e_small } else { e })
}

/// Digamma ψ(x), for x > 0. Scaled error below 1e-15.
#[inline(always)]
pub fn digamma(x: f64) -> f64 {
    let small = x < 1.0;
    let z = if small { x + 1.0 } else { x };
    let y = log(z) + remainder_above_one(z);
    let y = if small { y - 1.0 / x } else { y };
    let y = if x == 0.0 { f64::NEG_INFINITY } else { y };
    let y = if x < 0.0 { f64::NAN } else { y };
    if x == f64::INFINITY { x } else { y }
}

/// log Γ(x), for x ≥ 0 (∞ at 0, NaN below). Relative error below 1e-15.
#[inline(always)]
pub fn lgamma(x: f64) -> f64 {
    let low = x < 0.5;
    let c = if low { x + 1.0 } else { x };
    let c = if c > 3.0 { 3.0 } else { c };
    let central = crate::special::gamma::central(c);
    let log = log(x);
    let central = if low { central - log } else { central };
    let far = (x - 0.5).mul_add(log - 1.0, HALF_LOG_TWO_PI - 0.5 + stirling_above_one(if x > 3.0 { x } else { 3.0 }));
    let y = if x > 3.0 { far } else { central };
    if x == f64::INFINITY { x } else { y }
}

/// log B(a, b) and its partial derivatives ψ(a) − ψ(a + b) and ψ(b) − ψ(a + b), for a, b > 0. Scaled error below 2e-15.
///
/// As [`lbeta`](crate::special::lbeta) and [`lbeta_partials`](crate::special::lbeta_partials).
#[inline(always)]
pub fn lbeta_and_partials(a: f64, b: f64) -> (f64, [f64; 2]) {
    let swapped = a > b;
    let (small, large) = (if swapped { b } else { a }, if swapped { a } else { b });
    let sum = small + large;
    let (log_small, log_large) = (log_ratio(small, sum), -log1p(small / large));
    let (delta_small, e_small) = stirling_and_remainder(small);
    let (delta_large, e_large) = stirling_and_remainder(large);
    let (delta_sum, e_sum) = stirling_and_remainder(sum);
    let deltas = (delta_large - delta_sum) + delta_small;
    let parts = (small - 0.5).mul_add(log_small, large * log_large);
    let value = HALF_LOG_TWO_PI + parts - 0.5 * log(large) + deltas;
    let (d_small, d_large) = ((e_small - e_sum) + log_small, (e_large - e_sum) + log_large);
    (value, [if swapped { d_large } else { d_small }, if swapped { d_small } else { d_large }])
}

/// log Γ(r + k) − log Γ(r) with its partial derivatives by r and by k, for r > 0 and k ≥ 0, as
/// [`log_rising`](crate::special::log_rising). Scaled error below 2e-15.
#[inline(always)]
pub fn log_rising(r: f64, k: f64) -> (f64, [f64; 2]) {
    let m = r + k;
    let ratio = k / r;
    let (split_m, split_r) = (Split::of(m), Split::of(r));
    let (near, log_ratio, excess) = super::log1p_by(ratio, Quotient::new(split_m, split_r));
    let log_m = log(m);
    let (delta_m, e_m) = stirling_and_remainder_by(m, split_m);
    let (delta_r, e_r) = stirling_and_remainder_by(r, split_r);
    let linear = if near { r * excess } else { r.mul_add(log_ratio, -k) };
    let value = k.mul_add(log_m, linear - 0.5 * log_ratio) + (delta_m - delta_r);
    (if k == 0.0 { 0.0 * r } else { value }, [log_ratio + (e_m - e_r), log_m + e_m])
}
