//! Exponentials.

use super::{MAGIC, polynomial};

/// (exp(r) − 1 − r)/r² for |r| ≤ ½ log 2, relative error 2e-16.
const EXP_TAIL: [f64; 10] = [
    0.5000000000000001,
    0.16666666666666669,
    0.04166666666662413,
    0.008333333333330062,
    0.0013888888917213717,
    0.00019841269863053618,
    2.4801521295954376e-05,
    2.7557268459997064e-06,
    2.7620088445409746e-07,
    2.510038549551032e-08,
];

/// log 2 in two parts, the first with trailing zeros enough for a product by an exponent to be exact.
pub(super) const LN_2_HIGH: f64 = 6.931_471_803_691_238e-1;
pub(super) const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// exp(x) = 2ⁿ (1 + q), with n whole; for |x| ≤ 1e6.
#[inline(always)]
fn split(x: f64) -> (f64, f64) {
    let n = x.mul_add(std::f64::consts::LOG2_E, MAGIC) - MAGIC;
    let r = n.mul_add(-LN_2_LOW, n.mul_add(-LN_2_HIGH, x));
    (n, (r * r).mul_add(polynomial(&EXP_TAIL, r), r))
}

/// exp(x) = q 2ⁿ with q in [0.7, 1.42] and n whole; for |x| ≤ 1e6.
#[inline(always)]
pub(crate) fn exp_parts(x: f64) -> (f64, f64) {
    let (n, q) = split(x);
    (1.0 + q, n)
}

/// 2ⁿ for whole n from −1022 to 1023.
#[inline(always)]
pub(crate) fn power_of_two(n: f64) -> f64 {
    f64::from_bits(((n + MAGIC).to_bits() << 52).wrapping_add(1023 << 52))
}

/// `y` 2ⁿ for whole n from −2000 to 2000, rounded once.
#[inline(always)]
pub(super) fn scale(y: f64, n: f64) -> f64 {
    let half = n.mul_add(0.5, MAGIC) - MAGIC;
    (y * power_of_two(half)) * power_of_two(n - half)
}

/// `x` within ±`limit`; NaN remains.
#[inline(always)]
fn clamp(x: f64, limit: f64) -> f64 {
    let x = if x > limit { limit } else { x };
    if x < -limit { -limit } else { x }
}

/// exp(x). Relative error below 2e-16, denormals apart.
#[inline(always)]
pub fn exp(x: f64) -> f64 {
    let (n, q) = split(clamp(x, 800.0));
    scale(1.0 + q, n)
}

/// exp(x) − 1. Relative error below 5e-16.
#[inline(always)]
pub fn expm1(x: f64) -> f64 {
    let (n, q) = split(clamp(x, 800.0));
    // 2ⁿ − 1 is exact for the small n, and nothing beside 2ⁿ q for the large.
    let near = clamp(n, 60.0);
    let power = power_of_two(near);
    if near == n { power.mul_add(q, power - 1.0) } else { scale(1.0 + q, n) - 1.0 }
}
