//! The graph: what a bound model means, as arrays computed from arrays.
//!
//! A node is an array of `size` numbers. Nodes are made by the constructors below, which fold constants, share equal
//! nodes, keep every computation in the smallest array that holds it (a function of a region's effect is computed per
//! region and then gathered to the rows, not per row), and recognise values that have a better-conditioned form: the
//! logarithm of an `inv_logit` is never taken of a rounded probability. A distribution sees the expression behind a name
//! because a name is a node.

use crate::program::fused::Fused;
use crate::program::of_cell;
use crate::program::ops::{Binary, Reduction, Unary};
use crate::program::sampler::Sampler;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

mod scales;
mod shapes;

/// A node of a [`Graph`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub(crate) u32);

impl NodeId {
    /// The position of the node in the graph; inputs of a node stand before it.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// How the cells of an array fall into segments.
#[derive(Clone, Debug)]
pub enum Segments {
    /// Segments of equal length.
    Equal(usize),
    /// Segment `i` is `ends[i - 1] .. ends[i]`.
    Ragged(Arc<[u32]>),
}

impl Segments {
    /// The cells of segment `i`.
    #[inline]
    pub fn range(&self, i: usize) -> std::ops::Range<usize> {
        match self {
            Segments::Equal(k) => i * k..(i + 1) * k,
            Segments::Ragged(ends) => (if i == 0 { 0 } else { ends[i - 1] as usize })..ends[i] as usize,
        }
    }
}

/// What a node computes.
#[derive(Clone, Debug)]
pub enum Op {
    /// Known before sampling.
    Constant(Arc<[f64]>),
    /// A slice of the unconstrained position that begins at the offset.
    Parameter(usize),
    /// A slice of the centring weights of a chain that begins at the offset: fixed while a trajectory runs.
    Weights(usize),
    /// An elementwise function of one array.
    Unary(Unary),
    /// An elementwise function of two arrays; one of them may be of size 1.
    Binary(Binary),
    /// `if c then a else b`, elementwise.
    Select,
    /// A function with its own partial derivatives, elementwise.
    Fused(&'static Fused),
    /// `out[i] = in[index[i]]`
    Gather(Arc<[u32]>),
    /// One number for each segment.
    Reduce(Reduction, Segments),
    /// A constant matrix, row by row, times a vector of that many columns.
    Linear(Arc<[f64]>, usize),
    /// Reals to the logits of a simplex: each group of k - 1 becomes k numbers that sum to 0, an orthonormal image.
    Simplex(usize),
    /// Interleaves its inputs: `out[i k + j] = in_j[i]`.
    Stack,
    /// Drawn at random given the inputs; the number tells draws apart.
    Draw(Sampler, u32),
}

/// A node: what it computes, from which nodes, and how many numbers it holds.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it computes.
    pub op: Op,
    /// The nodes it computes from.
    pub inputs: Vec<NodeId>,
    /// How many numbers it holds.
    pub size: usize,
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum Key {
    Scalar(u64),
    Unary(Unary, NodeId),
    Binary(Binary, NodeId, NodeId),
    Gather(usize, NodeId),
    Reduce(Reduction, usize, NodeId),
    Fused(usize, Vec<NodeId>),
}

/// A directed acyclic graph of array operations.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    nodes: Vec<Node>,
    shared: HashMap<Key, NodeId>,
    /// The regular indices of `repeat` and `tile`, one of each shape, so that equal gathers are shared.
    regular: HashMap<(bool, usize, usize), Arc<[u32]>>,
    /// Constants that came from `exp` or `inv_logit` of a constant, whose rounded value may have lost it.
    folded: HashMap<NodeId, (Unary, NodeId)>,
    /// The logarithms that were asked for, and whether they could be had.
    logs: HashMap<NodeId, Option<NodeId>>,
    dimension: usize,
    weights: usize,
    draws: u32,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key")
    }
}

impl Graph {
    /// The node.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }

    /// All nodes, inputs first.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// How many numbers the node holds.
    pub fn size(&self, id: NodeId) -> usize {
        self.node(id).size
    }

    /// How many unconstrained reals the parameters have together.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// The values of a node known before sampling.
    pub fn constant_of(&self, id: NodeId) -> Option<&Arc<[f64]>> {
        match &self.node(id).op {
            Op::Constant(values) => Some(values),
            _ => None,
        }
    }

    /// The function and argument of a constant that came from `exp` or `inv_logit` of one.
    pub fn folded(&self, id: NodeId) -> Option<(Unary, NodeId)> {
        self.folded.get(&id).copied()
    }

    /// The value of a node that is one constant number.
    pub fn scalar_of(&self, id: NodeId) -> Option<f64> {
        self.constant_of(id).filter(|v| v.len() == 1).map(|v| v[0])
    }

    /// The size of what is computed cell by cell from arrays of one size and single numbers; nothing from nothing.
    fn common_size(&self, inputs: &[NodeId]) -> usize {
        let sizes = || inputs.iter().map(|x| self.size(*x));
        if sizes().any(|n| n == 0) { 0 } else { sizes().max().unwrap_or(1) }
    }

    fn push(&mut self, op: Op, inputs: Vec<NodeId>, size: usize) -> NodeId {
        let id = NodeId(self.nodes.len() as u32);
        self.nodes.push(Node { op, inputs, size });
        id
    }

    fn share(&mut self, key: Key, make: impl FnOnce() -> Node) -> NodeId {
        if let Some(id) = self.shared.get(&key) {
            return *id;
        }
        let node = make();
        let id = self.push(node.op, node.inputs, node.size);
        self.shared.insert(key, id);
        id
    }

    // ---- leaves ----

    /// A constant array.
    pub fn constant(&mut self, values: impl Into<Arc<[f64]>>) -> NodeId {
        let values = values.into();
        if let [value] = *values {
            return self.scalar(value);
        }
        let size = values.len();
        self.push(Op::Constant(values), Vec::new(), size)
    }

    /// A constant number.
    pub fn scalar(&mut self, value: f64) -> NodeId {
        self.share(Key::Scalar(value.to_bits()), || Node {
            op: Op::Constant(Arc::new([value])),
            inputs: Vec::new(),
            size: 1,
        })
    }

    /// The next `size` unconstrained reals.
    pub fn parameter(&mut self, size: usize) -> NodeId {
        let offset = self.dimension;
        self.dimension += size;
        self.push(Op::Parameter(offset), Vec::new(), size)
    }

    /// The next `size` centring weights.
    pub fn centring_weights(&mut self, size: usize) -> NodeId {
        let offset = self.weights;
        self.weights += size;
        self.push(Op::Weights(offset), Vec::new(), size)
    }

    /// How many centring weights there are.
    pub fn weights(&self) -> usize {
        self.weights
    }

    /// A random draw given the inputs.
    pub fn draw(&mut self, sampler: Sampler, inputs: Vec<NodeId>, size: usize) -> NodeId {
        self.draws += 1;
        self.push(Op::Draw(sampler, self.draws), inputs, size)
    }

    /// Whether any of some nodes is, or is computed from, one of such an operation.
    pub fn reaches(&self, mut open: Vec<NodeId>, wanted: impl Fn(&Op) -> bool) -> bool {
        let mut seen = HashSet::new();
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            let node = self.node(id);
            if wanted(&node.op) {
                return true;
            }
            open.extend(&node.inputs);
        }
        false
    }

    // ---- gathers ----

    /// `out[i] = source[index[i]]`
    pub fn gather(&mut self, source: NodeId, index: &Arc<[u32]>) -> NodeId {
        let node = self.node(source);
        if node.size == index.len() && index.iter().enumerate().all(|(i, &j)| i == j as usize) {
            return source;
        }
        match &node.op {
            Op::Constant(values) => {
                if let Some(&(f, argument)) = self.folded.get(&source) {
                    let argument = self.gather(argument, index);
                    return self.unary(f, argument);
                }
                let values: Arc<[f64]> = index.iter().map(|&j| values[j as usize]).collect();
                return self.constant(values);
            }
            Op::Gather(inner) => {
                let (inner, source) = (inner.clone(), node.inputs[0]);
                let composed: Arc<[u32]> = index.iter().map(|&j| inner[j as usize]).collect();
                return self.gather(source, &composed);
            }
            _ => {}
        }
        if node.size == 1 && index.len() == 1 {
            return source;
        }
        let (index, size) = (index.clone(), index.len());
        self.share(Key::Gather(index.as_ptr() as usize, source), || Node {
            op: Op::Gather(index),
            inputs: vec![source],
            size,
        })
    }

    /// Each cell `k` times in a row: from one for each group to one for each cell of the groups.
    pub fn repeat(&mut self, source: NodeId, k: usize) -> NodeId {
        let n = self.size(source);
        if n == 1 || k == 1 {
            return source;
        }
        let index = self.regular.entry((true, n, k)).or_insert_with(|| (0..n * k).map(|i| (i / k) as u32).collect());
        let index = index.clone();
        self.gather(source, &index)
    }

    /// The whole array `n` times over.
    pub fn tile(&mut self, source: NodeId, n: usize) -> NodeId {
        let k = self.size(source);
        if k == 1 || n == 1 {
            return source;
        }
        let index = self.regular.entry((false, n, k)).or_insert_with(|| (0..n * k).map(|i| (i % k) as u32).collect());
        let index = index.clone();
        self.gather(source, &index)
    }

    /// The source and index of a gather that makes its source larger: where it pays to compute before gathering.
    fn spread(&self, id: NodeId) -> Option<(NodeId, Arc<[u32]>)> {
        let node = self.node(id);
        match &node.op {
            Op::Gather(index) if self.size(node.inputs[0]) < node.size => Some((node.inputs[0], index.clone())),
            _ => None,
        }
    }

    // ---- elementwise ----

    /// An elementwise function of one array.
    pub fn unary(&mut self, f: Unary, x: NodeId) -> NodeId {
        if f == Unary::Log
            && self.folded.contains_key(&x)
            && let Some(log) = self.natural_log(x)
        {
            return log;
        }
        if let Some(values) = self.constant_of(x) {
            let values: Arc<[f64]> = values.iter().map(|&v| f.value(v)).collect();
            if matches!(f, Unary::Exp | Unary::InvLogit) {
                let size = values.len();
                let id = self.push(Op::Constant(values), Vec::new(), size);
                self.folded.insert(id, (f, x));
                return id;
            }
            return self.constant(values);
        }
        if let Some((source, index)) = self.spread(x) {
            let inner = self.unary(f, source);
            return self.gather(inner, &index);
        }
        let node = self.node(x);
        let argument = node.inputs.first().copied();
        match (f, &node.op, argument) {
            (Unary::Negate, Op::Unary(Unary::Negate), Some(y)) => return y,
            (Unary::Exp, Op::Unary(Unary::Log), Some(y)) => return y,
            (Unary::Exp, Op::Unary(Unary::LogInvLogit), Some(y)) => return self.unary(Unary::InvLogit, y),
            (Unary::Log, _, _) => {
                if let Some(y) = self.known_log(x) {
                    return y;
                }
            }
            (Unary::Log1p, Op::Unary(Unary::Negate), Some(y)) => {
                if let Some(z) = self.known_log1m(y) {
                    return z;
                }
            }
            _ => {}
        }
        let size = self.size(x);
        self.share(Key::Unary(f, x), || Node { op: Op::Unary(f), inputs: vec![x], size })
    }

    /// An elementwise function of two arrays of one size, or of an array and a number.
    pub fn binary(&mut self, f: Binary, a: NodeId, b: NodeId) -> NodeId {
        if f == Binary::Subtract
            && self.scalar_of(a) == Some(1.0)
            && self.folded.contains_key(&b)
            && let Some(c) = self.complement(b)
        {
            return c;
        }
        if let (Some(x), Some(y)) = (self.constant_of(a), self.constant_of(b)) {
            let n = self.common_size(&[a, b]);
            let values: Arc<[f64]> = (0..n).map(|i| f.value(of_cell(x, i), of_cell(y, i))).collect();
            return self.constant(values);
        }
        if let Some(simple) = self.simplify(f, a, b) {
            return simple;
        }
        match (self.spread(a), self.spread(b)) {
            (Some((x, i)), Some((y, j))) if Arc::ptr_eq(&i, &j) && self.size(x) == self.size(y) => {
                let inner = self.binary(f, x, y);
                return self.gather(inner, &i);
            }
            (Some((x, i)), _) if self.size(b) == 1 => {
                let inner = self.binary(f, x, b);
                return self.gather(inner, &i);
            }
            (_, Some((y, j))) if self.size(a) == 1 => {
                let inner = self.binary(f, a, y);
                return self.gather(inner, &j);
            }
            _ => {}
        }
        let size = self.common_size(&[a, b]);
        self.share(Key::Binary(f, a, b), || Node { op: Op::Binary(f), inputs: vec![a, b], size })
    }

    fn is_ones(&self, id: NodeId) -> bool {
        self.constant_of(id).is_some_and(|values| values.iter().all(|v| *v == 1.0))
    }

    /// Identities that save work or keep accuracy.
    fn simplify(&mut self, f: Binary, a: NodeId, b: NodeId) -> Option<NodeId> {
        let (x, y) = (self.scalar_of(a), self.scalar_of(b));
        match f {
            Binary::Maximum | Binary::Minimum => self.compare(f, a, b),
            _ if f.is_comparison() => self.compare(f, a, b),
            Binary::Add if x == Some(0.0) => Some(b),
            Binary::Add | Binary::Subtract if y == Some(0.0) => Some(a),
            Binary::Subtract if x == Some(0.0) => Some(self.unary(Unary::Negate, b)),
            Binary::Subtract if x == Some(1.0) => self.complement(b),
            Binary::Multiply if x == Some(1.0) => Some(b),
            Binary::Multiply if self.is_ones(a) && self.size(a) == self.size(b) => Some(b),
            Binary::Multiply | Binary::Divide if self.is_ones(b) && self.size(a) == self.size(b) => Some(a),
            Binary::Multiply | Binary::Divide | Binary::Power if y == Some(1.0) => Some(a),
            Binary::Power if y == Some(2.0) => Some(self.binary(Binary::Multiply, a, a)),
            Binary::Divide => {
                // A ratio of values known on the log scale is taken there, so that 1e-200 / 1e-210 is 1e10.
                let (la, lb) = (self.natural_log(a)?, self.natural_log(b)?);
                let difference = self.binary(Binary::Subtract, la, lb);
                Some(self.unary(Unary::Exp, difference))
            }
            _ => None,
        }
    }

    /// The function and argument a node is, even where both are constant.
    fn as_unary(&self, x: NodeId) -> Option<(Unary, NodeId)> {
        let node = self.node(x);
        match node.op {
            Op::Unary(f) => Some((f, *node.inputs.first()?)),
            _ => self.folded.get(&x).copied(),
        }
    }

    /// `1 - x`, where `x` is known on the logit scale or is itself 1 less something.
    fn complement(&mut self, x: NodeId) -> Option<NodeId> {
        if let Some((source, index)) = self.spread_or_gather(x) {
            let inner = self.complement(source)?;
            return Some(self.gather(inner, &index));
        }
        if let Some((Unary::InvLogit, argument)) = self.as_unary(x) {
            let negated = self.unary(Unary::Negate, argument);
            return Some(self.unary(Unary::InvLogit, negated));
        }
        let node = self.node(x);
        match (&node.op, node.inputs.as_slice()) {
            (Op::Binary(Binary::Subtract), &[one, y]) if self.scalar_of(one) == Some(1.0) => Some(y),
            _ => None,
        }
    }

    /// `if c then a else b`, elementwise; sizes equal or 1.
    pub fn select(&mut self, c: NodeId, a: NodeId, b: NodeId) -> NodeId {
        if let Some(c) = self.scalar_of(c) {
            return if c != 0.0 { a } else { b };
        }
        let size = self.common_size(&[c, a, b]);
        if let (Some(c), Some(x), Some(y)) = (self.constant_of(c), self.constant_of(a), self.constant_of(b)) {
            let pick = |i| if of_cell(c, i) != 0.0 { of_cell(x, i) } else { of_cell(y, i) };
            let values: Arc<[f64]> = (0..size).map(pick).collect();
            return self.constant(values);
        }
        self.push(Op::Select, vec![c, a, b], size)
    }

    /// A function with its own partial derivatives; inputs of one size or of size 1.
    pub fn fused(&mut self, f: &'static Fused, inputs: Vec<NodeId>) -> NodeId {
        let size = self.common_size(&inputs);
        let constants: Option<Vec<_>> = inputs.iter().map(|x| self.constant_of(*x).cloned()).collect();
        if let Some(constants) = constants {
            return self.constant(evaluate_fused(f, &constants, size));
        }
        if let Some(index) = self.common_spread(&inputs) {
            let inner = inputs.iter().map(|x| self.spread(*x).map_or(*x, |(source, _)| source)).collect();
            let node = self.fused(f, inner);
            return self.gather(node, &index);
        }
        let address = std::ptr::from_ref(f) as usize;
        self.share(Key::Fused(address, inputs.clone()), || Node { op: Op::Fused(f), inputs, size })
    }

    /// The index by which all inputs larger than one number are gathered from smaller arrays of one size.
    fn common_spread(&self, inputs: &[NodeId]) -> Option<Arc<[u32]>> {
        let mut common: Option<(Arc<[u32]>, usize)> = None;
        for input in inputs.iter().filter(|x| self.size(**x) > 1) {
            let (source, index) = self.spread(*input)?;
            match &common {
                None => common = Some((index, self.size(source))),
                Some((other, size)) if Arc::ptr_eq(other, &index) && *size == self.size(source) => {}
                Some(_) => return None,
            }
        }
        common.map(|(index, _)| index)
    }
}

/// A fused function of constants.
fn evaluate_fused(f: &Fused, inputs: &[Arc<[f64]>], size: usize) -> Vec<f64> {
    let wide: Vec<Vec<f64>> = inputs
        .iter()
        .map(|v| if v.len() == size { v.to_vec() } else { vec![v.first().copied().unwrap_or(f64::NAN); size] })
        .collect();
    let slices: Vec<&[f64]> = wide.iter().map(Vec::as_slice).collect();
    f.over(&slices).swap_remove(0)
}
