//! The observed columns beside data replicated under every draw: made once for all checks of them.

use super::replicated::Replicated;
use crate::replay::{Matrix, Replay};
use polya_models::{Error, ObservedColumn};

/// Replications of every observed column; a row with a weight stands there as many times as it counts.
#[derive(Debug)]
pub struct Replications<'a> {
    replay: Replay<'a>,
    columns: Vec<ObservedColumn>,
    predictive: Matrix,
}

impl<'a> Replications<'a> {
    /// Replicates the columns under each draw.
    ///
    /// # Errors
    /// Weights that stand for too many rows ([`Posterior::rows_apart`](polya_models::Posterior::rows_apart)).
    pub fn of(replay: &Replay<'a>) -> Result<Self, Error> {
        let replay = replay.rows_apart()?;
        let columns = replay.posterior().observed_columns();
        let predictive = replay.predictive();
        Ok(Self { replay, columns, predictive })
    }

    /// Each column with the replications of its numbers: for each number its draws, chain after chain.
    pub fn columns(&self) -> impl Iterator<Item = (&ObservedColumn, impl Iterator<Item = &[f64]>)> {
        self.replicated().map(|(column, replicated)| (column, (0..column.values.len()).map(move |i| replicated.of(i))))
    }

    /// Each column with its replications.
    pub(super) fn replicated(&self) -> impl Iterator<Item = (&ObservedColumn, Replicated<'_>)> {
        self.columns.iter().zip(Replicated::of_columns(&self.columns, &self.predictive))
    }

    /// The draws, of a posterior whose rows with a weight stand apart.
    pub(super) fn replay(&self) -> &Replay<'a> {
        &self.replay
    }
}
