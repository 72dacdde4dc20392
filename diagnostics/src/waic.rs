//! The widely applicable information criterion: leave-one-out by a formula instead of weights.
//!
//! Watanabe (2010), JMLR 11; Vehtari, Gelman and Gabry (2017), section 2.2. It is cheaper than
//! [`crate::loo()`] and fails in the same cases without saying so as clearly: prefer that.

use rayon::prelude::*;
use serde::Serialize;

use crate::columns::Columns;
use crate::loo::LooError;
use crate::sums::{error_of_sum, log_sum_exp, variance};

/// One row.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct WaicRow {
    /// `ln(mean p(y_i | θ)) - p`.
    pub elpd: f64,
    /// The variance of the log likelihood over draws; above 0.4 the criterion is unreliable.
    pub p_waic: f64,
}

/// The outcome of [`waic`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Waic {
    /// The rows.
    pub rows: Vec<WaicRow>,
    /// The expected log predictive density: the sum over rows.
    pub elpd: f64,
    /// Its standard error over rows; NaN for a single row.
    pub se_elpd: f64,
    /// The effective number of parameters.
    pub p_waic: f64,
    /// Its standard error over rows.
    pub se_p_waic: f64,
    /// The number of rows whose `p_waic` is above 0.4.
    pub unreliable: usize,
}

impl Waic {
    /// The same of more rows: each is as the one of these whose place it has.
    pub fn repeated(&self, places: &[u32]) -> Waic {
        total(places.iter().filter_map(|place| self.rows.get(*place as usize).copied()).collect())
    }
}

/// The criterion of Watanabe: `elpd_i = ln(mean_s p(y_i | θ_s)) - Var_s(ln p(y_i | θ_s))`.
///
/// An error for fewer than two draws and for a log likelihood that is not finite.
pub fn waic(log_likelihoods: &impl Columns) -> Result<Waic, LooError> {
    let (draws, count) = (log_likelihoods.draws(), log_likelihoods.rows());
    if draws < 2 {
        return Err(LooError::NoDraws);
    }
    if count == 0 {
        return Err(LooError::NoRows);
    }
    let one = |column: &mut Vec<f64>, row: usize| {
        log_likelihoods.write(row, column);
        if let Some(draw) = column.iter().position(|x| !x.is_finite()) {
            return Err(LooError::NotFinite { row, draw });
        }
        let p_waic = variance(column);
        let lpd = log_sum_exp(column.iter().copied()) - (draws as f64).ln();
        Ok(WaicRow { elpd: lpd - p_waic, p_waic })
    };
    let rows: Vec<Result<WaicRow, LooError>> = (0..count).into_par_iter().map_init(|| vec![0.0; draws], one).collect();
    let rows: Vec<WaicRow> = rows.into_iter().collect::<Result<_, _>>()?;
    Ok(total(rows))
}

fn total(rows: Vec<WaicRow>) -> Waic {
    const HIGH: f64 = 0.4;
    let elpds: Vec<f64> = rows.iter().map(|row| row.elpd).collect();
    let parameters: Vec<f64> = rows.iter().map(|row| row.p_waic).collect();
    Waic {
        elpd: elpds.iter().sum(),
        se_elpd: error_of_sum(&elpds),
        p_waic: parameters.iter().sum(),
        se_p_waic: error_of_sum(&parameters),
        unreliable: parameters.iter().filter(|&&p| p > HIGH).count(),
        rows,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::ByRow;

    #[test]
    fn two_draws_by_hand() {
        let (a, b) = (0.25_f64.ln(), 0.75_f64.ln());
        let found = waic(&ByRow::new(&[a, b], 2).unwrap()).unwrap();
        let variance = (b - a).powi(2) / 2.0;
        assert!((found.p_waic - variance).abs() < 1e-15);
        assert!((found.elpd - (0.5_f64.ln() - variance)).abs() < 1e-15);
        assert_eq!(found.unreliable, 1);
    }

    #[test]
    fn what_is_not_there_is_said() {
        assert_eq!(waic(&ByRow::new(&[-1.0], 1).unwrap()), Err(LooError::NoDraws));
        assert_eq!(waic(&ByRow::new(&[], 2).unwrap()), Err(LooError::NoRows));
        let bad = [-1.0, f64::NAN];
        assert_eq!(waic(&ByRow::new(&bad, 2).unwrap()), Err(LooError::NotFinite { row: 0, draw: 1 }));
    }
}
