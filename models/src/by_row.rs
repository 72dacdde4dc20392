//! Programs whose arrays have a number for each row of the data: pointwise log likelihoods, replicated data, and whether
//! arguments are inside of their domains.
//!
//! They are laid out when they are first asked for. A fit that keeps no such arrays never pays for them, which with a
//! million rows is most of its memory.

use crate::alike::LaidAlike;
use crate::cdfs::Cdfs;
use crate::compiler::compiled::{Compiled, StatementDensity};
use crate::compiler::graph::{Graph, NodeId, Segments};
use crate::posterior::PredictedRows;
use crate::program::ops::{Binary, Reduction};
use crate::program::schedule::{Schedule, Wanted, schedule};
use std::sync::OnceLock;

/// The programs, those that have been asked for.
#[derive(Debug, Default)]
pub(crate) struct ByRow {
    left_out: OnceLock<Schedule>,
    predictive: OnceLock<Schedule>,
    log_lik: OnceLock<Schedule>,
    guards: OnceLock<Schedule>,
    pub(crate) cdfs: OnceLock<Cdfs>,
    pub(crate) group_cdfs: OnceLock<Option<Cdfs>>,
    pub(crate) alike: OnceLock<LaidAlike>,
}

impl ByRow {
    /// Draws of the observed columns, or of their left-out cells alone.
    pub fn predictive(&self, compiled: &Compiled, rows: PredictedRows) -> &Schedule {
        let left_out = || compiled.left_out.iter().map(|l| l.node);
        let lay = |outputs: Vec<NodeId>| schedule(&compiled.graph, &Wanted { terms: &[], outputs: &outputs });
        match rows {
            PredictedRows::LeftOut => self.left_out.get_or_init(|| lay(left_out().collect())),
            PredictedRows::All => {
                let observed = || compiled.replicated.iter().map(|l| l.node);
                self.predictive.get_or_init(|| lay(observed().chain(left_out()).collect()))
            }
        }
    }

    /// The terms of arguments that might leave their domain.
    pub fn guards(&self, compiled: &Compiled) -> &Schedule {
        let terms = || compiled.guards.iter().map(|guard| guard.term).collect::<Vec<NodeId>>();
        self.guards.get_or_init(|| schedule(&compiled.graph, &Wanted { terms: &[], outputs: &terms() }))
    }

    /// The log likelihood of each observed cell.
    pub fn log_lik(&self, compiled: &Compiled) -> &Schedule {
        self.log_lik.get_or_init(|| {
            let mut graph = compiled.graph.clone();
            let outputs = pointwise(compiled, &mut graph);
            schedule(&graph, &Wanted { terms: &[], outputs: &outputs })
        })
    }
}

/// For each observed statement, the node of the log likelihood of each of its cells.
fn pointwise(compiled: &Compiled, graph: &mut Graph) -> Vec<NodeId> {
    let statements = compiled.densities.iter().filter(|d| d.rows.is_some());
    statements.map(|statement| pointwise_of(statement, graph)).collect()
}

/// The node of the log likelihood of each cell of an observed statement.
pub(crate) fn pointwise_of(statement: &StatementDensity, graph: &mut Graph) -> NodeId {
    let cells = statement.density.cells;
    let mut total = graph.constant(vec![0.0; cells]);
    for part in statement.parts().iter().filter(|_| cells > 0) {
        let (mut node, elements) = (part.node, part.elements());
        if elements > 1 {
            let groups = graph.size(node) / elements;
            node = graph.reduce(Reduction::Sum, node, Segments::Equal(elements), groups);
        }
        let node = graph.widened(node, cells);
        total = graph.binary(Binary::Add, total, node);
    }
    total
}
