//! Arguments that might leave their domain while sampling: where they do, there is no density.
//!
//! A scale that is computed as a difference, or a probability that is 1.5 times another, is in its domain for some positions
//! and not for others. Kernels are formulas, which go on beyond (the variance of a negative scale is positive), so that each
//! argument whose range (`range.rs`) does not prove it adds a term of its own: 0 inside of the domain, and minus infinity
//! outside. It stays whatever the passes make of the density that had the argument.

use super::arguments::Arguments;
use super::graph::{NodeId, Segments};
use super::statements::Compiler;
use crate::distributions::{Domain, SIMPLEX_TOLERANCE};
use crate::program::ops::{Binary, Reduction, Unary};
use crate::resolve::Matched;
use crate::syntax::Span;

/// An argument that is looked at while sampling.
#[derive(Clone, Debug)]
pub struct Guard {
    /// The variable or column whose distribution has it.
    pub name: String,
    /// The statement.
    pub span: Span,
    /// The distribution.
    pub distribution: &'static str,
    /// The argument.
    pub argument: &'static str,
    /// Where it must be.
    pub domain: Domain,
    /// The argument: one number, or as many as the statement has cells, or a vector of that length for each.
    pub value: NodeId,
    /// The length of a vector; 1 of a number.
    pub width: usize,
    /// 0 for each number or vector in the domain, and minus infinity outside.
    pub term: NodeId,
    /// The same without what only repeats: this enters the density.
    pub entering: NodeId,
}

impl Compiler<'_> {
    /// Guards the arguments of a statement of the density, as far as they need it.
    pub(super) fn guard(&mut self, name: &str, span: Span, matched: &Matched<'_>, arguments: &Arguments) {
        for ((argument, domain, _), numbers) in matched.each().zip(&arguments.nodes) {
            let Some(numbers) = numbers else { continue };
            let width = numbers.width.map_or(1, |w| w.length);
            let value = numbers.node;
            if self.is_inside(value, domain, width) {
                continue;
            }
            let term = self.outside(value, domain, width);
            self.out.guards.push(Guard {
                name: name.to_owned(),
                span,
                distribution: matched.distribution.name(),
                argument,
                domain,
                value,
                width,
                term,
                entering: term,
            });
        }
    }

    /// A draw where all arguments are in their domain, and NaN elsewhere.
    pub(super) fn nan_outside(&mut self, arguments: &Arguments, draw: NodeId) -> NodeId {
        let domains = arguments.distribution.argument_lists()[arguments.list].domains;
        let k = arguments.width.map_or(1, |w| w.length);
        let mut node = draw;
        for (domain, numbers) in domains.iter().zip(arguments.nodes.clone()) {
            let Some(numbers) = numbers else { continue };
            let (value, width) = (numbers.node, numbers.width.map_or(1, |w| w.length));
            if self.is_inside(value, *domain, width) {
                continue;
            }
            let inside = self.inside(value, *domain, width);
            let inside = self.spread(inside, k);
            let nan = self.graph.scalar(f64::NAN);
            node = self.graph.select(inside, node, nan);
        }
        node
    }

    /// Whether an argument is known to be in its domain: constants have been checked, and counts are constants.
    fn is_inside(&mut self, value: NodeId, domain: Domain, width: usize) -> bool {
        let checked = self.graph.constant_of(value).is_some() || domain == Domain::Count || width == 0;
        checked || self.ranges.proves(&self.graph, value, domain, width)
    }

    /// 0 where numbers or vectors are in the domain, minus infinity elsewhere.
    fn outside(&mut self, value: NodeId, domain: Domain, width: usize) -> NodeId {
        let inside = self.inside(value, domain, width);
        // Of 1 or 0, so that it is computed where the argument is, before that is gathered.
        self.graph.log(inside)
    }

    /// 1 where numbers or vectors are in the domain, 0 elsewhere.
    fn inside(&mut self, value: NodeId, domain: Domain, width: usize) -> NodeId {
        match domain {
            Domain::Real | Domain::Count => self.graph.scalar(1.0),
            Domain::Positive | Domain::PositiveVector => self.compare(value, Binary::Greater, 0.0),
            Domain::NonNegative => self.compare(value, Binary::GreaterEqual, 0.0),
            Domain::Unit => self.between(value, Binary::GreaterEqual, Binary::LessEqual),
            Domain::OpenUnit => self.between(value, Binary::Greater, Binary::Less),
            Domain::PositiveUnit => self.between(value, Binary::Greater, Binary::LessEqual),
            Domain::Simplex | Domain::OpenSimplex => {
                let groups = self.graph.size(value) / width;
                let sign = self.compare(value, Binary::GreaterEqual, 0.0);
                let signs = self.graph.reduce(Reduction::All, sign, Segments::Equal(width), groups);
                let sum = self.vector_sum(value, width);
                let one = self.graph.scalar(1.0);
                let off = self.graph.binary(Binary::Subtract, sum, one);
                let off = self.graph.unary(Unary::Abs, off);
                let close = self.compare(off, Binary::LessEqual, SIMPLEX_TOLERANCE);
                self.graph.binary(Binary::And, signs, close)
            }
        }
    }

    fn compare(&mut self, value: NodeId, how: Binary, with: f64) -> NodeId {
        let with = self.graph.scalar(with);
        self.graph.binary(how, value, with)
    }

    fn between(&mut self, value: NodeId, low: Binary, high: Binary) -> NodeId {
        let (above, below) = (self.compare(value, low, 0.0), self.compare(value, high, 1.0));
        self.graph.binary(Binary::And, above, below)
    }
}
