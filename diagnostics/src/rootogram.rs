//! How often each count occurs, in the data and in the model's replications: the numbers of a
//! rootogram.
//!
//! Kleiber and Zeileis (2016), *Visualizing count data regressions using rootograms*, The American
//! Statistician 70; Säilynoja, Johnson, Martin and Vehtari (2025), *Recommendations for visual
//! predictive checks in Bayesian workflow*, arXiv:2503.01509.

use rayon::prelude::*;
use serde::Serialize;

use crate::quantile::quantile;

/// One count.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RootogramBar {
    /// The count; the last bar stands for all from there on.
    pub value: u64,
    /// How many rows of the data have it.
    pub observed: u64,
    /// How many rows of a replication have it on average.
    pub expected: f64,
    /// The lower end of the central interval of that number over replications.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

impl RootogramBar {
    /// `sqrt(expected) - sqrt(observed)`, by how much a bar hung from the curve of the expected misses
    /// the axis. Square roots make the noise of all bars about as large, 1/2.
    pub fn gap(&self) -> f64 {
        self.expected.sqrt() - (self.observed as f64).sqrt()
    }

    /// Whether the observed number is in the interval, ends included.
    pub fn inside(&self) -> bool {
        (self.low..=self.high).contains(&(self.observed as f64))
    }
}

/// The bars of the counts from 0 to `highest`, the last with all that are higher, with intervals of the
/// given mass. `replicate` writes the replication of the given number into a slice as long as the data;
/// replications are made in parallel, and the result does not depend on the number of threads.
///
/// `None` without data or replications, and unless `0 < mass <= 1`.
///
/// ```
/// use polya_diagnostics::rootogram;
///
/// let replicate = |i: usize, data: &mut [u64]| data.copy_from_slice(&[0, i as u64 % 2, 9]);
/// let bars = rootogram(&[0, 0, 1], 2, 100, replicate, 0.9).unwrap();
/// assert_eq!((bars[0].observed, bars[0].expected), (2, 1.5));
/// assert_eq!((bars[2].observed, bars[2].expected), (0, 1.0));
/// ```
pub fn rootogram(
    data: &[u64],
    highest: usize,
    replications: usize,
    replicate: impl Fn(usize, &mut [u64]) + Sync,
    mass: f64,
) -> Option<Vec<RootogramBar>> {
    let sensible = mass > 0.0 && mass <= 1.0;
    let bars = highest.checked_add(1).filter(|_| sensible && !data.is_empty() && replications > 0)?;
    let histogram = |data: &[u64]| {
        let mut counts = vec![0_u64; bars];
        for &value in data {
            counts[usize::try_from(value).unwrap_or(highest).min(highest)] += 1;
        }
        counts
    };
    let one = |buffer: &mut Vec<u64>, replication: usize| {
        replicate(replication, buffer);
        histogram(buffer)
    };
    let replicated: Vec<Vec<u64>> = (0..replications).into_par_iter().map_init(|| vec![0; data.len()], one).collect();
    let tail = (1.0 - mass) / 2.0;
    let bar = |(value, observed): (usize, u64)| {
        let mut counts: Vec<f64> = replicated.iter().map(|counts| counts[value] as f64).collect();
        counts.sort_unstable_by(f64::total_cmp);
        Some(RootogramBar {
            value: value as u64,
            observed,
            expected: counts.iter().sum::<f64>() / replications as f64,
            low: quantile(&counts, tail)?,
            high: quantile(&counts, 1.0 - tail)?,
        })
    };
    histogram(data).into_iter().enumerate().map(bar).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_by_hand() {
        // Replication i has i zeros of four, the rest are 5.
        let replicate = |i: usize, data: &mut [u64]| {
            data.iter_mut().zip(0..).for_each(|(x, place)| *x = if place < i { 0 } else { 5 });
        };
        let bars = rootogram(&[0, 2, u64::MAX, 3], 3, 5, replicate, 0.5).unwrap();
        let zeros = RootogramBar { value: 0, observed: 1, expected: 2.0, low: 1.0, high: 3.0 };
        assert_eq!(bars[0], zeros);
        assert!(bars[0].inside() && (bars[0].gap() - (2.0_f64.sqrt() - 1.0)).abs() < 1e-15);
        assert_eq!((bars[1].observed, bars[1].expected), (0, 0.0));
        assert_eq!((bars[2].observed, bars[2].expected), (1, 0.0));
        assert!(!bars[2].inside());
        assert_eq!((bars[3].observed, bars[3].expected), (2, 2.0));
        assert_eq!(bars.iter().map(|bar| bar.observed).sum::<u64>(), 4);
    }

    #[test]
    fn without_data_or_replications_there_are_no_bars() {
        let replicate = |_: usize, _: &mut [u64]| {};
        assert_eq!(rootogram(&[], 3, 5, replicate, 0.5), None);
        assert_eq!(rootogram(&[1], 3, 0, replicate, 0.5), None);
        assert_eq!(rootogram(&[1], usize::MAX, 5, replicate, 0.5), None);
        for mass in [0.0, 1.1, f64::NAN] {
            assert_eq!(rootogram(&[1], 3, 5, replicate, mass), None);
        }
    }
}
