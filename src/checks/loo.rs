//! Leave-one-out cross-validation of the rows of a table.

use crate::replay::Replay;
use polya_diagnostics::{ByRow, Efficiency, Loo, LooError, Waic, loo, waic};
use polya_models::{Error, Group};
use serde::Serialize;

/// Why rows cannot be left out.
#[derive(Debug, thiserror::Error)]
pub enum LeaveOutError {
    /// Nothing observed, too few draws, or a log likelihood that is not finite.
    #[error(transparent)]
    Loo(#[from] LooError),
    /// Weights that stand for too many rows.
    #[error(transparent)]
    Weights(#[from] Error),
}

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
/// Too few draws, or a log likelihood that is not finite.
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

/// Leaves out groups of observed rows that need not be those of this model, so that models can be compared by the same: a
/// group is as likely as its parts together, given the parameters. The parts are the groups of
/// [`leave_groups_out`] where each lies in one of those wanted, and else single rows, of which a model with parameters for
/// single groups has seen too much: the Pareto k says so. Rows with a weight count so many times.
///
/// # Errors
/// As [`leave_groups_out`].
pub fn leave_these_out(replay: &Replay<'_>, groups: &[Group]) -> Result<GroupsLeftOut, LooError> {
    let posterior = replay.posterior();
    let mut group_of = vec![None; posterior.observed_count()];
    for (i, group) in groups.iter().enumerate() {
        for cell in &group.cells {
            *group_of.get_mut(*cell).ok_or(LooError::NoRows)? = Some(i);
        }
    }
    let own = posterior.groups_left_out();
    let within = |part: &Group| {
        let whole = group_of[*part.cells.first()?];
        part.cells.iter().all(|cell| group_of[*cell] == whole).then_some(whole)
    };
    let of_own: Option<Vec<Option<usize>>> = own.iter().map(within).collect();
    // What each group is made of: columns of a matrix, and how often each counts.
    let (matrix, parts) = match of_own.filter(|parts| !parts.is_empty()) {
        Some(parts) => {
            let mut of_group = vec![Vec::new(); groups.len()];
            let whole = parts.iter().enumerate().filter_map(|(part, group)| Some((part, (*group)?)));
            whole.for_each(|(part, group)| of_group[group].push((part as u32, 1.0)));
            (replay.group_log_lik(), of_group)
        }
        None => {
            let weights = posterior.row_weights();
            let counted = groups.iter().map(|group| posterior.counted(group.cells.iter().copied(), &weights));
            (replay.log_lik_of_kinds(), counted.collect())
        }
    };
    let draws = matrix.total();
    let mut sums = vec![0.0; groups.len() * draws];
    for (sum, parts) in sums.chunks_exact_mut(draws.max(1)).zip(&parts) {
        for (part, count) in parts {
            sum.iter_mut().zip(matrix.column(*part as usize)).for_each(|(sum, x)| *sum += count * x);
        }
    }
    let columns = ByRow::new(&sums, draws).ok_or(LooError::NoRows)?;
    Ok(GroupsLeftOut { groups: groups.to_vec(), loo: loo(&columns, Efficiency::Chains(matrix.chains))? })
}

/// Leaves out each observed row in turn; one with a weight stands there as many times as it counts, and is left out once.
///
/// # Errors
/// Nothing observed, too few draws, a log likelihood that is not finite, or weights that stand for too many rows.
pub fn leave_rows_out(replay: &Replay<'_>) -> Result<RowsLeftOut, LeaveOutError> {
    let replay = replay.rows_apart()?;
    let alike = replay.posterior().alike();
    let matrix = replay.log_lik_of_kinds();
    let columns = ByRow::new(&matrix.values, matrix.total()).ok_or(LooError::NoRows)?;
    let loo = loo(&columns, Efficiency::Chains(matrix.chains)).map_err(|error| match error {
        LooError::NotFinite { row, draw } => LooError::NotFinite { row: alike.cells[row] as usize, draw },
        other => other,
    })?;
    let observed = replay.posterior().observed();
    let rows = observed.iter().flat_map(|o| o.rows.iter().map(|row| RowOfColumn { column: o.name.clone(), row: *row }));
    let waic = waic(&columns).ok().map(|waic| waic.repeated(&alike.kinds));
    Ok(RowsLeftOut { rows: rows.collect(), loo: loo.repeated(&alike.kinds), waic })
}
