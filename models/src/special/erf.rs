//! The error function and its complements.

use super::polynomial::polynomial;

const ERF_NUMERATOR: [f64; 5] = [
    std::f64::consts::FRAC_2_SQRT_PI,
    0.13273781588831823,
    0.04003497179909916,
    0.001111947160008201,
    6.53146755682646e-05,
];
const ERF_DENOMINATOR: [f64; 5] =
    [1.0, 0.4509691597993518, 0.08580312323455648, 0.008299086420556764, 0.00035166476084434685];
const MIDDLE_NUMERATOR: [f64; 8] = [
    1.000000000052002,
    1.456268481260514,
    1.0662515442835039,
    0.4677755112789021,
    0.1280745035095445,
    0.02065976049546702,
    0.0015470159910765217,
    -1.2101159539699664e-09,
];
const MIDDLE_DENOMINATOR: [f64; 8] = [
    1.0,
    2.5846476491947077,
    2.982714099555287,
    2.0010131217876115,
    0.8475701959851988,
    0.2283597049508447,
    0.03661994258368999,
    0.002741933962159426,
];
const TAIL_NUMERATOR: [f64; 8] = [
    0.5641895835477563,
    17.82982080114304,
    203.71062098428382,
    1055.933148535297,
    2552.3855623110358,
    2644.397902206173,
    913.4139633628436,
    45.02531854134649,
];
const TAIL_DENOMINATOR: [f64; 8] = [
    1.0,
    32.1025345399412,
    376.3689419039439,
    2037.575345461859,
    5314.126338102848,
    6340.504991030581,
    2939.7830617313757,
    342.846993757867,
];

/// exp(−x²/2) without the rounding error of x² in the exponent.
#[inline]
pub(super) fn exp_minus_half_square(x: f64) -> f64 {
    // A NaN or infinite x falls through to the plain formula.
    let high = (x * 16.0).round() / 16.0;
    if high.abs() < 1e6 {
        (-0.5 * high * high).exp() * (-0.5 * (x - high) * (x + high)).exp()
    } else {
        (-0.5 * x * x).exp()
    }
}

/// exp(−x²), likewise.
#[inline]
fn exp_minus_square(x: f64) -> f64 {
    let high = (x * 16.0).round() / 16.0;
    if high.abs() < 1e6 { (-high * high).exp() * (-(x - high) * (x + high)).exp() } else { (-x * x).exp() }
}

/// The error function 2/√π ∫₀ˣ exp(−t²) dt. Relative error below 1e-15.
pub fn erf(x: f64) -> f64 {
    if x.abs() < 0.5 {
        let s = x * x;
        x * (polynomial(&ERF_NUMERATOR, s) / polynomial(&ERF_DENOMINATOR, s))
    } else if x.is_nan() {
        x
    } else if x > 0.0 {
        1.0 - erfc(x)
    } else {
        erfc(-x) - 1.0
    }
}

/// 1 − erf(x). Relative error below 2e-15 down to 1e-307.
pub fn erfc(x: f64) -> f64 {
    if x.is_nan() {
        x
    } else if x.abs() < 0.5 {
        1.0 - erf(x)
    } else if x > 0.0 {
        exp_minus_square(x) * erfcx(x)
    } else {
        2.0 - erfc(-x)
    }
}

/// exp(x²) erfc(x), the scaled complement; overflows below −26. Relative error below 1e-15 for x ≥ 0.
///
/// Rational in x on [½, 5/2], and 1/x times rational in 1/x² above.
pub fn erfcx(x: f64) -> f64 {
    if x >= 2.5 {
        let u = 1.0 / x;
        let w = u * u;
        u * (polynomial(&TAIL_NUMERATOR, w) / polynomial(&TAIL_DENOMINATOR, w))
    } else if x >= 0.5 {
        polynomial(&MIDDLE_NUMERATOR, x) / polynomial(&MIDDLE_DENOMINATOR, x)
    } else {
        erfc(x) / exp_minus_square(x)
    }
}
