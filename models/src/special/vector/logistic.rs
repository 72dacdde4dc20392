//! The logistic function and its logarithms.

use super::{exp, expm1, log_of_complement, log1p_of_fraction};

/// (log(1 + exp(x)), 1/(1 + exp(−x))) at one cost. Relative error below 1e-15.
#[inline(always)]
pub fn softplus_and_inv_logit(x: f64) -> (f64, f64) {
    let e = exp(-x.abs());
    let positive = if x > 0.0 { x } else { 0.0 };
    // A NaN is in e.
    (positive + log1p_of_fraction(e), if x >= 0.0 { 1.0 } else { e } / (1.0 + e))
}

/// log(1 + exp(x)). Relative error below 5e-16.
#[inline(always)]
pub fn softplus(x: f64) -> f64 {
    softplus_and_inv_logit(x).0
}

/// 1/(1 + exp(−x)). Relative error below 5e-16.
#[inline(always)]
pub fn inv_logit(x: f64) -> f64 {
    let e = exp(-x.abs());
    (if x >= 0.0 { 1.0 } else { e }) / (1.0 + e)
}

/// −log(1 + exp(−x)). Relative error below 5e-16.
#[inline(always)]
pub fn log_inv_logit(x: f64) -> f64 {
    -softplus(-x)
}

/// log(1 − exp(x)), for x ≤ 0. Relative error below 1e-15.
#[inline(always)]
pub fn log1m_exp(x: f64) -> f64 {
    log_of_complement(exp(x), -expm1(x))
}
