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

use crate::compiler::compiled::{Compiled, Conditional, ConditionalPrior, StatementDensity};
use crate::compiler::graph::{Graph, NodeId, Op};
use crate::distributions::Scalar;
use crate::posterior::{ExpandScratch, Posterior};
use crate::program::execute::{self, Workspace};
use crate::program::of_cell;
use crate::program::sampler::Streams;
use crate::program::schedule::{Schedule, Wanted, schedule};
use crate::special::lgamma;
use std::collections::BTreeMap;

/// A group of observed rows: those of one level of an integrated-out variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The variable.
    pub variable: String,
    /// The labels of its level; of a variable of simplexes without their own index.
    pub levels: Vec<String>,
    /// Its observed cells, as [`Posterior::log_lik`] writes them.
    pub cells: Vec<usize>,
}

/// The groups of a posterior, and the program of what their marginal likelihoods are made of.
#[derive(Debug)]
pub(crate) struct Groups {
    groups: Vec<Group>,
    /// The kinds of cells of each group ([`Posterior::alike`]), and how often each counts there.
    kinds: Vec<Vec<(u32, f64)>>,
    variables: Vec<GroupedVariable>,
    schedule: Schedule,
}

#[derive(Debug)]
struct GroupedVariable {
    /// Which of the conditionals it is.
    conditional: usize,
    family: Family,
    /// The level of each of its groups.
    levels: Vec<usize>,
}

/// What a variable and its prior are made of, level by level, in the order in which the program gives it: the value, the
/// parameters of the conditional, and those of the prior.
#[derive(Debug)]
enum Family {
    /// A rate by its logarithm and that of its complement.
    Beta,
    /// A rate by its logarithm and itself.
    Gamma,
    /// A simplex of that width by its logarithms.
    Simplexes(usize),
    /// Any other number with two parameters.
    Scalars(&'static dyn Scalar),
}

impl Posterior {
    /// The groups of observed rows whose own parameter was integrated out, those of which a row counts; empty unless every
    /// observed row is in just one.
    pub fn groups_left_out(&self) -> &[Group] {
        &self.laid_groups().groups
    }

    fn laid_groups(&self) -> &Groups {
        self.groups().get_or_init(|| self.lay_groups())
    }

    /// The conditionals of the variables of [`Posterior::groups_left_out`].
    pub(crate) fn grouped_conditionals(&self) -> impl Iterator<Item = &Conditional> {
        let all = &self.compiled().conditionals;
        self.laid_groups().variables.iter().map(|variable| &all[variable.conditional])
    }

    /// The log marginal likelihood of each group of [`Posterior::groups_left_out`] given the parameters of one draw, of which
    /// `log_lik` is what [`Posterior::log_lik_of_kinds`] writes. Rows with a weight count so many times.
    pub fn group_log_lik(
        &self,
        log_lik: &[f64],
        position: &[f64],
        streams: &mut dyn Streams,
        scratch: &mut ExpandScratch,
        out: &mut [f64],
    ) {
        let laid = self.laid_groups();
        let work = scratch.groups.get_or_insert_with(|| Workspace::forward_only(&laid.schedule));
        execute::forward_with_draws(&laid.schedule, work, position, streams);
        let mut outputs = laid.schedule.outputs.iter().map(|output| work.array(&laid.schedule, output));
        let mut groups = laid.kinds.iter().zip(out);
        for variable in &laid.variables {
            let surplus = variable.family.surplus(|| outputs.next().unwrap_or(&[]));
            for (level, (kinds, out)) in variable.levels.iter().zip(groups.by_ref()) {
                let rows: f64 = kinds.iter().map(|(kind, count)| count * log_lik[*kind as usize]).sum();
                *out = rows + surplus(*level);
            }
        }
    }

    fn lay_groups(&self) -> Groups {
        let compiled = self.compiled();
        let of_conditionals = grouped(compiled).unwrap_or_default();
        let weights = self.row_weights();
        let mut graph = compiled.graph.clone();
        let (mut groups, mut variables, mut outputs) = (Vec::new(), Vec::new(), Vec::new());
        for (i, cells) in of_conditionals.into_iter().enumerate() {
            let conditional = &compiled.conditionals[i];
            let Some(output) = compiled.outputs.iter().find(|o| o.node == conditional.node) else { continue };
            let width = conditional.prior.width();
            let levels: Vec<usize> = (0..cells.len()).filter(|level| !cells[*level].is_empty()).collect();
            if levels.is_empty() {
                continue;
            }
            groups.extend(levels.iter().map(|level| {
                let mut labels = output.shape.labels(self.bound(), level * width);
                if matches!(conditional.prior, ConditionalPrior::Simplexes(..)) {
                    labels.pop();
                }
                Group { variable: output.name.clone(), levels: labels, cells: cells[*level].clone() }
            }));
            let family = Family::of(conditional, &mut graph, &mut outputs);
            variables.push(GroupedVariable { conditional: i, family, levels });
        }
        let kinds = groups.iter().map(|group: &Group| self.counted(group.cells.iter().copied(), &weights)).collect();
        Groups { groups, kinds, variables, schedule: schedule(&graph, &Wanted { terms: &[], outputs: &outputs }) }
    }
}

impl Posterior {
    /// The kinds of some observed cells ([`Posterior::alike`]), and how often each counts.
    pub fn counted(&self, cells: impl IntoIterator<Item = usize>, weights: &[f64]) -> Vec<(u32, f64)> {
        let kinds = &self.alike().kinds;
        let mut counts: BTreeMap<u32, f64> = BTreeMap::new();
        cells.into_iter().for_each(|cell| *counts.entry(kinds[cell]).or_default() += weights[cell]);
        counts.into_iter().collect()
    }
}

impl Family {
    /// The family of a conditional, and what the program is to compute of it.
    fn of(conditional: &Conditional, graph: &mut Graph, outputs: &mut Vec<NodeId>) -> Self {
        let (node, after) = (conditional.node, conditional.parameters);
        let prior = match conditional.prior {
            ConditionalPrior::Scalars(prior) => prior,
            ConditionalPrior::Simplexes(prior, width) => {
                outputs.extend([graph.log(node), after[0], prior]);
                return Family::Simplexes(width);
            }
        };
        let family = match conditional.family.name() {
            "Beta" => {
                outputs.extend([graph.log(node), graph.log1m(node)]);
                Family::Beta
            }
            "Gamma" => {
                outputs.extend([graph.log(node), node]);
                Family::Gamma
            }
            _ => {
                outputs.push(node);
                Family::Scalars(conditional.family)
            }
        };
        outputs.extend(after.into_iter().chain(prior));
        family
    }

    /// log p(t | h) - log p(t | y, h) of each level, given what the program computed in its order.
    fn surplus<'a>(&'a self, mut next: impl FnMut() -> &'a [f64]) -> Box<dyn Fn(usize) -> f64 + 'a> {
        let at = |array: &[f64], level: usize| {
            array.get(if array.len() == 1 { 0 } else { level }).copied().unwrap_or(f64::NAN)
        };
        let mut pair = || [next(), next()];
        match self {
            Family::Beta => {
                let (logs, after, before) = (pair(), pair(), pair());
                Box::new(move |level| {
                    let of = |arrays: [&[f64]; 2]| arrays.map(|array| at(array, level));
                    simplex_surplus(&of(logs), &of(after), &of(before))
                })
            }
            Family::Gamma => {
                let (values, after, before) = (pair(), pair(), pair());
                Box::new(move |level| {
                    let of = |arrays: [&[f64]; 2]| arrays.map(|array| at(array, level));
                    gamma_surplus(of(values), of(after), of(before))
                })
            }
            Family::Simplexes(width) => {
                let (logs, after, before) = (next(), next(), next());
                Box::new(move |level| {
                    let of = |array: &'a [f64]| array.get(level * width..(level + 1) * width).unwrap_or(&[f64::NAN]);
                    simplex_surplus(of(logs), of(after), of(before))
                })
            }
            Family::Scalars(family) => {
                let (values, after, before) = (next(), [next(), next()], [next(), next()]);
                Box::new(move |level| {
                    let (value, of) = (at(values, level), |arrays: [&[f64]; 2]| arrays.map(|array| at(array, level)));
                    family.log_density(value, &of(before)) - family.log_density(value, &of(after))
                })
            }
        }
    }
}

/// The log density of a simplex under Dirichlet(before) less that under Dirichlet(after), by its logarithms: parts that the
/// data do not speak of cancel, however near to 0 they are.
fn simplex_surplus(logs: &[f64], after: &[f64], before: &[f64]) -> f64 {
    let normaliser = |a: &[f64]| lgamma(a.iter().sum()) - a.iter().map(|a| lgamma(*a)).sum::<f64>();
    let parts = logs.iter().zip(before.iter().zip(after)).filter(|(_, (before, after))| before != after);
    parts.map(|(log, (before, after))| (before - after) * log).sum::<f64>() + normaliser(before) - normaliser(after)
}

/// The same of a rate under Gamma(shape, rate), by its logarithm.
fn gamma_surplus([log, value]: [f64; 2], after: [f64; 2], before: [f64; 2]) -> f64 {
    let normaliser = |[shape, rate]: [f64; 2]| shape * rate.ln() - lgamma(shape);
    let power = if before[0] == after[0] { 0.0 } else { (before[0] - after[0]) * log };
    power - (before[1] - after[1]) * value + normaliser(before) - normaliser(after)
}

/// For each conditional that rows hang on directly, the observed cells of each of its levels; none unless each observed
/// cell hangs on just one.
fn grouped(compiled: &Compiled) -> Option<Vec<Vec<Vec<usize>>>> {
    let levels = |c: &Conditional| compiled.graph.size(c.node) / c.prior.width().max(1);
    let mut found: Vec<Vec<Vec<usize>>> = compiled.conditionals.iter().map(|c| vec![Vec::new(); levels(c)]).collect();
    let mut first = 0;
    for statement in compiled.densities.iter().filter(|d| d.rows.is_some()) {
        let cells = statement.density.cells;
        if cells == 0 {
            continue;
        }
        let (conditional, levels) = hangs_on(compiled, statement)?;
        for cell in 0..cells {
            let level = of_cell(&levels, cell);
            found[conditional].get_mut(level)?.push(first + cell);
        }
        first += cells;
    }
    Some(found)
}

/// The one conditional that the cells of an observed statement hang on directly, and the level of each cell, or of all.
fn hangs_on(compiled: &Compiled, statement: &StatementDensity) -> Option<(usize, Vec<usize>)> {
    let graph = &compiled.graph;
    let arguments = statement.likelihood.as_ref()?.arguments.all();
    let mut own = arguments.into_iter().flat_map(|node| {
        let of = |(i, c): (usize, &Conditional)| Some((i, levels_of(graph, node, c.node)?));
        compiled.conditionals.iter().enumerate().filter_map(of).collect::<Vec<_>>()
    });
    let (conditional, scalars) = own.next()?;
    if own.next().is_some() {
        return None;
    }
    let width = compiled.conditionals[conditional].prior.width();
    let levels = scalars.chunks(width).map(|whole| whole_level(whole, width)).collect::<Option<Vec<usize>>>()?;
    (levels.len() == statement.density.cells || levels.len() == 1).then_some((conditional, levels))
}

/// The level whose scalars these are, all of them in their order.
fn whole_level(scalars: &[u32], width: usize) -> Option<usize> {
    let first = *scalars.first()? as usize;
    let in_order = scalars.iter().enumerate().all(|(j, scalar)| *scalar as usize == first + j);
    (scalars.len() == width && first.is_multiple_of(width) && in_order).then_some(first / width)
}

/// The scalar of a variable that each cell of an array is made from, one for each; none where it is not.
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
