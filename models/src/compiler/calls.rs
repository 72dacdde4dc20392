//! Functions and comprehensions.

use super::compiled::Stored;
use super::context::{Context, ContextVariable};
use super::graph::Segments;
use super::shape::CELL_LIMIT;
use super::statements::Compiler;
use super::value::{Numbers, Value};
use crate::bind::{Column, IndexId};
use crate::error::{Error, ErrorKind};
use crate::functions::{self, Aggregate, Elementwise, Function};
use crate::program::of_cell;
use crate::program::ops::{Binary, Reduction, Unary};
use crate::resolve::Item;
use crate::syntax::{Argument, Expr, ExprKind, Name, Span};
use std::sync::Arc;

impl Compiler<'_> {
    pub(super) fn call(
        &mut self,
        name: &Name,
        arguments: &[Argument],
        whole: &Expr,
        context: &Context,
    ) -> Result<Value, Error> {
        let Some(function) = functions::find(&name.text) else {
            return Err(Error::new(ErrorKind::UnknownFunction { name: name.text.clone(), nearest: None }, name.span));
        };
        let first = arguments.first().map(|a| &a.value).unwrap_or(whole);
        let numbers = match function {
            Function::Elementwise(f) => {
                let x = self.numbers(first, context)?;
                let node = match f {
                    Elementwise::Plain(f) => self.graph.unary(f, x.node),
                    Elementwise::Log => self.graph.log(x.node),
                    Elementwise::Logit => self.graph.logit(x.node),
                };
                Numbers { node, ..x }
            }
            Function::Softmax => {
                let x = self.numbers(first, context)?;
                let Some(width) = x.width else { return Err(self.vector_needed(name, first)) };
                let log = self.graph.log_softmax(x.node, width.length);
                Numbers { node: self.graph.unary(Unary::Exp, log), ..x }
            }
            Function::Dot => self.dot(first, arguments.get(1).map_or(first, |a| &a.value), whole.span, context)?,
            Function::New => {
                let stored = self.new_level(arguments, whole.span)?;
                let ids = stored.shape.indices();
                match ids.as_slice() {
                    [] => Numbers::scalar(stored.node),
                    [index] => Numbers::vector(stored.node, stored.shape.size(), Some(*index)),
                    _ => return Err(self.vector_needed(name, first)),
                }
            }
            Function::Aggregate(f) => return self.aggregate(f, name, arguments, context),
        };
        Ok(Value::Numbers(numbers, None))
    }

    fn vector_needed(&self, function: &Name, argument: &Expr) -> Error {
        let text = argument.span.of(self.bound.model.text());
        let message = format!("{} needs a vector, and `{text}` is a single number", function.text);
        Error::new(ErrorKind::Shape { message, help: None }, argument.span)
    }

    fn dot(&mut self, a: &Expr, b: &Expr, span: Span, context: &Context) -> Result<Numbers, Error> {
        let (x, y) = (self.numbers(a, context)?, self.numbers(b, context)?);
        for (numbers, expr) in [(&x, a), (&y, b)] {
            if numbers.width.is_none() {
                return Err(self.vector_needed(&Name { text: "dot".into(), span }, expr));
            }
        }
        self.check_operand(a, &x, &y, context)?;
        self.check_operand(b, &y, &x, context)?;
        // A constant matrix times one vector of parameters needs no array of products.
        for (vector, matrix) in [(x, y), (y, x)] {
            let k = vector.width.map_or(0, |w| w.length);
            let constant = self.graph.constant_of(matrix.node).cloned();
            if let Some(values) = constant
                && self.graph.constant_of(vector.node).is_none()
                && self.graph.size(vector.node) == k
                && values.len() == k * context.size
            {
                self.align(&mut [x, y], span, context)?;
                return Ok(Numbers::scalar(self.graph.linear(values, k, vector.node)));
            }
        }
        let product = self.elementwise(Binary::Multiply, x, y, span, context)?;
        Ok(Numbers::scalar(self.reduce_vector(Reduction::Sum, product)))
    }

    // ---- aggregates ----

    fn aggregate(
        &mut self,
        f: Aggregate,
        name: &Name,
        arguments: &[Argument],
        context: &Context,
    ) -> Result<Value, Error> {
        let numbers = match arguments {
            [Argument { value, .. }] => self.aggregate_one(f, name, value, context)?,
            several => {
                let nodes = several.iter().map(|a| self.scalar(&a.value, context)).collect::<Result<Vec<_>, _>>()?;
                let k = nodes.len();
                let node = self.graph.stack(nodes);
                self.aggregate_vector(f, Numbers::vector(node, k, None))
            }
        };
        Ok(Value::Numbers(numbers, None))
    }

    fn aggregate_one(&mut self, f: Aggregate, name: &Name, value: &Expr, context: &Context) -> Result<Numbers, Error> {
        if let ExprKind::Name(n) = &value.kind
            && context.variable(n).is_none()
        {
            // A data column is over its rows; a variable without its indices is over all its scalars.
            if let Some(Column::Number(values)) = self.bound.columns.get(n) {
                let node = self.graph.constant(values.clone());
                let length = self.graph.size(node);
                return Ok(self.aggregate_vector(f, Numbers::vector(node, length, None)));
            }
            if let Some(Item::Variable(_)) = self.bound.model.names.get(n) {
                let stored = self.stored(n, value.span)?;
                let all = Numbers::vector(stored.node, stored.shape.size(), None);
                return Ok(self.aggregate_vector(f, all));
            }
        }
        if self.is_of_rows(value, context) {
            // An expression of columns alone is over the rows, as a column by its name is.
            let rows: Arc<[u32]> = (0..self.bound.rows as u32).collect();
            let inner = self.numbers(value, &Context::rows(rows, context.in_density))?;
            if inner.width.is_none() && self.graph.constant_of(inner.node).is_some() {
                let length = self.graph.size(inner.node);
                return Ok(self.aggregate_vector(f, Numbers::vector(inner.node, length, None)));
            }
        }
        let x = self.numbers(value, context)?;
        if x.width.is_none() && f == Aggregate::Sd {
            let what = "no data column".to_owned();
            let kind = ErrorKind::WrongKind {
                name: value.span.of(self.bound.model.text()).into(),
                what,
                expected: "a data column".into(),
            };
            return Err(Error::new(kind, name.span.to(value.span)));
        }
        if x.width.is_none() {
            let text = value.span.of(self.bound.model.text());
            let message = format!(
                "{} needs a vector, several scalars or a data column, and `{text}` is a single number",
                name.text
            );
            return Err(Error::new(ErrorKind::Shape { message, help: None }, value.span));
        }
        Ok(self.aggregate_vector(f, x))
    }

    /// Whether an expression names columns and no index of its own, so that it has a value for each row.
    fn is_of_rows(&self, expr: &Expr, context: &Context) -> bool {
        let (mut columns, mut other) = (false, false);
        expr.walk(&mut |e| match &e.kind {
            ExprKind::Name(n) => match self.bound.columns.get(n) {
                Some(Column::Number(_)) => columns = true,
                Some(Column::Factor { .. }) => {}
                // A vector of columns: an element of it is a column, and itself a vector for each row.
                Some(Column::Vector { .. }) => {}
                None => {
                    other |= context.variable(n).is_some()
                        || matches!(self.bound.model.names.get(n), Some(Item::Variable(_)))
                }
            },
            ExprKind::Index { base, arguments, .. } => match (&base.kind, arguments.as_slice()) {
                (ExprKind::Name(n), [crate::syntax::IndexArgument::Label(_)])
                    if matches!(self.bound.columns.get(n), Some(Column::Vector { .. })) =>
                {
                    columns = true;
                }
                _ => other = true,
            },
            _ => {}
        });
        columns && !other
    }

    fn aggregate_vector(&mut self, f: Aggregate, x: Numbers) -> Numbers {
        let length = x.width.map_or(1, |w| w.length) as f64;
        let node = match f {
            Aggregate::Reduce(how) => self.reduce_vector(how, x),
            Aggregate::Mean => {
                let total = self.reduce_vector(Reduction::Sum, x);
                let n = self.graph.scalar(length);
                self.graph.binary(Binary::Divide, total, n)
            }
            Aggregate::Sd => self.sd(x, length),
        };
        Numbers::scalar(node)
    }

    fn sd(&mut self, x: Numbers, length: f64) -> crate::compiler::graph::NodeId {
        if let Some(values) = self.graph.constant_of(x.node) {
            let each: Vec<f64> = values.chunks((length as usize).max(1)).map(sample_sd).collect();
            return self.graph.constant(each);
        }
        let n = self.graph.scalar(length);
        let total = self.reduce_vector(Reduction::Sum, x);
        let mean = self.graph.binary(Binary::Divide, total, n);
        let mean = self.graph.repeat(mean, x.width.map_or(1, |w| w.length));
        let centred = self.graph.binary(Binary::Subtract, x.node, mean);
        let squares = self.graph.binary(Binary::Multiply, centred, centred);
        let sum = self.reduce_vector(Reduction::Sum, Numbers { node: squares, ..x });
        let df = self.graph.scalar(length - 1.0);
        let variance = self.graph.binary(Binary::Divide, sum, df);
        self.graph.unary(Unary::Sqrt, variance)
    }

    // ---- comprehensions ----

    pub(super) fn comprehension(
        &mut self,
        function: &Name,
        body: &Expr,
        clauses: &[(Name, Name)],
        condition: Option<&Expr>,
        whole: &Expr,
        context: &Context,
    ) -> Result<Value, Error> {
        let outer = if self.needs_context(body, condition, clauses, context) {
            context.clone()
        } else {
            Context::scalar(context.in_density)
        };
        let (mut inner, parents) = self.extend(clauses, &outer, whole.span)?;
        let mut parents: Vec<u32> = parents;
        let mut mask = None;
        if let Some(condition) = condition {
            let c = self.scalar(condition, &inner)?;
            match self.graph.constant_of(c).cloned() {
                Some(values) => {
                    let holds = |i: &u32| of_cell(&values, *i as usize) != 0.0;
                    let kept: Vec<u32> = (0..inner.size as u32).filter(holds).collect();
                    parents = kept.iter().map(|i| parents[*i as usize]).collect();
                    inner = inner.select(&kept);
                }
                None => mask = Some(self.graph.widened(c, inner.size)),
            }
        }
        let x = self.scalar(body, &inner)?;
        let x = self.graph.widened(x, inner.size);
        let mut ends = vec![0_u32; outer.size];
        parents.iter().for_each(|p| ends[*p as usize] += 1);
        let counts: Vec<u32> = ends.clone();
        let mut total = 0;
        ends.iter_mut().for_each(|e| {
            total += *e;
            *e = total;
        });
        let node = self.reduce_comprehension(function, x, mask, ends, counts, whole.span)?;
        Ok(Value::Numbers(Numbers::scalar(node), None))
    }

    fn reduce_comprehension(
        &mut self,
        function: &Name,
        x: crate::compiler::graph::NodeId,
        mask: Option<crate::compiler::graph::NodeId>,
        ends: Vec<u32>,
        counts: Vec<u32>,
        span: Span,
    ) -> Result<crate::compiler::graph::NodeId, Error> {
        let groups = counts.len();
        let equal = counts.first().copied().filter(|k| *k > 0 && counts.iter().all(|c| c == k));
        let segments = match equal {
            Some(k) => Segments::Equal(k as usize),
            None => Segments::Ragged(ends.into()),
        };
        let (how, neutral) = match function.text.as_str() {
            "sum" | "mean" => (Reduction::Sum, 0.0),
            "min" => (Reduction::Minimum, f64::INFINITY),
            "max" => (Reduction::Maximum, f64::NEG_INFINITY),
            "any" => (Reduction::Any, 0.0),
            _ => (Reduction::All, 1.0),
        };
        if counts.contains(&0) && !matches!(function.text.as_str(), "sum" | "any" | "all") {
            let message = format!("{} runs over nothing", function.text);
            let help = Some("the condition leaves no combination".to_owned());
            return Err(Error::new(ErrorKind::Shape { message, help }, span));
        }
        let masked = match mask {
            Some(mask) => {
                let neutral = self.graph.scalar(neutral);
                self.graph.select(mask, x, neutral)
            }
            None => x,
        };
        let reduced = self.graph.reduce(how, masked, segments.clone(), groups);
        if function.text != "mean" {
            return Ok(reduced);
        }
        let n = match mask {
            Some(mask) => self.graph.reduce(Reduction::Sum, mask, segments, groups),
            None => self.graph.constant(counts.iter().map(|c| f64::from(*c)).collect::<Vec<_>>()),
        };
        Ok(self.graph.binary(Binary::Divide, reduced, n))
    }

    /// Whether a comprehension speaks of anything that varies over the cells around it.
    fn needs_context(
        &self,
        body: &Expr,
        condition: Option<&Expr>,
        clauses: &[(Name, Name)],
        context: &Context,
    ) -> bool {
        if context.size == 1 {
            return true;
        }
        let mut needs = false;
        let mut look = |name: &str| {
            let own = clauses.iter().any(|(v, _)| v.text == name);
            let outside = context.variable(name).is_some() || self.bound.columns.contains_key(name) || name == "rows";
            needs |= outside && !own;
        };
        let mut visit = |e: &Expr| match &e.kind {
            ExprKind::Name(n) => look(n),
            ExprKind::Index { arguments, .. } => arguments.iter().for_each(|a| {
                if let crate::syntax::IndexArgument::Name(n) = a {
                    look(&n.text);
                }
            }),
            _ => {}
        };
        body.walk(&mut visit);
        if let Some(c) = condition {
            c.walk(&mut visit);
        }
        needs
    }

    /// The context of a comprehension: every cell around it with every combination of the clauses; and which cell around
    /// it each belongs to.
    fn extend(&self, clauses: &[(Name, Name)], outer: &Context, span: Span) -> Result<(Context, Vec<u32>), Error> {
        let mut indices: Vec<(IndexId, usize)> = Vec::new();
        for (_, index) in clauses {
            let id = match self.bound.columns.get(&index.text) {
                Some(Column::Factor { index, .. }) => *index,
                _ => match self.bound.index_names.get(&index.text) {
                    Some(id) => *id,
                    None => {
                        return Err(Error::new(
                            ErrorKind::UnknownIndex { name: index.text.clone(), nearest: None },
                            index.span,
                        ));
                    }
                },
            };
            indices.push((id, self.bound.levels(id).len()));
        }
        let inner = indices.iter().map(|(_, n)| *n).fold(1, usize::saturating_mul);
        let size = inner.saturating_mul(outer.size);
        if size > CELL_LIMIT {
            let name = span.of(self.bound.model.text()).to_owned();
            let kind = ErrorKind::TooLarge { name, size: size.to_string(), unit: "cells", limit: CELL_LIMIT };
            return Err(Error::new(kind, span));
        }
        let parents: Vec<u32> = (0..size).map(|i| (i / inner.max(1)) as u32).collect();
        let mut context = outer.select(&parents);
        context.size = size;
        let mut repeat = inner;
        for ((name, _), (index, n)) in clauses.iter().zip(&indices) {
            repeat /= (*n).max(1);
            let codes = (0..size).map(|i| (i / repeat.max(1) % (*n).max(1)) as u32).collect();
            context.variables.push(ContextVariable { name: name.text.clone(), index: *index, codes, bound: true });
        }
        Ok((context, parents))
    }

    /// `new(theta)`: one more level, drawn from the variable's prior given the rest.
    pub(super) fn new_level(&mut self, arguments: &[Argument], span: Span) -> Result<Stored, Error> {
        let name = match arguments {
            [Argument { value: Expr { kind: ExprKind::Name(name), .. }, .. }] => name.clone(),
            _ => {
                let message = "new takes the name of a random variable of one index".to_owned();
                return Err(Error::new(ErrorKind::Shape { message, help: None }, span));
            }
        };
        self.draw_new_level(&name, span)
    }
}

/// The standard deviation with n - 1.
fn sample_sd(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    if values.windows(2).all(|w| w[0] == w[1]) {
        return if n > 1.0 { 0.0 } else { f64::NAN };
    }
    let mean = values.iter().sum::<f64>() / n;
    (values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1.0)).sqrt()
}
