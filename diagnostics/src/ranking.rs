//! Which level is best? The ranks of the levels of an index, draw by draw: how probable each rank is,
//! and what choosing a level costs.

use rayon::prelude::*;
use serde::Serialize;

/// Which values are good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Best {
    /// Large values.
    Largest,
    /// Small values.
    Smallest,
}

impl Best {
    /// The value with its sign such that large is good.
    fn orient(self, value: f64) -> f64 {
        match self {
            Self::Largest => value,
            Self::Smallest => -value,
        }
    }
}

/// The draws that one thread ranks at a time. Partial sums of fixed size are added in order, so that
/// the number of threads leaves no trace.
const CHUNK: usize = 512;

/// The number of draws; `None` unless there are levels, each with as many draws, all finite.
fn draws_of(levels: &[&[f64]]) -> Option<usize> {
    let draws = levels.first()?.len();
    let fits = levels.iter().all(|level| level.len() == draws && level.iter().all(|x| x.is_finite()));
    (draws > 0 && fits).then_some(draws)
}

/// Adds up `size` sums over draws. `add` is given the values of all levels in one draw, oriented, and
/// buffers.
fn sum_over_draws(
    levels: &[&[f64]],
    best: Best,
    size: usize,
    add: impl Fn(&[f64], &mut Vec<usize>, &mut [f64]) + Sync,
) -> Option<Vec<f64>> {
    let draws = draws_of(levels)?;
    let of_chunk = |chunk: usize| {
        let (mut values, mut order, mut sums) = (Vec::new(), Vec::new(), vec![0.0; size]);
        for draw in chunk * CHUNK..((chunk + 1) * CHUNK).min(draws) {
            values.clear();
            values.extend(levels.iter().map(|level| best.orient(level[draw])));
            add(&values, &mut order, &mut sums);
        }
        sums
    };
    let parts: Vec<Vec<f64>> = (0..draws.div_ceil(CHUNK)).into_par_iter().map(of_chunk).collect();
    let mut total = vec![0.0; size];
    for part in parts {
        total.iter_mut().zip(part).for_each(|(sum, x)| *sum += x);
    }
    total.iter_mut().for_each(|sum| *sum /= draws as f64);
    Some(total)
}

/// Calls `each` with every group of equal levels, best first, and the number of levels before it.
fn for_each_rank(values: &[f64], order: &mut Vec<usize>, mut each: impl FnMut(&[usize], usize)) {
    order.clear();
    order.extend(0..values.len());
    order.sort_unstable_by(|&a, &b| values[b].total_cmp(&values[a]));
    let mut before = 0;
    for ties in order.chunk_by(|&a, &b| values[a] == values[b]) {
        each(ties, before);
        before += ties.len();
    }
}

/// How probable each rank of each level is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RankDistribution {
    levels: usize,
    probabilities: Vec<f64>,
}

impl RankDistribution {
    /// The probabilities of the ranks of a level, the best rank first; `None` for a level there is not.
    pub fn of(&self, level: usize) -> Option<&[f64]> {
        self.probabilities.chunks_exact(self.levels).nth(level)
    }

    /// The expected rank of every level, 1 for one that is always best.
    pub fn expected(&self) -> Vec<f64> {
        let expected = |ranks: &[f64]| ranks.iter().zip(1..).map(|(p, rank)| p * f64::from(rank)).sum();
        self.probabilities.chunks_exact(self.levels).map(expected).collect()
    }
}

/// The distribution of the rank of every level over draws; `levels` holds the draws of each, in the
/// same order. Levels that are equal in a draw share their ranks: of two that are best, each is first
/// with one half and second with one half.
///
/// It takes memory of the square of the number of levels; [`best_probabilities`] does not. `None`
/// unless there are levels with as many draws each, at least one, all finite.
///
/// ```
/// use polya_diagnostics::{Best, rank_distribution};
///
/// let found = rank_distribution(&[&[1.0, 2.0], &[3.0, 2.0]], Best::Largest).unwrap();
/// assert_eq!(found.of(0), Some(&[0.25, 0.75][..]));
/// assert_eq!(found.expected(), [1.75, 1.25]);
/// ```
pub fn rank_distribution(levels: &[&[f64]], best: Best) -> Option<RankDistribution> {
    let count = levels.len();
    let add = |values: &[f64], order: &mut Vec<usize>, sums: &mut [f64]| {
        for_each_rank(values, order, |ties, before| {
            let share = 1.0 / ties.len() as f64;
            for level in ties {
                let start = level * count + before;
                sums[start..start + ties.len()].iter_mut().for_each(|sum| *sum += share);
            }
        });
    };
    let probabilities = sum_over_draws(levels, best, count.checked_mul(count)?, add)?;
    Some(RankDistribution { levels: count, probabilities })
}

/// The probability of every level to be among the `k` best. Levels that are equal in a draw share the
/// places that are left, so that the probabilities sum to `k`, or to the number of levels if that is
/// less.
///
/// `None` as for [`rank_distribution`].
pub fn best_probabilities(levels: &[&[f64]], k: usize, best: Best) -> Option<Vec<f64>> {
    let add = |values: &[f64], order: &mut Vec<usize>, sums: &mut [f64]| {
        for_each_rank(values, order, |ties, before| {
            let places = k.saturating_sub(before).min(ties.len());
            let share = places as f64 / ties.len() as f64;
            ties.iter().for_each(|&level| sums[level] += share);
        });
    };
    sum_over_draws(levels, best, levels.len(), add)
}

/// The expected loss of choosing each level: by how much, on average over draws, the best level of the
/// draw is better. The level to choose is that of the least loss; a loss too small to matter ends a
/// comparison (Stucchio 2015, *Bayesian A/B testing at VWO*).
///
/// `None` as for [`rank_distribution`].
pub fn expected_losses(levels: &[&[f64]], best: Best) -> Option<Vec<f64>> {
    let add = |values: &[f64], _: &mut Vec<usize>, sums: &mut [f64]| {
        let greatest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += greatest - value);
    };
    sum_over_draws(levels, best, levels.len(), add)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEVELS: [&[f64]; 3] = [&[1.0, 5.0, 2.0, 0.0], &[2.0, 5.0, 2.0, 1.0], &[3.0, 4.0, 2.0, -1.0]];

    #[test]
    fn ranks_by_hand() {
        // Best first: c b a; a = b, c; all equal; b a c.
        let found = rank_distribution(&LEVELS, Best::Largest).unwrap();
        let third = 1.0 / 3.0;
        let wanted = [
            [0.5 + third, 0.5 + third + 1.0, 1.0 + third],
            [0.5 + third + 1.0, 1.0 + 0.5 + third, third],
            [1.0 + third, third, 1.0 + third + 1.0],
        ];
        for (level, wanted) in wanted.iter().enumerate() {
            for (found, wanted) in found.of(level).unwrap().iter().zip(wanted) {
                assert!((found - wanted / 4.0).abs() < 1e-15);
            }
        }
        assert_eq!(found.of(3), None);
        assert!((found.expected().iter().sum::<f64>() - 6.0).abs() < 1e-14);
    }

    #[test]
    fn the_smallest_are_the_largest_turned_over() {
        let largest = rank_distribution(&LEVELS, Best::Largest).unwrap();
        let smallest = rank_distribution(&LEVELS, Best::Smallest).unwrap();
        for level in 0..3 {
            let reversed = largest.of(level).unwrap().iter().rev();
            assert!(smallest.of(level).unwrap().iter().zip(reversed).all(|(a, b)| (a - b).abs() < 1e-15));
        }
    }

    #[test]
    fn being_among_the_best_adds_up_ranks() {
        let ranks = rank_distribution(&LEVELS, Best::Largest).unwrap();
        for k in 0..5 {
            let found = best_probabilities(&LEVELS, k, Best::Largest).unwrap();
            for (level, found) in found.iter().enumerate() {
                let wanted: f64 = ranks.of(level).unwrap().iter().take(k).sum();
                assert!((found - wanted).abs() < 1e-15, "{k} {level}");
            }
            assert!((found.iter().sum::<f64>() - k.min(3) as f64).abs() < 1e-14);
        }
    }

    #[test]
    fn losses_by_hand() {
        let found = expected_losses(&LEVELS, Best::Largest).unwrap();
        assert_eq!(found, [(2.0 + 0.0 + 0.0 + 1.0) / 4.0, 1.0 / 4.0, (0.0 + 1.0 + 0.0 + 2.0) / 4.0]);
        let found = expected_losses(&LEVELS, Best::Smallest).unwrap();
        assert_eq!(found, [(0.0 + 1.0 + 0.0 + 1.0) / 4.0, (1.0 + 1.0 + 0.0 + 2.0) / 4.0, 2.0 / 4.0]);
    }

    #[test]
    fn what_cannot_be_ranked_is_refused() {
        for levels in [&[][..], &[&[][..]], &[&[1.0], &[1.0, 2.0]], &[&[1.0], &[f64::NAN]], &[&[f64::INFINITY]]] {
            assert_eq!(rank_distribution(levels, Best::Largest), None);
            assert_eq!(best_probabilities(levels, 1, Best::Largest), None);
            assert_eq!(expected_losses(levels, Best::Largest), None);
        }
    }

    #[test]
    fn the_number_of_threads_leaves_no_trace() {
        let draws: Vec<Vec<f64>> =
            (0..7).map(|level| (0..3000).map(|i| ((i * 7919 + level * 104_729) % 23) as f64 / 7.0).collect()).collect();
        let levels: Vec<&[f64]> = draws.iter().map(Vec::as_slice).collect();
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| (rank_distribution(&levels, Best::Largest), expected_losses(&levels, Best::Largest)))
        };
        assert_eq!(with(1), with(2));
    }
}
