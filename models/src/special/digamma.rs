//! The first two derivatives of log Γ.

use super::digamma_remainder;
use super::polynomial::polynomial;

const TRIGAMMA_NUMERATOR: [f64; 9] = [
    0.16666666666666666,
    6.031094721599223,
    78.47544952172544,
    469.1641681811929,
    1366.6032421913526,
    1894.2582324345058,
    1125.001275068356,
    220.8290759203523,
    6.120891668731115,
];
const TRIGAMMA_DENOMINATOR: [f64; 9] = [
    1.0,
    36.38656832959532,
    477.98715365342287,
    2905.5843586263813,
    8719.275214150563,
    12774.897709307239,
    8471.486607119423,
    2131.154854651439,
    130.5061679777866,
];

/// Digamma ψ(x), the derivative of log Γ(x), for x ≥ 0 (−∞ at 0, NaN below).
///
/// ψ(x) = log x + e(x), with e the [`digamma_remainder`]. Below 1 by ψ(x) = ψ(x + 1) − 1/x. Scaled error below 1e-15;
/// absolute accuracy only at the zero near 1.4616.
#[inline]
pub fn digamma(x: f64) -> f64 {
    if x >= 1.0 {
        if x == f64::INFINITY {
            return x;
        }
        x.ln() + digamma_remainder(x)
    } else if x > 0.0 {
        (x.ln_1p() + digamma_remainder(x + 1.0)) - 1.0 / x
    } else if x == 0.0 {
        f64::NEG_INFINITY
    } else {
        f64::NAN
    }
}

/// Trigamma ψ′(x), the second derivative of log Γ(x), for x ≥ 0 (∞ at 0, NaN below).
///
/// ψ′(x) = 1/x + 1/(2x²) + R(1/x²)/x³ for x ≥ 2, R a rational function; below 2 by
/// ψ′(x) = ψ′(x + 2) + 1/x² + 1/(x + 1)². Relative error below 1e-15.
#[inline]
pub fn trigamma(x: f64) -> f64 {
    if x >= 2.0 {
        let u = 1.0 / x;
        let w = u * u;
        u + w * (0.5 + u * (polynomial(&TRIGAMMA_NUMERATOR, w) / polynomial(&TRIGAMMA_DENOMINATOR, w)))
    } else if x >= 0.0 {
        let (a, b) = (1.0 / x, 1.0 / (x + 1.0));
        trigamma(x + 2.0) + (a * a + b * b)
    } else {
        f64::NAN
    }
}
