//! Better than draws: summaries of integrated-out variables as mixtures of their conditionals (Rao and Blackwell).
//!
//! Where the distribution of a scalar given the rest is known, its posterior is the mean of that distribution over the
//! draws s of the rest:
//!
//! ```text
//! mean      E = mean m_s                     variance  V = mean v_s + var m_s
//! quantile  q with mean F_s(q) = p           P(θ > c)  = mean (1 - F_s(c))
//! ```
//!
//! with m_s, v_s and F_s the mean, variance and cdf given draw s. The Monte Carlo error of each is that of a mean over the
//! draws of the rest: it is estimated from the series m_s, v_s + (m_s - E)², F_s(q)/f(q) and F_s(c), f being the mixture's
//! density. The effective sample size is that of independent draws with the same error: V / error² for the bulk, and for
//! the tails the smaller p (1 - p) / error² of the 5% and 95% quantiles, which may well exceed the number of draws. Where
//! nothing is sampled, the summary is exact, its error 0 and its effective sample size without meaning. Each estimate
//! replaces that of the draws only where its error is the smaller.

use crate::expansion::Expansion;
use crate::sampling::Settings;
use polya_diagnostics::{Chains, ScalarSummary, mcse_mean};
use polya_models::distributions::Scalar;
use polya_models::{Event, Mixture, Posterior};
use rayon::prelude::*;

/// Mixtures whose arguments are held at a time.
const BLOCK: usize = 512;

/// Evaluations of cdfs that a fit may spend on quantiles, as long as [`FEWEST_DRAWS`] are used.
const EVALUATIONS: usize = 500_000;

/// Fewest draws that a quantile rests on, of all chains together.
const FEWEST_DRAWS: usize = 200;

/// Most steps toward a quantile.
const STEPS: usize = 6;

/// Replaces the summaries of scalars whose distribution given the rest is known.
pub(crate) fn improve(
    posterior: &Posterior,
    settings: &Settings,
    positions: &[&[f64]],
    draws: usize,
    statistics: &mut [ScalarSummary],
) {
    let chains = positions.len();
    let mixtures = posterior.mixtures();
    if draws == 0 || mixtures.is_empty() {
        return;
    }
    let wanted = (EVALUATIONS / (mixtures.len() * 3 * STEPS)).max(FEWEST_DRAWS).div_ceil(chains);
    let stride = (draws / wanted.max(4)).max(1);
    for block in mixtures.chunks(BLOCK) {
        let mut arguments = Expansion::new(chains, 2 * block.len());
        arguments.extend(
            posterior,
            positions,
            draws,
            settings.seed,
            settings.job,
            &|position, streams, scratch, row| {
                posterior.mixture_arguments(block, position, streams, scratch, row);
            },
        );
        let improved: Vec<ScalarSummary> = (0..block.len())
            .into_par_iter()
            .map(|i| {
                let known = Known { mixture: block[i], chains, draws, stride, arguments: arguments.pairs(i) };
                let mut summary = statistics[block[i].scalar].clone();
                known.improve(&mut summary);
                summary
            })
            .collect();
        for (mixture, summary) in block.iter().zip(improved) {
            statistics[mixture.scalar] = summary;
        }
    }
}

/// The conditionals of one scalar over all draws.
struct Known {
    mixture: Mixture,
    chains: usize,
    draws: usize,
    /// Cdfs are taken at every so many draws of a chain.
    stride: usize,
    /// Both arguments at each draw, chain after chain.
    arguments: Vec<[f64; 2]>,
}

/// An estimate with its Monte Carlo error.
#[derive(Clone, Copy)]
struct Estimate {
    value: f64,
    error: f64,
}

impl Estimate {
    /// The mean of a series over the draws of some chains; none where its error cannot be told.
    fn of_series(series: &[f64], chains: usize) -> Option<Self> {
        let value = series.iter().sum::<f64>() / series.len() as f64;
        let spread = series.iter().fold(0.0_f64, |m, x| m.max((x - value).abs()));
        // A series of equal numbers is exact: what spreads is rounding.
        let exact = spread <= 1e-13 * value.abs();
        let error = if exact { 0.0 } else { mcse_mean(Chains::new(series, chains)?)? };
        value.is_finite().then_some(Self { value, error })
    }

    /// Takes the place of an estimate from draws whose error is larger.
    fn replace(self, value: &mut f64, error: &mut Option<f64>) {
        if error.is_none_or(|e| self.error < e) {
            (*value, *error) = (self.value, Some(self.error));
        }
    }

    /// Independent draws, each with this variance, whose mean has the same error.
    fn effective_size(self, variance: f64) -> Option<f64> {
        (self.error > 0.0).then(|| variance / (self.error * self.error))
    }
}

impl Known {
    fn improve(&self, summary: &mut ScalarSummary) {
        if summary.non_finite > 0 || self.arguments.iter().flatten().any(|a| !a.is_finite()) {
            return;
        }
        // What cannot be told by the mixture stays as the draws tell it.
        let _ = match self.mixture.event {
            None => self.improve_variable(summary),
            Some(event) => self.improve_event(summary, event),
        };
    }

    fn family(&self) -> &'static dyn Scalar {
        self.mixture.family
    }

    fn improve_variable(&self, summary: &mut ScalarSummary) -> Option<()> {
        let moments: Vec<(f64, f64)> = self.arguments.iter().map(|a| self.family().moments(a)).collect();
        let means: Vec<f64> = moments.iter().map(|m| m.0).collect();
        let mean = Estimate::of_series(&means, self.chains)?;
        let squares: Vec<f64> = moments.iter().map(|(m, v)| v + (m - mean.value).powi(2)).collect();
        let variance = Estimate::of_series(&squares, self.chains)?;
        let sd = Estimate { value: variance.value.sqrt(), error: variance.error / (2.0 * variance.value.sqrt()) };
        let drawn = summary.mcse_mean;
        mean.replace(&mut summary.mean, &mut summary.mcse_mean);
        sd.replace(&mut summary.sd, &mut summary.mcse_sd);
        if drawn.is_none_or(|e| mean.error < e) {
            summary.ess_bulk = mean.effective_size(variance.value);
        }
        let thinned = self.thinned();
        let mut tails = Vec::new();
        let quantiles: [(f64, &mut f64, &mut Option<f64>); 3] = [
            (0.05, &mut summary.q5, &mut summary.mcse_q5),
            (0.5, &mut summary.median, &mut summary.mcse_median),
            (0.95, &mut summary.q95, &mut summary.mcse_q95),
        ];
        for (p, value, error) in quantiles {
            let (quantile, probability) = self.quantile(&thinned, p, *value)?;
            if error.is_none_or(|e| quantile.error < e) && p != 0.5 {
                tails.push(probability.effective_size(p * (1.0 - p)));
            }
            quantile.replace(value, error);
        }
        if let [low, high] = tails.as_slice() {
            summary.ess_tail = match (low, high) {
                (Some(low), Some(high)) => Some(low.min(*high)),
                (one, other) => one.or(*other),
            };
        }
        Some(())
    }

    /// The arguments at every so many draws of each chain.
    fn thinned(&self) -> Vec<[f64; 2]> {
        let chains = self.arguments.chunks(self.draws);
        chains.flat_map(|chain| chain.iter().step_by(self.stride).copied()).collect()
    }

    /// A quantile of the mixture, and the probability below it, by Newton steps kept within what has been found.
    fn quantile(&self, thinned: &[[f64; 2]], p: f64, start: f64) -> Option<(Estimate, Estimate)> {
        let family = self.family();
        let count = thinned.len() as f64;
        let (mut below, mut above) = (f64::NEG_INFINITY, f64::INFINITY);
        let mut at = start;
        for step in 0..STEPS {
            let cdf = thinned.iter().map(|a| family.cdf(at, a)).sum::<f64>() / count;
            let density = thinned.iter().map(|a| family.log_density(at, a).exp()).sum::<f64>() / count;
            let miss = cdf - p;
            if miss > 0.0 {
                above = at
            } else {
                below = at
            }
            let mut next = at - miss / density;
            if !(next > below && next < above) {
                next = if below.is_finite() && above.is_finite() { 0.5 * (below + above) } else { return None };
            }
            let close = miss.abs() < 1e-7;
            if close || step + 1 == STEPS {
                let cdfs: Vec<f64> = thinned.iter().map(|a| family.cdf(next, a)).collect();
                let probability = Estimate::of_series(&cdfs, self.chains)?;
                // A search that did not arrive leaves the draws' own quantile.
                let arrived = (probability.value - p).abs() < 1e-4;
                let error = probability.error / density;
                return (arrived && error.is_finite()).then_some((Estimate { value: next, error }, probability));
            }
            at = next;
        }
        None
    }

    fn improve_event(&self, summary: &mut ScalarSummary, event: Event) -> Option<()> {
        let thinned = self.thinned();
        let probability = |a: &[f64; 2]| {
            let below = self.family().cdf(event.threshold, a);
            if event.above { 1.0 - below } else { below }
        };
        let series: Vec<f64> = thinned.iter().map(probability).collect();
        let mean = Estimate::of_series(&series, self.chains)?;
        if summary.mcse_mean.is_some_and(|e| mean.error >= e) {
            return None;
        }
        let variance = mean.value * (1.0 - mean.value);
        mean.replace(&mut summary.mean, &mut summary.mcse_mean);
        summary.sd = variance.sqrt();
        summary.ess_bulk = mean.effective_size(variance);
        Some(())
    }
}
