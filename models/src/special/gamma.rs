//! The logarithm of the gamma function and of its ratios.

use super::polynomial::polynomial;
use super::{HALF_LOG_TWO_PI, digamma_remainder, log1pmx, stirling_and_remainder, stirling_error};

const NUMERATOR: [f64; 11] = [
    2.8321324789458755,
    144.8946986662753,
    1664.2312509178182,
    6866.3137334320545,
    12151.588173165037,
    9901.175108935378,
    3761.196381064006,
    637.5676911736332,
    42.553512634482594,
    0.8150213427108001,
    0.0009264875710535013,
];
const DENOMINATOR: [f64; 11] = [
    1.0,
    81.74081302836724,
    1331.5685031373048,
    7498.933997139322,
    17941.592659262915,
    20038.70823357454,
    10861.862115191463,
    2831.4988304414046,
    333.54434892107446,
    15.285905377023736,
    0.18641492930789613,
];

/// log Γ(x), for x ≥ 0 (∞ at 0, NaN below).
///
/// On [½, 3] it is (x − 1)(x − 2) times a rational function, which keeps the zeros at 1 and 2 exact; above 3 it is
/// Stirling's formula with δ(x); below ½, log Γ(x + 1) − log x. Relative error below 1e-15.
#[inline]
pub fn lgamma(x: f64) -> f64 {
    if x > 3.0 {
        if x == f64::INFINITY {
            return x;
        }
        (x - 0.5) * (x.ln() - 1.0) + (HALF_LOG_TWO_PI - 0.5 + stirling_error(x))
    } else if x >= 0.5 {
        central(x)
    } else if x > 0.0 {
        central(x + 1.0) - x.ln()
    } else if x == 0.0 {
        f64::INFINITY
    } else {
        f64::NAN
    }
}

/// log Γ(x) on [½, 3].
#[inline(always)]
pub(super) fn central(x: f64) -> f64 {
    (x - 1.0) * (x - 2.0) * (polynomial(&NUMERATOR, x) / polynomial(&DENOMINATOR, x))
}

/// log Γ(r + k) − log Γ(r), the logarithm of the rising factorial, with its partial derivatives by r and by k.
///
/// For r > 0, k ≥ 0. By Stirling, k log(r + k) + (r log1pmx(k/r) − ½ log1p(k/r)) + δ(r + k) − δ(r): no difference of
/// large numbers when r is much greater than k. The partial by r is log1p(k/r) + e(r + k) − e(r). Scaled error 1e-15.
#[inline]
pub fn log_rising(r: f64, k: f64) -> (f64, [f64; 2]) {
    if k == 0.0 && r > 0.0 {
        return (0.0, [0.0, r.ln() + digamma_remainder(r)]);
    }
    let m = r + k;
    let ratio = k / r;
    let log_ratio = if ratio < 1e300 { ratio.ln_1p() } else { m.ln() - r.ln() };
    let log_m = m.ln();
    let (delta_m, e_m) = stirling_and_remainder(m);
    let (delta_r, e_r) = stirling_and_remainder(r);
    let linear = if ratio < 0.5 { r * log1pmx(ratio) } else { r * log_ratio - k };
    let value = k * log_m + (linear - 0.5 * log_ratio) + (delta_m - delta_r);
    (value, [log_ratio + (e_m - e_r), log_m + e_m])
}
