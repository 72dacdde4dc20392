//! The logarithm of the beta function and of binomial coefficients.

use super::{HALF_LOG_TWO_PI, bd0, digamma_remainder, stirling_error};

/// log B(a, b) = log Γ(a) + log Γ(b) − log Γ(a + b), for a, b > 0.
///
/// With a ≤ b and s = a + b, the large parts of the three terms are cancelled analytically:
/// ½ log 2π + (a − ½) log(a/s) + b log1p(−a/s) − ½ log b + δ(a) + δ(b) − δ(s). Scaled error below 2e-15 for arguments
/// from 1e-300 to 1e300.
#[inline]
pub fn lbeta(a: f64, b: f64) -> f64 {
    if !(a > 0.0 && b > 0.0) {
        return if a >= 0.0 && b >= 0.0 { f64::INFINITY } else { f64::NAN };
    }
    let (a, b) = if a <= b { (a, b) } else { (b, a) };
    let ratio = a / b;
    // a/s and −b log(b/s) from a/b: neither forms a + b before dividing.
    let small = ratio / (1.0 + ratio);
    let log_small = if small > 1e-300 { small.ln() } else { a.ln() - b.ln() };
    let deltas = stirling_error(b) - stirling_error(a + b) + stirling_error(a);
    HALF_LOG_TWO_PI + (a - 0.5) * log_small - b * ratio.ln_1p() - 0.5 * b.ln() + deltas
}

/// The partial derivatives of [`lbeta`]: ψ(a) − ψ(a + b) and ψ(b) − ψ(a + b), as e(a) − e(a + b) − log1p(b/a).
///
/// Without cancellation for large arguments. Scaled error below 1e-15, or ε/a for small a.
#[inline]
pub fn lbeta_partials(a: f64, b: f64) -> [f64; 2] {
    let e = digamma_remainder(a + b);
    [(digamma_remainder(a) - e) - log1p_ratio(b, a), (digamma_remainder(b) - e) - log1p_ratio(a, b)]
}

/// log(1 + a/b) where a/b may overflow.
#[inline]
fn log1p_ratio(a: f64, b: f64) -> f64 {
    let r = a / b;
    if r < 1e300 { r.ln_1p() } else { a.ln() - b.ln() }
}

/// log C(n, k), for whole 0 ≤ k ≤ n (−∞ outside).
///
/// Saddle-point form (Loader 2000), of n, k and n − k. Scaled error below 2e-15 up to 2⁵³.
#[inline]
pub fn log_choose(n: f64, k: f64) -> f64 {
    if !(k >= 0.0 && k <= n) {
        return if n.is_nan() || k.is_nan() { f64::NAN } else { f64::NEG_INFINITY };
    }
    let k = k.min(n - k);
    if k == 0.0 {
        return 0.0;
    }
    if k == 1.0 {
        return n.ln();
    }
    let rest = n - k;
    // k log(n/k) + (n − k) log(n/(n − k)), the second as a deviance plus its linear part.
    let entropy = k * (n / k).ln() + (k - bd0(rest, n));
    let deltas = stirling_error(n) - stirling_error(rest) - stirling_error(k);
    entropy + deltas + 0.5 * ((n / rest).ln() - k.ln()) - HALF_LOG_TWO_PI
}
