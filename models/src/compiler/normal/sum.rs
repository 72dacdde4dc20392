//! Locations taken apart: sums of elements of nodes, each with a known factor.

use crate::compiler::graph::{Graph, NodeId, Op};
use crate::program::of_cell;
use crate::program::ops::{Binary, Unary};

/// A term of a location: for each cell an element of a node, and its factor.
#[derive(Clone)]
pub(super) struct Term {
    /// The node.
    pub node: NodeId,
    /// The element of each cell.
    pub index: Vec<u32>,
    /// The factor of each cell.
    pub factors: Vec<f64>,
}

/// Most nodes that a location is taken apart into.
const MOST_STEPS: usize = 1000;

/// The terms of a term, down to nodes that are `whole` and those that are no sum; none where there are too many.
pub(super) fn taken_apart(graph: &Graph, term: Term, whole: &dyn Fn(NodeId) -> bool) -> Option<Vec<Term>> {
    let mut sum = Sum { graph, whole, terms: Vec::new(), left: MOST_STEPS };
    sum.add(term)?;
    Some(sum.terms)
}

struct Sum<'a> {
    graph: &'a Graph,
    whole: &'a dyn Fn(NodeId) -> bool,
    terms: Vec<Term>,
    left: usize,
}

impl Sum<'_> {
    fn add(&mut self, Term { node: id, mut index, mut factors }: Term) -> Option<()> {
        self.left = self.left.checked_sub(1)?;
        let node = self.graph.node(id);
        if node.size == 1 {
            index.fill(0);
        }
        let known = |x: NodeId| self.graph.constant_of(x);
        match (&node.op, node.inputs.as_slice()) {
            _ if (self.whole)(id) => {}
            (Op::Gather(gather), &[source]) => {
                index.iter_mut().for_each(|i| *i = gather[*i as usize]);
                return self.add(Term { node: source, index, factors });
            }
            (Op::Unary(Unary::Negate), &[x]) => {
                factors.iter_mut().for_each(|f| *f = -*f);
                return self.add(Term { node: x, index, factors });
            }
            (Op::Binary(op @ (Binary::Add | Binary::Subtract)), &[a, b]) => {
                self.add(Term { node: a, index: index.clone(), factors: factors.clone() })?;
                if *op == Binary::Subtract {
                    factors.iter_mut().for_each(|f| *f = -*f);
                }
                return self.add(Term { node: b, index, factors });
            }
            (Op::Binary(op @ (Binary::Multiply | Binary::Divide)), &[a, b]) => {
                let divides = *op == Binary::Divide;
                let scaled = match (known(a), known(b)) {
                    (None, Some(by)) => Some((a, by)),
                    (Some(by), None) if !divides => Some((b, by)),
                    _ => None,
                };
                if let Some((x, by)) = scaled {
                    for (factor, i) in factors.iter_mut().zip(&index) {
                        let by = of_cell(by, *i as usize);
                        *factor = if divides { *factor / by } else { *factor * by };
                    }
                    return self.add(Term { node: x, index, factors });
                }
            }
            _ => {}
        }
        self.terms.push(Term { node: id, index, factors });
        Some(())
    }
}
