//! Poisson rates with a known exposure: u r, or exp(η + o) with o = log u.
//!
//! With counts k of rows that share r, and how often each row counts, w,
//!
//! ```text
//! Σ w (k log(u r) − u r) = U ((K/U) log r − r) + Σ w k log u,   K = Σ w k, U = Σ w u
//! ```
//!
//! so that the rows are a cell with the mean K/U that counts U times, and need not agree in their exposures.

use super::graph::{Graph, NodeId, Op};
use crate::distributions::poisson;
use crate::program::fused::Fused;
use crate::program::ops::Binary;
use std::sync::Arc;

/// A rate, or its logarithm, taken apart.
pub(super) struct Exposed {
    /// The rate, or its logarithm, of an exposure of one.
    pub rate: NodeId,
    /// The exposure of each row.
    pub exposure: Vec<f64>,
}

/// Most sums that are looked into.
const MOST_STEPS: usize = 1000;

/// Takes the argument of a Poisson kernel apart; none where it has no exposure, or one that is no positive number.
pub(super) fn exposed(graph: &mut Graph, f: &'static Fused, argument: NodeId) -> Option<Exposed> {
    let (rate, exposure) = if std::ptr::eq(f, &poisson::LINK_KERNEL) {
        let (rate, offset) = Offsets { graph, left: MOST_STEPS }.split(argument)?;
        (rate, offset.into_iter().map(f64::exp).collect())
    } else if std::ptr::eq(f, &poisson::RATE_KERNEL) {
        factor(graph, argument)?
    } else {
        return None;
    };
    let positive = |u: &f64| u.is_normal() && *u > 0.0;
    exposure.iter().all(positive).then_some(Exposed { rate, exposure })
}

/// The known factor of a product for each row, and what it is a factor of.
fn factor(graph: &Graph, product: NodeId) -> Option<(NodeId, Vec<f64>)> {
    let node = graph.node(product);
    let (Op::Binary(Binary::Multiply), &[a, b]) = (&node.op, node.inputs.as_slice()) else { return None };
    let known = |x: NodeId| graph.constant_of(x).filter(|values| values.len() == node.size);
    match (known(a), known(b)) {
        (Some(factor), None) => Some((b, factor.to_vec())),
        (None, Some(factor)) => Some((a, factor.to_vec())),
        _ => None,
    }
}

struct Offsets<'a> {
    graph: &'a mut Graph,
    left: usize,
}

impl Offsets<'_> {
    /// A sum without its known terms of each row, and those; none where it has none.
    fn split(&mut self, sum: NodeId) -> Option<(NodeId, Vec<f64>)> {
        self.left = self.left.checked_sub(1)?;
        let node = self.graph.node(sum);
        let (Op::Binary(op @ (Binary::Add | Binary::Subtract)), &[a, b]) = (&node.op, node.inputs.as_slice()) else {
            return None;
        };
        let (op, size) = (*op, node.size);
        let sign = if op == Binary::Add { 1.0 } else { -1.0 };
        if let Some(known) = self.known(b, size) {
            let (rest, offset) = self.split(a).unwrap_or_else(|| (a, vec![0.0; size]));
            return Some((rest, offset.iter().zip(known.iter()).map(|(o, x)| o + sign * x).collect()));
        }
        if let (Binary::Add, Some(known)) = (op, self.known(a, size)) {
            let (rest, offset) = self.split(b).unwrap_or_else(|| (b, vec![0.0; size]));
            return Some((rest, offset.iter().zip(known.iter()).map(|(o, x)| o + x).collect()));
        }
        let (left, right) = (self.split(a), self.split(b));
        let offset = match (&left, &right) {
            (None, None) => return None,
            (Some((_, x)), None) => x.clone(),
            (None, Some((_, y))) => y.iter().map(|y| sign * y).collect(),
            (Some((_, x)), Some((_, y))) => x.iter().zip(y).map(|(x, y)| x + sign * y).collect(),
        };
        let rest = |part: Option<(NodeId, Vec<f64>)>, whole| part.map_or(whole, |(rest, _)| rest);
        Some((self.graph.binary(op, rest(left, a), rest(right, b)), offset))
    }

    fn known(&self, id: NodeId, size: usize) -> Option<Arc<[f64]>> {
        self.graph.constant_of(id).filter(|values| values.len() == size && size > 1).cloned()
    }
}
