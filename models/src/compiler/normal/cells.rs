//! Rows of a normal likelihood that agree in all but what was observed: a cell, with its mean and the squares about it.
//!
//! For rows i of one location m and one scale s, counted w_i times,
//!
//! ```text
//! Σ w_i log N(y_i; m, s) = W log N(ȳ; m, s) − Q/(2 s²),   W = Σ w_i, ȳ = Σ w_i y_i / W, Q = Σ w_i (y_i − ȳ)²
//! ```

use super::Spread;
use super::children::{Child, Term};
use crate::compiler::collapse::refine;
use crate::compiler::compiled::Compiled;
use crate::compiler::graph::{Graph, NodeId, Op};
use crate::program::of_cell;
use crate::program::ops::{Binary, Unary};
use std::sync::Arc;

/// What the rows of each cell were.
pub(super) struct Cells {
    /// One of its rows.
    pub rows: Arc<[u32]>,
    /// The mean of what was observed, less what is known of its location.
    pub means: Vec<f64>,
    /// The sum of squares about it.
    pub squares: Vec<f64>,
}

/// Makes cells of the rows of a child that agree in their level and in what else their location and scale are made of. A
/// child whose location has nothing else is made of its data alone, and one whose rows all differ stays as it is.
pub(super) fn collapse(compiled: &Compiled, child: &mut Child) {
    let graph = &compiled.graph;
    let Some(normal) = compiled.densities[child.statement].normal else { return };
    let (Some(observed), Spread::Scale(scale)) = (graph.constant_of(normal.value), normal.spread) else { return };
    let rows = child.levels.len();
    let is_known = |term: &Term| graph.constant_of(term.node).is_some();
    let varies = graph.size(scale) > 1 && graph.constant_of(scale).is_none();
    if observed.len() != rows || (child.rest.iter().all(is_known) && !varies) {
        return;
    }
    let mut taken = Taken { graph, terms: Vec::new(), left: MOST_STEPS };
    if child.rest.iter().any(|term| taken.apart(term.node, term.index.clone(), term.factors.clone()).is_none()) {
        return;
    }
    let (known, unknown): (Vec<Term>, Vec<Term>) = taken.terms.into_iter().partition(is_known);
    let Some(codes) = tell_apart(graph, child, &unknown, scale) else { return };
    let value = |row: usize| {
        let of =
            |term: &Term| graph.constant_of(term.node).map_or(0.0, |c| term.factors[row] * c[term.index[row] as usize]);
        observed[row] - known.iter().map(of).sum::<f64>()
    };
    child.merge(&codes, unknown, value);
}

/// Most nodes that a location is taken apart into.
const MOST_STEPS: usize = 1000;

/// The terms of a location down to where they are gathered from.
struct Taken<'a> {
    graph: &'a Graph,
    terms: Vec<Term>,
    left: usize,
}

impl Taken<'_> {
    /// Adds elements of a node, each with a factor; none where it is made of too many.
    fn apart(&mut self, id: NodeId, mut index: Vec<u32>, mut factors: Vec<f64>) -> Option<()> {
        self.left = self.left.checked_sub(1)?;
        let node = self.graph.node(id);
        if node.size == 1 {
            index.fill(0);
        }
        match (&node.op, node.inputs.as_slice()) {
            (Op::Gather(gather), &[source]) => {
                index.iter_mut().for_each(|i| *i = gather[*i as usize]);
                return self.apart(source, index, factors);
            }
            (Op::Unary(Unary::Negate), &[x]) => {
                factors.iter_mut().for_each(|f| *f = -*f);
                return self.apart(x, index, factors);
            }
            (Op::Binary(op @ (Binary::Add | Binary::Subtract)), &[a, b]) => {
                self.apart(a, index.clone(), factors.clone())?;
                if *op == Binary::Subtract {
                    factors.iter_mut().for_each(|f| *f = -*f);
                }
                return self.apart(b, index, factors);
            }
            (Op::Binary(Binary::Multiply), &[a, b]) => {
                let known = match (self.graph.constant_of(a), self.graph.constant_of(b)) {
                    (None, Some(c)) => Some((a, c)),
                    (Some(c), None) => Some((b, c)),
                    _ => None,
                };
                if let Some((x, c)) = known {
                    let of = |i: u32| of_cell(c, i as usize);
                    factors.iter_mut().zip(&index).for_each(|(f, i)| *f *= of(*i));
                    return self.apart(x, index, factors);
                }
            }
            _ => {}
        }
        self.terms.push(Term { node: id, index, factors });
        Some(())
    }
}

/// The cell of each row; none where no two rows agree.
fn tell_apart(graph: &Graph, child: &Child, terms: &[Term], scale: NodeId) -> Option<Vec<u32>> {
    let mut codes = child.levels.clone();
    let mut count = refine(&mut codes, |row| child.factors[row].to_bits());
    for term in terms.iter().chain(&child.shift) {
        refine(&mut codes, |row| u64::from(term.index[row]));
        count = refine(&mut codes, |row| term.factors[row].to_bits());
    }
    match &graph.node(scale).op {
        _ if graph.size(scale) == 1 => {}
        Op::Constant(values) => count = refine(&mut codes, |row| values[row].to_bits()),
        Op::Gather(index) => count = refine(&mut codes, |row| u64::from(index[row])),
        _ => return None,
    }
    (count < codes.len()).then_some(codes)
}

impl Child {
    /// Makes a cell of the rows with one code. `terms` are those of the location that are not known.
    fn merge(&mut self, codes: &[u32], terms: Vec<Term>, value: impl Fn(usize) -> f64) {
        let count = codes.iter().max().map_or(0, |last| *last as usize + 1);
        let mut first = vec![u32::MAX; count];
        codes.iter().enumerate().rev().for_each(|(row, code)| first[*code as usize] = row as u32);
        let total = |of: &dyn Fn(usize) -> f64| {
            let mut sums = vec![0.0; count];
            codes.iter().enumerate().for_each(|(row, code)| sums[*code as usize] += self.weights[row] * of(row));
            sums
        };
        let weights = total(&|_| 1.0);
        let sums = total(&|row| value(row));
        let means: Vec<f64> = sums.iter().zip(&weights).map(|(s, w)| s / w).collect();
        let squares = total(&|row| (value(row) - means[codes[row] as usize]).powi(2));
        let pick = |term: Term| Term {
            node: term.node,
            index: first.iter().map(|row| term.index[*row as usize]).collect(),
            factors: first.iter().map(|row| term.factors[*row as usize]).collect(),
        };
        self.rest = terms.into_iter().map(pick).collect();
        self.shift = std::mem::take(&mut self.shift).into_iter().map(pick).collect();
        self.levels = first.iter().map(|row| self.levels[*row as usize]).collect();
        self.factors = first.iter().map(|row| self.factors[*row as usize]).collect();
        self.informed = self.factors.iter().map(|factor| *factor != 0.0).collect();
        self.weights = weights;
        self.cells = Some(Cells { rows: first.into(), means, squares });
    }
}
