//! Replications of some numbers of the data.

use crate::replay::Matrix;
use polya_models::ObservedColumn;
use rayon::prelude::*;

/// Replicated numbers that statistics are formed of at most; of large tables fewer replications are looked at.
const MOST_NUMBERS: usize = 20_000_000;
/// But so many at least.
const FEWEST_REPLICATIONS: usize = 200;

/// The replications of a column, or of some of its numbers.
pub(super) struct Replicated<'a> {
    matrix: &'a Matrix,
    numbers: Vec<usize>,
}

impl<'a> Replicated<'a> {
    /// Of these numbers of [`Replay::predictive`](crate::replay::Replay::predictive).
    pub fn new(matrix: &'a Matrix, numbers: impl IntoIterator<Item = usize>) -> Self {
        Self { matrix, numbers: numbers.into_iter().collect() }
    }

    /// Each column beside its replications; `matrix` is [`Replay::predictive`](crate::replay::Replay::predictive).
    pub fn of_columns(columns: &[ObservedColumn], matrix: &'a Matrix) -> Vec<Self> {
        let firsts = columns.iter().scan(0, |next, column| {
            let first = *next;
            *next += column.values.len();
            Some(first..*next)
        });
        firsts.map(|numbers| Self::new(matrix, numbers)).collect()
    }

    /// Some of its numbers.
    pub fn part(&self, numbers: impl IntoIterator<Item = usize>) -> Self {
        Self::new(self.matrix, numbers.into_iter().map(|i| self.numbers[i]))
    }

    /// The draws of one number.
    pub fn of(&self, i: usize) -> &'a [f64] {
        self.matrix.column(self.numbers[i])
    }

    /// The mean of one number over the draws.
    pub fn mean(&self, i: usize) -> f64 {
        self.of(i).iter().sum::<f64>() / self.total() as f64
    }

    /// The number of draws.
    pub fn total(&self) -> usize {
        self.matrix.total()
    }

    /// How many replications are looked at as whole data sets.
    pub fn count(&self) -> usize {
        self.total().min((MOST_NUMBERS / self.numbers.len().max(1)).max(FEWEST_REPLICATIONS))
    }

    /// The draw of a replication: evenly spaced.
    pub fn draw(&self, replication: usize) -> usize {
        replication * self.total() / self.count().max(1)
    }

    /// A statistic of each replicated data set.
    pub fn statistics(&self, statistic: &(dyn Fn(&[f64]) -> f64 + Sync)) -> Vec<f64> {
        let one = |data: &mut Vec<f64>, replication: usize| {
            let draw = self.draw(replication);
            data.iter_mut().enumerate().for_each(|(i, x)| *x = self.of(i)[draw]);
            statistic(data)
        };
        (0..self.count()).into_par_iter().map_init(|| vec![0.0; self.numbers.len()], one).collect()
    }
}
