//! Distribution functions of observed columns at what was observed: the places of the data in their predictive
//! distributions (Czado, Gneiting and Held 2009, *Predictive model assessment for count data*, Biometrics 65).

use crate::bind::Column;
use crate::compiler::collapse::Restrict;
use crate::compiler::compiled::{ConditionalPrior, Replicate};
use crate::compiler::graph::{Graph, NodeId, Op};
use crate::distributions::Scalar;
use crate::posterior::{ExpandScratch, Observed, Posterior};
use crate::program::execute::{self, Workspace};
use crate::program::of_cell;
use crate::program::sampler::{Sampler, Streams};
use crate::program::schedule::{Schedule, Wanted, schedule};
use std::collections::HashMap;
use std::sync::Arc;

/// More arguments than any scalar distribution has.
const MOST_ARGUMENTS: usize = 4;

/// The program of the arguments of observed columns with a scalar distribution.
#[derive(Debug)]
pub(crate) struct Cdfs {
    schedule: Schedule,
    columns: Vec<CdfColumn>,
}

#[derive(Debug)]
struct CdfColumn {
    family: &'static dyn Scalar,
    arguments: usize,
    observed: Vec<f64>,
}

/// What is done with the family, observed value and arguments of a cell.
type EachCell<'a> = dyn FnMut(&dyn Scalar, f64, &[f64]) + 'a;

/// The family and arguments that an observed column is drawn from, where it is drawn as one number a row.
pub(crate) fn drawn_from<'a>(graph: &'a Graph, replicate: &Replicate) -> Option<(&'static dyn Scalar, &'a [NodeId])> {
    let node = graph.node(replicate.node);
    match node.op {
        Op::Draw(Sampler::Scalar(family), _) if node.inputs.len() <= MOST_ARGUMENTS => Some((family, &node.inputs)),
        _ => None,
    }
}

impl Posterior {
    /// The observed columns whose distribution function is known, and their rows, in the order
    /// [`Posterior::predictive_cdfs`] writes: those of one number a row.
    pub fn cdf_columns(&self) -> Vec<Observed> {
        let known = self.compiled().replicated.iter().filter(|r| drawn_from(&self.compiled().graph, r).is_some());
        let rows = |r: &Replicate| r.rows.iter().map(|row| self.bound().table_row(row)).collect();
        known.map(|r| Observed { name: r.name.clone(), rows: rows(r) }).collect()
    }

    /// P(Y < y) and P(Y ≤ y) of each observed cell of [`Posterior::cdf_columns`] given the parameters of one draw; equal for
    /// continuous columns. Their mean over the draws is the predictive distribution function without the noise of
    /// replicated data.
    pub fn predictive_cdfs(
        &self,
        position: &[f64],
        streams: &mut dyn Streams,
        scratch: &mut ExpandScratch,
        below: &mut [f64],
        upto: &mut [f64],
    ) {
        self.cdfs().write(position, streams, &mut scratch.cdfs, below, upto);
    }

    /// Whether [`Posterior::group_cdfs`] can be had.
    pub fn has_group_cdfs(&self) -> bool {
        self.group_cdfs_program().is_some()
    }

    /// P(Y < y) and P(Y ≤ y) as [`Posterior::predictive_cdfs_of_kinds`], with the parameters of the groups of
    /// [`Posterior::groups_left_out`] drawn anew from their priors given the rest of the draw: of data of a group that the
    /// model has not seen, but through what all groups share. NaN where there are no such groups, or where an argument of a
    /// column is more than a function of the parameter of a group and known numbers.
    pub fn group_cdfs(
        &self,
        position: &[f64],
        streams: &mut dyn Streams,
        scratch: &mut ExpandScratch,
        below: &mut [f64],
        upto: &mut [f64],
    ) {
        let Some(cdfs) = self.group_cdfs_program() else {
            below.fill(f64::NAN);
            upto.fill(f64::NAN);
            return;
        };
        cdfs.write(position, streams, &mut scratch.group_cdfs, below, upto);
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
        self.cdfs().each_cell(position, streams, &mut scratch.cdfs, &mut |family, _, arguments| {
            sum += values.next().map_or(f64::NAN, |x| family.log_density(*x, arguments));
        });
        sum
    }

    fn cdfs(&self) -> &Cdfs {
        self.by_row().cdfs.get_or_init(|| {
            let graph = &self.compiled().graph;
            self.lay_cdfs(graph, |_, inputs| Some((inputs.to_vec(), None)))
        })
    }

    fn group_cdfs_program(&self) -> Option<&Cdfs> {
        self.by_row().group_cdfs.get_or_init(|| self.lay_group_cdfs()).as_ref()
    }

    fn lay_group_cdfs(&self) -> Option<Cdfs> {
        let compiled = self.compiled();
        let mut graph = compiled.graph.clone();
        let mut anew = HashMap::new();
        for conditional in self.grouped_conditionals() {
            let ConditionalPrior::Scalars(prior) = conditional.prior else { return None };
            let size = graph.size(conditional.node);
            anew.insert(conditional.node, graph.draw(Sampler::Scalar(conditional.family), prior.to_vec(), size));
        }
        if anew.is_empty() {
            return None;
        }
        let mut replaced = HashMap::new();
        for replicate in &compiled.replicated {
            let Some((_, inputs)) = drawn_from(&compiled.graph, replicate) else { continue };
            let own: Option<Vec<NodeId>> = inputs.iter().map(|node| substitute(&mut graph, *node, &mut anew)).collect();
            let (own, cells) = (own?, self.cells_of_kinds(&replicate.name)?);
            let mut at = Restrict::new(&mut graph, cells);
            let nodes: Vec<NodeId> = own.into_iter().map(|node| at.node(node)).collect();
            replaced.insert(replicate.name.as_str(), (nodes, Some(cells.clone())));
        }
        Some(self.lay_cdfs(&graph, |replicate, _| replaced.get(replicate.name.as_str()).cloned()))
    }

    /// The program of the arguments of each column, as they are or in place of those; at all of its cells or at some.
    pub(crate) fn lay_cdfs(
        &self,
        graph: &Graph,
        arguments: impl Fn(&Replicate, &[NodeId]) -> Option<(Vec<NodeId>, Option<Arc<[u32]>>)>,
    ) -> Cdfs {
        let compiled = self.compiled();
        let (mut outputs, mut columns) = (Vec::new(), Vec::new());
        let known = compiled.replicated.iter().filter_map(|r| Some((r, drawn_from(&compiled.graph, r)?)));
        for (replicate, (family, inputs)) in known {
            let Some(Column::Number(values)) = self.bound().columns.get(&replicate.name) else { continue };
            let Some((nodes, cells)) = arguments(replicate, inputs) else { continue };
            outputs.extend(nodes);
            let observed = match cells {
                None => replicate.rows.iter().map(|row| values[row as usize]).collect(),
                Some(cells) => {
                    let rows = cells.iter().filter_map(|cell| replicate.rows.get(*cell as usize));
                    rows.map(|row| values[row as usize]).collect()
                }
            };
            columns.push(CdfColumn { family, arguments: inputs.len(), observed });
        }
        let schedule = schedule(graph, &Wanted { terms: &[], outputs: &outputs });
        Cdfs { schedule, columns }
    }
}

impl Cdfs {
    pub(crate) fn write(
        &self,
        position: &[f64],
        streams: &mut dyn Streams,
        work: &mut Option<Workspace>,
        below: &mut [f64],
        upto: &mut [f64],
    ) {
        let mut cells = below.iter_mut().zip(upto);
        self.each_cell(position, streams, work, &mut |family, observed, arguments| {
            if let Some((below, upto)) = cells.next() {
                (*below, *upto) = family.cdf_around(observed, arguments);
            }
        });
    }

    /// Family, observed value and arguments of each cell under one draw; the workspace is made where there is none yet.
    fn each_cell(
        &self,
        position: &[f64],
        streams: &mut dyn Streams,
        work: &mut Option<Workspace>,
        f: &mut EachCell<'_>,
    ) {
        let work = work.get_or_insert_with(|| Workspace::forward_only(&self.schedule));
        execute::forward_with_draws(&self.schedule, work, position, streams);
        let mut outputs = self.schedule.outputs.iter();
        for column in &self.columns {
            let mut arrays: [&[f64]; MOST_ARGUMENTS] = [&[]; MOST_ARGUMENTS];
            for (slot, output) in arrays.iter_mut().zip(outputs.by_ref().take(column.arguments)) {
                *slot = work.array(&self.schedule, output);
            }
            let mut arguments = [0.0; MOST_ARGUMENTS];
            for (i, observed) in column.observed.iter().enumerate() {
                for (slot, array) in arguments.iter_mut().zip(&arrays[..column.arguments]) {
                    *slot = of_cell(array, i);
                }
                f(column.family, *observed, &arguments[..column.arguments]);
            }
        }
    }
}

/// The node with others in place of some; none where it needs a draw that is not replaced. What is found is added to what is
/// replaced.
fn substitute(graph: &mut Graph, id: NodeId, replaced: &mut HashMap<NodeId, NodeId>) -> Option<NodeId> {
    if let Some(new) = replaced.get(&id) {
        return Some(*new);
    }
    let new = substituted(graph, id, replaced)?;
    replaced.insert(id, new);
    Some(new)
}

fn substituted(graph: &mut Graph, id: NodeId, replaced: &mut HashMap<NodeId, NodeId>) -> Option<NodeId> {
    let node = graph.node(id).clone();
    if matches!(node.op, Op::Draw(..)) {
        return None;
    }
    let inputs: Vec<NodeId> = node.inputs.iter().map(|x| substitute(graph, *x, replaced)).collect::<Option<_>>()?;
    if inputs == node.inputs {
        return Some(id);
    }
    match (&node.op, inputs.as_slice()) {
        (Op::Gather(index), &[source]) => Some(graph.gather(source, index)),
        (Op::Unary(f), &[x]) => Some(graph.unary(*f, x)),
        (Op::Binary(f), &[a, b]) => Some(graph.binary(*f, a, b)),
        (Op::Select, &[c, a, b]) => Some(graph.select(c, a, b)),
        (Op::Fused(f), _) => Some(graph.fused(f, inputs)),
        _ => None,
    }
}
