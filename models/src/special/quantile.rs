//! Quantiles of the gamma and beta distributions, on the scales where they neither underflow nor round to 1.

use super::incomplete_beta::log_beta_weight;
use super::incomplete_gamma::log_gamma_weight;
use super::{inv_logit, lbeta, lgamma, regularised_beta, regularised_gamma};

/// Below this logarithm a variate is found from the leading term of the distribution function.
const FAR: f64 = -600.0;

/// The logit of the `p` quantile of Beta(a, b), for a, b > 0 and p in [0, 1].
///
/// Newton's method on the logit scale, safeguarded by bisection, in the smaller tail; where the quantile is below
/// exp(−600), from I_x ≈ xᵃ/(a B(a, b)). Relative error of the distribution function at the answer below 1e-11.
pub fn beta_quantile_logit(a: f64, b: f64, p: f64) -> f64 {
    if !(a > 0.0 && b > 0.0 && (0.0..=1.0).contains(&p)) || a.is_infinite() || b.is_infinite() {
        return f64::NAN;
    }
    if p == 0.0 {
        return f64::NEG_INFINITY;
    }
    if p == 1.0 {
        return f64::INFINITY;
    }
    let log_beta = lbeta(a, b);
    let lower = (p.ln() + a.ln() + log_beta) / a;
    if lower < FAR {
        return lower;
    }
    let upper = ((-p).ln_1p() + b.ln() + log_beta) / b;
    if upper < FAR {
        return -upper;
    }
    // The median of the logit is near log(a/b); the tails are searched from there.
    let tails = |t: f64| regularised_beta(a, b, inv_logit(t), inv_logit(-t));
    let density = |t: f64| log_beta_weight(a, b, inv_logit(t), inv_logit(-t)).exp();
    solve(p, a.ln() - b.ln(), tails, density)
}

/// The logarithm of the `p` quantile of Gamma(shape, 1), for shape > 0 and p in [0, 1].
///
/// As [`beta_quantile_logit`], on the log scale.
pub fn gamma_quantile(shape: f64, p: f64) -> f64 {
    if !(shape > 0.0 && (0.0..=1.0).contains(&p)) || shape.is_infinite() {
        return f64::NAN;
    }
    if p == 0.0 {
        return f64::NEG_INFINITY;
    }
    if p == 1.0 {
        return f64::INFINITY;
    }
    let lower = (p.ln() + lgamma(shape + 1.0)) / shape;
    if lower < FAR {
        return lower;
    }
    let tails = |t: f64| regularised_gamma(shape, t.exp());
    let density = |t: f64| log_gamma_weight(shape, t.exp()).exp();
    solve(p, shape.ln(), tails, density)
}

/// Solves `tails(t).0 == p` for an increasing distribution function with the given density, from `start`.
fn solve(p: f64, start: f64, tails: impl Fn(f64) -> (f64, f64), density: impl Fn(f64) -> f64) -> f64 {
    let q = 1.0 - p;
    // Positive where t is too large; relative to the smaller tail, on the log scale.
    let excess = |t: f64| {
        let (lower, upper) = tails(t);
        if p <= 0.5 { ((lower / p).ln(), lower) } else { (-(upper / q).ln(), upper) }
    };
    let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
    let mut t = start.clamp(-700.0, 700.0);
    let mut width = 0.1;
    for _ in 0..400 {
        let (f, tail) = excess(t);
        if f == 0.0 {
            break;
        }
        if f > 0.0 {
            high = t;
        } else {
            low = t;
        }
        let newton = t - f * tail / density(t);
        let next = if newton > low && newton < high && (newton - t).abs() < 20.0 {
            newton
        } else if low.is_finite() && high.is_finite() {
            0.5 * (low + high)
        } else {
            width *= 2.0;
            if f > 0.0 { t - width } else { t + width }
        };
        if (next - t).abs() <= 2e-16 * t.abs().max(1e-3) {
            return next;
        }
        t = next;
    }
    t
}
