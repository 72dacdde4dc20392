//! Which likelihoods a normal variable has, and how their locations are made of it and of the rest.

use super::NormalLikelihood;
use super::cells::Cells;
use super::sum::{Term, taken_apart};
use crate::compiler::compiled::{Compiled, SampledBlock};
use crate::compiler::conjugate::{depends, guarding, touches};
use crate::compiler::graph::{Graph, NodeId};

/// A normal likelihood of a variable, its location taken apart.
pub(super) struct Child {
    /// The position of its statement.
    pub statement: usize,
    /// The level of the variable that each cell has.
    pub levels: Vec<u32>,
    /// The factor of that level.
    pub factors: Vec<f64>,
    /// Whether a cell tells of its level.
    pub informed: Vec<bool>,
    /// Other terms of the location, of which each level has one, with factors of 1 throughout.
    pub shift: Vec<Term>,
    /// The rest of the location.
    pub rest: Vec<Term>,
    /// How often each cell counts.
    pub weights: Vec<f64>,
    /// The rows that cells stand for; none where each row is a cell.
    pub cells: Option<Cells>,
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
        let (Term { index: levels, factors, .. }, terms) = split(graph, block, normal.location, cells)?;
        let (mut shift, mut rest) = (Vec::new(), Vec::new());
        for term in terms {
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

/// The level of a block that each cell of a location has, with its factor, and the other terms; none where the location is
/// not linear in the block, or has it twice.
fn split(graph: &Graph, block: &SampledBlock, location: NodeId, cells: usize) -> Option<(Term, Vec<Term>)> {
    let reaches = |node: NodeId| touches(graph, vec![node], block);
    let all = Term { node: location, index: (0..cells as u32).collect(), factors: vec![1.0; cells] };
    let terms = taken_apart(graph, all, &|node| node == block.node || !reaches(node))?;
    let (own, rest): (Vec<Term>, Vec<Term>) = terms.into_iter().partition(|term| term.node == block.node);
    let [own] = <[Term; 1]>::try_from(own).ok()?;
    let linear = own.factors.iter().all(|f| f.is_finite()) && !rest.iter().any(|term| reaches(term.node));
    linear.then_some((own, rest))
}
