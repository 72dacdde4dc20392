//! Which variables can be integrated out, and the sufficient statistics their conditionals need.
//!
//! A variable leaves the density where everything observed that depends on it does so through a conjugate likelihood:
//! Beta under Bernoulli, Binomial, Geometric and NegativeBinomial(successes, p); Dirichlet under Categorical and
//! Multinomial; Gamma under Poisson (known positive factors on the rate allowed, and 0 where nothing was counted) and
//! Exponential. It may reach them through indexing, nesting and, for a probability, its complement, row by row one or
//! the other. The graph of the model as written shows that: the argument of the likelihood is traced back to the
//! variable, and nothing else in the density may touch it.

use super::compiled::{Compiled, Likelihood, SampledBlock, StatementDensity};
use super::graph::{Graph, NodeId, Op};
use super::guard::Guard;
use super::likelihood::Observations;
use super::trace::{Traced, trace};
use crate::distributions::{binomial, multinomial, negative_binomial, poisson};
use crate::program::of_cell;
use std::collections::HashMap;
use std::sync::Arc;

/// What the data add to the conditional of a variable, level by level.
#[derive(Clone, Debug)]
pub enum Statistics {
    /// Added to alpha and beta.
    Beta(Vec<f64>, Vec<f64>, Constant),
    /// Added to the concentrations, level after level.
    Dirichlet(Vec<f64>, Constant),
    /// Added to shape and rate.
    Gamma(Vec<f64>, Vec<f64>, Constant),
}

impl Statistics {
    /// Before any data; none for a distribution that is conjugate to no likelihood that is looked for here.
    fn none(block: &SampledBlock) -> Option<Self> {
        let zeros = || vec![0.0; block.shape.size()];
        match block.arguments.distribution.name() {
            "Beta" => Some(Statistics::Beta(zeros(), zeros(), Constant::default())),
            "Gamma" => Some(Statistics::Gamma(zeros(), zeros(), Constant::default())),
            "Dirichlet" => Some(Statistics::Dirichlet(zeros(), Constant::default())),
            _ => None,
        }
    }
}

/// The part of the log likelihood that the conditional does not hold: coefficients of the counts.
pub type Constant = crate::special::Sum;

/// Which variables are integrated out, and which observed columns their marginals absorb.
#[derive(Debug, Default)]
pub struct Plan {
    statistics: HashMap<String, Arc<Statistics>>,
    absorbed: HashMap<String, String>,
}

impl Plan {
    /// Whether nothing is integrated out.
    pub fn is_empty(&self) -> bool {
        self.statistics.is_empty()
    }

    /// What the data add to the conditional of a variable; none where it stays in the density.
    pub fn statistics(&self, variable: &str) -> Option<Arc<Statistics>> {
        self.statistics.get(variable).cloned()
    }

    /// The variable whose marginal holds the likelihood of a column.
    pub fn absorbs(&self, column: &str) -> Option<String> {
        self.absorbed.get(column).cloned()
    }
}

/// Finds what can be integrated out of a model as written.
pub fn plan(compiled: &Compiled) -> Plan {
    let graph = &compiled.graph;
    let mut plan = Plan::default();
    for block in compiled.sampled.iter().filter(|b| b.size > 0) {
        let Some(mut statistics) = Statistics::none(block) else { continue };
        let children: Vec<&StatementDensity> = children(compiled, block).collect();
        let conjugate = guarding(compiled, block).is_none()
            && children.iter().all(|child| {
                child.likelihood.as_ref().is_some_and(|l| add(graph, block, child, l, &mut statistics).is_some())
            });
        if conjugate && !children.is_empty() {
            plan.absorbed.extend(children.iter().map(|c| (c.name.clone(), block.name.clone())));
            plan.statistics.insert(block.name.clone(), Arc::new(statistics));
        }
    }
    plan
}

/// The densities that depend on a variable, but for its own.
pub(super) fn children<'a>(
    compiled: &'a Compiled,
    block: &'a SampledBlock,
) -> impl Iterator<Item = &'a StatementDensity> + 'a {
    compiled.densities.iter().filter(move |d| d.name != block.name && depends(&compiled.graph, d, block))
}

/// A guard that a variable is needed for, if there is one: its conditional knows nothing of that.
pub(super) fn guarding<'a>(compiled: &'a Compiled, block: &SampledBlock) -> Option<&'a Guard> {
    compiled.guards.iter().find(|guard| touches(&compiled.graph, vec![guard.term], block))
}

/// Whether the likelihood of a statement is conjugate to a variable.
pub(super) fn is_conjugate(graph: &Graph, block: &SampledBlock, child: &StatementDensity) -> bool {
    if block.arguments.distribution.name() == "Normal" {
        return child.normal.is_some();
    }
    let Some(mut statistics) = Statistics::none(block) else { return false };
    child.likelihood.as_ref().is_some_and(|l| add(graph, block, child, l, &mut statistics).is_some())
}

/// The first cell of a likelihood that a rate enters with a factor that leaves it no conjugate prior, and the factor.
pub(super) fn odd_factor(graph: &Graph, block: &SampledBlock, child: &StatementDensity) -> Option<(usize, f64)> {
    let likelihood = child.likelihood.as_ref()?;
    let Observations::Numbers(y) = &likelihood.observed else { return None };
    let name = likelihood.arguments.distribution.name();
    if !matches!(name, "Poisson" | "Exponential") {
        return None;
    }
    if block.arguments.distribution.name() != "Gamma" {
        return None;
    }
    let traced = trace(graph, block, likelihood.arguments.node(0)?, child.density.cells)?;
    let of_cell = |i: usize| Some(traced.affine(i)).filter(|(_, offset)| *offset == 0.0);
    let cell = (0..y.len()).find(|i| of_cell(*i).is_none_or(|(f, _)| of_rate(name, y[*i], f).is_none()))?;
    Some((cell, of_cell(cell)?.0))
}

/// What a count or a time adds to shape and rate of a Gamma that it has as its own rate times a known factor, and the part
/// of its log likelihood that the conditional does not hold; none where it is not conjugate.
fn of_rate(likelihood: &str, y: f64, factor: f64) -> Option<(f64, f64, f64)> {
    if !factor.is_finite() || factor < 0.0 {
        return None;
    }
    match likelihood {
        // Without exposure there is no count, whatever the rate.
        "Poisson" if factor == 0.0 => (y == 0.0).then_some((0.0, 0.0, 0.0)),
        "Poisson" => Some((y, factor, y * factor.ln() + poisson::base(y))),
        "Exponential" if factor > 0.0 => Some((1.0, factor * y, factor.ln())),
        _ => None,
    }
}

/// Whether the density of a statement touches the parameters of a block.
pub(super) fn depends(graph: &Graph, statement: &StatementDensity, block: &SampledBlock) -> bool {
    touches(graph, statement.entering().iter().map(|p| p.node).collect(), block)
}

/// Whether any of some nodes is computed from the parameters of a block.
pub(super) fn touches(graph: &Graph, nodes: Vec<NodeId>, block: &SampledBlock) -> bool {
    graph.reaches(nodes, |op| matches!(op, Op::Parameter(offset) if *offset == block.offset))
}

/// For a cell: what it adds to the first and to the second argument, and the coefficient of its count.
type CellCounts<'a> = Box<dyn Fn(usize) -> (f64, f64, f64) + 'a>;

/// Adds what one observed statement tells of a variable; none where it is not conjugate.
fn add(
    graph: &Graph,
    block: &SampledBlock,
    child: &StatementDensity,
    likelihood: &Likelihood,
    statistics: &mut Statistics,
) -> Option<()> {
    let cells = child.density.cells;
    let weight = |i: usize| child.weights.as_ref().map_or(1.0, |w| w[i]);
    let arguments = &likelihood.arguments;
    let data = |i: usize| graph.constant_of(arguments.node(i)?);
    let name = arguments.distribution.name();
    match (statistics, &likelihood.observed) {
        (Statistics::Beta(successes, failures, constant), Observations::Numbers(y)) => {
            let (p, counts): (NodeId, CellCounts<'_>) = match (name, arguments.list) {
                ("Bernoulli", _) => (arguments.node(0)?, Box::new(|i| (y[i], 1.0 - y[i], 0.0))),
                ("Binomial", _) => {
                    let n = data(0)?;
                    (
                        arguments.node(1)?,
                        Box::new(move |i| (y[i], of_cell(n, i) - y[i], binomial::base(y[i], of_cell(n, i)))),
                    )
                }
                ("Geometric", _) => (arguments.node(0)?, Box::new(|i| (1.0, y[i], 0.0))),
                ("NegativeBinomial", 1) => {
                    let r = data(0)?;
                    let base =
                        |k: f64, r: f64| crate::special::log_rising(r, k).0 + negative_binomial::successes_base(k);
                    (arguments.node(1)?, Box::new(move |i| (of_cell(r, i), y[i], base(y[i], of_cell(r, i)))))
                }
                _ => return None,
            };
            let traced = trace(graph, block, p, cells)?;
            for (i, level) in traced.levels.iter().enumerate() {
                let (mut a, mut b, base) = counts(i);
                match traced.affine(i) {
                    (1.0, 0.0) => {}
                    // The complement.
                    (-1.0, 1.0) => std::mem::swap(&mut a, &mut b),
                    _ => return None,
                }
                successes[*level as usize] += weight(i) * a;
                failures[*level as usize] += weight(i) * b;
                constant.add(weight(i) * base);
            }
        }
        (Statistics::Gamma(shapes, rates, constant), Observations::Numbers(y)) => {
            let traced = trace(graph, block, arguments.node(0)?, cells)?;
            for (i, level) in traced.levels.iter().enumerate() {
                let (factor, offset) = traced.affine(i);
                if offset != 0.0 {
                    return None;
                }
                let (shape, rate, base) = of_rate(name, y[i], factor)?;
                let level = *level as usize;
                shapes[level] += weight(i) * shape;
                rates[level] += weight(i) * rate;
                constant.add(weight(i) * base);
            }
        }
        (Statistics::Dirichlet(counts, constant), Observations::Counts(y, k)) if name == "Multinomial" => {
            let traced = trace_vectors(graph, block, arguments.node(1)?, cells, *k)?;
            for (i, level) in traced.into_iter().enumerate() {
                let own = &y[i * k..(i + 1) * k];
                own.iter().enumerate().for_each(|(j, y)| counts[level * k + j] += weight(i) * y);
                constant.add(weight(i) * multinomial::base(own));
            }
        }
        (Statistics::Dirichlet(counts, _), Observations::Categories(y, k)) if name == "Categorical" => {
            let traced = trace_vectors(graph, block, arguments.node(0)?, cells, *k)?;
            for (i, level) in traced.into_iter().enumerate() {
                counts[level * k + y[i] as usize] += weight(i);
            }
        }
        _ => return None,
    }
    Some(())
}

/// For each cell the level whose whole simplex it uses; none where it uses anything else.
fn trace_vectors(graph: &Graph, block: &SampledBlock, argument: NodeId, cells: usize, k: usize) -> Option<Vec<usize>> {
    let traced = trace(graph, block, argument, cells * k).filter(Traced::is_plain)?;
    let level = |vector: &[u32]| {
        let start = vector[0] as usize;
        let whole = start.is_multiple_of(k) && vector.iter().enumerate().all(|(j, i)| *i as usize == start + j);
        whole.then_some(start / k)
    };
    traced.levels.chunks(k).map(level).collect()
}
