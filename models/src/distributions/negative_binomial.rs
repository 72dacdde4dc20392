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
use crate::special::vector::{Split, exp, exp_parts, log_rising, power_of_two};
use crate::special::{Odds, Scaled, count_constant, lgamma, regularised_beta, saddle};

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
        MEAN_KERNEL.value([x, args[0].ln(), args[1]]) + mean_base(x)
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

#[inline(always)]
fn mean_kernel([k, log_mean, r]: [f64; 3]) -> (f64, [f64; 3]) {
    // The mean may be beyond the largest number or below the least, so that the odds mean/r are formed of parts.
    let (p, n) = exp_parts(log_mean);
    let mean = Split::of_normal(p);
    let failure = Split { mantissa: mean.mantissa, exponent: n + mean.exponent };
    let success = Split::of(r);
    let top = if failure.exponent > success.exponent { failure.exponent } else { success.exponent };
    let (success_share, failure_share) = (share(success, top), share(failure, top));
    let total = success_share + failure_share;
    let part = |s: Split| Scaled { factor: s.mantissa / total, exponent: s.exponent - top };
    let odds = Odds { success: part(success), failure: part(failure) };
    // d = (k − mean) r/(r + mean), the derivative by log mean.
    let ordinary = (log_mean.abs() < 600.0) & (r < 1e250);
    let near = (k - exp(log_mean)) * (success_share / total);
    let d = if ordinary { near } else { k * (success_share / total) - r * (failure_share / total) };
    let t = saddle(k, r, d, &odds);
    // By r: log1pmx(x) + e(r + k) − e(r) with x = (k − mean)/(r + mean).
    let (value, remainder) = t.whole(k, r, odds.success);
    // Where the mean is 0 so is every count, whatever r.
    let never = log_mean == f64::NEG_INFINITY;
    let of_none = if k == 0.0 { 0.0 } else { f64::NEG_INFINITY };
    let by_r = t.excess(1.0, d / r) + remainder;
    (if never { of_none } else { value }, [0.0, if never { 0.0 } else { d }, if never { 0.0 } else { by_r }])
}

/// The number over 2 to the power of `top`, not below its exponent; what is far below is as good as 0.
#[inline(always)]
fn share(s: Split, top: f64) -> f64 {
    let below = s.exponent - top;
    s.mantissa * power_of_two(if below > -1000.0 { below } else { -1000.0 })
}

#[inline(always)]
fn successes_kernel([k, r, log_p, log1m_p]: [f64; 4]) -> (f64, [f64; 4]) {
    let (rising, [d_r, _]) = log_rising(r, k);
    let none = k == 0.0;
    let value = r.mul_add(log_p, rising + k * log1m_p);
    (if none { r * log_p } else { value }, [0.0, if none { log_p } else { d_r + log_p }, r, k])
}
