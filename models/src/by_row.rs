//! Programs whose arrays have a number for each row of the data: pointwise log likelihoods and replicated data.
//!
//! They are laid out when they are first asked for. A fit that keeps no such arrays never pays for them, which with a
//! million rows is most of its memory.

use crate::bind::Column;
use crate::compiler::compiled::{Compiled, Replicate};
use crate::compiler::graph::{Graph, NodeId, Op, Segments};
use crate::distributions::Scalar;
use crate::posterior::{ExpandScratch, Observed, Posterior, PredictedRows};
use crate::program::execute::{self, Workspace};
use crate::program::ops::{Binary, Reduction};
use crate::program::sampler::{Sampler, Streams};
use crate::program::schedule::{Schedule, Wanted, schedule};
use std::sync::{Arc, OnceLock};

/// The programs, those that have been asked for.
#[derive(Debug, Default)]
pub(crate) struct ByRow {
    left_out: OnceLock<Schedule>,
    predictive: OnceLock<Schedule>,
    log_lik: OnceLock<Schedule>,
    cdfs: OnceLock<Cdfs>,
}

/// The program of the arguments of observed columns with a scalar distribution.
#[derive(Debug)]
struct Cdfs {
    schedule: Schedule,
    columns: Vec<CdfColumn>,
}

#[derive(Debug)]
struct CdfColumn {
    family: &'static dyn Scalar,
    arguments: usize,
    observed: Vec<f64>,
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

    /// The log likelihood of each observed cell.
    pub fn log_lik(&self, compiled: &Compiled) -> &Schedule {
        self.log_lik.get_or_init(|| {
            let mut graph = compiled.graph.clone();
            let outputs = pointwise(compiled, &mut graph);
            schedule(&graph, &Wanted { terms: &[], outputs: &outputs })
        })
    }
}

/// The family and arguments that an observed column is drawn from, where it is drawn as one number a row.
pub(crate) fn drawn_from<'a>(graph: &'a Graph, replicate: &Replicate) -> Option<(&'static dyn Scalar, &'a [NodeId])> {
    let node = graph.node(replicate.node);
    match node.op {
        Op::Draw(Sampler::Scalar(family), _) if node.inputs.len() <= MOST_ARGUMENTS => Some((family, &node.inputs)),
        _ => None,
    }
}

/// What is done with the family, observed value and arguments of a cell.
type EachCell<'a> = dyn FnMut(&dyn Scalar, f64, &[f64]) + 'a;

/// More arguments than any scalar distribution has.
const MOST_ARGUMENTS: usize = 4;

impl Posterior {
    /// The observed columns whose distribution function is known, and their rows, in the order
    /// [`Posterior::predictive_cdfs`] writes: those of one number a row.
    pub fn cdf_columns(&self) -> Vec<Observed> {
        let numbers = &self.bound().row_numbers;
        let known = self.compiled().replicated.iter().filter(|r| drawn_from(&self.compiled().graph, r).is_some());
        let rows = |r: &Replicate| r.rows.iter().map(|row| numbers[*row as usize] as usize).collect();
        known.map(|r| Observed { name: r.name.clone(), rows: rows(r) }).collect()
    }

    /// P(Y < y) and P(Y ≤ y) of each observed cell of [`Posterior::cdf_columns`] given the parameters of one draw; equal for
    /// continuous columns. Their mean over the draws is the predictive distribution function without the noise of
    /// replicated data (Czado, Gneiting and Held 2009, *Predictive model assessment for count data*).
    pub fn predictive_cdfs(
        &self,
        position: &[f64],
        streams: &mut dyn Streams,
        scratch: &mut ExpandScratch,
        below: &mut [f64],
        upto: &mut [f64],
    ) {
        let mut cells = below.iter_mut().zip(upto);
        self.each_cell(position, streams, scratch, &mut |family, observed, arguments| {
            if let Some((below, upto)) = cells.next() {
                *upto = family.cdf(observed, arguments);
                *below = if family.is_discrete() { family.cdf(observed - 1.0, arguments) } else { *upto };
            }
        });
    }

    /// The log density of other values of the cells of [`Posterior::cdf_columns`], given the parameters of one draw, all
    /// cells together: of simulated data under what they were simulated from.
    pub fn log_density_of(
        &self,
        values: &[f64],
        position: &[f64],
        streams: &mut dyn Streams,
        scratch: &mut ExpandScratch,
    ) -> f64 {
        let (mut values, mut sum) = (values.iter(), 0.0);
        self.each_cell(position, streams, scratch, &mut |family, _, arguments| {
            sum += values.next().map_or(f64::NAN, |x| family.log_density(*x, arguments));
        });
        sum
    }

    /// Family, observed value and arguments of each cell of [`Posterior::cdf_columns`] under one draw.
    fn each_cell(
        &self,
        position: &[f64],
        streams: &mut dyn Streams,
        scratch: &mut ExpandScratch,
        f: &mut EachCell<'_>,
    ) {
        let cdfs = self.by_row().cdfs.get_or_init(|| self.lay_cdfs());
        let work = scratch.cdfs.get_or_insert_with(|| Workspace::forward_only(&cdfs.schedule));
        execute::forward_with_draws(&cdfs.schedule, work, position, streams);
        let mut outputs = cdfs.schedule.outputs.iter();
        for column in &cdfs.columns {
            let mut arrays: [&[f64]; MOST_ARGUMENTS] = [&[]; MOST_ARGUMENTS];
            for (slot, output) in arrays.iter_mut().zip(outputs.by_ref().take(column.arguments)) {
                *slot = work.array(&cdfs.schedule, output);
            }
            let mut arguments = [0.0; MOST_ARGUMENTS];
            for (i, observed) in column.observed.iter().enumerate() {
                for (slot, array) in arguments.iter_mut().zip(&arrays[..column.arguments]) {
                    *slot = array[if array.len() == 1 { 0 } else { i }];
                }
                f(column.family, *observed, &arguments[..column.arguments]);
            }
        }
    }

    fn lay_cdfs(&self) -> Cdfs {
        let compiled = self.compiled();
        let (mut outputs, mut columns) = (Vec::new(), Vec::new());
        for replicate in &compiled.replicated {
            let Some((family, inputs)) = drawn_from(&compiled.graph, replicate) else { continue };
            let Some(Column::Number(values)) = self.bound().columns.get(&replicate.name) else { continue };
            outputs.extend_from_slice(inputs);
            let observed = replicate.rows.iter().map(|row| values[*row as usize]).collect();
            columns.push(CdfColumn { family, arguments: inputs.len(), observed });
        }
        let schedule = schedule(&compiled.graph, &Wanted { terms: &[], outputs: &outputs });
        Cdfs { schedule, columns }
    }
}

/// For each observed statement, the node of the log likelihood of each of its cells.
fn pointwise(compiled: &Compiled, graph: &mut Graph) -> Vec<NodeId> {
    let mut nodes = Vec::new();
    for statement in compiled.densities.iter().filter(|d| d.rows.is_some()) {
        let cells = statement.density.cells;
        let zeros: Arc<[u32]> = vec![0; cells].into();
        let mut total = graph.constant(vec![0.0; cells]);
        for part in statement.parts().iter().filter(|_| cells > 0) {
            let (mut node, elements) = (part.node, part.elements());
            if elements > 1 {
                let groups = graph.size(node) / elements;
                node = graph.reduce(Reduction::Sum, node, Segments::Equal(elements), groups);
            }
            if graph.size(node) == 1 && cells != 1 {
                node = graph.gather(node, &zeros);
            }
            total = graph.binary(Binary::Add, total, node);
        }
        nodes.push(total);
    }
    nodes
}
