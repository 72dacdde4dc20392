//! Between which numbers a node lies, whatever the position: what need not be checked while sampling.

use super::graph::{Graph, NodeId, Op, Segments};
use super::transform::SOFTPLUS;
use crate::distributions::{Domain, Support};
use crate::program::ops::{Binary, Reduction, Unary};
use crate::program::sampler::Sampler;
use crate::special::{inv_logit, log_inv_logit, softplus};

/// What is known of all cells of a node, rounding and underflow apart. Nothing is claimed of cells that are NaN.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Range {
    /// No cell is below this.
    low: f64,
    /// No cell is above this.
    high: f64,
    /// All cells are above 0.
    positive: bool,
    /// All cells are below 1.
    below_one: bool,
}

impl Range {
    const REAL: Self = Self { low: f64::NEG_INFINITY, high: f64::INFINITY, positive: false, below_one: false };

    fn new(low: f64, high: f64) -> Self {
        let (low, high) = (or_else(low, f64::NEG_INFINITY), or_else(high, f64::INFINITY));
        Self { low, high, positive: low > 0.0, below_one: high < 1.0 }
    }

    /// Of some numbers, those that are NaN left out.
    fn of_numbers(values: &[f64]) -> Self {
        Self::new(
            values.iter().copied().fold(f64::INFINITY, f64::min),
            values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        )
    }

    /// Both together.
    fn hull(self, other: Self) -> Self {
        Self {
            low: self.low.min(other.low),
            high: self.high.max(other.high),
            positive: self.positive && other.positive,
            below_one: self.below_one && other.below_one,
        }
    }

    /// With what else is known.
    fn and(self, positive: bool, below_one: bool) -> Self {
        Self { positive: self.positive || positive, below_one: self.below_one || below_one, ..self }
    }

    fn is_in(self, domain: Domain) -> bool {
        match domain {
            Domain::Real => true,
            Domain::Positive | Domain::PositiveVector => self.positive,
            Domain::NonNegative => self.low >= 0.0,
            Domain::Unit => self.low >= 0.0 && self.high <= 1.0,
            Domain::OpenUnit => self.positive && self.below_one,
            Domain::PositiveUnit => self.positive && self.high <= 1.0,
            Domain::Count | Domain::Simplex | Domain::OpenSimplex => false,
        }
    }
}

fn or_else(x: f64, instead: f64) -> f64 {
    if x.is_nan() { instead } else { x }
}

/// A product of bounds, of which 0 times infinity is 0: what is multiplied is finite.
fn times(a: f64, b: f64) -> f64 {
    if a == 0.0 || b == 0.0 { 0.0 } else { a * b }
}

/// The ranges of the nodes of a graph, found once for each.
#[derive(Debug, Default)]
pub(super) struct Ranges(Vec<Range>);

impl Ranges {
    /// Whether all cells of a node are in a domain of numbers, or all its vectors of `k` in one of vectors.
    pub fn proves(&mut self, graph: &Graph, id: NodeId, domain: Domain, k: usize) -> bool {
        match domain {
            Domain::Simplex | Domain::OpenSimplex => self.is_simplex(graph, id, k),
            _ => self.of(graph, id).is_in(domain),
        }
    }

    fn of(&mut self, graph: &Graph, id: NodeId) -> Range {
        // Inputs stand before what is computed from them.
        for next in self.0.len()..=id.index() {
            let range = self.computed(graph, NodeId(next as u32));
            self.0.push(range);
        }
        self.0[id.index()]
    }

    fn computed(&self, graph: &Graph, id: NodeId) -> Range {
        let node = graph.node(id);
        let known = |x: &NodeId| self.0[x.index()];
        match (&node.op, node.inputs.as_slice()) {
            (Op::Constant(values), _) => Range::of_numbers(values),
            (Op::Weights(_), _) => Range::new(0.0, 1.0),
            (Op::Unary(f), [x]) => unary(*f, known(x)),
            (Op::Binary(Binary::Multiply), [a, b]) if a == b => {
                let x = known(a);
                let greatest = times(x.low, x.low).max(times(x.high, x.high));
                Range::new(0.0, greatest).and(x.positive || x.high < 0.0, x.low > -1.0 && x.below_one)
            }
            (Op::Binary(Binary::Subtract), &[x, total]) if is_total(graph, x, total).is_some() => {
                Range::new(f64::NEG_INFINITY, 0.0)
            }
            (Op::Binary(f), [a, b]) => binary(*f, known(a), known(b)),
            (Op::Fused(f), [_, scale]) if std::ptr::eq(*f, &SOFTPLUS) && known(scale).low >= 0.0 => {
                Range::new(0.0, f64::INFINITY).and(known(scale).positive, false)
            }
            (Op::Select, [_, a, b]) => known(a).hull(known(b)),
            (Op::Gather(_), [x]) => known(x),
            (Op::Reduce(how, segments), [x]) => reduced(*how, segments, known(x)),
            (Op::Linear(matrix, _), [x]) if known(x).low >= 0.0 && matrix.iter().all(|m| *m >= 0.0) => {
                Range::new(0.0, f64::INFINITY)
            }
            (Op::Draw(Sampler::Scalar(distribution), _), _) => of_support(distribution.support()),
            (Op::Stack, [first, others @ ..]) => others.iter().map(known).fold(known(first), Range::hull),
            _ => Range::REAL,
        }
    }

    /// Whether every vector of `k` is a simplex: a softmax, whole vectors of one, or two complements.
    fn is_simplex(&mut self, graph: &Graph, id: NodeId, k: usize) -> bool {
        let node = graph.node(id);
        match (&node.op, node.inputs.as_slice()) {
            // Constants have been checked.
            (Op::Constant(_), _) => true,
            (Op::Unary(Unary::Exp), &[log]) => {
                let difference = graph.node(log);
                match (&difference.op, difference.inputs.as_slice()) {
                    (Op::Binary(Binary::Subtract), &[x, total]) => is_total(graph, x, total) == Some(k),
                    _ => false,
                }
            }
            (Op::Gather(index), &[source]) => {
                let whole = |own: &[u32]| own[0].is_multiple_of(k as u32) && own.is_sorted_by(|a, b| a + 1 == *b);
                index.len().is_multiple_of(k) && index.chunks(k).all(whole) && self.is_simplex(graph, source, k)
            }
            (Op::Stack, &[a, b]) if k == 2 => {
                let unit = self.of(graph, a).is_in(Domain::Unit);
                unit && (is_complement(graph, a, b) || is_complement(graph, b, a))
            }
            _ => false,
        }
    }
}

/// The length of the vectors whose logarithms of sums of exponentials `total` has, each as often as `x` has cells of it.
fn is_total(graph: &Graph, x: NodeId, total: NodeId) -> Option<usize> {
    let node = graph.node(total);
    let (sums, index) = match &node.op {
        Op::Gather(index) => (*node.inputs.first()?, Some(index)),
        _ => (total, None),
    };
    let node = graph.node(sums);
    let Op::Reduce(Reduction::LogSumExp, Segments::Equal(k)) = node.op else { return None };
    let own = match index {
        Some(index) => index.iter().enumerate().all(|(i, j)| *j as usize == i / k),
        None => node.size == 1,
    };
    (own && node.inputs.first() == Some(&x)).then_some(k)
}

/// Whether `b` is 1 - `a`.
fn is_complement(graph: &Graph, a: NodeId, b: NodeId) -> bool {
    let input = |id: NodeId, i: usize| graph.node(id).inputs.get(i).copied();
    match (&graph.node(a).op, &graph.node(b).op) {
        (Op::Unary(Unary::InvLogit), Op::Unary(Unary::InvLogit)) => {
            let negated = input(b, 0).filter(|x| matches!(graph.node(*x).op, Op::Unary(Unary::Negate)));
            negated.and_then(|x| input(x, 0)) == input(a, 0)
        }
        (_, Op::Binary(Binary::Subtract)) => {
            input(b, 0).and_then(|one| graph.scalar_of(one)) == Some(1.0) && input(b, 1) == Some(a)
        }
        _ => false,
    }
}

/// Of draws, which are NaN where an argument of theirs is outside its domain.
fn of_support(support: Support) -> Range {
    match support {
        Support::Positive => Range::new(0.0, f64::INFINITY).and(true, false),
        Support::NonNegative | Support::Count | Support::CountUpTo { .. } | Support::Overlap { .. } => {
            Range::new(0.0, f64::INFINITY)
        }
        Support::Unit => Range::new(0.0, 1.0).and(true, true),
        Support::Binary => Range::new(0.0, 1.0),
        _ => Range::REAL,
    }
}

fn unary(f: Unary, x: Range) -> Range {
    let monotone = |f: fn(f64) -> f64| Range::new(f(x.low), f(x.high));
    match f {
        Unary::Negate => Range::new(-x.high, -x.low),
        Unary::Exp => monotone(f64::exp).and(true, x.high < 0.0),
        Unary::Expm1 => monotone(f64::exp_m1).and(x.positive, false),
        Unary::Log => Range::new(x.low.max(0.0).ln(), x.high.max(0.0).ln()),
        Unary::Log1p => Range::new(x.low.max(-1.0).ln_1p(), x.high.max(-1.0).ln_1p()).and(x.positive, false),
        Unary::Sqrt => Range::new(x.low.max(0.0).sqrt(), x.high.max(0.0).sqrt()).and(x.positive, x.below_one),
        Unary::Abs => {
            let low = if x.low > 0.0 || x.high < 0.0 { x.low.abs().min(x.high.abs()) } else { 0.0 };
            Range::new(low, x.low.abs().max(x.high.abs())).and(x.positive, false)
        }
        Unary::Floor => monotone(f64::floor),
        Unary::InvLogit => monotone(inv_logit).and(true, true),
        Unary::LogInvLogit => monotone(log_inv_logit),
        Unary::Softplus => monotone(softplus).and(true, false),
        Unary::Log1mExp => Range::new(f64::NEG_INFINITY, 0.0),
        Unary::Lgamma => Range::REAL,
        Unary::Not => Range::new(0.0, 1.0),
    }
}

fn binary(f: Binary, a: Range, b: Range) -> Range {
    let (nonnegative, positive) = (a.low >= 0.0 && b.low >= 0.0, a.positive && b.positive);
    match f {
        Binary::Add => {
            let sum = Range::new(a.low + b.low, a.high + b.high);
            sum.and(nonnegative && (a.positive || b.positive), false)
        }
        Binary::Subtract => Range::new(a.low - b.high, a.high - b.low),
        Binary::Multiply => {
            let ends = [times(a.low, b.low), times(a.low, b.high), times(a.high, b.low), times(a.high, b.high)];
            let fraction = nonnegative && a.high <= 1.0 && b.high <= 1.0 && (a.below_one || b.below_one);
            Range::of_numbers(&ends).and(positive, fraction)
        }
        Binary::Divide if a.low >= 0.0 && b.positive => {
            Range::new(times(a.low, 1.0 / b.high), times(a.high, 1.0 / b.low.max(0.0))).and(positive, false)
        }
        Binary::Power if a.low >= 0.0 => {
            let high = if a.high <= 1.0 && b.low >= 0.0 { 1.0 } else { f64::INFINITY };
            Range::new(0.0, high).and(a.positive, a.below_one && b.positive)
        }
        // An even power.
        Binary::Power if b.low == b.high && b.low % 2.0 == 0.0 => Range::new(0.0, f64::INFINITY),
        Binary::Divide | Binary::Power => Range::REAL,
        Binary::Maximum => {
            Range::new(a.low.max(b.low), a.high.max(b.high)).and(a.positive || b.positive, a.below_one && b.below_one)
        }
        Binary::Minimum => Range::new(a.low.min(b.low), a.high.min(b.high)).and(positive, a.below_one || b.below_one),
        Binary::Less
        | Binary::LessEqual
        | Binary::Greater
        | Binary::GreaterEqual
        | Binary::Equal
        | Binary::NotEqual
        | Binary::And
        | Binary::Or => Range::new(0.0, 1.0),
    }
}

fn reduced(how: Reduction, segments: &Segments, x: Range) -> Range {
    match (how, segments) {
        (Reduction::Sum, Segments::Equal(k)) => {
            Range::new(times(x.low, *k as f64), times(x.high, *k as f64)).and(x.positive && *k > 0, false)
        }
        // Of segments that may be empty, whose sum is 0.
        (Reduction::Sum, Segments::Ragged(_)) if x.low >= 0.0 => Range::new(0.0, f64::INFINITY),
        (Reduction::Maximum | Reduction::Minimum, _) => x,
        (Reduction::Any | Reduction::All, _) => Range::new(0.0, 1.0),
        (Reduction::LogSumExp | Reduction::Sum, _) => Range::REAL,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a node is proved to be in a domain.
    fn proves(graph: &Graph, id: NodeId, domain: Domain) -> bool {
        Ranges::default().proves(graph, id, domain, 1)
    }

    #[test]
    fn what_transforms_guarantee_is_proved() {
        let mut g = Graph::default();
        let (u, v) = (g.parameter(1), g.parameter(1));
        let (p, s) = (g.unary(Unary::InvLogit, u), g.unary(Unary::Exp, v));
        let (half, two) = (g.scalar(0.5), g.scalar(2.0));
        let fraction = g.binary(Binary::Multiply, half, p);
        let mixed = g.binary(Binary::Add, fraction, fraction);
        for id in [p, fraction, mixed] {
            assert!(proves(&g, id, Domain::Unit) && proves(&g, id, Domain::Positive));
        }
        assert!(proves(&g, p, Domain::OpenUnit) && proves(&g, fraction, Domain::OpenUnit));
        let double = g.binary(Binary::Multiply, two, p);
        assert!(!proves(&g, double, Domain::Unit) && proves(&g, double, Domain::NonNegative));
        let product = g.binary(Binary::Multiply, s, p);
        let (square, ratio) = (g.binary(Binary::Multiply, v, v), g.binary(Binary::Divide, s, p));
        assert!(proves(&g, product, Domain::Positive) && proves(&g, ratio, Domain::Positive));
        assert!(proves(&g, square, Domain::NonNegative) && !proves(&g, square, Domain::Positive));
        let difference = g.binary(Binary::Subtract, s, p);
        assert!(!proves(&g, u, Domain::NonNegative) && !proves(&g, difference, Domain::NonNegative));
    }

    #[test]
    fn a_covariate_tells_of_a_product() {
        let mut g = Graph::default();
        let v = g.parameter(1);
        let s = g.unary(Unary::Exp, v);
        let cases = [(vec![1.0, 2.0], true, true), (vec![0.0, 2.0], true, false), (vec![-1.0, 2.0], false, false)];
        for (x, nonnegative, positive) in cases {
            let x = g.constant(x);
            let id = g.binary(Binary::Multiply, s, x);
            let found = (proves(&g, id, Domain::NonNegative), proves(&g, id, Domain::Positive));
            assert_eq!(found, (nonnegative, positive));
        }
    }

    #[test]
    fn simplexes_are_known_and_others_are_not() {
        let mut g = Graph::default();
        let u = g.parameter(6);
        let log = g.log_softmax(u, 3);
        let softmax = g.unary(Unary::Exp, log);
        let simplex = |g: &Graph, id, k| Ranges::default().proves(g, id, Domain::Simplex, k);
        assert!(simplex(&g, softmax, 3) && !simplex(&g, softmax, 2));
        assert!(proves(&g, softmax, Domain::Unit));
        let (whole, cut) = (g.gather(softmax, &vec![3, 4, 5].into()), g.gather(softmax, &vec![2, 3, 4].into()));
        assert!(simplex(&g, whole, 3) && !simplex(&g, cut, 3));
        let v = g.parameter(1);
        let p = g.unary(Unary::InvLogit, v);
        let one = g.scalar(1.0);
        let q = g.binary(Binary::Subtract, one, p);
        let (complements, same) = (g.stack(vec![p, q]), g.stack(vec![p, p]));
        assert!(simplex(&g, complements, 2) && !simplex(&g, same, 2));
    }
}
