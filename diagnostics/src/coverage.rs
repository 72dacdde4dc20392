//! Do the intervals of a model hold as many observations as they promise?

use rayon::prelude::*;
use serde::Serialize;

use crate::columns::Columns;
use crate::quantile::quantile;

/// The masses of intervals that are usually looked at.
pub const COVERAGE_MASSES: [f64; 4] = [0.5, 0.8, 0.9, 0.95];

/// How many observations lie in their central predictive intervals of one mass.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Coverage {
    /// The mass that the intervals are made for.
    pub mass: f64,
    /// The share of observations inside, ends included.
    pub observed: f64,
    /// The share that the model expects inside: the average share of predictive draws. For counts an
    /// interval holds more than its mass, because its ends do, and it is this number that the observed
    /// share is to be compared with.
    pub expected: f64,
    /// The standard deviation of the observed share if the model is right and rows are independent,
    /// `sqrt(Σ e_i (1 - e_i)) / N`.
    pub sd: f64,
}

/// The coverage of the central intervals, from quantile to quantile, of the predictive draws of every
/// row; in parallel, with a result that does not depend on the number of threads.
///
/// `predictive` holds the draws of every row: for a fair judgement draws of its prediction without the
/// row, for otherwise intervals hold somewhat too much. `None` without rows or draws, unless there is one
/// observation per row, for a NaN, and unless masses are between 0 and 1.
///
/// ```
/// use polya_diagnostics::{ByRow, COVERAGE_MASSES, coverage};
///
/// let draws: Vec<f64> = (0..100).map(f64::from).collect();
/// let found = coverage(&[60.0], &ByRow::new(&draws, 100).unwrap(), &COVERAGE_MASSES).unwrap();
/// assert_eq!((found[0].observed, found[0].expected), (1.0, 0.5));
/// ```
pub fn coverage(observed: &[f64], predictive: &impl Columns, masses: &[f64]) -> Option<Vec<Coverage>> {
    let (draws, rows) = (predictive.draws(), predictive.rows());
    let sensible = masses.iter().all(|mass| (0.0..=1.0).contains(mass));
    if rows == 0 || draws == 0 || observed.len() != rows || observed.iter().any(|x| x.is_nan()) || !sensible {
        return None;
    }
    let one = |column: &mut Vec<f64>, row: usize| -> Option<Vec<(bool, f64)>> {
        predictive.write(row, column);
        if column.iter().any(|x| x.is_nan()) {
            return None;
        }
        column.iter_mut().for_each(|x| *x += 0.0);
        column.sort_unstable_by(f64::total_cmp);
        let inside = |&mass: &f64| {
            let tail = (1.0 - mass) / 2.0;
            let (low, high) = (quantile(column, tail)?, quantile(column, 1.0 - tail)?);
            let held = column.partition_point(|&x| x <= high) - column.partition_point(|&x| x < low);
            Some(((low..=high).contains(&observed[row]), held as f64 / draws as f64))
        };
        masses.iter().map(inside).collect()
    };
    let found: Vec<Option<Vec<(bool, f64)>>> = (0..rows).into_par_iter().map_init(|| vec![0.0; draws], one).collect();
    let found: Vec<Vec<(bool, f64)>> = found.into_iter().collect::<Option<_>>()?;
    let summarise = |(place, &mass): (usize, &f64)| {
        let of_rows = || found.iter().map(move |row| row[place]);
        let count = rows as f64;
        Coverage {
            mass,
            observed: of_rows().filter(|(inside, _)| *inside).count() as f64 / count,
            expected: of_rows().map(|(_, share)| share).sum::<f64>() / count,
            sd: of_rows().map(|(_, share)| share * (1.0 - share)).sum::<f64>().sqrt() / count,
        }
    };
    Some(masses.iter().enumerate().map(summarise).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::{ByRow, Written};

    /// Every row predicts 0 to 100.
    fn uniform(rows: usize) -> Written<impl Fn(usize, &mut [f64]) + Sync> {
        Written::new(101, rows, |_, column: &mut [f64]| {
            column.iter_mut().zip(0..).for_each(|(x, i)| *x = f64::from(100 - i))
        })
    }

    #[test]
    fn right_predictions_hold_what_they_promise() {
        let observed: Vec<f64> = (0..101).map(f64::from).collect();
        for found in coverage(&observed, &uniform(101), &COVERAGE_MASSES).unwrap() {
            assert!((found.observed - found.expected).abs() < 1e-12);
            assert!((found.observed - found.mass).abs() < 0.02, "{found:?}");
            let wanted = (found.expected * (1.0 - found.expected) / 101.0).sqrt();
            assert!((found.sd - wanted).abs() < 1e-12);
        }
    }

    #[test]
    fn too_narrow_predictions_hold_less() {
        let observed: Vec<f64> = (0..101).map(|i| 50.0 + 2.0 * (f64::from(i) - 50.0)).collect();
        let found = coverage(&observed, &uniform(101), &[0.5]).unwrap()[0];
        assert!(found.observed < found.expected - 4.0 * found.sd, "{found:?}");
    }

    #[test]
    fn intervals_of_counts_hold_more_than_their_mass() {
        let draws = [0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 5.0];
        let found = coverage(&[2.0], &ByRow::new(&draws, 10).unwrap(), &[0.5, 0.0, 1.0]).unwrap();
        // The quartiles are 0.25 and 1.
        assert_eq!(found.iter().map(|c| c.expected).collect::<Vec<_>>(), [0.5, 0.5, 1.0]);
        assert_eq!(found.iter().map(|c| c.observed).collect::<Vec<_>>(), [0.0, 0.0, 1.0]);
    }

    #[test]
    fn what_cannot_be_judged_is_refused() {
        let draws = [1.0, 2.0];
        let columns = ByRow::new(&draws, 2).unwrap();
        assert_eq!(coverage(&[1.0, 2.0], &columns, &[0.5]), None);
        assert_eq!(coverage(&[f64::NAN], &columns, &[0.5]), None);
        assert_eq!(coverage(&[1.0], &columns, &[1.5]), None);
        assert_eq!(coverage(&[1.0], &columns, &[f64::NAN]), None);
        assert_eq!(coverage(&[], &ByRow::new(&[], 2).unwrap(), &[0.5]), None);
        assert_eq!(coverage(&[1.0], &ByRow::new(&[f64::NAN, 1.0], 2).unwrap(), &[0.5]), None);
        assert_eq!(coverage(&[1.0], &columns, &[]), Some(vec![]));
    }
}
