//! Observed cells that are alike: computed of the same numbers, so that what a draw says of one it says of all.
//!
//! A million rows of 200 groups and two outcomes are 400 cells to each draw. What leaves rows out, or looks at their places
//! in predictions, asks for one of each kind and repeats the answer.

use crate::bind::Column;
use crate::by_row::pointwise_of;
use crate::cdfs::{Cdfs, drawn_from};
use crate::compiler::collapse::{Restrict, agreeing};
use crate::compiler::compiled::{Replicate, StatementDensity};
use crate::compiler::graph::{Graph, NodeId};
use crate::posterior::{ExpandScratch, Posterior, copy_outputs};
use crate::program::execute::{self, Workspace};
use crate::program::sampler::Streams;
use crate::program::schedule::{Schedule, Wanted, schedule};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Kinds of observed cells, those of one column after those of another.
#[derive(Clone, Debug, Default)]
pub struct Alike {
    /// The kind of each observed cell, in the order of [`Posterior::log_lik`].
    pub kinds: Vec<u32>,
    /// An observed cell of each kind.
    pub cells: Vec<u32>,
}

/// The kinds, and the programs over one cell of each.
#[derive(Debug)]
pub(crate) struct LaidAlike {
    alike: Alike,
    /// A cell of each kind of each observed column, counted within it.
    of_column: BTreeMap<String, Arc<[u32]>>,
    log_lik: Schedule,
    cdfs: Cdfs,
}

impl Posterior {
    /// Which observed cells are alike.
    pub fn alike(&self) -> &Alike {
        &self.laid_alike().alike
    }

    /// [`Posterior::log_lik`] of one cell of each kind.
    pub fn log_lik_of_kinds(
        &self,
        position: &[f64],
        streams: &mut dyn Streams,
        scratch: &mut ExpandScratch,
        out: &mut [f64],
    ) {
        let schedule = &self.laid_alike().log_lik;
        let work = scratch.log_lik_of_kinds.get_or_insert_with(|| Workspace::forward_only(schedule));
        execute::forward_with_draws(schedule, work, position, streams);
        copy_outputs(schedule, work, out);
    }

    /// [`Posterior::predictive_cdfs`] of one cell of each kind, of the columns that have them.
    pub fn predictive_cdfs_of_kinds(
        &self,
        position: &[f64],
        streams: &mut dyn Streams,
        scratch: &mut ExpandScratch,
        below: &mut [f64],
        upto: &mut [f64],
    ) {
        self.laid_alike().cdfs.write(position, streams, &mut scratch.cdfs_of_kinds, below, upto);
    }

    /// A cell of each kind of an observed column, counted within it.
    pub(crate) fn cells_of_kinds(&self, column: &str) -> Option<&Arc<[u32]>> {
        self.laid_alike().of_column.get(column)
    }

    fn laid_alike(&self) -> &LaidAlike {
        self.by_row().alike.get_or_init(|| self.lay_alike())
    }

    fn lay_alike(&self) -> LaidAlike {
        let compiled = self.compiled();
        let mut graph = compiled.graph.clone();
        let (mut alike, mut of_column) = (Alike::default(), BTreeMap::new());
        let (mut outputs, mut arguments) = (Vec::new(), HashMap::new());
        for statement in compiled.densities.iter().filter(|d| d.rows.is_some()) {
            let total = pointwise_of(statement, &mut graph);
            let replicate = compiled.replicated.iter().find(|r| r.name == statement.name);
            let inputs = replicate.and_then(|r| Some((r, drawn_from(&graph, r)?.1.to_vec())));
            let (kinds, cells) = self.kinds(statement, total, inputs.as_ref(), &graph);
            let (first_cell, first_kind) = (alike.kinds.len() as u32, alike.cells.len() as u32);
            let mut at = Restrict::new(&mut graph, &cells);
            outputs.push(at.node(total));
            if let Some((replicate, inputs)) = &inputs {
                let nodes: Vec<NodeId> = inputs.iter().map(|node| at.node(*node)).collect();
                arguments.insert(replicate.name.as_str(), (nodes, Some(cells.clone())));
            }
            alike.kinds.extend(kinds.iter().map(|kind| first_kind + kind));
            alike.cells.extend(cells.iter().map(|cell| first_cell + cell));
            of_column.insert(statement.name.clone(), cells);
        }
        let cdfs = self.lay_cdfs(&graph, |replicate, _| arguments.get(replicate.name.as_str()).cloned());
        LaidAlike { alike, of_column, log_lik: schedule(&graph, &Wanted { terms: &[], outputs: &outputs }), cdfs }
    }

    /// The kind of each cell of a statement, and a cell of each kind: what the log likelihood is computed of tells them
    /// apart, the observed values, and what these are drawn from.
    fn kinds(
        &self,
        statement: &StatementDensity,
        total: NodeId,
        drawn: Option<&(&Replicate, Vec<NodeId>)>,
        graph: &Graph,
    ) -> (Vec<u32>, Arc<[u32]>) {
        let cells = statement.density.cells;
        let column = self.bound().columns.get(&statement.name);
        let values = |cell: usize| -> u64 {
            let row = statement.rows.as_ref().and_then(|rows| rows.get(cell)).map_or(0, |row| row as usize);
            match column {
                Some(Column::Number(values)) => values[row].to_bits(),
                Some(Column::Factor { codes, .. }) => u64::from(codes[row]),
                _ => cell as u64,
            }
        };
        let inputs = drawn.map_or(&[][..], |(_, inputs)| inputs);
        let nodes: Vec<NodeId> = std::iter::once(total).chain(inputs.iter().copied()).collect();
        agreeing(graph, &nodes, cells, values)
    }
}
