//! The arguments of a distribution as nodes: checked where they are known, and turned into the canonical list.

use super::context::Context;
use super::graph::{Graph, NodeId, Segments};
use super::statements::Compiler;
use super::value::Numbers;
use crate::distributions::{Distribution, Domain};
use crate::error::{Error, ErrorKind};
use crate::program::of_cell;
use crate::program::ops::{Binary, Reduction, Unary};
use crate::resolve::Matched;
use crate::syntax::{Expr, Span};

/// The arguments of one call, as nodes over the cells of a context.
#[derive(Clone, Debug)]
pub struct Arguments {
    /// The distribution.
    pub distribution: &'static dyn Distribution,
    /// Which of its argument lists.
    pub list: usize,
    /// One node for each argument of that list, in order; none where `n` is left out.
    pub nodes: Vec<Option<Numbers>>,
    /// The length and index of the vector argument, if there is one.
    pub width: Option<super::value::Width>,
    /// The call in the text.
    pub span: Span,
}

impl Arguments {
    /// The node of argument `i` of the list.
    pub fn node(&self, i: usize) -> Option<NodeId> {
        self.nodes.get(i).copied().flatten().map(|n| n.node)
    }

    /// The nodes of all arguments.
    pub fn all(&self) -> Vec<NodeId> {
        self.nodes.iter().flatten().map(|n| n.node).collect()
    }
}

impl Compiler<'_> {
    /// Reads the arguments of a call in a context, and checks those that are constant.
    pub(super) fn arguments(
        &mut self,
        matched: &Matched<'_>,
        span: Span,
        context: &Context,
    ) -> Result<Arguments, Error> {
        let mut nodes = Vec::new();
        let mut width = None;
        let mut expressions = Vec::new();
        for (name, domain, expr) in matched.each() {
            let Some(expr) = expr else {
                nodes.push(None);
                continue;
            };
            let numbers = self.numbers(expr, context)?;
            match (domain.is_vector(), numbers.width) {
                (true, None) => {
                    let text = expr.span.of(self.bound.model.text());
                    let message = format!(
                        "`{name}` of {} needs a vector, and `{text}` is a single number",
                        matched.distribution.name()
                    );
                    return Err(Error::new(ErrorKind::Shape { message, help: None }, expr.span));
                }
                (false, Some(w)) => return Err(self.vector_found(expr, w)),
                (true, Some(w)) => width = Some(w),
                (false, None) => {}
            }
            self.check_domain(matched.distribution, name, domain, expr, &numbers, context)?;
            nodes.push(Some(numbers));
            expressions.push((name, expr));
        }
        let arguments = Arguments { distribution: matched.distribution, list: matched.list, nodes, width, span };
        self.check_joint(&arguments, &expressions, context)?;
        Ok(arguments)
    }

    fn check_domain(
        &self,
        distribution: &dyn Distribution,
        name: &str,
        domain: Domain,
        expr: &Expr,
        numbers: &Numbers,
        context: &Context,
    ) -> Result<(), Error> {
        let Some(values) = self.graph.constant_of(numbers.node) else { return Ok(()) };
        let k = numbers.width.map_or(1, |w| w.length).max(1);
        let bad = values
            .chunks(k)
            .position(|v| if domain.is_vector() { !domain.contains_vector(v) } else { !domain.contains(v[0]) });
        let Some(cell) = bad else { return Ok(()) };
        let cells = &values[cell * k..(cell + 1) * k];
        if cells.iter().any(|v| !v.is_finite()) && context.in_density {
            self.check_finite(expr, numbers.node, k, context)?;
        }
        let value = cells.iter().copied().find(|v| !domain.contains(*v)).unwrap_or_else(|| cells.iter().sum());
        let kind = ErrorKind::ArgumentDomain {
            name: distribution.name().into(),
            argument: name.into(),
            value,
            expected: domain.phrase().into(),
            expression: expr.span.of(self.bound.model.text()).into(),
        };
        Err(self.at_cell(Error::new(kind, expr.span), cell, values.len() > k, context))
    }

    /// Adds the row of a cell to an error, where the cells are rows and differ.
    pub(super) fn at_cell(&self, error: Error, cell: usize, differs: bool, context: &Context) -> Error {
        match &context.rows {
            Some(rows) if differs || rows.len() == 1 => match rows.get(cell) {
                Some(row) => error.at_row(self.bound.table_row(*row)),
                None => error,
            },
            _ => error,
        }
    }

    /// Conditions between arguments (lower < upper, sd against mean), where all are constant.
    fn check_joint(
        &self,
        arguments: &Arguments,
        expressions: &[(&str, &Expr)],
        context: &Context,
    ) -> Result<(), Error> {
        if arguments.distribution.scalar().is_none() {
            return Ok(());
        }
        let constants: Option<Vec<_>> = arguments.all().iter().map(|n| self.graph.constant_of(*n).cloned()).collect();
        let Some(constants) = constants.filter(|c| !c.is_empty() && c.iter().all(|v| !v.is_empty())) else {
            return Ok(());
        };
        let cells = constants.iter().map(|c| c.len()).max().unwrap_or(1);
        for cell in 0..cells {
            let values: Vec<f64> = constants.iter().map(|c| of_cell(c, cell)).collect();
            let Some(violation) = arguments.distribution.violation(arguments.list, &values) else { continue };
            let given: Vec<String> = expressions.iter().zip(&values).map(|((n, _), v)| format!("{n} = {v}")).collect();
            let (name, expr) = expressions[violation.argument.min(expressions.len() - 1)];
            let kind = ErrorKind::ArgumentDomain {
                name: arguments.distribution.name().into(),
                argument: name.into(),
                value: values[violation.argument.min(values.len() - 1)],
                expected: format!("{} (given {})", violation.must_be, given.join(", ")),
                expression: expr.span.of(self.bound.model.text()).into(),
            };
            return Err(self.at_cell(Error::new(kind, expr.span), cell, cells > 1, context));
        }
        Ok(())
    }

    /// Brings a scalar argument to one number for each element of the vector argument.
    pub(super) fn spread(&mut self, scalar: NodeId, k: usize) -> NodeId {
        if self.graph.size(scalar) == 1 { scalar } else { self.graph.repeat(scalar, k) }
    }

    /// Brings the vector argument and a scalar to one size.
    pub(super) fn vector_with(&mut self, vector: NodeId, scalar: NodeId, k: usize) -> (NodeId, NodeId) {
        let n = self.graph.size(scalar);
        let vector = if n > 1 && self.graph.size(vector) == k { self.graph.tile(vector, n) } else { vector };
        (vector, self.spread(scalar, k))
    }

    /// The canonical arguments, vectors last, as the samplers and the kernels of the canonical list take them.
    pub(super) fn canonical(&mut self, arguments: &Arguments) -> Vec<NodeId> {
        let a = arguments.all();
        let k = arguments.width.map_or(1, |w| w.length);
        let g = &mut self.graph;
        match (arguments.distribution.name(), arguments.list, a.as_slice()) {
            ("Beta", 1, &[mean, concentration]) => by_mean(g, mean, concentration).into(),
            ("Beta", 2, &[mean, sd]) => {
                let one = g.scalar(1.0);
                let complement = g.binary(Binary::Subtract, one, mean);
                let product = g.binary(Binary::Multiply, mean, complement);
                let square = g.binary(Binary::Multiply, sd, sd);
                let ratio = g.binary(Binary::Divide, product, square);
                let concentration = g.binary(Binary::Subtract, ratio, one);
                by_mean(g, mean, concentration).into()
            }
            ("Gamma", 1, &[mean, sd]) => {
                let ratio = g.binary(Binary::Divide, mean, sd);
                let shape = g.binary(Binary::Multiply, ratio, ratio);
                let rate = g.binary(Binary::Divide, ratio, sd);
                vec![shape, rate]
            }
            ("NegativeBinomial", 1, &[successes, p]) => {
                let logit = g.logit(p);
                let negated = g.unary(Unary::Negate, logit);
                let odds = g.unary(Unary::Exp, negated);
                let mean = g.binary(Binary::Multiply, successes, odds);
                vec![mean, successes]
            }
            ("BetaBinomial", 1, &[n, mean, concentration]) => {
                let [alpha, beta] = by_mean(g, mean, concentration);
                vec![n, alpha, beta]
            }
            ("Dirichlet", 1, &[mean, concentration]) => {
                let (mean, concentration) = self.vector_with(mean, concentration, k);
                vec![self.graph.binary(Binary::Multiply, mean, concentration)]
            }
            ("DirichletMultinomial", 1, &[n, mean, concentration]) => {
                let (mean, concentration) = self.vector_with(mean, concentration, k);
                vec![n, self.graph.binary(Binary::Multiply, mean, concentration)]
            }
            _ => a,
        }
    }

    /// The sum of each vector.
    pub(super) fn vector_sum(&mut self, vector: NodeId, k: usize) -> NodeId {
        let groups = self.graph.size(vector) / k.max(1);
        self.graph.reduce(Reduction::Sum, vector, Segments::Equal(k), groups)
    }
}

/// alpha and beta from mean and concentration; beta from `1 - mean` on the best scale, never as a difference.
fn by_mean(g: &mut Graph, mean: NodeId, concentration: NodeId) -> [NodeId; 2] {
    let one = g.scalar(1.0);
    let complement = g.binary(Binary::Subtract, one, mean);
    [g.binary(Binary::Multiply, mean, concentration), g.binary(Binary::Multiply, complement, concentration)]
}
