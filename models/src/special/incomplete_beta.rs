//! The regularised incomplete beta function.

use super::incomplete_gamma::keep_from_zero;
use super::{HALF_LOG_TWO_PI, difference_of_products, log1pmx, normal_cdf, stirling_error};

/// Above this value of ab/(a + b) the normal approximation with its first correction is exact to 1e-13.
const LARGE: f64 = 1e9;

/// `(I_x(a, b), 1 − I_x(a, b))` for a, b > 0 and `x + y = 1`; both are given so that neither tail loses digits.
///
/// Continued fraction of Didonato and Morris (modified Lentz) in the tail where it converges fast, prefactor by the saddle
/// point; for ab/(a + b) > 1e9 Temme's uniform expansion to first order. Relative error of the smaller of the two
/// below 1e-11.
pub fn regularised_beta(a: f64, b: f64, x: f64, y: f64) -> (f64, f64) {
    if !(a > 0.0 && b > 0.0 && x >= 0.0 && y >= 0.0) || a.is_infinite() || b.is_infinite() {
        return (f64::NAN, f64::NAN);
    }
    if x == 0.0 {
        return (0.0, 1.0);
    }
    if y == 0.0 {
        return (1.0, 0.0);
    }
    let difference = centred_difference(a, b, x, y);
    let deviance = beta_deviance(a, b, x, y, difference);
    if a * (b / (a + b)) > LARGE {
        return uniform(a, b, difference, deviance);
    }
    let prefactor = (beta_constant(a, b) - deviance).exp();
    if difference < 0.0 {
        let lower = (prefactor / fraction(a, b, x, -difference)).clamp(0.0, 1.0);
        (lower, 1.0 - lower)
    } else {
        let upper = (prefactor / fraction(b, a, y, difference)).clamp(0.0, 1.0);
        (1.0 - upper, upper)
    }
}

/// log(xᵃ yᵇ/B(a, b)) for x + y = 1 without a difference of large numbers: ½ log(ab/(2π(a + b))) − δ(a) − δ(b) +
/// δ(a + b) less the deviance a log(a/(sx)) + b log(b/(sy)).
pub(crate) fn log_beta_weight(a: f64, b: f64, x: f64, y: f64) -> f64 {
    beta_constant(a, b) - beta_deviance(a, b, x, y, centred_difference(a, b, x, y))
}

/// b x − a y, where the smaller of x and y is taken as exact and the other as its complement.
#[inline(always)]
pub(crate) fn centred_difference(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let d = difference_of_products(b, x, a, y);
    // What the rounding of the larger left out; both subtractions are exact.
    if x <= y { d - a * ((1.0 - y) - x) } else { d + b * ((1.0 - x) - y) }
}

fn beta_constant(a: f64, b: f64) -> f64 {
    let (small, large) = if a < b { (a, b) } else { (b, a) };
    0.5 * (small.ln() - (small / large).ln_1p()) - HALF_LOG_TWO_PI - stirling_error(a) - stirling_error(b)
        + stirling_error(a + b)
}

/// a log(a/(s x)) + b log(b/(s y)) ≥ 0, with s = a + b and `difference` = b x − a y.
fn beta_deviance(a: f64, b: f64, x: f64, y: f64, difference: f64) -> f64 {
    let s = a + b;
    let part = |a: f64, x: f64, d: f64| {
        let v = d / a;
        if v.abs() < 0.5 { -a * log1pmx(v) } else { d - a * ((s / a).ln() + x.ln()) }
    };
    part(a, x, difference) + part(b, y, -difference)
}

/// The continued fraction of Didonato and Morris (1992, eq. 9), by which xᵃ yᵇ/B(a, b) is divided, for x at most about
/// a/(a + b); `lambda` = a y − b x.
fn fraction(a: f64, b: f64, x: f64, lambda: f64) -> f64 {
    let denominator =
        |m: f64, down: f64| m + m * (b - m) * x / down + (a + m) * (lambda + 1.0 + m * (2.0 - x)) / (a + 2.0 * m + 1.0);
    let mut h = keep_from_zero(a * (lambda + 1.0) / (a + 1.0));
    let mut c = h;
    let mut d = 0.0;
    for m in 1..300_000 {
        let m = f64::from(m);
        let down = a + 2.0 * m - 1.0;
        let numerator = ((a + m - 1.0) / down) * ((a + b + m - 1.0) / down) * (m * (b - m) * x * x);
        let next = denominator(m, down);
        d = 1.0 / keep_from_zero(next + numerator * d);
        c = keep_from_zero(next + numerator / c);
        let factor = d * c;
        h *= factor;
        if (factor - 1.0).abs() < 2e-16 {
            break;
        }
    }
    h
}

/// Φ(h) + φ(h) (1 − g)/h with ½h² the deviance and g = h √(ab/s)/difference, for large a and b.
fn uniform(a: f64, b: f64, difference: f64, deviance: f64) -> (f64, f64) {
    if deviance > 800.0 {
        return if difference < 0.0 { (0.0, 1.0) } else { (1.0, 0.0) };
    }
    let h = (2.0 * deviance).sqrt().copysign(difference);
    let root = (a * (b / (a + b))).sqrt();
    let correction = if h.abs() < 1e-2 { (1.0 / a - 1.0 / b) * root / 3.0 } else { 1.0 / h - root / difference };
    let r = (-deviance - HALF_LOG_TWO_PI).exp() * correction;
    ((normal_cdf(h) + r).clamp(0.0, 1.0), (normal_cdf(-h) - r).clamp(0.0, 1.0))
}
