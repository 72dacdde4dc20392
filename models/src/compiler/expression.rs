//! Expressions to nodes, in a context.

use super::context::Context;
use super::graph::{NodeId, Segments};
use super::statements::Compiler;
use super::value::{Numbers, Value, Width};
use crate::bind::IndexId;
use crate::error::{Error, ErrorKind, nearest};
use crate::program::ops::{Binary, Reduction, Unary};
use crate::syntax::{BinaryOp, Expr, ExprKind, Span, UnaryOp};

impl Compiler<'_> {
    /// An expression that must be numbers.
    pub(super) fn numbers(&mut self, expr: &Expr, context: &Context) -> Result<Numbers, Error> {
        match self.value(expr, context)? {
            Value::Numbers(numbers, _) => Ok(numbers),
            Value::Labels(..) | Value::Label(_) => {
                let what = "a label".to_owned();
                let name = expr.span.of(self.bound.model.text()).to_owned();
                Err(Error::new(ErrorKind::WrongKind { name, what, expected: "a number".into() }, expr.span))
            }
        }
    }

    /// An expression that must be a scalar.
    pub(super) fn scalar(&mut self, expr: &Expr, context: &Context) -> Result<NodeId, Error> {
        let numbers = self.numbers(expr, context)?;
        match numbers.width {
            None => Ok(numbers.node),
            Some(width) => Err(self.vector_found(expr, width)),
        }
    }

    pub(super) fn vector_found(&self, expr: &Expr, width: Width) -> Error {
        let text = expr.span.of(self.bound.model.text());
        let over = match width.index {
            Some(index) => format!(" over `{}`", self.bound.levels(index).name),
            None => String::new(),
        };
        let message = format!("`{text}` is a vector of {} numbers{over}, and a single number is needed", width.length);
        let help = width.index.map(|i| {
            let name = &self.bound.levels(i).name;
            match &expr.kind {
                ExprKind::Name(n) => format!("write `{n}[{name}]`, or pick a level by its label"),
                _ => "give it one more index, or pick a level by its label".to_owned(),
            }
        });
        Error::new(ErrorKind::Shape { message, help }, expr.span)
    }

    /// What an expression is worth in a context.
    pub(super) fn value(&mut self, expr: &Expr, context: &Context) -> Result<Value, Error> {
        match &expr.kind {
            ExprKind::Number(value, text) => {
                let node = self.graph.scalar(*value);
                Ok(Value::Numbers(Numbers::scalar(node), (!text.is_empty()).then(|| text.clone())))
            }
            ExprKind::Label(label) => Ok(Value::Label(label.clone())),
            ExprKind::Name(name) => self.bare_name(name, expr.span, context),
            ExprKind::Index { base, arguments, colons } => match &base.kind {
                ExprKind::Name(name) => {
                    self.check_colons(name, arguments, colons, expr.span)?;
                    self.indexed_name(name, arguments, expr.span, context)
                }
                ExprKind::Call { function, arguments: inner } if function.text == "new" => {
                    let stored = self.new_level(inner, base.span)?;
                    let name = base.span.of(self.bound.model.text()).to_owned();
                    let numbers = self.element(&name, &stored, arguments, expr.span, context)?;
                    Ok(Value::Numbers(numbers, None))
                }
                _ => {
                    let message = "only a name, or new(…), can be indexed".to_owned();
                    Err(Error::new(ErrorKind::Shape { message, help: None }, expr.span))
                }
            },
            ExprKind::Call { function, arguments } => self.call(function, arguments, expr, context),
            ExprKind::Comprehension { function, body, clauses, condition } => {
                self.comprehension(function, body, clauses, condition.as_deref(), expr, context)
            }
            ExprKind::Unary(op, inner) => self.prefix(*op, inner, context),
            ExprKind::Binary(op, a, b) if op.is_comparison() => self.comparison(*op, a, b, expr.span, context),
            ExprKind::Binary(op, a, b) => {
                let (x, y) = (self.numbers(a, context)?, self.numbers(b, context)?);
                self.check_operand(a, &x, &y, context)?;
                self.check_operand(b, &y, &x, context)?;
                if *op == BinaryOp::Divide {
                    self.check_divisor(expr, &x, &y, context)?;
                }
                let f = match op {
                    BinaryOp::Add => Binary::Add,
                    BinaryOp::Subtract => Binary::Subtract,
                    BinaryOp::Multiply => Binary::Multiply,
                    BinaryOp::Divide => Binary::Divide,
                    BinaryOp::Power => Binary::Power,
                    BinaryOp::Or => Binary::Or,
                    _ => Binary::And,
                };
                self.elementwise(f, x, y, expr.span, context).map(|n| Value::Numbers(n, None))
            }
            ExprKind::If(c, a, b) => self.choice(c, a, b, expr.span, context),
            ExprKind::Vector(items) => {
                let nodes = items.iter().map(|e| self.scalar(e, context)).collect::<Result<Vec<_>, _>>()?;
                let length = nodes.len();
                let node = self.graph.stack(nodes);
                Ok(Value::Numbers(Numbers::vector(node, length, None), None))
            }
        }
    }

    fn prefix(&mut self, op: UnaryOp, inner: &Expr, context: &Context) -> Result<Value, Error> {
        let x = self.numbers(inner, context)?;
        let f = if op == UnaryOp::Negate { Unary::Negate } else { Unary::Not };
        let label = match (&inner.kind, op) {
            (ExprKind::Number(_, text), UnaryOp::Negate) if !text.is_empty() && text != "0" => Some(format!("-{text}")),
            _ => None,
        };
        let node = self.graph.unary(f, x.node);
        Ok(Value::Numbers(Numbers { node, ..x }, label))
    }

    /// In a density, a constant that is not finite and meets a parameter is told where it arises.
    pub(super) fn check_operand(
        &self,
        expr: &Expr,
        own: &Numbers,
        other: &Numbers,
        context: &Context,
    ) -> Result<(), Error> {
        if context.in_density && self.graph.constant_of(other.node).is_none() {
            self.check_finite(expr, own.node, own.width.map_or(1, |w| w.length), context)?;
        }
        Ok(())
    }

    /// In a density, a division of a parameter by a constant 0, such as the sd of a constant column.
    fn check_divisor(&self, expr: &Expr, x: &Numbers, y: &Numbers, context: &Context) -> Result<(), Error> {
        let zero = self.graph.constant_of(y.node).is_some_and(|values| values.contains(&0.0));
        if !context.in_density || self.graph.constant_of(x.node).is_some() || !zero {
            return Ok(());
        }
        let kind = ErrorKind::NotFinite {
            expression: expr.span.of(self.bound.model.text()).into(),
            value: f64::NAN,
            constant_columns: self.constant_columns(expr),
        };
        Err(Error::new(kind, expr.span))
    }

    /// An error where a constant of a density is not finite.
    pub(super) fn check_finite(&self, expr: &Expr, node: NodeId, width: usize, context: &Context) -> Result<(), Error> {
        let Some(values) = self.graph.constant_of(node) else { return Ok(()) };
        let Some(cell) = values.iter().position(|v| !v.is_finite()) else { return Ok(()) };
        let kind = ErrorKind::NotFinite {
            expression: expr.span.of(self.bound.model.text()).into(),
            value: values[cell],
            constant_columns: self.constant_columns(expr),
        };
        let error = Error::new(kind, expr.span);
        Err(match &context.rows {
            Some(rows) if values.len() > 1 => match rows.get(cell / width.max(1)) {
                Some(row) => error.at_row(self.bound.table_row(*row)),
                None => error,
            },
            _ => error,
        })
    }

    /// The columns under `sd(…)` whose sd is 0.
    fn constant_columns(&self, expr: &Expr) -> Vec<String> {
        let mut found = Vec::new();
        let mut look = |e: &Expr| {
            if let ExprKind::Call { function, arguments } = &e.kind
                && function.text == "sd"
                && let Some(ExprKind::Name(name)) = arguments.first().map(|a| &a.value.kind)
                && let Some(crate::bind::Column::Number(values)) = self.bound.columns.get(name)
                && values.iter().all(|v| *v == values[0])
            {
                found.push(name.clone());
            }
        };
        expr.walk(&mut look);
        // Names hide quantities in which the column may have been standardised.
        let mut names = Vec::new();
        expr.walk(&mut |e| {
            if let ExprKind::Name(name) = &e.kind {
                names.push(name.clone());
            }
        });
        for variable in self.bound.model.variables.iter().filter(|v| names.contains(&v.name.text)) {
            variable.expressions().into_iter().for_each(|e| e.walk(&mut look));
        }
        found.dedup();
        found
    }

    /// Brings two values to one width: scalars spread over vectors, a vector shared by all cells spreads over them.
    pub(super) fn align(
        &mut self,
        values: &mut [Numbers],
        span: Span,
        context: &Context,
    ) -> Result<Option<Width>, Error> {
        let mut width: Option<Width> = None;
        for value in values.iter() {
            width = match (width, value.width) {
                (None, w) | (w, None) => w,
                (Some(a), Some(b)) => {
                    let same_index = a.index.is_none() || b.index.is_none() || a.index == b.index;
                    if a.length != b.length || !same_index {
                        return Err(self.width_mismatch(a, b, span));
                    }
                    Some(Width { length: a.length, index: a.index.or(b.index) })
                }
            };
        }
        let Some(w) = width else { return Ok(None) };
        let n = context.size;
        let is_full = |size: usize, v: &Numbers| match v.width {
            None => size > 1,
            Some(_) => size > w.length || n == 1,
        };
        let full = values.iter().any(|v| is_full(self.graph.size(v.node), v));
        for value in values.iter_mut() {
            let size = self.graph.size(value.node);
            match value.width {
                None if size > 1 => value.node = self.graph.repeat(value.node, w.length),
                Some(_) if full && size == w.length && n > 1 => value.node = self.graph.tile(value.node, n),
                _ => {}
            }
            value.width = Some(w);
        }
        Ok(Some(w))
    }

    fn width_mismatch(&self, a: Width, b: Width, span: Span) -> Error {
        let show = |w: Width| match w.index {
            Some(index) => format!("a vector over `{}`", self.bound.levels(index).name),
            None => format!("a vector of {}", w.length),
        };
        let message = format!("{} meets {}: vectors combine over the same index only", show(a), show(b));
        Error::new(ErrorKind::Shape { message, help: None }, span)
    }

    pub(super) fn elementwise(
        &mut self,
        f: Binary,
        x: Numbers,
        y: Numbers,
        span: Span,
        context: &Context,
    ) -> Result<Numbers, Error> {
        let mut values = [x, y];
        let width = self.align(&mut values, span, context)?;
        let node = self.graph.binary(f, values[0].node, values[1].node);
        Ok(Numbers { node, width })
    }

    fn choice(&mut self, c: &Expr, a: &Expr, b: &Expr, span: Span, context: &Context) -> Result<Value, Error> {
        // What is not chosen anywhere is not looked at: its faults are no faults of the density.
        let inner = Context { in_density: false, ..context.clone() };
        let mut values = [self.numbers(c, context)?, self.numbers(a, &inner)?, self.numbers(b, &inner)?];
        let width = self.align(&mut values, span, context)?;
        let node = self.graph.select(values[0].node, values[1].node, values[2].node);
        Ok(Value::Numbers(Numbers { node, width }, None))
    }

    // ---- comparisons ----

    fn comparison(&mut self, op: BinaryOp, a: &Expr, b: &Expr, span: Span, context: &Context) -> Result<Value, Error> {
        let (x, y) = (self.value(a, context)?, self.value(b, context)?);
        let f = match op {
            BinaryOp::Less => Binary::Less,
            BinaryOp::LessEqual => Binary::LessEqual,
            BinaryOp::Greater => Binary::Greater,
            BinaryOp::GreaterEqual => Binary::GreaterEqual,
            BinaryOp::Equal => Binary::Equal,
            _ => Binary::NotEqual,
        };
        if let (Value::Numbers(x, _), Value::Numbers(y, _)) = (&x, &y) {
            return self.elementwise(f, *x, *y, span, context).map(|n| Value::Numbers(n, None));
        }
        if !matches!(op, BinaryOp::Equal | BinaryOp::NotEqual) {
            let message = format!("labels are equal or not: `{}` does not order them", op.symbol());
            return Err(Error::new(ErrorKind::Shape { message, help: Some("compare with == or !=".into()) }, span));
        }
        let equal = self.labels_equal((a, &x), (b, &y))?;
        let values: Vec<f64> = equal.into_iter().map(|e| f64::from(e == (op == BinaryOp::Equal))).collect();
        let node = self.graph.constant(values);
        Ok(Value::Numbers(Numbers::scalar(node), None))
    }

    fn labels_equal(&self, (a, x): (&Expr, &Value), (b, y): (&Expr, &Value)) -> Result<Vec<bool>, Error> {
        match (x, y) {
            (Value::Labels(i, codes), Value::Labels(j, others)) => {
                let text = |index: IndexId, code: u32| self.bound.levels(index).label(code as usize).into_owned();
                Ok(codes
                    .iter()
                    .zip(others.iter())
                    .map(|(c, d)| if i == j { c == d } else { text(*i, *c) == text(*j, *d) })
                    .collect())
            }
            (Value::Labels(index, codes), other) => {
                let level = self.level_of(*index, b, other)?;
                Ok(codes.iter().map(|c| *c == level).collect())
            }
            (other, Value::Labels(index, codes)) => {
                let level = self.level_of(*index, a, other)?;
                Ok(codes.iter().map(|c| *c == level).collect())
            }
            (Value::Label(a), Value::Label(b)) => Ok(vec![a == b]),
            _ => {
                let name =
                    (if matches!(x, Value::Label(_)) { b } else { a }).span.of(self.bound.model.text()).to_owned();
                let kind = ErrorKind::WrongKind {
                    name,
                    what: "a number".into(),
                    expected: "a factor, to compare with a label".into(),
                };
                Err(Error::new(kind, a.span.to(b.span)))
            }
        }
    }

    fn level_of(&self, index: IndexId, expr: &Expr, value: &Value) -> Result<u32, Error> {
        let label = match value {
            Value::Label(label) | Value::Numbers(_, Some(label)) => label,
            _ => {
                let name = expr.span.of(self.bound.model.text()).to_owned();
                let kind = ErrorKind::WrongKind {
                    name,
                    what: "a number".into(),
                    expected: "a label, to compare with a factor".into(),
                };
                return Err(Error::new(kind, expr.span));
            }
        };
        let levels = self.bound.levels(index);
        levels.position(label).ok_or_else(|| {
            let candidates = levels.candidates();
            let kind = ErrorKind::UnknownLevel {
                label: label.clone(),
                index: levels.name.clone(),
                nearest: nearest(label, candidates.iter().map(String::as_str)),
            };
            Error::new(kind, expr.span)
        })
    }

    /// Reduces the vector of each cell to a number.
    pub(super) fn reduce_vector(&mut self, how: Reduction, x: Numbers) -> NodeId {
        let Some(width) = x.width else { return x.node };
        let groups = self.graph.size(x.node).checked_div(width.length).unwrap_or(1);
        self.graph.reduce(how, x.node, Segments::Equal(width.length), groups)
    }
}
