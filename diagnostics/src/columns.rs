//! Where log likelihoods come from: a matrix that exists, or columns that are made when they are
//! asked for.

use std::fmt;

/// The log likelihood of every row of data under every draw, one column of draws per row.
///
/// The draws of a column are chain after chain, the same draws in every column. Columns are asked for
/// from several threads, each once, so that no matrix need ever exist.
pub trait Columns: Sync {
    /// The number of draws, the length of a column.
    fn draws(&self) -> usize;

    /// The number of rows of data, one column each.
    fn rows(&self) -> usize;

    /// Writes the column of a row into `column`, which is as long as there are draws.
    fn write(&self, row: usize, column: &mut [f64]);
}

/// A matrix in which the values of one row of data lie together, draw after draw.
#[derive(Debug, Clone, Copy)]
pub struct ByRow<'a> {
    values: &'a [f64],
    draws: usize,
}

impl<'a> ByRow<'a> {
    /// Views `values` as columns of `draws` values each; `None` if they cannot be cut that way.
    pub fn new(values: &'a [f64], draws: usize) -> Option<Self> {
        (draws > 0 && values.len().is_multiple_of(draws)).then_some(Self { values, draws })
    }
}

impl Columns for ByRow<'_> {
    fn draws(&self) -> usize {
        self.draws
    }

    fn rows(&self) -> usize {
        self.values.len() / self.draws
    }

    fn write(&self, row: usize, column: &mut [f64]) {
        column.copy_from_slice(&self.values[row * self.draws..(row + 1) * self.draws]);
    }
}

/// A matrix in which the values of one draw lie together, row after row, as a sampler makes them.
#[derive(Debug, Clone, Copy)]
pub struct ByDraw<'a> {
    values: &'a [f64],
    rows: usize,
}

impl<'a> ByDraw<'a> {
    /// Views `values` as draws of `rows` values each; `None` if they cannot be cut that way.
    pub fn new(values: &'a [f64], rows: usize) -> Option<Self> {
        (rows > 0 && values.len().is_multiple_of(rows)).then_some(Self { values, rows })
    }
}

impl Columns for ByDraw<'_> {
    fn draws(&self) -> usize {
        self.values.len() / self.rows
    }

    fn rows(&self) -> usize {
        self.rows
    }

    fn write(&self, row: usize, column: &mut [f64]) {
        let values = self.values[row..].iter().step_by(self.rows);
        column.iter_mut().zip(values).for_each(|(to, &from)| *to = from);
    }
}

/// Columns that a function writes.
#[derive(Clone, Copy)]
pub struct Written<F> {
    draws: usize,
    rows: usize,
    write: F,
}

impl<F: Fn(usize, &mut [f64]) + Sync> Written<F> {
    /// Columns of `draws` values for each of `rows`; `write` is given the row and the column to fill.
    ///
    /// ```
    /// use polya_diagnostics::{Efficiency, Written, loo};
    ///
    /// // Three successes of 5, 2 of 5, under draws of the probability of success.
    /// let probability: Vec<f64> = (0..1000).map(|i| 0.3 + f64::from(i * 377 % 1000) / 2500.0).collect();
    /// let successes = [3.0, 2.0];
    /// let columns = Written::new(1000, 2, |row, column| {
    ///     for (value, p) in column.iter_mut().zip(&probability) {
    ///         *value = 10.0_f64.ln() + successes[row] * p.ln() + (5.0 - successes[row]) * (1.0 - p).ln();
    ///     }
    /// });
    /// let found = loo(&columns, Efficiency::Independent).unwrap();
    /// assert_eq!(found.high_k().count(), 0);
    /// ```
    pub fn new(draws: usize, rows: usize, write: F) -> Self {
        Self { draws, rows, write }
    }
}

impl<F> fmt::Debug for Written<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Written").field("draws", &self.draws).field("rows", &self.rows).finish_non_exhaustive()
    }
}

impl<F: Fn(usize, &mut [f64]) + Sync> Columns for Written<F> {
    fn draws(&self) -> usize {
        self.draws
    }

    fn rows(&self) -> usize {
        self.rows
    }

    fn write(&self, row: usize, column: &mut [f64]) {
        (self.write)(row, column);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_layouts_hold_the_same_columns() {
        let by_draw = ByDraw::new(&[1.0, 10.0, 2.0, 20.0, 3.0, 30.0], 2).unwrap();
        let by_row = ByRow::new(&[1.0, 2.0, 3.0, 10.0, 20.0, 30.0], 3).unwrap();
        assert_eq!((by_draw.draws(), by_draw.rows()), (3, 2));
        assert_eq!((by_row.draws(), by_row.rows()), (3, 2));
        for row in 0..2 {
            let (mut a, mut b) = ([0.0; 3], [0.0; 3]);
            by_draw.write(row, &mut a);
            by_row.write(row, &mut b);
            assert_eq!(a, b);
        }
        assert!(ByRow::new(&[1.0; 5], 2).is_none());
        assert!(ByDraw::new(&[1.0; 5], 0).is_none());
    }
}
