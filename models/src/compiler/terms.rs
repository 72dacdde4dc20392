//! The sum of all densities, simplified.
//!
//! What is gathered and then summed is summed with the counts of the gather instead; sums, differences and constant
//! factors are taken apart; equal nodes merge their weights. So the normaliser that a million rows share is computed
//! once, with weight a million.

use super::compiled::{Compiled, StatementDensity};
use super::density::{Counts, Part};
use super::graph::{Graph, NodeId, Op};
use crate::program::instruction::Weight;
use crate::program::of_cell;
use crate::program::ops::{Binary, Unary};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The nodes whose weighted sums make the log density.
pub fn gather_terms(compiled: &Compiled) -> Vec<(NodeId, Weight)> {
    let graph = &compiled.graph;
    let mut terms = Terms { graph, open: BTreeMap::new(), found: Vec::new() };
    for statement in &compiled.densities {
        for part in statement.entering() {
            terms.add(part.node, part_weight(graph, part, statement));
        }
    }
    // A prior is drawn from and has no density: there guards are asked for by themselves.
    if !compiled.densities.is_empty() {
        compiled.guards.iter().for_each(|guard| terms.add(guard.entering, Weight::Uniform(1.0)));
    }
    terms.take_apart();
    terms.found
}

/// How often each number of a part counts.
fn part_weight(graph: &Graph, part: &Part, statement: &StatementDensity) -> Weight {
    let elements = match &part.counts {
        Counts::Cells(elements) => *elements,
        Counts::Weighted(weights) if graph.size(part.node) == weights.len() => {
            let equal = weights.windows(2).all(|w| w[0] == w[1]);
            return if equal { Weight::Uniform(weights[0]) } else { Weight::Each(weights.clone()) };
        }
        // Arguments that are the same for all: one number stands for every merged cell.
        Counts::Weighted(weights) => return Weight::Uniform(weights.iter().sum()),
        Counts::Of(cells) => return Weight::Uniform(if graph.size(part.node) == *cells { 1.0 } else { *cells as f64 }),
        Counts::Once => return Weight::Uniform(1.0),
    };
    let cells = statement.density.cells;
    let each = graph.size(part.node) == elements * cells;
    match &statement.weights {
        None if each => Weight::Uniform(1.0),
        None => Weight::Uniform(cells as f64),
        Some(weights) if each => Weight::Each(weights.iter().flat_map(|w| std::iter::repeat_n(*w, elements)).collect()),
        Some(weights) => Weight::Uniform(weights.iter().sum()),
    }
}

/// Nodes whose weighted sums are still to be taken apart, and those that cannot be.
struct Terms<'a> {
    graph: &'a Graph,
    open: BTreeMap<NodeId, Weight>,
    found: Vec<(NodeId, Weight)>,
}

impl Terms<'_> {
    /// Takes all apart, each node once: what it is computed from stands before it.
    fn take_apart(&mut self) {
        while let Some((id, weight)) = self.open.pop_last() {
            self.split(id, weight);
        }
        self.found.reverse();
    }

    fn split(&mut self, id: NodeId, weight: Weight) {
        let graph = self.graph;
        let node = graph.node(id);
        match (&node.op, node.inputs.as_slice()) {
            (Op::Gather(index), &[source]) => {
                let mut counts = vec![0.0; graph.size(source)];
                for (i, j) in index.iter().enumerate() {
                    counts[*j as usize] += weight.at(i);
                }
                self.add(source, Weight::Each(counts.into()));
            }
            (Op::Binary(op @ (Binary::Add | Binary::Subtract)), &[a, b]) => {
                let sign = if *op == Binary::Add { 1.0 } else { -1.0 };
                self.add(a, self.onto(&weight, node.size, a));
                let right = scale(&self.onto(&weight, node.size, b), sign);
                self.add(b, right);
            }
            (Op::Unary(Unary::Negate), &[a]) => self.add(a, scale(&weight, -1.0)),
            (Op::Binary(Binary::Multiply), &[a, b]) => match (graph.constant_of(a), graph.constant_of(b)) {
                (Some(c), None) => self.add_scaled(b, c, &weight, node.size),
                (None, Some(c)) => self.add_scaled(a, c, &weight, node.size),
                _ => self.found.push((id, weight)),
            },
            _ => self.found.push((id, weight)),
        }
    }

    fn add_scaled(&mut self, id: NodeId, factor: &Arc<[f64]>, weight: &Weight, size: usize) {
        let product = match (weight, factor.as_ref()) {
            (Weight::Uniform(w), [f]) => Weight::Uniform(w * f),
            _ => Weight::Each((0..size).map(|i| weight.at(i) * of_cell(factor, i)).collect()),
        };
        let onto = self.onto(&product, size, id);
        self.add(id, onto);
    }

    /// The weight of an operand: that of the whole, summed where the operand is one number for all cells.
    fn onto(&self, weight: &Weight, size: usize, operand: NodeId) -> Weight {
        if self.graph.size(operand) == size {
            return weight.clone();
        }
        Weight::Uniform(match weight {
            Weight::Uniform(w) => w * size as f64,
            Weight::Each(w) => w.iter().sum(),
        })
    }

    /// Adds a node to those still to be taken apart; equal nodes merge their weights.
    fn add(&mut self, id: NodeId, weight: Weight) {
        let sum = match (self.open.remove(&id), weight) {
            (None, weight) => weight,
            (Some(Weight::Uniform(a)), Weight::Uniform(b)) => Weight::Uniform(a + b),
            (Some(old), weight) => Weight::Each((0..self.graph.size(id)).map(|i| old.at(i) + weight.at(i)).collect()),
        };
        self.open.insert(id, sum);
    }
}

fn scale(weight: &Weight, factor: f64) -> Weight {
    match weight {
        Weight::Uniform(w) => Weight::Uniform(w * factor),
        Weight::Each(w) => Weight::Each(w.iter().map(|w| w * factor).collect()),
    }
}
