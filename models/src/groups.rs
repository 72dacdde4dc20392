//! Groups of rows whose own parameter was integrated out: the marginal likelihood of each, which depends on nothing but
//! what is left. With it leaving a whole group out needs no refit, and its importance weights are tame where those of a
//! row, whose own parameter has seen it, are not.
//!
//! Given the rest h, for every value t of the group's parameter,
//!
//! ```text
//! log p(y | h) = log p(y | t) + log p(t | h) - log p(t | y, h)
//! ```
//!
//! (the candidate's formula: Besag 1989, *A candidate's formula: a curious result in Bayesian prediction*, Biometrika 76),
//! and all three are at hand at the value drawn. What is lost to rounding is of the size of the three.

use crate::compiler::compiled::Compiled;
use crate::compiler::graph::{Graph, NodeId, Op};
use crate::distributions::Scalar;
use crate::posterior::{ExpandScratch, Posterior};
use crate::program::execute::{self, Workspace};
use crate::program::sampler::Streams;
use crate::program::schedule::{Schedule, Wanted, schedule};

/// A group of observed rows: those of one level of an integrated-out variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The variable.
    pub variable: String,
    /// The labels of its level.
    pub levels: Vec<String>,
    /// Its observed cells, as [`Posterior::log_lik`] writes them.
    pub cells: Vec<usize>,
}

/// The groups of a posterior, and the program of what their marginal likelihoods are made of.
#[derive(Debug)]
pub(crate) struct Groups {
    groups: Vec<Group>,
    variables: Vec<GroupedVariable>,
    schedule: Schedule,
}

#[derive(Debug)]
struct GroupedVariable {
    family: &'static dyn Scalar,
    /// The level of each of its groups.
    levels: Vec<usize>,
}

impl Posterior {
    /// The groups of observed rows whose own parameter was integrated out; empty unless every observed row is in just one.
    pub fn groups_left_out(&self) -> &[Group] {
        &self.groups().get_or_init(|| self.lay_groups()).groups
    }

    /// The log marginal likelihood of each group of [`Posterior::groups_left_out`] given the parameters of one draw, of which
    /// `log_lik` is what [`Posterior::log_lik`] writes.
    pub fn group_log_lik(
        &self,
        log_lik: &[f64],
        position: &[f64],
        streams: &mut dyn Streams,
        scratch: &mut ExpandScratch,
        out: &mut [f64],
    ) {
        let laid = self.groups().get_or_init(|| self.lay_groups());
        let work = scratch.groups.get_or_insert_with(|| Workspace::forward_only(&laid.schedule));
        execute::forward_with_draws(&laid.schedule, work, position, streams);
        let mut outputs = laid.schedule.outputs.iter().map(|output| work.array(&laid.schedule, output));
        let mut groups = laid.groups.iter().zip(out);
        for variable in &laid.variables {
            let mut next = || outputs.next().unwrap_or(&[]);
            let (values, parameters, prior) = (next(), [next(), next()], [next(), next()]);
            let at = |array: &[f64], level: usize| array.get(if array.len() == 1 { 0 } else { level }).copied();
            let of = |arrays: &[&[f64]; 2], level: usize| arrays.map(|array| at(array, level).unwrap_or(f64::NAN));
            for (level, (group, out)) in variable.levels.iter().zip(groups.by_ref()) {
                let value = at(values, *level).unwrap_or(f64::NAN);
                let rows: f64 = group.cells.iter().map(|cell| log_lik[*cell]).sum();
                let before = variable.family.log_density(value, &of(&prior, *level));
                let after = variable.family.log_density(value, &of(&parameters, *level));
                *out = rows + before - after;
            }
        }
    }

    fn lay_groups(&self) -> Groups {
        let compiled = self.compiled();
        let found = grouped(compiled).unwrap_or_default();
        let (mut groups, mut variables, mut outputs) = (Vec::new(), Vec::new(), Vec::new());
        for (conditional, cells) in found {
            let Some(prior) = conditional.prior else { continue };
            let Some(output) = compiled.outputs.iter().find(|o| o.node == conditional.node) else { continue };
            let levels: Vec<usize> = (0..cells.len()).filter(|level| !cells[*level].is_empty()).collect();
            groups.extend(levels.iter().map(|level| Group {
                variable: output.name.clone(),
                levels: output.shape.labels(self.bound(), *level),
                cells: cells[*level].clone(),
            }));
            outputs.push(conditional.node);
            outputs.extend(conditional.parameters.iter().chain(&prior));
            variables.push(GroupedVariable { family: conditional.family, levels });
        }
        Groups { groups, variables, schedule: schedule(&compiled.graph, &Wanted { terms: &[], outputs: &outputs }) }
    }
}

type Found<'a> = Vec<(&'a crate::compiler::compiled::Conditional, Vec<Vec<usize>>)>;

/// For each conditional that rows hang on directly, the observed cells of each of its levels; none unless each observed
/// cell hangs on just one.
fn grouped(compiled: &Compiled) -> Option<Found<'_>> {
    let graph = &compiled.graph;
    let mut found: Vec<Vec<Vec<usize>>> =
        compiled.conditionals.iter().map(|c| vec![Vec::new(); graph.size(c.node)]).collect();
    let mut first = 0;
    for statement in compiled.densities.iter().filter(|d| d.rows.is_some()) {
        let cells = statement.density.cells;
        if cells == 0 {
            continue;
        }
        let likelihood = statement.likelihood.as_ref()?;
        let mut own = likelihood.arguments.all().into_iter().flat_map(|node| {
            let of = |(i, c): (usize, &crate::compiler::compiled::Conditional)| {
                c.prior?;
                Some((i, levels_of(graph, node, c.node)?))
            };
            compiled.conditionals.iter().enumerate().filter_map(of).collect::<Vec<_>>()
        });
        let (conditional, levels) = own.next()?;
        if own.next().is_some() || (levels.len() != cells && levels.len() != 1) || statement.weights.is_some() {
            return None;
        }
        for cell in 0..cells {
            let level = levels[if levels.len() == 1 { 0 } else { cell }] as usize;
            found[conditional].get_mut(level)?.push(first + cell);
        }
        first += cells;
    }
    let with_rows = |(_, cells): &(_, Vec<Vec<usize>>)| cells.iter().any(|c| !c.is_empty());
    let pairs = compiled.conditionals.iter().zip(found).filter(with_rows);
    Some(pairs.collect())
}

/// The level of a variable that each cell of an array is made from, one for each; none where it is not.
fn levels_of(graph: &Graph, id: NodeId, variable: NodeId) -> Option<Vec<u32>> {
    if id == variable {
        return Some((0..graph.size(id) as u32).collect());
    }
    let node = graph.node(id);
    match &node.op {
        Op::Gather(index) => {
            let inner = levels_of(graph, node.inputs[0], variable)?;
            Some(index.iter().map(|j| inner[*j as usize]).collect())
        }
        Op::Unary(_) | Op::Binary(_) => {
            // A complement, or a known factor: the other operand is constant.
            let mut moving = node.inputs.iter().filter(|x| graph.constant_of(**x).is_none());
            let (only, more) = (moving.next()?, moving.next());
            let levels = levels_of(graph, *only, variable).filter(|_| more.is_none())?;
            match (levels.len(), node.size) {
                (own, size) if own == size => Some(levels),
                (1, size) => Some(vec![levels[0]; size]),
                _ => None,
            }
        }
        _ => None,
    }
}
