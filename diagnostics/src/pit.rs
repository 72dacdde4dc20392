//! The probability integral transform: where do observations fall in their predictive distributions?
//! If the model is right, evenly everywhere.
//!
//! A discrete observation fills an interval, from `Pr(Y < y)` to `Pr(Y <= y)`. It becomes a number by
//! drawing one from the interval, or, without noise, a distribution over the interval: Czado, Gneiting
//! and Held (2009), *Predictive model assessment for count data*, Biometrics 65.

use rayon::prelude::*;
use serde::Serialize;

use crate::columns::Columns;
use crate::loo::{Efficiency, LooError};
use crate::psis::{PsisError, Smoother, loo_tail_length};
use crate::sums::total_weight;

/// The probabilities `Pr(Y < y)` and `Pr(Y <= y)` of an observation `y`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PitInterval {
    below: f64,
    upto: f64,
}

impl PitInterval {
    /// The interval with the given ends; `None` unless `0 <= below <= upto <= 1`.
    pub fn new(below: f64, upto: f64) -> Option<Self> {
        (0.0 <= below && below <= upto && upto <= 1.0).then_some(Self { below, upto })
    }

    /// The interval of an observation among draws of its predictive distribution, which may have
    /// weights: those of [`crate::psis()`] for the prediction without the observation.
    ///
    /// Where the distribution function is known, [`PitInterval::from_cdfs`] has no Monte Carlo noise.
    /// `None` for no draws, a NaN, and weights that are not as many as draws, negative or all zero.
    ///
    /// ```
    /// use polya_diagnostics::PitInterval;
    ///
    /// let pit = PitInterval::from_draws(2.0, &[0.0, 1.0, 2.0, 2.0, 3.0], None).unwrap();
    /// assert_eq!((pit.below(), pit.upto()), (0.4, 0.8));
    /// ```
    pub fn from_draws(observed: f64, draws: &[f64], weights: Option<&[f64]>) -> Option<Self> {
        if draws.is_empty() || observed.is_nan() || draws.iter().any(|x| x.is_nan()) {
            return None;
        }
        let below = average(draws.iter().map(|&x| f64::from(x < observed)), draws.len(), weights)?;
        let upto = average(draws.iter().map(|&x| f64::from(x <= observed)), draws.len(), weights)?;
        Some(Self { below, upto })
    }

    /// The interval of an observation from its distribution function under every draw: `Pr(Y < y | θ)`
    /// and `Pr(Y <= y | θ)`, averaged with the weights if there are any.
    ///
    /// `None` as for [`PitInterval::from_draws`], and unless every pair is an interval.
    pub fn from_cdfs(below: &[f64], upto: &[f64], weights: Option<&[f64]>) -> Option<Self> {
        let pairs = below.len() == upto.len() && !below.is_empty();
        let ordered = below.iter().zip(upto).all(|(&low, &high)| Self::new(low, high).is_some());
        if !(pairs && ordered) {
            return None;
        }
        let low = average(below.iter().copied(), below.len(), weights)?;
        let high = average(upto.iter().copied(), upto.len(), weights)?;
        Some(Self { below: low.min(high), upto: high })
    }

    /// `Pr(Y < y)`.
    pub fn below(&self) -> f64 {
        self.below
    }

    /// `Pr(Y <= y)`.
    pub fn upto(&self) -> f64 {
        self.upto
    }

    /// The randomised transform, uniform under the right model if `uniform` is a uniform variable:
    /// the point of the interval at this share of its length.
    pub fn randomized(&self, uniform: f64) -> f64 {
        (self.below + uniform.clamp(0.0, 1.0) * (self.upto - self.below)).min(self.upto)
    }

    /// The share of the interval up to `u`: the distribution function of the transform given the
    /// observation (Czado et al. 2009, equation 2). Where the interval is a single point it is a step.
    pub fn distribution(&self, u: f64) -> f64 {
        if u >= self.upto {
            1.0
        } else if u <= self.below {
            0.0
        } else {
            (u - self.below) / (self.upto - self.below)
        }
    }
}

fn average(values: impl Iterator<Item = f64>, count: usize, weights: Option<&[f64]>) -> Option<f64> {
    let mean = match weights {
        None => values.sum::<f64>() / count as f64,
        Some(weights) => {
            let total = total_weight(weights).filter(|_| weights.len() == count)?;
            values.zip(weights).map(|(x, w)| x * w).sum::<f64>() / total
        }
    };
    Some(mean.clamp(0.0, 1.0))
}

/// The mean of [`PitInterval::distribution`] at `u`, which is near `u` if the model is right. NaN
/// without intervals.
pub fn pit_distribution(intervals: &[PitInterval], u: f64) -> f64 {
    intervals.iter().map(|interval| interval.distribution(u)).sum::<f64>() / intervals.len() as f64
}

/// The heights of the non-randomised histogram of the transform in `bins` equal bins (Czado et al.
/// 2009, section 2.1): 1 everywhere if the model is right, U-shaped if it is too sure, a hump if it
/// is not sure enough.
///
/// `None` without intervals or bins.
///
/// ```
/// use polya_diagnostics::{PitInterval, pit_histogram};
///
/// let pits = [(0.0, 0.5), (0.5, 1.0)].map(|(below, upto)| PitInterval::new(below, upto).unwrap());
/// assert_eq!(pit_histogram(&pits, 4), Some(vec![1.0; 4]));
/// ```
pub fn pit_histogram(intervals: &[PitInterval], bins: usize) -> Option<Vec<f64>> {
    if intervals.is_empty() || bins == 0 {
        return None;
    }
    let at = |edge: usize| if edge == 0 { 0.0 } else { pit_distribution(intervals, edge as f64 / bins as f64) };
    let edges: Vec<f64> = (0..=bins).map(at).collect();
    Some(edges.windows(2).map(|pair| (pair[1] - pair[0]) * bins as f64).collect())
}

/// The interval of every row of data in its prediction without it, from exact distribution functions:
/// `below` and `upto` hold `Pr(Y < y | θ)` and `Pr(Y <= y | θ)` of every row under every draw. The
/// weights are those of [`crate::loo()`].
///
/// An error as for [`crate::loo()`], and for probabilities that are no interval.
pub fn loo_pit(
    log_likelihoods: &impl Columns,
    below: &impl Columns,
    upto: &impl Columns,
    efficiency: Efficiency<'_>,
) -> Result<Vec<PitInterval>, LooError> {
    let (draws, rows) = (log_likelihoods.draws(), log_likelihoods.rows());
    if draws == 0 || below.draws() != draws || upto.draws() != draws {
        return Err(LooError::NoDraws);
    }
    if rows == 0 || below.rows() != rows || upto.rows() != rows {
        return Err(LooError::NoRows);
    }
    let buffers = || (Smoother::default(), [(); 3].map(|()| vec![0.0; draws]));
    let one = |(smoother, [weights, low, high]): &mut (Smoother, [Vec<f64>; 3]), row: usize| {
        log_likelihoods.write(row, weights);
        below.write(row, low);
        upto.write(row, high);
        if let Some(draw) = weights.iter().position(|x| !x.is_finite()) {
            return Err(LooError::NotFinite { row, draw });
        }
        let efficiency = efficiency.of(row, weights)?;
        let tail = loo_tail_length(draws, efficiency).map_err(|_| LooError::Efficiency)?;
        weights.iter_mut().for_each(|x| *x = -*x);
        smoother.smooth(weights, tail).map_err(|error| match error {
            PsisError::NotFinite(draw) => LooError::NotFinite { row, draw },
            PsisError::Empty | PsisError::NoWeight | PsisError::Efficiency => LooError::NoDraws,
        })?;
        weights.iter_mut().for_each(|x| *x = x.exp());
        let faulty = |(&low, &high): (&f64, &f64)| PitInterval::new(low, high).is_none();
        let draw = low.iter().zip(&*high).position(faulty).unwrap_or(0);
        PitInterval::from_cdfs(low, high, Some(weights)).ok_or(LooError::NotFinite { row, draw })
    };
    let found: Vec<Result<PitInterval, LooError>> = (0..rows).into_par_iter().map_init(buffers, one).collect();
    found.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::ByRow;

    fn interval(below: f64, upto: f64) -> PitInterval {
        PitInterval::new(below, upto).unwrap()
    }

    #[test]
    fn impossible_intervals_are_refused() {
        for (below, upto) in [(-0.1, 0.5), (0.5, 0.4), (0.5, 1.1), (f64::NAN, 0.5), (0.5, f64::NAN)] {
            assert_eq!(PitInterval::new(below, upto), None);
            assert_eq!(PitInterval::from_cdfs(&[below], &[upto], None), None);
        }
        assert_eq!(PitInterval::from_draws(1.0, &[], None), None);
        assert_eq!(PitInterval::from_draws(f64::NAN, &[1.0], None), None);
        assert_eq!(PitInterval::from_draws(1.0, &[f64::NAN], None), None);
        for weights in [&[1.0][..], &[1.0, -1.0], &[0.0, 0.0], &[f64::NAN, 1.0]] {
            assert_eq!(PitInterval::from_draws(1.0, &[0.0, 1.0], Some(weights)), None);
        }
    }

    #[test]
    fn weights_count_as_repetitions() {
        let weighted = PitInterval::from_draws(2.0, &[1.0, 2.0, 3.0], Some(&[1.0, 2.0, 5.0]));
        let repeated = PitInterval::from_draws(2.0, &[1.0, 2.0, 2.0, 3.0, 3.0, 3.0, 3.0, 3.0], None);
        assert_eq!(weighted, repeated);
        let found = PitInterval::from_cdfs(&[0.0, 0.5], &[0.5, 1.0], Some(&[3.0, 1.0])).unwrap();
        assert_eq!((found.below(), found.upto()), (0.125, 0.625));
    }

    #[test]
    fn the_randomised_transform_fills_the_interval() {
        let pit = interval(0.25, 0.75);
        assert_eq!([0.0, 0.5, 1.0].map(|u| pit.randomized(u)), [0.25, 0.5, 0.75]);
        assert_eq!([0.1, 0.25, 0.375, 0.75, 0.9].map(|u| pit.distribution(u)), [0.0, 0.0, 0.25, 1.0, 1.0]);
        let point = interval(0.5, 0.5);
        assert_eq!([0.4, 0.5].map(|u| point.distribution(u)), [0.0, 1.0]);
    }

    #[test]
    fn the_right_model_is_flat_and_a_narrow_one_is_not() {
        // A die that is thrown once on each side.
        let sides: Vec<PitInterval> =
            (0..6).map(|i| interval(f64::from(i) / 6.0, (f64::from(i + 1) / 6.0).min(1.0))).collect();
        for height in pit_histogram(&sides, 10).unwrap() {
            assert!((height - 1.0).abs() < 1e-12);
        }
        // The model holds 3 and 4 for sure: lower sides are impossible, and so are higher ones.
        let narrow = [(0.0, 0.0), (0.0, 0.0), (0.0, 0.5), (0.5, 1.0), (1.0, 1.0), (1.0, 1.0)];
        let found = pit_histogram(&narrow.map(|(a, b)| interval(a, b)), 4).unwrap();
        assert_eq!(found.iter().sum::<f64>(), 4.0);
        assert!(found[0] > 1.5 && found[3] > 1.5 && found[1] < 1.0 && found[2] < 1.0, "{found:?}");
        assert_eq!(pit_histogram(&[], 4), None);
        assert_eq!(pit_histogram(&sides, 0), None);
        assert!(pit_distribution(&[], 0.5).is_nan());
    }

    #[test]
    fn without_information_in_the_row_leaving_it_out_changes_nothing() {
        let (flat, low, high) = ([-2.0; 4], [0.1, 0.2, 0.3, 0.4], [0.5, 0.6, 0.7, 0.8]);
        let [flat, low, high] = [&flat, &low, &high].map(|values| ByRow::new(values, 4).unwrap());
        let found = loo_pit(&flat, &low, &high, Efficiency::Independent).unwrap();
        assert!((found[0].below() - 0.25).abs() < 1e-15 && (found[0].upto() - 0.65).abs() < 1e-15);
        assert_eq!(loo_pit(&flat, &high, &low, Efficiency::Independent), Err(LooError::NotFinite { row: 0, draw: 0 }));
        let short = ByRow::new(&[0.1, 0.2], 2).unwrap();
        assert_eq!(loo_pit(&flat, &short, &high, Efficiency::Independent), Err(LooError::NoDraws));
    }

    #[test]
    fn leaving_out_weighs_by_the_inverse_likelihood() {
        // Two draws: the row is three times as likely under the first, so that it has a quarter of the weight.
        let (likelihoods, low, high) = ([0.6_f64.ln(), 0.2_f64.ln()], [0.0, 0.4], [0.4, 0.8]);
        let [likelihoods, low, high] = [&likelihoods, &low, &high].map(|values| ByRow::new(values, 2).unwrap());
        let found = loo_pit(&likelihoods, &low, &high, Efficiency::Independent).unwrap();
        assert!((found[0].below() - 0.3).abs() < 1e-15 && (found[0].upto() - 0.7).abs() < 1e-15);
    }
}
