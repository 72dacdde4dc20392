//! Pareto-smoothed importance sampling: weights that turn draws of one distribution into draws of
//! another, with the few that dominate brought to what their tail lets expect.
//!
//! Vehtari, Simpson, Gelman, Yao and Gabry (2024), *Pareto smoothed importance sampling*, JMLR 25.

use std::error::Error;
use std::fmt;

use crate::chains::Chains;
use crate::ess::ess_mean;
use crate::pareto::{GeneralizedPareto, pareto_k_limit};
use crate::sums::{log_sum_exp, range};

/// Why log ratios cannot be turned into weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PsisError {
    /// There are no log ratios.
    Empty,
    /// The log ratio at this place is NaN or plus infinity.
    NotFinite(usize),
    /// All log ratios are minus infinity: no draw has any weight.
    NoWeight,
    /// The relative efficiency is not a positive number.
    Efficiency,
}

impl fmt::Display for PsisError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "no log ratios"),
            Self::NotFinite(place) => write!(f, "the log ratio of draw {place} is NaN or infinite"),
            Self::NoWeight => write!(f, "all log ratios are minus infinity"),
            Self::Efficiency => write!(f, "the relative efficiency is not a positive number"),
        }
    }
}

impl Error for PsisError {}

/// The smoothed weights of draws.
#[derive(Debug, Clone, PartialEq)]
pub struct Psis {
    /// The logarithms of the weights, which sum to 1.
    pub log_weights: Vec<f64>,
    /// The shape of the tail; `None` where no tail could be fitted: too few draws, or too many equal
    /// ratios among the largest.
    pub k: Option<f64>,
    /// The number of ratios that make up the tail.
    pub tail: usize,
    /// Whether all ratios are equal but for rounding, so that the weights are equal too and nothing is in doubt: they have no
    /// tail, and no `k`.
    pub constant: bool,
    /// The number of independent draws that the weighted draws are worth, `r / Σ w²`.
    pub effective_draws: f64,
}

impl Psis {
    /// Whether averages with these weights can be trusted: `k` is at most [`pareto_k_limit`], or all
    /// ratios are equal. (`loo` reports an infinite `k` there, and so a row whose prediction cannot be wrong as its worst.)
    pub fn reliable(&self) -> bool {
        self.constant || self.k.is_some_and(|k| k <= pareto_k_limit(self.log_weights.len()))
    }

    /// The weights themselves, which sum to 1.
    pub fn weights(&self) -> Vec<f64> {
        self.log_weights.iter().map(|w| w.exp()).collect()
    }
}

/// Smooths the importance ratios with the given logarithms, as `psis` of the R package `loo` does.
///
/// The `⌈min(S / 5, 3 sqrt(S / r))⌉` largest ratios are replaced by the quantiles of the generalised
/// Pareto distribution fitted to them, but by nothing above the largest. `efficiency`, `r`, is that of
/// [`relative_efficiency`], 1 for independent draws. A ratio may be zero, its logarithm minus
/// infinity.
///
/// ```
/// let ratios: Vec<f64> = (0..1000).map(|i| f64::from(i * 7919 % 1000) / 500.0).collect();
/// let smoothed = polya_diagnostics::psis(&ratios, 1.0).unwrap();
/// assert!(smoothed.reliable());
/// ```
pub fn psis(log_ratios: &[f64], efficiency: f64) -> Result<Psis, PsisError> {
    let mut smoother = Smoother::default();
    let tail = loo_tail_length(log_ratios.len(), efficiency)?;
    let mut log_weights = log_ratios.to_vec();
    let found = smoother.smooth(&mut log_weights, tail)?;
    let squares: f64 = log_weights.iter().map(|w| (2.0 * w).exp()).sum();
    let effective_draws = efficiency / squares;
    Ok(Psis { log_weights, k: found.k, tail, constant: found.constant, effective_draws })
}

/// The relative efficiency of draws for the average of `exp(log_values)`: their effective sample
/// size ([`ess_mean`]) as a share of the draws (`relative_eff` of `loo`).
///
/// For leave-one-out the log values are the log likelihoods of one row. `None` where the effective
/// sample size does not exist, as for a constant.
pub fn relative_efficiency(log_values: Chains<'_>) -> Option<f64> {
    let (_, greatest) = range(log_values.draws())?;
    let values: Vec<f64> = log_values.draws().iter().map(|x| (x - greatest).exp()).collect();
    let values = Chains::new(&values, log_values.count())?;
    ess_mean(values).map(|size| size / values.draws().len() as f64)
}

/// The length of the tail as `loo` has it.
pub(crate) fn loo_tail_length(draws: usize, efficiency: f64) -> Result<usize, PsisError> {
    if !(efficiency > 0.0 && efficiency.is_finite()) {
        return Err(PsisError::Efficiency);
    }
    let n = draws as f64;
    Ok((0.2 * n).min(3.0 * (n / efficiency).sqrt()).ceil() as usize)
}

/// What [`Smoother::smooth`] found out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Smoothing {
    pub k: Option<f64>,
    pub constant: bool,
}

/// Log ratios that differ by no more are equal: the sums of log densities that they are made of are rounded, and weights
/// that differ by so little change no average.
const ROUNDING: f64 = 1e-9;

/// The buffers of smoothing, for one vector after the other.
#[derive(Debug, Default)]
pub(crate) struct Smoother {
    placed: Vec<(f64, usize)>,
    exceedances: Vec<f64>,
}

impl Smoother {
    /// Turns log ratios into smoothed log weights, normalised to sum to 1.
    ///
    /// Equal ratios keep their order, so that the result does not depend on how they are sorted.
    pub fn smooth(&mut self, log_ratios: &mut [f64], tail: usize) -> Result<Smoothing, PsisError> {
        if log_ratios.is_empty() {
            return Err(PsisError::Empty);
        }
        if let Some(place) = log_ratios.iter().position(|x| x.is_nan() || *x == f64::INFINITY) {
            return Err(PsisError::NotFinite(place));
        }
        let (least, greatest) = range(log_ratios).ok_or(PsisError::Empty)?;
        if greatest == f64::NEG_INFINITY {
            return Err(PsisError::NoWeight);
        }
        log_ratios.iter_mut().for_each(|x| *x -= greatest);
        let constant = greatest - least <= ROUNDING;
        let k = if constant { None } else { self.smooth_tail(log_ratios, tail) };
        let total = log_sum_exp(log_ratios.iter().copied());
        log_ratios.iter_mut().for_each(|x| *x -= total);
        Ok(Smoothing { k, constant })
    }

    /// Replaces the largest of log ratios with maximum 0; what cannot be fitted is left alone.
    fn smooth_tail(&mut self, log_ratios: &mut [f64], tail: usize) -> Option<f64> {
        let first = log_ratios.len().checked_sub(tail).filter(|&first| first > 0 && tail > 0)?;
        self.placed.clear();
        self.placed.extend(log_ratios.iter().enumerate().map(|(place, &ratio)| (ratio, place)));
        let ascending = |a: &(f64, usize), b: &(f64, usize)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
        self.placed.select_nth_unstable_by(first - 1, ascending);
        let limit = self.placed[first - 1].0;
        let tail_values = &mut self.placed[first..];
        tail_values.sort_unstable_by(ascending);
        let lowest = tail_values.first()?.0;
        if -lowest < f64::EPSILON {
            return None;
        }
        // The limit lies below the tail, be it by a rounding error.
        let limit = if limit == lowest { limit - f64::EPSILON } else { limit }.exp();
        self.exceedances.clear();
        self.exceedances.extend(tail_values.iter().map(|(ratio, _)| ratio.exp() - limit));
        let fit = GeneralizedPareto::fit(&self.exceedances)?;
        for (rank, &(_, place)) in tail_values.iter().enumerate() {
            let probability = (rank as f64 + 0.5) / tail as f64;
            log_ratios[place] = (fit.quantile(probability) + limit).ln().min(0.0);
        }
        Some(fit.k)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratios(count: u32) -> Vec<f64> {
        (0..count).map(|i| f64::from(i * 7919 % 1009) / 300.0).collect()
    }

    #[test]
    fn what_cannot_be_weighed_is_refused() {
        assert_eq!(psis(&[], 1.0), Err(PsisError::Empty));
        assert_eq!(psis(&[1.0, f64::NAN], 1.0), Err(PsisError::NotFinite(1)));
        assert_eq!(psis(&[f64::INFINITY, 1.0], 1.0), Err(PsisError::NotFinite(0)));
        assert_eq!(psis(&[f64::NEG_INFINITY; 9], 1.0), Err(PsisError::NoWeight));
        for efficiency in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(psis(&[1.0, 2.0], efficiency), Err(PsisError::Efficiency));
        }
    }

    #[test]
    fn equal_ratios_give_equal_weights_and_no_doubt() {
        let found = psis(&[-700.0; 200], 1.0).unwrap();
        assert!(found.constant && found.reliable());
        assert_eq!(found.k, None);
        assert!(found.weights().iter().all(|w| (w - 0.005).abs() < 1e-15));
        assert!((found.effective_draws - 200.0).abs() < 1e-9);
    }

    #[test]
    fn ratios_that_differ_by_rounding_have_no_tail() {
        let of = |step: f64| {
            let ratios: Vec<f64> = (0..1000).map(|i| step * f64::from(i * 7919 % 13) - 40.0).collect();
            psis(&ratios, 1.0).unwrap()
        };
        let rounded = of(1e-14);
        assert!(rounded.constant && rounded.reliable() && rounded.k.is_none());
        assert!((rounded.effective_draws - 1000.0).abs() < 1e-6);
        assert!(!of(1e-3).constant);
    }

    #[test]
    fn one_draw_and_few_draws_are_left_unsmoothed() {
        let found = psis(&[3.0], 1.0).unwrap();
        assert_eq!(found.log_weights, [0.0]);
        let found = psis(&[0.0, 2.0_f64.ln(), 0.0], 1.0).unwrap();
        assert_eq!(found.k, None);
        assert!(!found.reliable());
        assert!((found.log_weights[1] - 0.5_f64.ln()).abs() < 1e-15);
    }

    #[test]
    fn weights_sum_to_one_and_keep_their_order() {
        let log_ratios = ratios(1000);
        let found = psis(&log_ratios, 0.7).unwrap();
        assert!((found.weights().iter().sum::<f64>() - 1.0).abs() < 1e-12);
        let mut pairs: Vec<(f64, f64)> = log_ratios.iter().copied().zip(found.log_weights).collect();
        pairs.sort_by(|a, b| a.partial_cmp(b).unwrap());
        assert!(pairs.is_sorted_by(|a, b| a.1 <= b.1));
    }

    #[test]
    fn an_impossible_draw_gets_no_weight() {
        let mut log_ratios = ratios(1000);
        log_ratios[17] = f64::NEG_INFINITY;
        let found = psis(&log_ratios, 1.0).unwrap();
        assert_eq!(found.log_weights[17], f64::NEG_INFINITY);
        assert!(found.reliable());
    }

    #[test]
    fn a_shift_of_the_log_ratios_changes_nothing() {
        let log_ratios = ratios(1000);
        let shifted: Vec<f64> = log_ratios.iter().map(|x| x + 1024.0).collect();
        let (a, b) = (psis(&log_ratios, 1.0).unwrap(), psis(&shifted, 1.0).unwrap());
        assert!((a.k.unwrap() - b.k.unwrap()).abs() < 1e-9);
    }

    #[test]
    fn efficiency_does_not_depend_on_scale_and_does_not_exist_for_a_constant() {
        let values = ratios(400);
        let huge: Vec<f64> = values.iter().map(|x| x + 2000.0).collect();
        let of = |values: &[f64]| relative_efficiency(Chains::new(values, 4).unwrap());
        assert!((of(&values).unwrap() - of(&huge).unwrap()).abs() < 1e-6);
        assert_eq!(of(&[2.0; 400]), None);
        assert_eq!(of(&[f64::NAN; 4]), None);
    }
}
