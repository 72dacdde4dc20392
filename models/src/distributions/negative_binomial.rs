//! NegativeBinomial(mean, dispersion), also as (successes, p): failures before the given number of successes.
//!
//! Probability Γ(k + r)/(Γ(r) k!) p^r (1 − p)^k with r = dispersion = successes and p = r/(r + mean); the variance is
//! mean + mean²/dispersion. Each parameterisation has its kernel and its base. The one by mean and dispersion is
//! evaluated by the saddle point, so that the Poisson limit of a great dispersion loses nothing.

use rand::Rng;

use super::random::{log_gamma, poisson};
use super::{ArgumentList, Distribution, Domain, Scalar, Support};
use crate::fused;
use crate::program::fused::Fused;
use crate::special::{count_constant, inv_logit, lgamma, log_rising, regularised_beta, saddle, softplus};

/// NegativeBinomial(mean, dispersion), also as (successes, p): failures before the given number of successes.
#[derive(Clone, Copy, Debug)]
pub struct NegativeBinomial;

static LISTS: &[ArgumentList] = &[
    ArgumentList { names: &["mean", "dispersion"], domains: &[Domain::NonNegative, Domain::Positive] },
    ArgumentList { names: &["successes", "p"], domains: &[Domain::Positive, Domain::PositiveUnit] },
];

impl Distribution for NegativeBinomial {
    fn name(&self) -> &'static str {
        "NegativeBinomial"
    }

    fn argument_lists(&self) -> &'static [ArgumentList] {
        LISTS
    }

    fn support(&self) -> Support {
        Support::Count
    }

    fn scalar(&self) -> Option<&dyn Scalar> {
        Some(self)
    }
}

impl Scalar for NegativeBinomial {
    fn log_density_at(&self, x: f64, args: &[f64]) -> f64 {
        if args[0] == 0.0 {
            return if x == 0.0 { 0.0 } else { f64::NEG_INFINITY };
        }
        term(x, args[0], args[0].ln(), args[1]).0 + mean_base(x)
    }

    fn cdf_at(&self, x: f64, args: &[f64]) -> f64 {
        let [mean, r] = [args[0], args[1]];
        let odds = mean / r;
        regularised_beta(r, x + 1.0, 1.0 / (1.0 + odds), odds / (1.0 + odds)).0
    }

    fn draw(&self, args: &[f64], rng: &mut dyn Rng) -> f64 {
        if args[0] == 0.0 {
            return 0.0;
        }
        poisson((log_gamma(args[1], rng) + (args[0].ln() - args[1].ln())).exp(), rng)
    }

    fn moments(&self, args: &[f64]) -> (f64, f64) {
        (args[0], args[0] + args[0] * (args[0] / args[1]))
    }

    fn canonical(&self, list: usize, args: &[f64]) -> [f64; 4] {
        if list == 1 {
            [args[0] * ((1.0 - args[1]) / args[1]), args[0], 0.0, 0.0]
        } else {
            [args[0], args[1], 0.0, 0.0]
        }
    }
}

/// The log probability less [`mean_base`], of (k, log mean, dispersion).
pub static MEAN_KERNEL: Fused = fused!("negative binomial kernel", 3, mean_kernel);

/// k log k − k − log k!: the log probability less [`MEAN_KERNEL`].
pub fn mean_base(k: f64) -> f64 {
    count_constant(k)
}

/// log Γ(k + r) − log Γ(r) + r log p + k log(1 − p), of (k, r, log p, log(1 − p)).
pub static SUCCESSES_KERNEL: Fused = fused!("negative binomial kernel, by successes", 4, successes_kernel);

/// −log k!: the log probability less [`SUCCESSES_KERNEL`].
pub fn successes_base(k: f64) -> f64 {
    -lgamma(k + 1.0)
}

fn mean_kernel([k, log_mean, dispersion]: [f64; 3]) -> (f64, [f64; 3]) {
    let (value, d_log_mean, d_dispersion) = term(k, log_mean.exp(), log_mean, dispersion);
    (value, [0.0, d_log_mean, d_dispersion])
}

/// The kernel and its derivatives by log mean, r (k − mean)/(r + mean), and by r, log1pmx(x) + e(r + k) − e(r) with
/// x = (k − mean)/(r + mean).
#[inline(always)]
fn term(k: f64, mean: f64, log_mean: f64, r: f64) -> (f64, f64, f64) {
    let ordinary = log_mean.abs() < 600.0 && r < 1e250;
    let log_odds = log_mean - r.ln();
    let (d, log_pi) = if ordinary {
        let s = r + mean;
        let odds = mean / r;
        let log_pi = if odds < 1e300 { -odds.ln_1p() } else { -log_odds };
        ((k - mean) * (r / s), log_pi)
    } else {
        (k * inv_logit(-log_odds) - r * inv_logit(log_odds), -softplus(log_odds))
    };
    let t = saddle(k, r, d, log_pi, || -softplus(-log_odds));
    (t.value, d, t.excess / r + t.remainder)
}

fn successes_kernel([k, r, log_p, log1m_p]: [f64; 4]) -> (f64, [f64; 4]) {
    let (rising, [d_r, _]) = log_rising(r, k);
    if k == 0.0 {
        return (r * log_p, [0.0, log_p, r, 0.0]);
    }
    (rising + r * log_p + k * log1m_p, [0.0, d_r + log_p, r, k])
}
