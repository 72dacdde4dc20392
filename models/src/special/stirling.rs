//! What Stirling's formula leaves over, and its derivative.
//!
//! Both remainders are `1/x` times a Stieltjes function of `1/x²` (Binet's second formula, DLMF 5.9.10), so that one
//! rational function with positive coefficients covers all x ≥ 2; smaller arguments are shifted up by 2. The
//! coefficients interpolate at Chebyshev nodes of `1/x² ∈ [0, 1/4]` (`models/tests/tables/coefficients.py`), relative
//! error 6e-17 and 3e-17.

use super::polynomial::polynomial;

const STIRLING_NUMERATOR: [f64; 7] = [
    0.08333333333333333,
    1.3715278566773774,
    7.158408358277305,
    14.432637909399135,
    10.930874253734274,
    2.5119339429288337,
    0.08376908059930067,
];
const STIRLING_DENOMINATOR: [f64; 7] = [
    1.0,
    16.491667613461775,
    86.4410987436071,
    175.9231042247752,
    136.31904270392516,
    33.48557654067973,
    1.5092854600251153,
];
const REMAINDER_NUMERATOR: [f64; 8] = [
    0.08333333333333333,
    2.1084516136526745,
    18.22348436207439,
    67.58804294253915,
    110.81852316775962,
    74.18595563686753,
    15.938349314950871,
    0.490991545380442,
];
const REMAINDER_DENOMINATOR: [f64; 8] = [
    1.0,
    25.401419363832048,
    221.17433523367282,
    832.0143574333182,
    1403.6707646115208,
    999.9814136307392,
    251.34064475635324,
    13.841996469795829,
];

/// δ(x) for x ≥ 2, given `u = 1/x` and `w = 1/x²`.
#[inline(always)]
fn stirling_tail(u: f64, w: f64) -> f64 {
    u * polynomial(&STIRLING_NUMERATOR, w) / polynomial(&STIRLING_DENOMINATOR, w)
}

/// e(x) for x ≥ 2, given `u = 1/x` and `w = 1/x²`.
#[inline(always)]
fn remainder_tail(u: f64, w: f64) -> f64 {
    -0.5 * u - w * (polynomial(&REMAINDER_NUMERATOR, w) / polynomial(&REMAINDER_DENOMINATOR, w))
}

/// Stirling's error δ(x) = log Γ(x + 1) − (x + ½) log x + x − ½ log 2π, for x > 0.
///
/// Equally log Γ(x) − (x − ½) log x + x − ½ log 2π. Decreases from ∞ to 1/(12 x) − 1/(360 x³) + …; below 2 by
/// δ(x) = δ(x + 2) + (x + 3/2) log1p(2/x) − log1p(1/x) − 2. Loader (2000), *Fast and accurate computation of binomial
/// probabilities*. Relative error below 4 ε for x ≥ 2, scaled error below 1e-15 for smaller x.
#[inline]
pub fn stirling_error(x: f64) -> f64 {
    if x >= 2.0 {
        let u = 1.0 / x;
        stirling_tail(u, u * u)
    } else if x > 0.0 {
        let u = 1.0 / (x + 2.0);
        stirling_tail(u, u * u) + ((x + 1.5) * (2.0 / x).ln_1p() - (1.0 / x).ln_1p() - 2.0)
    } else if x == 0.0 {
        f64::INFINITY
    } else {
        f64::NAN
    }
}

/// Digamma remainder e(x) = ψ(x) − log x, for x > 0.
///
/// Increases from −∞ to −1/(2x) − 1/(12 x²) + …; below 2 by e(x) = e(x + 2) + log1p(2/x) − 1/x − 1/(x + 1).
/// Relative error below 4 ε for x ≥ 2, scaled error below 1e-15 for smaller x.
#[inline]
pub fn digamma_remainder(x: f64) -> f64 {
    if x >= 2.0 {
        let u = 1.0 / x;
        remainder_tail(u, u * u)
    } else if x > 0.0 {
        let u = 1.0 / (x + 2.0);
        remainder_tail(u, u * u) + ((2.0 / x).ln_1p() - 1.0 / x - 1.0 / (x + 1.0))
    } else if x == 0.0 {
        f64::NEG_INFINITY
    } else {
        f64::NAN
    }
}

/// `(δ(x), e(x))`: [`stirling_error`] and [`digamma_remainder`] at one cost, for x > 0.
#[inline]
pub fn stirling_and_remainder(x: f64) -> (f64, f64) {
    if x >= 2.0 {
        let u = 1.0 / x;
        let w = u * u;
        (stirling_tail(u, w), remainder_tail(u, w))
    } else if x > 0.0 {
        let u = 1.0 / (x + 2.0);
        let w = u * u;
        let v = 1.0 / x;
        let (double, single) = ((2.0 * v).ln_1p(), v.ln_1p());
        (
            stirling_tail(u, w) + ((x + 1.5) * double - single - 2.0),
            remainder_tail(u, w) + (double - v - 1.0 / (x + 1.0)),
        )
    } else if x == 0.0 {
        (f64::INFINITY, f64::NEG_INFINITY)
    } else {
        (f64::NAN, f64::NAN)
    }
}
