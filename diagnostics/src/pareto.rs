//! The tail of a distribution, seen as a generalised Pareto distribution: its shape `k` says how
//! many moments exist, and so how far an average over draws can be trusted.
//!
//! Vehtari, Simpson, Gelman, Yao and Gabry (2024), *Pareto smoothed importance sampling*, JMLR 25.

use crate::chains::Chains;
use crate::ess::ess_tail;
use crate::sums::log_sum_exp;

/// A generalised Pareto distribution of exceedances over a limit:
/// `Pr(X <= x) = 1 - (1 + k x / σ)^(-1/k)`, and `1 - exp(-x / σ)` for `k = 0`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GeneralizedPareto {
    /// The shape: moments of order below `1 / k` exist; below 0 the support is bounded.
    pub k: f64,
    /// The scale.
    pub sigma: f64,
}

impl GeneralizedPareto {
    /// Fits exceedances, which ascend and are not negative.
    ///
    /// The estimator is the quasi-Bayesian mean of Zhang and Stephens (2009, Technometrics 51) over
    /// a grid of `θ = -k / σ`. Afterwards `k` is drawn to 1/2 by the weight of ten observations
    /// (Vehtari et al. 2024, appendix G), which steadies fits to few exceedances; `σ` is left as it
    /// was, as in `posterior`.
    ///
    /// `None` for fewer than 5 exceedances, when they do not ascend from 0 or above, when one is not
    /// finite, and when the first quartile is the minimum: so many ties hide the scale.
    ///
    /// ```
    /// use polya_diagnostics::GeneralizedPareto;
    ///
    /// // The quantiles of the exponential distribution, whose shape is 0.
    /// let exceedances: Vec<f64> = (0..2000).map(|i| -(1.0 - (f64::from(i) + 0.5) / 2000.0).ln()).collect();
    /// let fit = GeneralizedPareto::fit(&exceedances).unwrap();
    /// assert!(fit.k.abs() < 0.01 && (fit.sigma - 1.0).abs() < 0.01);
    /// ```
    pub fn fit(exceedances: &[f64]) -> Option<Self> {
        const LEAST: usize = 5;
        const PRIOR_WEIGHT: f64 = 10.0;
        const PRIOR_SHAPE: f64 = 0.5;
        let count = exceedances.len();
        let ascend = exceedances.is_sorted() && exceedances.first().is_some_and(|&x| x >= 0.0);
        let greatest = exceedances.last().copied().filter(|x| x.is_finite())?;
        if count < LEAST || !ascend {
            return None;
        }
        let quartile = exceedances[(count as f64 / 4.0 + 0.5) as usize - 1];
        if quartile <= exceedances[0] {
            return None;
        }
        let n = count as f64;
        let shape = |theta: f64| exceedances.iter().map(|x| (-theta * x).ln_1p()).sum::<f64>() / n;

        let points = 30 + n.sqrt() as usize;
        let grid: Vec<(f64, f64)> = (1..=points)
            .map(|j| {
                let root = (points as f64 / (j as f64 - 0.5)).sqrt();
                let theta = 1.0 / greatest + (1.0 - root) / 3.0 / quartile;
                let k = shape(theta);
                (theta, n * ((-theta / k).ln() - k - 1.0))
            })
            .collect();
        let total = log_sum_exp(grid.iter().map(|point| point.1));
        let theta: f64 = grid.iter().map(|&(theta, likelihood)| theta * (likelihood - total).exp()).sum();
        let k = shape(theta);
        let fit = Self { k: (k * n + PRIOR_WEIGHT * PRIOR_SHAPE) / (n + PRIOR_WEIGHT), sigma: -k / theta };
        (fit.k.is_finite() && fit.sigma.is_finite()).then_some(fit)
    }

    /// The exceedance that is not exceeded with the given probability: `σ ((1 - p)^(-k) - 1) / k`,
    /// and `-σ ln(1 - p)` for `k = 0`. NaN outside 0 to 1.
    pub fn quantile(&self, probability: f64) -> f64 {
        if !(0.0..=1.0).contains(&probability) {
            return f64::NAN;
        }
        let exponential = -(-probability).ln_1p();
        if self.k == 0.0 { self.sigma * exponential } else { self.sigma * (self.k * exponential).exp_m1() / self.k }
    }
}

/// The number of draws that an average needs to be reliable when the tail has shape `k`:
/// `10^(1 / (1 - max(0, k)))` (Vehtari et al. 2024, equation 11). Infinite from `k = 1` on, where
/// there is no mean.
///
/// ```
/// assert_eq!(polya_diagnostics::pareto_draws_needed(0.5), 100.0);
/// ```
pub fn pareto_draws_needed(k: f64) -> f64 {
    if k >= 1.0 { f64::INFINITY } else { 10.0_f64.powf(1.0 / (1.0 - k.max(0.0))) }
}

/// The largest shape at which an average over `draws` is reliable:
/// `min(1 - 1 / log10(S), 0.7)` (Vehtari et al. 2024, equation 13).
///
/// ```
/// assert!((polya_diagnostics::pareto_k_limit(1000) - 2.0 / 3.0).abs() < 1e-15);
/// ```
pub fn pareto_k_limit(draws: usize) -> f64 {
    const HIGHEST: f64 = 0.7;
    if draws <= 1 {
        return f64::NEG_INFINITY;
    }
    (1.0 - 1.0 / (draws as f64).log10()).min(HIGHEST)
}

/// How fast the error of an average shrinks with more draws, relative to the rate `1 / sqrt(S)` of
/// the central limit theorem: 1 as fast, 0 not at all (Vehtari et al. 2024, appendix B).
///
/// With `a = 2k - 1` it is `S / (S - 1) - a / (1 - S^(-a))` for `0 < k < 1`. NaN for fewer than two
/// draws.
pub fn pareto_convergence_rate(k: f64, draws: usize) -> f64 {
    if draws < 2 || k.is_nan() {
        return f64::NAN;
    }
    if k <= 0.0 {
        return 1.0;
    }
    if k >= 1.0 {
        return 0.0;
    }
    let n = draws as f64;
    let a = 2.0 * k - 1.0;
    let rate = if a == 0.0 {
        n / (n - 1.0) - 1.0 / n.ln()
    } else if a < 0.5 {
        n / (n - 1.0) + a / (-a * n.ln()).exp_m1()
    } else {
        // Near k = 1 the two terms cancel; written for the distance b = 1 - a they do not.
        let b = 1.0 - a;
        ((b * n.ln()).exp_m1() - b * (n - 1.0)) / ((n - 1.0) * ((b - 1.0) * n.ln()).exp_m1())
    };
    rate.max(0.0)
}

/// The shape of the heavier tail of a scalar's draws (`pareto_khat` of `posterior`): above
/// [`pareto_k_limit`] the average of the draws is unreliable, above 1 there is nothing to average.
///
/// Each tail holds `3 sqrt(S / r)` draws, or a fifth of them when the effective draws are few, where
/// `r` is the share of [`ess_tail`] in the draws. `None` where that does not exist, or where neither
/// tail can be fitted.
pub fn pareto_k(chains: Chains<'_>) -> Option<f64> {
    let count = chains.draws().len();
    let efficiency = ess_tail(chains)? / count as f64;
    let length = tail_length(count, efficiency).clamp(5, (count / 2).max(5));
    let mut sorted = chains.draws().to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let above = upper_shape(&sorted, length);
    sorted.reverse();
    sorted.iter_mut().for_each(|x| *x = -*x);
    let below = upper_shape(&sorted, length);
    match (above, below) {
        (Some(a), Some(b)) => Some(a.max(b)),
        (a, b) => a.or(b),
    }
}

fn upper_shape(sorted: &[f64], length: usize) -> Option<f64> {
    let first = sorted.len().checked_sub(length).filter(|&first| first > 0)?;
    let limit = sorted[first - 1];
    let exceedances: Vec<f64> = sorted[first..].iter().map(|x| x - limit).collect();
    GeneralizedPareto::fit(&exceedances).map(|fit| fit.k)
}

/// The number of draws that make up a tail, as in `posterior` (Vehtari et al. 2024, appendix H).
pub(crate) fn tail_length(draws: usize, efficiency: f64) -> usize {
    let n = draws as f64;
    let length = if n * efficiency > 225.0 { 3.0 * (n / efficiency).sqrt() } else { n / 5.0 };
    length as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quantiles(k: f64, sigma: f64, count: usize) -> Vec<f64> {
        let law = GeneralizedPareto { k, sigma };
        (0..count).map(|i| law.quantile((i as f64 + 0.5) / count as f64)).collect()
    }

    #[test]
    fn the_fit_finds_the_law_it_is_given() {
        for k in [-0.5, -0.1, 0.0, 0.2, 0.5, 0.9] {
            for sigma in [1e-8, 1.0, 1e6] {
                let fit = GeneralizedPareto::fit(&quantiles(k, sigma, 20_000)).unwrap();
                assert!((fit.k - k).abs() < 0.01, "{k} {fit:?}");
                assert!((fit.sigma / sigma - 1.0).abs() < 0.01, "{k} {sigma} {fit:?}");
            }
        }
    }

    #[test]
    fn quantiles_invert_the_distribution() {
        for k in [-0.7, 1e-9, 0.3, 2.0] {
            let law = GeneralizedPareto { k, sigma: 1.7 };
            for p in [0.01, 0.5, 0.999] {
                let x = law.quantile(p);
                let cumulative = 1.0 - (1.0 + k * x / 1.7).powf(-1.0 / k);
                assert!((cumulative - p).abs() < 1e-6, "{k} {p} {cumulative}");
            }
        }
        assert_eq!(GeneralizedPareto { k: 0.0, sigma: 2.0 }.quantile(0.5), 2.0 * 2.0_f64.ln());
        assert!(GeneralizedPareto { k: 0.0, sigma: 2.0 }.quantile(1.5).is_nan());
    }

    #[test]
    fn what_is_no_tail_is_refused() {
        assert_eq!(GeneralizedPareto::fit(&[]), None);
        assert_eq!(GeneralizedPareto::fit(&[1.0]), None);
        assert_eq!(GeneralizedPareto::fit(&[0.1, 0.2, 0.3, 0.4]), None);
        assert_eq!(GeneralizedPareto::fit(&[1.0; 50]), None);
        assert_eq!(GeneralizedPareto::fit(&[0.5, 0.2, 0.3, 0.4, 0.6]), None);
        assert_eq!(GeneralizedPareto::fit(&[-0.5, 0.2, 0.3, 0.4, 0.6]), None);
        assert_eq!(GeneralizedPareto::fit(&[0.1, 0.2, 0.3, 0.4, f64::NAN]), None);
        assert_eq!(GeneralizedPareto::fit(&[0.1, 0.2, 0.3, 0.4, f64::INFINITY]), None);
        assert_eq!(GeneralizedPareto::fit(&[0.0, 0.0, 0.0, 0.0, 0.0, 0.3]), None);
    }

    #[test]
    fn rates_are_those_of_the_paper() {
        for draws in [100, 4000] {
            for k in [0.05, 0.3, 0.45, 0.6, 0.74, 0.76, 0.95] {
                let n = draws as f64;
                let square = n.powf(2.0 * k);
                let above = 2.0 * (k - 1.0) * square * n + (1.0 - 2.0 * k) * square + n * n;
                let wanted = above / ((n - 1.0) * (n - square));
                assert!((pareto_convergence_rate(k, draws) - wanted).abs() < 1e-9, "{k} {draws}");
            }
            let near =
                |k: f64| (pareto_convergence_rate(k - 1e-7, draws) - pareto_convergence_rate(k + 1e-7, draws)).abs();
            assert!(near(0.5) < 1e-5 && near(0.75) < 1e-5 && near(1.0) < 1e-5);
        }
        assert_eq!(pareto_convergence_rate(-0.3, 100), 1.0);
        assert_eq!(pareto_convergence_rate(1.5, 100), 0.0);
        assert!(pareto_convergence_rate(0.5, 1).is_nan());
    }

    #[test]
    fn limits_and_needs_are_inverse() {
        for draws in [50, 400, 1000] {
            assert!((pareto_draws_needed(pareto_k_limit(draws)) / draws as f64 - 1.0).abs() < 1e-9);
        }
        assert_eq!(pareto_k_limit(4000), 0.7);
        assert_eq!(pareto_k_limit(0), f64::NEG_INFINITY);
        assert_eq!(pareto_draws_needed(-1.0), 10.0);
        assert_eq!(pareto_draws_needed(1.0), f64::INFINITY);
    }

    #[test]
    fn the_heavier_tail_counts() {
        // Shuffled quantiles: heavy to the left with shape 0.8, bounded to the right.
        let heavy = quantiles(0.8, 1.0, 4001);
        let draws: Vec<f64> = (0..4000).map(|i| -heavy[i * 1009 % 4001]).collect();
        let k = pareto_k(Chains::new(&draws, 4).unwrap()).unwrap();
        assert!((k - 0.8).abs() < 0.1, "{k}");
        assert_eq!(pareto_k(Chains::new(&[1.0; 100], 1).unwrap()), None);
        assert_eq!(pareto_k(Chains::new(&[1.0], 1).unwrap()), None);
    }
}
