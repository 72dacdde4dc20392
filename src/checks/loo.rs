//! Leave-one-out cross-validation of the rows of a table.

use crate::replay::Replay;
use polya_diagnostics::{ByRow, Efficiency, Loo, LooError, Waic, loo, waic};
use polya_models::Group;
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

/// Groups of rows, and the prediction of each without it.
#[derive(Clone, Debug)]
pub struct GroupsLeftOut {
    /// The groups, in the order of [`Loo::rows`].
    pub groups: Vec<Group>,
    /// By importance sampling.
    pub loo: Loo,
}

/// Leaves out each group of rows whose own parameter was integrated out; none where there are no such groups, or no more
/// than one. The group's likelihood is its marginal one, so that nothing of the model has seen the group but through what
/// all groups share.
///
/// # Errors
/// As [`leave_rows_out`].
pub fn leave_groups_out(replay: &Replay<'_>) -> Result<Option<GroupsLeftOut>, LooError> {
    let groups = replay.posterior().groups_left_out();
    if groups.len() < 2 {
        return Ok(None);
    }
    let matrix = replay.group_log_lik();
    let columns = ByRow::new(&matrix.values, matrix.total()).ok_or(LooError::NoRows)?;
    let loo = loo(&columns, Efficiency::Chains(matrix.chains))?;
    Ok(Some(GroupsLeftOut { groups: groups.to_vec(), loo }))
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
