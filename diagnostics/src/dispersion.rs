//! Do counts vary more than the binomial or the multinomial distribution lets them? Pearson's
//! statistic per degree of freedom: 1 if not, above it if they do.
//!
//! McCullagh and Nelder (1989), *Generalized Linear Models*, section 4.5. For a
//! [`crate::PredictiveCheck`] the same ratio is taken of replicated data.

/// The dispersion of successes among trials around one probability for all rows:
/// `Σ (y_i - n_i p)² / (n_i p (1 - p)) / (N - 1)` with `p = Σ y / Σ n`. Rows without trials are left
/// out.
///
/// `None` where there are not as many of both, where a success is no number from 0 to its trials, for
/// fewer than two rows with trials, and where all or no trials succeed.
///
/// ```
/// use polya_diagnostics::binomial_dispersion;
///
/// assert_eq!(binomial_dispersion(&[0.0, 10.0], &[10.0, 10.0]), Some(20.0));
/// assert_eq!(binomial_dispersion(&[5.0, 5.0], &[10.0, 10.0]), Some(0.0));
/// ```
pub fn binomial_dispersion(successes: &[f64], trials: &[f64]) -> Option<f64> {
    let counted = successes.iter().zip(trials).all(|(y, n)| (0.0..=*n).contains(y) && n.is_finite());
    if successes.len() != trials.len() || !counted {
        return None;
    }
    let probability = successes.iter().sum::<f64>() / trials.iter().sum::<f64>();
    let probabilities = vec![probability; trials.len()];
    let rows = trials.iter().filter(|n| **n > 0.0).count();
    let ratio = binomial_dispersion_around(successes, trials, &probabilities)?;
    (rows > 1).then(|| ratio * rows as f64 / (rows - 1) as f64)
}

/// The dispersion of successes around the probability of every row under one draw, a discrepancy:
/// `Σ (y_i - n_i p_i)² / (n_i p_i (1 - p_i)) / N`. Rows without trials are left out.
///
/// `None` as for [`binomial_dispersion`], for a single row too few, and for a probability that is not
/// between 0 and 1.
pub fn binomial_dispersion_around(successes: &[f64], trials: &[f64], probabilities: &[f64]) -> Option<f64> {
    if successes.len() != trials.len() || trials.len() != probabilities.len() {
        return None;
    }
    let (mut sum, mut rows) = (0.0, 0_usize);
    for ((&y, &n), &p) in successes.iter().zip(trials).zip(probabilities) {
        if !((0.0..=n).contains(&y) && n.is_finite()) {
            return None;
        }
        if n == 0.0 {
            continue;
        }
        if !(p > 0.0 && p < 1.0) {
            return None;
        }
        sum += (y - n * p).powi(2) / (n * p * (1.0 - p));
        rows += 1;
    }
    (rows > 0).then(|| sum / rows as f64)
}

/// The dispersion of counts in categories around one distribution for all rows:
/// `Σ (y_ij - n_i p_j)² / (n_i p_j) / ((N - 1) (C - 1))`, with `p_j` the share of category `j` in all
/// counts, `N` the rows and `C` the categories that have counts. `counts` holds the categories of a
/// row together.
///
/// `None` where the counts cannot be cut that way, one is negative or not finite, and for fewer than
/// two rows or categories with counts.
pub fn multinomial_dispersion(counts: &[f64], categories: usize) -> Option<f64> {
    let counted = counts.iter().all(|y| *y >= 0.0 && y.is_finite());
    if categories == 0 || !counts.len().is_multiple_of(categories) || !counted {
        return None;
    }
    let mut shares = vec![0.0; categories];
    for row in counts.chunks_exact(categories) {
        shares.iter_mut().zip(row).for_each(|(share, y)| *share += y);
    }
    let total: f64 = shares.iter().sum();
    shares.iter_mut().for_each(|share| *share /= total);
    let (mut sum, mut rows) = (0.0, 0_usize);
    for row in counts.chunks_exact(categories) {
        let trials: f64 = row.iter().sum();
        if trials == 0.0 {
            continue;
        }
        let present = row.iter().zip(&shares).filter(|(_, p)| **p > 0.0);
        sum += present.map(|(y, p)| (y - trials * p).powi(2) / (trials * p)).sum::<f64>();
        rows += 1;
    }
    let present = shares.iter().filter(|p| **p > 0.0).count();
    (rows > 1 && present > 1).then(|| sum / ((rows - 1) * (present - 1)) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_categories_are_a_binomial() {
        let (y, n) = ([3.0, 7.0, 0.0, 2.0, 9.0], [10.0, 12.0, 0.0, 2.0, 20.0]);
        let pairs: Vec<f64> = y.iter().zip(&n).flat_map(|(y, n)| [*y, n - y]).collect();
        let found = binomial_dispersion(&y, &n).unwrap();
        assert!((found - multinomial_dispersion(&pairs, 2).unwrap()).abs() < 1e-14);
    }

    #[test]
    fn a_table_by_hand() {
        // Shares 0.5, 0.25, 0.25 of 8 counts in rows of 4; an empty category and row change nothing.
        let counts = [4.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 2.0, 0.0, 2.0];
        let wanted = (4.0 / 2.0 + 1.0 + 1.0) * 2.0 / 2.0;
        assert_eq!(multinomial_dispersion(&counts, 4), Some(wanted));
    }

    #[test]
    fn around_known_probabilities_nothing_is_estimated() {
        let found = binomial_dispersion_around(&[6.0, 1.0, 0.0], &[10.0, 4.0, 0.0], &[0.5, 0.5, f64::NAN]);
        assert_eq!(found, Some((1.0 / 2.5 + 1.0) / 2.0));
        assert_eq!(binomial_dispersion_around(&[1.0], &[2.0], &[1.0]), None);
        assert_eq!(binomial_dispersion_around(&[1.0], &[2.0], &[]), None);
    }

    #[test]
    fn what_are_no_counts_is_refused() {
        for (y, n) in [(&[1.0, 3.0], &[2.0, 2.0]), (&[-1.0, 1.0], &[2.0, 2.0]), (&[f64::NAN, 1.0], &[2.0, 2.0])] {
            assert_eq!(binomial_dispersion(y, n), None);
        }
        assert_eq!(binomial_dispersion(&[1.0], &[2.0]), None);
        assert_eq!(binomial_dispersion(&[1.0, 1.0], &[2.0]), None);
        assert_eq!(binomial_dispersion(&[0.0, 0.0], &[2.0, 2.0]), None);
        assert_eq!(binomial_dispersion(&[], &[]), None);
        assert_eq!(binomial_dispersion(&[1.0, 1.0], &[f64::INFINITY, 2.0]), None);
        assert_eq!(multinomial_dispersion(&[1.0; 5], 2), None);
        assert_eq!(multinomial_dispersion(&[1.0; 4], 0), None);
        assert_eq!(multinomial_dispersion(&[1.0, -1.0, 1.0, 1.0], 2), None);
        assert_eq!(multinomial_dispersion(&[0.0; 4], 2), None);
        assert_eq!(multinomial_dispersion(&[1.0, 0.0, 1.0, 0.0], 2), None);
    }
}
