//! Leave-one-out cross-validation from the draws of one fit: how well would the model predict each
//! row of data, had it not seen it?
//!
//! Vehtari, Gelman and Gabry (2017), *Practical Bayesian model evaluation using leave-one-out
//! cross-validation and WAIC*, Statistics and Computing 27; the smoothing is that of [`crate::psis()`].

use std::error::Error;
use std::fmt;

use rayon::prelude::*;
use serde::Serialize;

use crate::chains::Chains;
use crate::columns::Columns;
use crate::pareto::pareto_k_limit;
use crate::psis::{PsisError, Smoother, loo_tail_length, relative_efficiency};
use crate::sums::{error_of_sum, log_sum_exp};

/// Why log likelihoods cannot be cross-validated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LooError {
    /// There are no draws.
    NoDraws,
    /// There are no rows.
    NoRows,
    /// The log likelihood of a row under a draw is NaN or infinite. A draw under which a row is
    /// impossible leaves nothing to predict the row with: its expected log density is minus infinity.
    NotFinite {
        /// The row.
        row: usize,
        /// The draw.
        draw: usize,
    },
    /// An efficiency is not a positive number, there are not as many as rows, or the chains do not
    /// divide the draws.
    Efficiency,
}

impl fmt::Display for LooError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoDraws => write!(f, "there are no draws"),
            Self::NoRows => write!(f, "there are no rows"),
            Self::NotFinite { row, draw } => {
                write!(f, "the log likelihood of row {row} under draw {draw} is NaN or infinite")
            }
            Self::Efficiency => write!(f, "the efficiencies or the chains do not fit the rows or the draws"),
        }
    }
}

impl Error for LooError {}

/// The relative efficiency of the draws, on which tails and errors depend.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Efficiency<'a> {
    /// The draws are independent: 1.
    Independent,
    /// The draws are this many chains, and [`relative_efficiency`] finds out for each row; 1 where it
    /// does not exist.
    Chains(usize),
    /// One efficiency for each row.
    Given(&'a [f64]),
}

impl Efficiency<'_> {
    pub(crate) fn of(self, row: usize, column: &[f64]) -> Result<f64, LooError> {
        match self {
            Self::Independent => Ok(1.0),
            Self::Chains(count) => {
                let chains = Chains::new(column, count).ok_or(LooError::Efficiency)?;
                Ok(relative_efficiency(chains).unwrap_or(1.0))
            }
            Self::Given(efficiencies) => efficiencies.get(row).copied().ok_or(LooError::Efficiency),
        }
    }
}

/// One row, predicted without itself.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LooRow {
    /// The log predictive density of the row given all others.
    pub elpd: f64,
    /// How much the row is predicted better with itself than without: `lpd - elpd`.
    pub p_loo: f64,
    /// The shape of the tail of the importance ratios: how much the fit depends on the row. `None`
    /// where no tail could be fitted.
    pub k: Option<f64>,
    /// Whether the row is as likely under every draw, but for rounding: there is nothing to smooth, and `p_loo` is 0.
    pub constant: bool,
    /// The number of independent draws that the weighted draws are worth.
    pub effective_draws: f64,
    /// The Monte Carlo standard error of `elpd`, of a log-normal approximation:
    /// `sqrt(ln(1 + v / p²))`, with `v` the variance of the estimate `p` of the density.
    pub mcse: f64,
    /// The relative efficiency used.
    pub efficiency: f64,
}

impl LooRow {
    fn reliable(&self, limit: f64) -> bool {
        self.constant || self.k.is_some_and(|k| k <= limit)
    }
}

/// The outcome of [`loo`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Loo {
    /// The rows.
    pub rows: Vec<LooRow>,
    /// The number of draws.
    pub draws: usize,
    /// The expected log predictive density of as many new rows: the sum over rows.
    pub elpd: f64,
    /// Its standard error over rows; NaN for a single row.
    pub se_elpd: f64,
    /// The effective number of parameters.
    pub p_loo: f64,
    /// Its standard error over rows.
    pub se_p_loo: f64,
    /// The Monte Carlo standard error of `elpd`; `None` where the `k` of a row is too high for it to
    /// be known.
    pub mcse_elpd: Option<f64>,
    /// The highest `k` that can be trusted, [`pareto_k_limit`].
    pub k_limit: f64,
}

impl Loo {
    /// The information criterion `-2 elpd`, with its standard error.
    pub fn looic(&self) -> (f64, f64) {
        (-2.0 * self.elpd, 2.0 * self.se_elpd)
    }

    /// The rows whose `k` is above the limit or unknown.
    pub fn high_k(&self) -> impl Iterator<Item = usize> {
        let limit = self.k_limit;
        self.rows.iter().enumerate().filter(move |(_, row)| !row.reliable(limit)).map(|(place, _)| place)
    }

    /// The elpd of every row, for comparisons.
    pub fn pointwise(&self) -> Vec<f64> {
        self.rows.iter().map(|row| row.elpd).collect()
    }

    /// The same of more rows: each is as the one of these whose place it has.
    pub fn repeated(&self, places: &[u32]) -> Loo {
        let rows = places.iter().filter_map(|place| self.rows.get(*place as usize).copied());
        total(rows.collect(), self.draws)
    }

    /// What the rows of high `k` mean and what to do about them; `None` if there are none.
    pub fn advice(&self) -> Option<String> {
        let high = self.high_k().count();
        if high == 0 {
            return None;
        }
        let wide = self.p_loo > self.rows.len() as f64 / 5.0;
        let cause = if wide {
            "The model has nearly a parameter per row: predict rows by the likelihood with the parameters of single \
             rows integrated out, or leave whole groups out."
        } else {
            "These rows may be outliers or the model may miss something: refit without each of them, or let the model \
             be wider around them."
        };
        let [have, them] = if high == 1 { ["has", "it"] } else { ["have", "them"] };
        let rows = if self.rows.len() == 1 { "row" } else { "rows" };
        let unknown = if self.rows.iter().any(|row| row.k.is_none() && !row.constant) { " or unknown" } else { "" };
        Some(format!(
            "{high} of {} {rows} {have} a Pareto k above {:.2}{unknown}, so that the prediction without {them} cannot be told from these \
             draws. {cause}",
            self.rows.len(),
            self.k_limit
        ))
    }
}

/// Cross-validates by leaving out one row at a time, with the draws of the fit to all rows
/// reweighted by the smoothed ratios `1 / p(y_i | θ)`:
///
/// `elpd_i = ln(Σ_s w_s p(y_i | θ_s) / Σ_s w_s)`.
///
/// Rows are spread over the threads of the current rayon pool; the result does not depend on their
/// number. Where a row has a parameter of its own, its ratios vary without limit and `k` is high:
/// pass the likelihood with that parameter integrated out.
pub fn loo(log_likelihoods: &impl Columns, efficiency: Efficiency<'_>) -> Result<Loo, LooError> {
    let (draws, count) = (log_likelihoods.draws(), log_likelihoods.rows());
    if draws == 0 {
        return Err(LooError::NoDraws);
    }
    if count == 0 {
        return Err(LooError::NoRows);
    }
    if matches!(efficiency, Efficiency::Given(given) if given.len() != count) {
        return Err(LooError::Efficiency);
    }
    let buffers = || (Smoother::default(), vec![0.0; draws], vec![0.0; draws]);
    let one = |(smoother, column, weights): &mut (Smoother, Vec<f64>, Vec<f64>), row: usize| {
        log_likelihoods.write(row, column);
        if let Some(draw) = column.iter().position(|x| !x.is_finite()) {
            return Err(LooError::NotFinite { row, draw });
        }
        let efficiency = efficiency.of(row, column)?;
        leave_out(column, weights, smoother, efficiency).map_err(|error| match error {
            PsisError::NotFinite(draw) => LooError::NotFinite { row, draw },
            PsisError::Empty | PsisError::NoWeight => LooError::NoDraws,
            PsisError::Efficiency => LooError::Efficiency,
        })
    };
    let rows: Vec<Result<LooRow, LooError>> = (0..count).into_par_iter().map_init(buffers, one).collect();
    // Collected in order first: the error reported is that of the first row that has one.
    let rows: Vec<LooRow> = rows.into_iter().collect::<Result<_, _>>()?;
    Ok(total(rows, draws))
}

fn leave_out(
    column: &[f64],
    weights: &mut [f64],
    smoother: &mut Smoother,
    efficiency: f64,
) -> Result<LooRow, PsisError> {
    let tail = loo_tail_length(column.len(), efficiency)?;
    weights.iter_mut().zip(column).for_each(|(weight, log_likelihood)| *weight = -log_likelihood);
    let smoothing = smoother.smooth(weights, tail)?;
    let pairs = weights.iter().zip(column);
    let elpd = log_sum_exp(pairs.clone().map(|(w, l)| w + l));
    let lpd = log_sum_exp(column.iter().copied()) - (column.len() as f64).ln();
    // The variance relative to the square of the density, so that nothing underflows.
    let relative: f64 = pairs.map(|(w, l)| (2.0 * w).exp() * ((l - elpd).exp_m1()).powi(2)).sum();
    let squares: f64 = weights.iter().map(|w| (2.0 * w).exp()).sum();
    Ok(LooRow {
        elpd,
        p_loo: if smoothing.constant { 0.0 } else { lpd - elpd },
        k: smoothing.k,
        constant: smoothing.constant,
        effective_draws: efficiency / squares,
        mcse: (relative / efficiency).ln_1p().sqrt(),
        efficiency,
    })
}

fn total(rows: Vec<LooRow>, draws: usize) -> Loo {
    let k_limit = pareto_k_limit(draws);
    let [elpds, parameters] =
        [|row: &LooRow| row.elpd, |row: &LooRow| row.p_loo].map(|of| rows.iter().map(of).collect());
    let (elpds, parameters): (Vec<f64>, Vec<f64>) = (elpds, parameters);
    let known = rows.iter().all(|row| row.reliable(k_limit));
    let mcse = rows.iter().map(|row| row.mcse.powi(2)).sum::<f64>().sqrt();
    Loo {
        draws,
        elpd: elpds.iter().sum(),
        se_elpd: error_of_sum(&elpds),
        p_loo: parameters.iter().sum(),
        se_p_loo: error_of_sum(&parameters),
        mcse_elpd: known.then_some(mcse),
        k_limit,
        rows,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::{ByRow, Written};

    #[test]
    fn a_row_as_likely_under_every_draw_is_known_exactly() {
        let found = loo(&ByRow::new(&[-1.25; 400], 200).unwrap(), Efficiency::Chains(4)).unwrap();
        assert!((found.elpd + 2.5).abs() < 1e-12);
        assert!(found.p_loo.abs() < 1e-12);
        assert_eq!(found.high_k().count(), 0);
        assert!(found.mcse_elpd.unwrap() < 1e-6);
        assert_eq!(found.rows[0].efficiency, 1.0);
        assert_eq!(found.advice(), None);
    }

    #[test]
    fn likelihoods_that_differ_by_rounding_are_reliable() {
        let column: Vec<f64> = (0..800).map(|i| -3.0 - 1e-15 * f64::from(i * 379 % 11)).collect();
        let found = loo(&ByRow::new(&column, 400).unwrap(), Efficiency::Chains(4)).unwrap();
        assert_eq!((found.high_k().count(), found.p_loo), (0, 0.0));
        assert!((found.elpd + 6.0).abs() < 1e-12);
    }

    #[test]
    fn a_single_draw_predicts_but_cannot_be_trusted() {
        let found = loo(&ByRow::new(&[-1.0, -2.0], 1).unwrap(), Efficiency::Independent).unwrap();
        assert_eq!(found.elpd, -3.0);
    }

    #[test]
    fn what_is_not_there_is_said() {
        let none = Written::new(0, 3, |_, _| {});
        assert_eq!(loo(&none, Efficiency::Independent), Err(LooError::NoDraws));
        let none = Written::new(3, 0, |_, _| {});
        assert_eq!(loo(&none, Efficiency::Independent), Err(LooError::NoRows));
        let of = |bad: f64| loo(&ByRow::new(&[-1.0, -2.0, -1.0, bad], 2).unwrap(), Efficiency::Independent);
        for bad in [f64::NAN, f64::NEG_INFINITY, f64::INFINITY] {
            assert_eq!(of(bad), Err(LooError::NotFinite { row: 1, draw: 1 }));
        }
        let fine = [-1.0, -2.0, -1.0, -3.0];
        let fine = ByRow::new(&fine, 2).unwrap();
        for wrong in
            [Efficiency::Chains(3), Efficiency::Chains(0), Efficiency::Given(&[1.0]), Efficiency::Given(&[1.0, -1.0])]
        {
            assert_eq!(loo(&fine, wrong), Err(LooError::Efficiency));
        }
    }

    #[test]
    fn likelihoods_too_small_for_a_double_are_no_trouble() {
        let near: Vec<f64> = (0..500).map(|i| -1.0 - f64::from(i * 379 % 500) / 500.0).collect();
        let far: Vec<f64> = near.iter().map(|x| x - 4096.0).collect();
        let [near, far] =
            [near, far].map(|column| loo(&ByRow::new(&column, 500).unwrap(), Efficiency::Independent).unwrap());
        assert!((near.elpd - far.elpd - 4096.0).abs() < 1e-8);
        assert!((near.rows[0].mcse - far.rows[0].mcse).abs() < 1e-8);
    }
}
