//! Models compared by how well they predict: differences with their errors, and weights by
//! pseudo-BMA. The weights that predict best are in [`crate::stacking_weights`].

use std::error::Error;
use std::fmt;

use serde::Serialize;

use crate::sums::error_of_sum;

/// Why models cannot be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompareError {
    /// There are no models, or no rows.
    Empty,
    /// The model at this place has another number of rows than the first.
    Length(usize),
    /// The model at this place has a value that is NaN or infinite.
    NotFinite(usize),
    /// The number of bootstrap replications is zero.
    NoReplications,
    /// No weights were found to the precision wanted.
    NotConverged,
}

impl fmt::Display for CompareError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "there is nothing to compare"),
            Self::Length(model) => write!(f, "model {model} has another number of rows than the first"),
            Self::NotFinite(model) => write!(f, "model {model} has a log density that is NaN or infinite"),
            Self::NoReplications => write!(f, "the number of replications is zero"),
            Self::NotConverged => write!(f, "no weights were found to the precision wanted"),
        }
    }
}

impl Error for CompareError {}

/// Checks that all models predict the same number of rows, at least one, by finite numbers; returns
/// that number.
pub(crate) fn check(models: &[&[f64]]) -> Result<usize, CompareError> {
    let rows = models.first().map_or(0, |model| model.len());
    if rows == 0 {
        return Err(CompareError::Empty);
    }
    for (place, model) in models.iter().enumerate() {
        if model.len() != rows {
            return Err(CompareError::Length(place));
        }
        if !model.iter().all(|x| x.is_finite()) {
            return Err(CompareError::NotFinite(place));
        }
    }
    Ok(rows)
}

/// One model beside the best one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Comparison {
    /// The place of the model among those given.
    pub model: usize,
    /// Its expected log predictive density.
    pub elpd: f64,
    /// The standard error of that; NaN for a single row.
    pub se_elpd: f64,
    /// How much worse it predicts than the best: 0 or negative.
    pub elpd_diff: f64,
    /// The standard error of the difference, over the differences of single rows.
    pub se_diff: f64,
}

/// Compares models by their expected log predictive densities of the same rows, best first
/// (`loo_compare` of `loo`; Vehtari, Gelman and Gabry 2017, section 5.2).
///
/// `models` holds one slice per model, [`crate::Loo::pointwise`]. A difference below 4 says little,
/// and so does its error for fewer than 100 rows (Sivula, Magnusson and Vehtari 2020,
/// arXiv:2008.10296). Equal models keep their order.
///
/// ```
/// let [simple, better] = [[-1.0, -2.0, -1.5], [-0.8, -1.9, -1.0]];
/// let found = polya_diagnostics::compare(&[&simple, &better]).unwrap();
/// assert_eq!(found[0].model, 1);
/// assert!((found[1].elpd_diff + 0.8).abs() < 1e-12);
/// ```
pub fn compare(models: &[&[f64]]) -> Result<Vec<Comparison>, CompareError> {
    check(models)?;
    let elpds: Vec<f64> = models.iter().map(|model| model.iter().sum()).collect();
    let mut order: Vec<usize> = (0..models.len()).collect();
    order.sort_by(|&a, &b| elpds[b].total_cmp(&elpds[a]));
    let best = models[order[0]];
    let against_best = |&place: &usize| {
        let differences: Vec<f64> = models[place].iter().zip(best).map(|(x, y)| x - y).collect();
        Comparison {
            model: place,
            elpd: elpds[place],
            se_elpd: error_of_sum(models[place]),
            elpd_diff: differences.iter().sum(),
            se_diff: error_of_sum(&differences),
        }
    };
    Ok(order.iter().map(against_best).collect())
}

/// The weights `exp(elpd) / Σ exp(elpd)` of models. They ignore that the elpd are uncertain; see
/// [`pseudo_bma_plus`].
pub fn pseudo_bma(models: &[&[f64]]) -> Result<Vec<f64>, CompareError> {
    check(models)?;
    Ok(softmax(models.iter().map(|model| model.iter().sum()).collect()))
}

/// Pseudo-BMA weights averaged over the Bayesian bootstrap of the rows (Yao, Vehtari, Simpson and
/// Gelman 2018, *Using stacking to average Bayesian predictive distributions*, Bayesian Analysis 13,
/// section 3.4): each replication weighs the rows by a uniform Dirichlet variable.
///
/// `uniform` returns independent uniform variables on (0, 1), one for each row and replication;
/// 1000 replications know the weights to about 0.01.
pub fn pseudo_bma_plus(
    models: &[&[f64]],
    replications: usize,
    mut uniform: impl FnMut() -> f64,
) -> Result<Vec<f64>, CompareError> {
    let rows = check(models)?;
    if replications == 0 {
        return Err(CompareError::NoReplications);
    }
    let mut sums = vec![0.0; models.len()];
    let mut shares = vec![0.0; rows];
    for _ in 0..replications {
        shares.iter_mut().for_each(|share| *share = -uniform().clamp(f64::MIN_POSITIVE, 1.0).ln());
        // All zero only if all uniform variables are 1; then rows weigh the same.
        if shares.iter().sum::<f64>() <= 0.0 {
            shares.fill(1.0);
        }
        let scale = rows as f64 / shares.iter().sum::<f64>();
        let elpd = |model: &&[f64]| scale * model.iter().zip(&shares).map(|(x, share)| x * share).sum::<f64>();
        let weights = softmax(models.iter().map(elpd).collect());
        sums.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += weight);
    }
    sums.iter_mut().for_each(|sum| *sum /= replications as f64);
    Ok(sums)
}

fn softmax(mut values: Vec<f64>) -> Vec<f64> {
    let greatest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    values.iter_mut().for_each(|x| *x = (*x - greatest).exp());
    let total: f64 = values.iter().sum();
    values.iter_mut().for_each(|x| *x /= total);
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_compared_is_refused() {
        assert_eq!(compare(&[]), Err(CompareError::Empty));
        assert_eq!(compare(&[&[], &[]]), Err(CompareError::Empty));
        assert_eq!(compare(&[&[1.0], &[1.0, 2.0]]), Err(CompareError::Length(1)));
        assert_eq!(compare(&[&[1.0], &[f64::NAN]]), Err(CompareError::NotFinite(1)));
        assert_eq!(pseudo_bma(&[&[f64::NEG_INFINITY]]), Err(CompareError::NotFinite(0)));
        assert_eq!(pseudo_bma_plus(&[&[1.0]], 0, || 0.5), Err(CompareError::NoReplications));
    }

    #[test]
    fn the_difference_has_its_own_error() {
        let (a, b) = ([-1.0, -5.0, -9.0], [-2.0, -6.0, -10.0]);
        let found = compare(&[&b, &a]).unwrap();
        assert_eq!((found[0].model, found[1].model), (1, 0));
        assert_eq!((found[1].elpd_diff, found[1].se_diff), (-3.0, 0.0));
        assert_eq!((found[0].elpd_diff, found[0].se_diff), (0.0, 0.0));
        assert_eq!(found[0].se_elpd, (3.0_f64 * 16.0).sqrt());
    }

    #[test]
    fn weights_follow_the_odds() {
        let found = pseudo_bma(&[&[0.25_f64.ln(), 0.0], &[0.75_f64.ln(), 0.0]]).unwrap();
        assert!((found[0] - 0.25).abs() < 1e-15);
        let found = pseudo_bma(&[&[-5000.0], &[-5000.0]]).unwrap();
        assert_eq!(found, [0.5, 0.5]);
        // Rows that weigh the same are no bootstrap at all.
        let models: [&[f64]; 2] = [&[-1.0, -2.0], &[-1.5, -1.7]];
        let (plain, plus) = (pseudo_bma(&models).unwrap(), pseudo_bma_plus(&models, 3, || 0.3).unwrap());
        assert!((plain[0] - plus[0]).abs() < 1e-12);
        assert_eq!(pseudo_bma_plus(&models, 3, || 1.0).unwrap().len(), 2);
    }
}
