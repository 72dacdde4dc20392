//! Leave-one-out cross-validation of the rows of a table.

use crate::replay::Replay;
use polya_diagnostics::{ByRow, Efficiency, Loo, LooError, Waic, loo, waic};
use serde::Serialize;

/// A row of an observed column.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RowOfColumn {
    /// The column.
    pub column: String,
    /// The row of the table, from 1.
    pub row: usize,
}

/// Leave-one-out cross-validation by Pareto-smoothed importance sampling (Vehtari, Gelman and Gabry 2017), and WAIC.
#[derive(Clone, Debug)]
pub struct RowsLeftOut {
    /// The rows, in the order of [`Loo::rows`].
    pub rows: Vec<RowOfColumn>,
    /// By importance sampling.
    pub loo: Loo,
    /// The widely applicable information criterion (Watanabe 2010), where it can be had.
    pub waic: Option<Waic>,
}

/// Leaves out each observed row in turn.
///
/// # Errors
/// Nothing observed, too few draws, or a log likelihood that is not finite.
pub fn leave_rows_out(replay: &Replay<'_>) -> Result<RowsLeftOut, LooError> {
    let matrix = replay.log_lik();
    let columns = ByRow::new(&matrix.values, matrix.total()).ok_or(LooError::NoRows)?;
    let loo = loo(&columns, Efficiency::Chains(matrix.chains))?;
    let observed = replay.posterior().observed();
    let rows = observed.iter().flat_map(|o| o.rows.iter().map(|row| RowOfColumn { column: o.name.clone(), row: *row }));
    Ok(RowsLeftOut { rows: rows.collect(), loo, waic: waic(&columns).ok() })
}
