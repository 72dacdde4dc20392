//! Which likelihoods a normal variable has, and how their locations are made of it and of the rest.

use super::NormalLikelihood;
use super::cells::Cells;
use crate::compiler::compiled::{Compiled, SampledBlock};
use crate::compiler::conjugate::{depends, guarding, touches};
use crate::compiler::graph::{Graph, NodeId, Op};
use crate::program::of_cell;
use crate::program::ops::{Binary, Unary};

/// A normal likelihood of a variable, its location taken apart.
pub(super) struct Child {
    /// The position of its statement.
    pub statement: usize,
    /// The level of the variable that each cell has, and its factor.
    pub levels: Vec<u32>,
    pub factors: Vec<f64>,
    /// Whether a cell tells of its level.
    pub informed: Vec<bool>,
    /// The other terms of the location: those that each level has one of, with factors of 1 throughout, and the rest.
    pub shift: Vec<Term>,
    pub rest: Vec<Term>,
    /// How often each cell counts.
    pub weights: Vec<f64>,
    /// The rows that cells stand for; none where each row is a cell.
    pub cells: Option<Cells>,
}

/// A term of a location: elements of a node, each with a factor.
pub(super) struct Term {
    pub node: NodeId,
    pub index: Vec<u32>,
    pub factors: Vec<f64>,
}

/// The children of a block, where all are normal and linear in it.
pub(super) fn children(compiled: &Compiled, block: &SampledBlock) -> Option<Vec<Child>> {
    let normal = block.arguments.distribution.name() == "Normal";
    if block.size == 0 || !normal || guarding(compiled, block).is_some() {
        return None;
    }
    let graph = &compiled.graph;
    let mut children = Vec::new();
    for (statement, density) in compiled.densities.iter().enumerate() {
        if density.name == block.name || !depends(graph, density, block) {
            continue;
        }
        let normal = density.normal?;
        if touches(graph, vec![normal.value, normal.spread.node()], block) {
            return None;
        }
        let cells = cells_of(graph, &normal);
        let mut split = Split { graph, block, own: None, terms: Vec::new() };
        split.descend(normal.location, (0..cells as u32).collect(), vec![1.0; cells])?;
        let (levels, factors) = split.own?;
        let (mut shift, mut rest) = (Vec::new(), Vec::new());
        for term in split.terms {
            let constant = graph.constant_of(term.node).is_some();
            let plain = factors.iter().chain(&term.factors).all(|f| *f == 1.0);
            let own = !constant && plain && by_level(&levels, &term.index, block.shape.size()).is_some();
            if own { shift.push(term) } else { rest.push(term) }
        }
        let weight = |i: usize| density.weights.as_ref().map_or(1.0, |w| w[i]);
        let informed = factors.iter().map(|factor| *factor != 0.0).collect();
        let weights = (0..levels.len()).map(weight).collect();
        children.push(Child { statement, levels, factors, informed, shift, rest, weights, cells: None });
    }
    let informed = children.iter().any(|c| c.informed.contains(&true));
    if let [_, _, ..] = children.as_slice() {
        // Several children share no shift: what shifts one does not shift the others.
        children.iter_mut().for_each(|c| c.rest.append(&mut c.shift));
    }
    informed.then_some(children)
}

fn cells_of(graph: &Graph, normal: &NormalLikelihood) -> usize {
    [normal.value, normal.location, normal.spread.node()].iter().map(|n| graph.size(*n)).max().unwrap_or(1)
}

/// For each level the element its cells have in common; none where they differ.
pub(super) fn by_level(levels: &[u32], index: &[u32], size: usize) -> Option<Vec<u32>> {
    let mut common = vec![u32::MAX; size];
    for (level, element) in levels.iter().zip(index) {
        let known = &mut common[*level as usize];
        if *known != u32::MAX && known != element {
            return None;
        }
        *known = *element;
    }
    common.iter_mut().filter(|e| **e == u32::MAX).for_each(|e| *e = 0);
    Some(common)
}

/// Takes a location apart into the variable and other terms.
struct Split<'a> {
    graph: &'a Graph,
    block: &'a SampledBlock,
    own: Option<(Vec<u32>, Vec<f64>)>,
    terms: Vec<Term>,
}

impl Split<'_> {
    fn descend(&mut self, id: NodeId, mut index: Vec<u32>, mut factors: Vec<f64>) -> Option<()> {
        let graph = self.graph;
        let node = graph.node(id);
        if node.size == 1 {
            index.fill(0);
        }
        if id == self.block.node {
            let first = self.own.is_none() && factors.iter().all(|f| f.is_finite());
            self.own = Some((index, factors));
            return first.then_some(());
        }
        if !touches(graph, vec![id], self.block) {
            self.terms.push(Term { node: id, index, factors });
            return Some(());
        }
        match (&node.op, node.inputs.as_slice()) {
            (Op::Gather(gather), &[source]) => {
                index.iter_mut().for_each(|i| *i = gather[*i as usize]);
                self.descend(source, index, factors)
            }
            (Op::Binary(op @ (Binary::Add | Binary::Subtract)), &[a, b]) => {
                self.descend(a, index.clone(), factors.clone())?;
                if *op == Binary::Subtract {
                    factors.iter_mut().for_each(|f| *f = -*f);
                }
                self.descend(b, index, factors)
            }
            (Op::Unary(Unary::Negate), &[a]) => {
                factors.iter_mut().for_each(|f| *f = -*f);
                self.descend(a, index, factors)
            }
            (Op::Binary(op @ (Binary::Multiply | Binary::Divide)), &[a, b]) => {
                let divide = *op == Binary::Divide;
                let (variable, constant) = match (graph.constant_of(a), graph.constant_of(b)) {
                    (None, Some(c)) => (a, c),
                    (Some(c), None) if !divide => (b, c),
                    _ => return None,
                };
                for (f, i) in factors.iter_mut().zip(&index) {
                    let c = of_cell(constant, *i as usize);
                    *f = if divide { *f / c } else { *f * c };
                }
                self.descend(variable, index, factors)
            }
            _ => None,
        }
    }
}
