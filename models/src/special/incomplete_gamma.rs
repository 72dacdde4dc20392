//! The regularised incomplete gamma functions.

use super::polynomial::polynomial;
use super::{HALF_LOG_TWO_PI, bd0, log1pmx, normal_cdf, stirling_error};

/// From this shape on, Temme's uniform expansion takes over.
const LARGE: f64 = 1e5;

/// Taylor coefficients of c₀ … c₃ of Temme's expansion (DLMF 8.12.9, 8.12.10), exact rationals rounded.
const TEMME_0: [f64; 11] = [
    -0.3333333333333333,
    0.08333333333333333,
    -0.014814814814814815,
    0.0011574074074074073,
    0.0003527336860670194,
    -0.0001787551440329218,
    3.919263178522438e-05,
    -2.185448510679992e-06,
    -1.85406221071516e-06,
    8.296711340953087e-07,
    -1.7665952736826078e-07,
];
const TEMME_1: [f64; 8] = [
    -0.001851851851851852,
    -0.003472222222222222,
    0.0026455026455026454,
    -0.0009902263374485596,
    0.00020576131687242798,
    -4.018775720164609e-07,
    -1.8098550334489977e-05,
    7.64916091608111e-06,
];
const TEMME_2: [f64; 6] = [
    0.004133597883597883,
    -0.0026813271604938273,
    0.0007716049382716049,
    2.0093878600823047e-06,
    -0.0001073665322636516,
    5.2923448829120125e-05,
];

/// `(P(a, x), Q(a, x))`: the regularised lower and upper incomplete gamma functions, for a > 0 and x ≥ 0.
///
/// Power series for x < a + 1, continued fraction (modified Lentz) above, with the prefactor by the saddle point;
/// Temme's uniform expansion for a ≥ 1e5 (DLMF 8.12). Relative error of the smaller of the two below 1e-12, except Q
/// for x < a + 1, whose absolute error is below 1e-14.
pub fn regularised_gamma(a: f64, x: f64) -> (f64, f64) {
    if !(a > 0.0 && x >= 0.0) || a.is_infinite() {
        return (f64::NAN, f64::NAN);
    }
    if x == 0.0 {
        return (0.0, 1.0);
    }
    if x == f64::INFINITY {
        return (1.0, 0.0);
    }
    if a >= LARGE {
        return uniform(a, x);
    }
    // xᵃ exp(−x)/Γ(a + 1)
    let prefactor = (log_gamma_weight(a, x) - a.ln()).exp();
    if x < a + 1.0 {
        let p = (prefactor * series(a, x)).min(1.0);
        (p, 1.0 - p)
    } else {
        let q = (prefactor * a * fraction(a, x)).min(1.0);
        (1.0 - q, q)
    }
}

/// log(xᵃ exp(−x)/Γ(a)) in saddle-point form: ½ log(a/2π) − δ(a) less the deviance of a at mean x.
pub(crate) fn log_gamma_weight(a: f64, x: f64) -> f64 {
    0.5 * a.ln() - HALF_LOG_TWO_PI - stirling_error(a) - bd0(a, x)
}

/// Σ xⁿ/((a + 1)…(a + n)).
fn series(a: f64, x: f64) -> f64 {
    let (mut term, mut sum, mut n) = (1.0, 1.0, a);
    for _ in 0..20_000 {
        n += 1.0;
        term *= x / n;
        sum += term;
        if term < sum * 1e-17 {
            break;
        }
    }
    sum
}

/// The continued fraction 1/(x + 1 − a − 1(1 − a)/(x + 3 − a − …)).
fn fraction(a: f64, x: f64) -> f64 {
    let mut b = x + 1.0 - a;
    let mut c = 1e300;
    let mut d = 1.0 / b;
    let mut h = d;
    for i in 1..20_000 {
        let i = f64::from(i);
        let numerator = -i * (i - a);
        b += 2.0;
        d = 1.0 / keep_from_zero(numerator * d + b);
        c = keep_from_zero(b + numerator / c);
        let factor = d * c;
        h *= factor;
        if (factor - 1.0).abs() < 2e-16 {
            break;
        }
    }
    h
}

/// Replaces a denominator of 0 by a tiny one, as the modified Lentz algorithm asks.
#[inline]
pub(super) fn keep_from_zero(x: f64) -> f64 {
    if x.abs() < 1e-300 { 1e-300 } else { x }
}

/// Temme's uniform expansion for large `a`; the remainder of the series is below 1e-15 of the value.
fn uniform(a: f64, x: f64) -> (f64, f64) {
    let mu = (x - a) / a;
    let half_square = -log1pmx(mu);
    if a * half_square > 800.0 {
        return if mu < 0.0 { (0.0, 1.0) } else { (1.0, 0.0) };
    }
    let eta = (2.0 * half_square).sqrt().copysign(mu);
    let z = eta * a.sqrt();
    let terms = polynomial(&TEMME_0, eta) + (polynomial(&TEMME_1, eta) + polynomial(&TEMME_2, eta) / a) / a;
    let s = (-a * half_square - HALF_LOG_TWO_PI).exp() / a.sqrt() * terms;
    ((normal_cdf(z) - s).clamp(0.0, 1.0), (normal_cdf(-z) + s).clamp(0.0, 1.0))
}
