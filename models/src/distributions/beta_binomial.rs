//! BetaBinomial(n, alpha, beta), also as (n, mean, concentration): a Binomial whose p is Beta(alpha, beta).
//!
//! Probability C(n, k) B(alpha + k, beta + n − k)/B(alpha, beta), by the negative binomial ratio of
//! [`special`](crate::special).

use rand::Rng;

use super::random::{binomial_logit, logit_beta};
use super::{ArgumentList, Distribution, Domain, Scalar, Support};
use crate::fused;
use crate::program::fused::Fused;
use crate::special::{beta_binomial, count_constant, inv_logit, log_beta_weight, regularised_beta, vector};

/// BetaBinomial(n, alpha, beta), also as (n, mean, concentration): a Binomial whose p is Beta(alpha, beta).
#[derive(Clone, Copy, Debug)]
pub struct BetaBinomial;

static LISTS: &[ArgumentList] = &[
    ArgumentList { names: &["n", "alpha", "beta"], domains: &[Domain::Count, Domain::Positive, Domain::Positive] },
    ArgumentList {
        names: &["n", "mean", "concentration"],
        domains: &[Domain::Count, Domain::OpenUnit, Domain::Positive],
    },
];

impl Distribution for BetaBinomial {
    fn name(&self) -> &'static str {
        "BetaBinomial"
    }

    fn argument_lists(&self) -> &'static [ArgumentList] {
        LISTS
    }

    fn support(&self) -> Support {
        Support::CountUpTo { n: 0 }
    }

    fn scalar(&self) -> Option<&dyn Scalar> {
        Some(self)
    }
}

impl Scalar for BetaBinomial {
    fn log_density_at(&self, x: f64, args: &[f64]) -> f64 {
        KERNEL.value([x, args[0], args[1], args[2]]) + base(x, args[0])
    }

    fn cdf_at(&self, x: f64, args: &[f64]) -> f64 {
        let [n, alpha, beta] = [args[0], args[1], args[2]];
        if (x + 1.0).min(n - x) > MOST_TERMS {
            integral(x, n, alpha, beta)
        } else if x + 1.0 <= n - x {
            sum_down(x, n, alpha, beta)
        } else {
            // P(K ≤ k) = 1 − P(n − K ≤ n − k − 1)
            1.0 - sum_down(n - x - 1.0, n, beta, alpha)
        }
    }

    fn draw(&self, args: &[f64], rng: &mut dyn Rng) -> f64 {
        binomial_logit(args[0], logit_beta(args[1], args[2], rng), rng)
    }

    fn moments(&self, args: &[f64]) -> (f64, f64) {
        let [n, alpha, beta] = [args[0], args[1], args[2]];
        let s = alpha + beta;
        let mean = n * (alpha / s);
        (mean, mean * (beta / s) * ((s + n) / (s + 1.0)))
    }

    fn canonical(&self, list: usize, args: &[f64]) -> [f64; 4] {
        if list == 1 {
            [args[0], args[1] * args[2], (1.0 - args[1]) * args[2], 0.0]
        } else {
            [args[0], args[1], args[2], 0.0]
        }
    }
}

/// Beyond so many terms the distribution function is an integral.
const MOST_TERMS: f64 = 1e6;

/// Σ of the probabilities of 0 … k by the ratio of successive ones, downward from k.
fn sum_down(k: f64, n: f64, alpha: f64, beta: f64) -> f64 {
    let first = (KERNEL.value([k, n, alpha, beta]) + base(k, n)).exp();
    let (mut sum, mut term, mut j) = (1.0, 1.0, k);
    while j > 0.0 && term > 1e-300 {
        term *= (j / (n - j + 1.0)) * ((beta + (n - j)) / (alpha + (j - 1.0)));
        sum += term;
        j -= 1.0;
    }
    (first * sum).min(1.0)
}

/// P(K ≤ k) for large k + 1 and n − k, as the mean of the binomial distribution function over Beta(alpha, beta), or of
/// the beta one over Beta(k + 1, n − k), whichever is the narrower; by the trapezoid rule on the logit scale, to which
/// it converges faster than any power of the step.
fn integral(k: f64, n: f64, alpha: f64, beta: f64) -> f64 {
    let (a, b) = (k + 1.0, n - k);
    let by_counts = 1.0 / a + 1.0 / b < 1.0 / alpha + 1.0 / beta;
    let (c, d) = if by_counts { (a, b) } else { (alpha, beta) };
    let centre = c.ln() - d.ln();
    let step = 0.125 * (1.0 / c + 1.0 / d).sqrt();
    let (mut sum, mut total) = (0.0, 0.0);
    for i in -80..=80 {
        let t = centre + step * f64::from(i);
        let (x, y) = (inv_logit(t), inv_logit(-t));
        let weight = log_beta_weight(c, d, x, y).exp();
        let value = if by_counts { regularised_beta(alpha, beta, x, y).0 } else { regularised_beta(a, b, x, y).1 };
        sum += weight * value;
        total += weight;
    }
    sum / total
}

/// c(k) + c(n − k) − c(n) with c the [`count_constant`]: the log probability less either kernel.
pub fn base(k: f64, n: f64) -> f64 {
    count_constant(k) + count_constant(n - k) - count_constant(n)
}

/// The log probability less [`base`], of (k, n, alpha, beta).
pub static KERNEL: Fused = fused!("beta-binomial kernel", 4, kernel);

/// The log probability less [`base`], of (k, n, logit of the mean, concentration): the partial by the concentration is
/// formed without cancellation, where that through [`KERNEL`] is a difference of large numbers.
pub static MEAN_KERNEL: Fused = fused!("beta-binomial kernel, by mean", 4, mean_kernel);

#[inline(always)]
fn kernel([k, n, alpha, beta]: [f64; 4]) -> (f64, [f64; 4]) {
    let r = beta_binomial(k, n, alpha, beta);
    (r.value, [0.0, 0.0, r.d_alpha, r.d_beta])
}

#[inline(always)]
fn mean_kernel([k, n, logit_mean, concentration]: [f64; 4]) -> (f64, [f64; 4]) {
    let (alpha, beta) = (concentration * vector::inv_logit(logit_mean), concentration * vector::inv_logit(-logit_mean));
    let r = beta_binomial(k, n, alpha, beta);
    (r.value, [0.0, 0.0, r.d_logit_mean, r.d_log_concentration / concentration])
}
