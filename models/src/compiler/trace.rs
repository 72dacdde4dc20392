//! Arguments of likelihoods traced back to a variable: cell by cell, which level of it, times which known factor, plus
//! which known offset. So `1 - p[g]`, `-p[g] + 1`, `if swapped then 1 - p[g] else p[g]` and `exposure * r[g] / 2` show
//! the variable that they are of, whatever stands around it.

use super::compiled::SampledBlock;
use super::graph::{Graph, Node, NodeId, Op};
use crate::program::of_cell;
use crate::program::ops::{Binary, Unary};
use std::cell::Cell;

/// For each cell of a likelihood: `factor × variable[level] + offset`.
pub(super) struct Traced {
    /// The level of each cell.
    pub levels: Vec<u32>,
    /// The factor and the offset of each cell; none where they are 1 and 0 everywhere.
    affine: Option<Vec<(f64, f64)>>,
}

impl Traced {
    /// The variable itself.
    fn plain(levels: Vec<u32>) -> Self {
        Traced { levels, affine: None }
    }

    /// The factor and the offset of a cell.
    pub fn affine(&self, cell: usize) -> (f64, f64) {
        self.affine.as_ref().map_or(PLAIN, |affine| affine[cell])
    }

    /// Whether every cell is the variable as it is.
    pub fn is_plain(&self) -> bool {
        self.affine.iter().flatten().all(|affine| *affine == PLAIN)
    }

    /// With other factors and offsets: from the cell, its factor and its offset.
    fn map(mut self, f: impl Fn(usize, f64, f64) -> (f64, f64)) -> Self {
        let cells = self.levels.len();
        let affine = self.affine.get_or_insert_with(|| vec![PLAIN; cells]);
        affine.iter_mut().enumerate().for_each(|(i, x)| *x = f(i, x.0, x.1));
        self
    }

    /// Times a known factor of each cell.
    fn times(self, by: impl Fn(usize) -> f64) -> Self {
        self.map(|i, factor, offset| (factor * by(i), offset * by(i)))
    }

    /// Plus a known number for each cell.
    fn plus(self, number: impl Fn(usize) -> f64) -> Self {
        self.map(|i, factor, offset| (factor, offset + number(i)))
    }

    /// The sum of two; none where a cell of it is of two levels.
    fn with(self, other: &Traced) -> Option<Self> {
        let add = |i, factor, offset| (factor + other.affine(i).0, offset + other.affine(i).1);
        (self.levels == other.levels).then(|| self.map(add))
    }
}

/// The factor and the offset of the variable as it is.
const PLAIN: (f64, f64) = (1.0, 0.0);

/// Follows an argument of as many cells, or of one vector for all, back to a variable; none where it does not come to
/// that in every cell.
pub(super) fn trace(graph: &Graph, block: &SampledBlock, argument: NodeId, cells: usize) -> Option<Traced> {
    let size = graph.size(argument);
    if size == 0 {
        return None;
    }
    let places =
        if size == cells { (0..cells as u32).collect() } else { (0..cells).map(|i| (i % size) as u32).collect() };
    Trace { graph, block, left: Cell::new(MOST_STEPS) }.follow(argument, places)
}

/// Most nodes that are followed: an argument that names what it is made of again and again is not worth more.
const MOST_STEPS: usize = 1000;

struct Trace<'a> {
    graph: &'a Graph,
    block: &'a SampledBlock,
    left: Cell<usize>,
}

impl Trace<'_> {
    /// Follows some places of a node.
    fn follow(&self, id: NodeId, places: Vec<u32>) -> Option<Traced> {
        if id == self.block.node {
            return Some(Traced::plain(places));
        }
        self.left.set(self.left.get().checked_sub(1)?);
        let node = self.graph.node(id);
        match (&node.op, node.inputs.as_slice()) {
            (Op::Gather(index), &[source]) => {
                self.follow(source, places.iter().map(|place| index[*place as usize]).collect())
            }
            (Op::Unary(Unary::InvLogit), _) if self.is_complement(node) => {
                Some(Traced::plain(places).times(|_| -1.0).plus(|_| 1.0))
            }
            (Op::Unary(Unary::Negate), &[x]) => Some(self.follow(x, places)?.times(|_| -1.0)),
            (Op::Binary(f), &[a, b]) => self.binary(*f, a, b, &places),
            (Op::Select, &[condition, a, b]) => self.select(condition, a, b, &places),
            _ => None,
        }
    }

    /// The same places of an operand, which may be one number for all.
    fn places_in(&self, operand: NodeId, places: &[u32]) -> Vec<u32> {
        if self.graph.size(operand) == 1 { vec![0; places.len()] } else { places.to_vec() }
    }

    fn binary(&self, f: Binary, a: NodeId, b: NodeId, places: &[u32]) -> Option<Traced> {
        let follow = |x| self.follow(x, self.places_in(x, places));
        let known = |x| {
            let values = self.graph.constant_of(x)?;
            Some(move |i: usize| of_cell(values, places[i] as usize))
        };
        match (f, known(a), known(b)) {
            (Binary::Multiply, Some(c), None) => Some(follow(b)?.times(c)),
            (Binary::Multiply, None, Some(c)) => Some(follow(a)?.times(c)),
            (Binary::Divide, None, Some(c)) => Some(follow(a)?.times(|i| 1.0 / c(i))),
            (Binary::Add, Some(c), None) => Some(follow(b)?.plus(c)),
            (Binary::Add, None, Some(c)) => Some(follow(a)?.plus(c)),
            (Binary::Subtract, Some(c), None) => Some(follow(b)?.times(|_| -1.0).plus(c)),
            (Binary::Subtract, None, Some(c)) => Some(follow(a)?.plus(|i| -c(i))),
            (Binary::Add, None, None) => follow(a)?.with(&follow(b)?),
            (Binary::Subtract, None, None) => follow(a)?.with(&follow(b)?.times(|_| -1.0)),
            _ => None,
        }
    }

    /// Each place by the branch that its known condition takes.
    fn select(&self, condition: NodeId, a: NodeId, b: NodeId, places: &[u32]) -> Option<Traced> {
        let condition = self.graph.constant_of(condition)?;
        let mut all = Traced { levels: vec![0; places.len()], affine: Some(vec![PLAIN; places.len()]) };
        for (branch, wanted) in [(a, true), (b, false)] {
            let holds = |cell: &usize| (condition[places[*cell] as usize] != 0.0) == wanted;
            let cells: Vec<usize> = (0..places.len()).filter(holds).collect();
            if cells.is_empty() {
                continue;
            }
            let own: Vec<u32> = cells.iter().map(|cell| places[*cell]).collect();
            let traced = self.follow(branch, self.places_in(branch, &own))?;
            for (i, cell) in cells.into_iter().enumerate() {
                all.levels[cell] = traced.levels[i];
                all.affine.iter_mut().for_each(|affine| affine[cell] = traced.affine(i));
            }
        }
        Some(all)
    }

    /// Whether a node is 1 less the variable, which has a form that does not round.
    fn is_complement(&self, node: &Node) -> bool {
        let inner = node.inputs.first().map(|x| self.graph.node(*x));
        let negated = inner.filter(|inner| matches!(inner.op, Op::Unary(Unary::Negate)));
        let source = negated.and_then(|inner| inner.inputs.first()).map(|x| &self.graph.node(*x).op);
        matches!(source, Some(Op::Parameter(offset)) if *offset == self.block.offset)
    }
}
