//! Does data that the model makes look like the data it was given? Statistics of replicated data sets
//! beside that of the observed one.
//!
//! Gelman, Meng and Stern (1996), *Posterior predictive assessment of model fitness via realized
//! discrepancies*, Statistica Sinica 6.

use rayon::prelude::*;
use serde::Serialize;

use crate::quantile::quantile;
use crate::sums::{mean, variance};

/// A number that describes a data set.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub enum Statistic {
    /// The mean.
    Mean,
    /// The standard deviation, with one degree of freedom less than values.
    Sd,
    /// The smallest value.
    Min,
    /// The largest value.
    Max,
    /// The share of zeros.
    Zeros,
    /// The quantile of this probability, of type 7.
    Quantile(f64),
}

impl Statistic {
    /// The statistic of a data set; NaN where it does not exist.
    pub fn of(self, data: &[f64]) -> f64 {
        if data.is_empty() || data.iter().any(|x| x.is_nan()) {
            return f64::NAN;
        }
        match self {
            Self::Mean => mean(data),
            Self::Sd => variance(data).sqrt(),
            Self::Min => data.iter().copied().fold(f64::INFINITY, f64::min),
            Self::Max => data.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            Self::Zeros => data.iter().filter(|x| **x == 0.0).count() as f64 / data.len() as f64,
            Self::Quantile(probability) => {
                let mut sorted = data.to_vec();
                sorted.sort_unstable_by(f64::total_cmp);
                quantile(&sorted, probability).unwrap_or(f64::NAN)
            }
        }
    }
}

/// An observed statistic among replicated ones.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PredictiveCheck {
    /// The share of replications at or below the observation: small if the data are too low.
    pub lower: f64,
    /// The share of replications at or above the observation: small if the data are too high.
    pub upper: f64,
    /// The share of replications above the observation, and half of those equal to it: near 1/2 if the
    /// model is right, however discrete the statistic.
    pub mid: f64,
    /// The number of replications.
    pub replications: usize,
}

impl PredictiveCheck {
    /// Compares one observed statistic with those of replications; `None` without replications and
    /// with a NaN.
    pub fn new(observed: f64, replicated: &[f64]) -> Option<Self> {
        Self::count(replicated.iter().map(|&x| (observed, x)))
    }

    /// Compares a discrepancy, a statistic that depends on the parameters: under every draw, that of
    /// the observed data with that of the data replicated by the draw. `None` as for
    /// [`PredictiveCheck::new`], and unless there are as many of both.
    pub fn of_discrepancy(observed: &[f64], replicated: &[f64]) -> Option<Self> {
        let fits = observed.len() == replicated.len();
        fits.then(|| Self::count(observed.iter().copied().zip(replicated.iter().copied())))?
    }

    fn count(pairs: impl Iterator<Item = (f64, f64)>) -> Option<Self> {
        let (mut low, mut equal, mut high) = (0_usize, 0_usize, 0_usize);
        for (observed, replicated) in pairs {
            match replicated.partial_cmp(&observed)? {
                std::cmp::Ordering::Less => low += 1,
                std::cmp::Ordering::Equal => equal += 1,
                std::cmp::Ordering::Greater => high += 1,
            }
        }
        let replications = low + equal + high;
        let share = |count: f64| count / replications as f64;
        (replications > 0).then(|| Self {
            lower: share((low + equal) as f64),
            upper: share((equal + high) as f64),
            mid: share(high as f64 + equal as f64 / 2.0),
            replications,
        })
    }

    /// Twice the smaller of the two tails, at most 1.
    pub fn two_sided(&self) -> f64 {
        (2.0 * self.lower.min(self.upper)).min(1.0)
    }
}

/// The statistics of replicated data sets, in parallel and in order: `replicate` writes the
/// replication of the given number into a slice as long as the data, and `statistic` describes it.
pub fn replicated_statistics(
    rows: usize,
    replications: usize,
    replicate: impl Fn(usize, &mut [f64]) + Sync,
    statistic: impl Fn(&[f64]) -> f64 + Sync,
) -> Vec<f64> {
    let one = |data: &mut Vec<f64>, replication: usize| {
        replicate(replication, data);
        statistic(data)
    };
    (0..replications).into_par_iter().map_init(|| vec![0.0; rows], one).collect()
}

/// Compares a statistic of the observed data, any function of them, with those of replications:
/// [`replicated_statistics`] in a [`PredictiveCheck`].
///
/// `None` without replications, and where the statistic of a data set is NaN.
///
/// ```
/// use polya_diagnostics::{Statistic, predictive_check};
///
/// // Half of the data are zero; of ten data sets of the model none has as many.
/// let observed = [0.0, 0.0, 3.0, 1.0];
/// let replicate = |i: usize, data: &mut [f64]| data.copy_from_slice(&[2.0, (i % 2) as f64, 3.0, 1.0]);
/// let found = predictive_check(&observed, 10, replicate, |data| Statistic::Zeros.of(data)).unwrap();
/// assert_eq!((found.lower, found.upper), (1.0, 0.0));
/// ```
pub fn predictive_check(
    observed: &[f64],
    replications: usize,
    replicate: impl Fn(usize, &mut [f64]) + Sync,
    statistic: impl Fn(&[f64]) -> f64 + Sync,
) -> Option<PredictiveCheck> {
    let replicated = replicated_statistics(observed.len(), replications, replicate, &statistic);
    PredictiveCheck::new(statistic(observed), &replicated)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_by_hand() {
        let data = [3.0, 0.0, 1.0, 0.0, 6.0];
        let found = |statistic: Statistic| statistic.of(&data);
        assert_eq!(found(Statistic::Mean), 2.0);
        assert_eq!(found(Statistic::Sd), (26.0_f64 / 4.0).sqrt());
        assert_eq!((found(Statistic::Min), found(Statistic::Max)), (0.0, 6.0));
        assert_eq!(found(Statistic::Zeros), 0.4);
        assert_eq!(found(Statistic::Quantile(0.75)), 3.0);
        assert!(found(Statistic::Quantile(2.0)).is_nan());
        for statistic in [Statistic::Mean, Statistic::Min, Statistic::Zeros, Statistic::Quantile(0.5)] {
            assert!(statistic.of(&[]).is_nan());
            assert!(statistic.of(&[1.0, f64::NAN]).is_nan());
        }
        assert!(Statistic::Sd.of(&[1.0]).is_nan());
    }

    #[test]
    fn ties_count_on_both_sides_and_half_in_the_middle() {
        let found = PredictiveCheck::new(2.0, &[1.0, 2.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]).unwrap();
        assert_eq!((found.lower, found.upper, found.mid), (3.0 / 8.0, 7.0 / 8.0, 6.0 / 8.0));
        assert_eq!(found.two_sided(), 0.75);
        let found = PredictiveCheck::new(2.0, &[2.0; 3]).unwrap();
        assert_eq!((found.mid, found.two_sided()), (0.5, 1.0));
        assert_eq!(PredictiveCheck::new(2.0, &[]), None);
        assert_eq!(PredictiveCheck::new(2.0, &[f64::NAN]), None);
        assert_eq!(PredictiveCheck::new(f64::NAN, &[1.0]), None);
    }

    #[test]
    fn discrepancies_are_compared_draw_by_draw() {
        let found = PredictiveCheck::of_discrepancy(&[1.0, 5.0, 3.0], &[2.0, 4.0, 3.0]).unwrap();
        assert_eq!((found.lower, found.upper, found.mid), (2.0 / 3.0, 2.0 / 3.0, 0.5));
        assert_eq!(PredictiveCheck::of_discrepancy(&[1.0], &[2.0, 4.0]), None);
        assert_eq!(PredictiveCheck::of_discrepancy(&[], &[]), None);
    }

    #[test]
    fn any_function_can_be_a_statistic() {
        let replicate = |i: usize, data: &mut [f64]| data.fill(i as f64);
        let found = predictive_check(&[1.0, 2.0], 5, replicate, |data| data.iter().product()).unwrap();
        // Products 0, 1, 4, 9, 16 against 2.
        assert_eq!((found.lower, found.upper), (0.4, 0.6));
        assert_eq!(predictive_check(&[], 5, replicate, |data| Statistic::Mean.of(data)), None);
    }
}
