//! Rows of a normal likelihood that agree in all but what was observed: a cell, with its mean and the squares about it.
//!
//! For rows i of one location m and one scale s, counted w_i times,
//!
//! ```text
//! Σ w_i log N(y_i; m, s) = W log N(ȳ; m, s) − Q/(2 s²),   W = Σ w_i, ȳ = Σ w_i y_i / W, Q = Σ w_i (y_i − ȳ)²
//! ```

use super::Spread;
use super::children::Child;
use super::sum::{Term, taken_apart};
use crate::compiler::collapse::refine;
use crate::compiler::compiled::Compiled;
use crate::compiler::graph::{Graph, NodeId, Op};
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
    let apart = |term: &Term| taken_apart(graph, term.clone(), &|_| false);
    let Some(terms) = child.rest.iter().map(apart).collect::<Option<Vec<_>>>() else { return };
    let (known, unknown): (Vec<Term>, Vec<Term>) = terms.into_iter().flatten().partition(is_known);
    let Some(codes) = tell_apart(graph, child, &unknown, scale) else { return };
    let value = |row: usize| {
        let of =
            |term: &Term| graph.constant_of(term.node).map_or(0.0, |c| term.factors[row] * c[term.index[row] as usize]);
        observed[row] - known.iter().map(of).sum::<f64>()
    };
    child.merge(&codes, unknown, value);
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
