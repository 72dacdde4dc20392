//! The builder: a program assembles the same syntax tree that the text door reads.
//!
//! ```
//! use polya_models::syntax::builder::{ModelBuilder, call, label, name, number};
//!
//! let text = ModelBuilder::new()
//!     .factor("group").count("tumours").count("rats")
//!     .random("mu", &[], call("Beta").arg(number(1.0)).arg(number(1.0)))
//!     .random("kappa", &[], call("LogNormal").arg(number(3.0)).arg(number(1.0)))
//!     .random("theta", &["group"], call("Beta").named("mean", name("mu")).named("concentration", name("kappa")))
//!     .random("tumours", &[], call("Binomial").arg(name("rats")).arg(name("theta").at(name("group"))))
//!     .quantity("risky", &["group"], name("theta").at(name("group")).greater(number(0.25)))
//!     .text();
//! assert!(text.contains("theta[group] ~ Beta(mean = mu, concentration = kappa)"));
//! # assert!(polya_models::Model::parse(&text).is_ok());
//! ```

use super::*;

fn at_no_place(text: impl Into<String>) -> Name {
    Name { text: text.into(), span: Span::default() }
}

fn expr(kind: ExprKind) -> Expr {
    Expr { kind, span: Span::default() }
}

/// A model under construction: statements in the order they are added.
#[derive(Clone, Debug, Default)]
pub struct ModelBuilder {
    syntax: Syntax,
}

impl ModelBuilder {
    /// An empty model.
    pub fn new() -> Self {
        Self::default()
    }

    fn push(mut self, kind: StatementKind) -> Self {
        self.syntax.statements.push(Statement { kind, span: Span::default() });
        self
    }

    fn field(self, column: &str, kind: FieldKind) -> Self {
        self.column(column, column, kind)
    }

    /// `data "COLUMN" as NAME: KIND`
    pub fn column(self, column: &str, name: &str, kind: FieldKind) -> Self {
        self.push(StatementKind::Data(vec![Field { column: at_no_place(column), name: at_no_place(name), kind }]))
    }

    /// `data COLUMN: factor`
    pub fn factor(self, column: &str) -> Self {
        self.field(column, FieldKind::Factor(None))
    }

    /// `data COLUMN: factor(INDEX)`: levels shared by all columns declared so.
    pub fn shared_factor(self, column: &str, index: &str) -> Self {
        self.field(column, FieldKind::Factor(Some(at_no_place(index))))
    }

    /// `data COLUMN: count`
    pub fn count(self, column: &str) -> Self {
        self.field(column, FieldKind::Count)
    }

    /// `data COLUMN: binary`
    pub fn binary(self, column: &str) -> Self {
        self.field(column, FieldKind::Binary)
    }

    /// `data COLUMN: real`
    pub fn real(self, column: &str) -> Self {
        self.field(column, FieldKind::Real)
    }

    /// `data NAME: counts(a, b, c)`
    pub fn counts(self, name: &str, columns: &[&str]) -> Self {
        self.field(name, FieldKind::Counts(columns.iter().map(|c| at_no_place(*c)).collect()))
    }

    /// `data NAME: counts(COUNT by CATEGORY)`
    pub fn counts_by(self, name: &str, count: &str, category: &str) -> Self {
        self.field(name, FieldKind::CountsBy { count: at_no_place(count), category: at_no_place(category) })
    }

    /// `data NAME: reals(a, b, c)`
    pub fn reals(self, name: &str, columns: &[&str]) -> Self {
        self.field(name, FieldKind::Reals(columns.iter().map(|c| at_no_place(*c)).collect()))
    }

    /// `index NAME = {a, b, c}`
    pub fn index(self, name: &str, labels: &[&str]) -> Self {
        let labels = labels.iter().map(|l| at_no_place(*l)).collect();
        self.push(StatementKind::Index { name: at_no_place(name), labels })
    }

    /// `input NAME = NUMBER`
    pub fn input(self, name: &str, default: f64) -> Self {
        self.push(StatementKind::Input { name: at_no_place(name), index: None, default: vec![default] })
    }

    /// `NAME[INDEX, …] ~ Dist(args)`; with no index and the name of a column, an observed column.
    pub fn random(self, name: &str, indices: &[&str], distribution: CallBuilder) -> Self {
        let CallBuilder { call, modifiers } = distribution;
        let (name, indices) = (at_no_place(name), crossed(indices));
        self.push(StatementKind::Random { name, indices, distribution: call, modifiers })
    }

    /// `NAME[INDEX, …] = expr`
    pub fn quantity(self, name: &str, indices: &[&str], value: Expr) -> Self {
        self.push(StatementKind::Quantity { name: at_no_place(name), indices: crossed(indices), value, kept: true })
    }

    /// `let NAME[INDEX, …] = expr`
    pub fn hidden(self, name: &str, indices: &[&str], value: Expr) -> Self {
        self.push(StatementKind::Quantity { name: at_no_place(name), indices: crossed(indices), value, kept: false })
    }

    /// The syntax tree.
    pub fn syntax(&self) -> &Syntax {
        &self.syntax
    }

    /// The model as text: what errors point into, and what a kept fit stores.
    pub fn text(&self) -> String {
        self.syntax.to_string()
    }

    /// The checked model.
    ///
    /// # Errors
    /// As [`crate::Model::parse`]; spans point into [`ModelBuilder::text`].
    pub fn build(&self) -> Result<crate::Model, crate::Error> {
        crate::Model::parse(&self.text())
    }
}

fn crossed(indices: &[&str]) -> Indices {
    Indices { groups: indices.iter().map(|i| vec![at_no_place(*i)]).collect(), span: Span::default() }
}

/// A distribution with its arguments and modifiers.
#[derive(Clone, Debug)]
pub struct CallBuilder {
    call: Call,
    modifiers: Modifiers,
}

/// A distribution by its name.
pub fn call(name: &str) -> CallBuilder {
    let call = Call { name: at_no_place(name), arguments: Vec::new(), span: Span::default() };
    CallBuilder { call, modifiers: Modifiers::default() }
}

impl CallBuilder {
    /// One more argument by position.
    pub fn arg(mut self, value: Expr) -> Self {
        self.call.arguments.push(Argument { name: None, value });
        self
    }

    /// One more argument by name.
    pub fn named(mut self, name: &str, value: Expr) -> Self {
        self.call.arguments.push(Argument { name: Some(at_no_place(name)), value });
        self
    }

    /// `weight COLUMN`
    pub fn weight(mut self, column: &str) -> Self {
        self.modifiers.weight = Some(at_no_place(column));
        self
    }

    /// `@centred`, `@noncentred` or `@auto`
    pub fn centring(mut self, centring: Centring) -> Self {
        self.modifiers.centring = Some((centring, Span::default()));
        self
    }

    /// `@prior("TAG")`: priors of one tag are scaled together by power scaling.
    pub fn prior_tag(mut self, tag: &str) -> Self {
        self.modifiers.tag = Some(at_no_place(tag));
        self
    }
}

/// A number.
pub fn number(value: f64) -> Expr {
    if value < 0.0 {
        return -number(-value);
    }
    expr(ExprKind::Number(value, String::new()))
}

/// A name: a variable, a column, an input, an index.
pub fn name(name: &str) -> Expr {
    expr(ExprKind::Name(name.into()))
}

/// A label, as in `class == "2nd"` or `p["treatment"]`.
pub fn label(label: &str) -> Expr {
    expr(ExprKind::Label(label.into()))
}

/// `f(a, b, …)`
pub fn function(name: &str, arguments: impl IntoIterator<Item = Expr>) -> Expr {
    let arguments = arguments.into_iter().map(|value| Argument { name: None, value }).collect();
    expr(ExprKind::Call { function: at_no_place(name), arguments })
}

/// `[a, b, …]`
pub fn vector(items: impl IntoIterator<Item = Expr>) -> Expr {
    expr(ExprKind::Vector(items.into_iter().collect()))
}

/// `sum(body for variable in index)`, and the same for `mean min max any all`.
pub fn over(reduction: &str, body: Expr, variable: &str, index: &str) -> Expr {
    let clauses = vec![(at_no_place(variable), at_no_place(index))];
    expr(ExprKind::Comprehension { function: at_no_place(reduction), body: Box::new(body), clauses, condition: None })
}

impl Expr {
    /// One more index: a name for an index, a label for a level.
    pub fn at(self, index: Expr) -> Expr {
        let argument = match index.kind {
            ExprKind::Name(text) => IndexArgument::Name(at_no_place(text)),
            ExprKind::Label(text) => IndexArgument::Label(at_no_place(text)),
            // Anything else is no index; its text makes the parser say so.
            _ => IndexArgument::Name(at_no_place(index.to_string())),
        };
        match self.kind {
            ExprKind::Index { base, mut arguments, mut colons } => {
                arguments.push(argument);
                colons.push(false);
                expr(ExprKind::Index { base, arguments, colons })
            }
            _ => expr(ExprKind::Index { base: Box::new(self), arguments: vec![argument], colons: vec![false] }),
        }
    }

    fn with(self, op: BinaryOp, other: Expr) -> Expr {
        expr(ExprKind::Binary(op, Box::new(self), Box::new(other)))
    }

    /// `self > other`
    pub fn greater(self, other: Expr) -> Expr {
        self.with(BinaryOp::Greater, other)
    }

    /// `self < other`
    pub fn less(self, other: Expr) -> Expr {
        self.with(BinaryOp::Less, other)
    }

    /// `self == other`
    pub fn equals(self, other: Expr) -> Expr {
        self.with(BinaryOp::Equal, other)
    }

    /// `self ^ other`
    pub fn power(self, other: Expr) -> Expr {
        self.with(BinaryOp::Power, other)
    }
}

macro_rules! operators {
    ($($trait:ident $method:ident $op:ident),*) => {$(
        impl std::ops::$trait for Expr {
            type Output = Expr;
            fn $method(self, other: Expr) -> Expr {
                self.with(BinaryOp::$op, other)
            }
        }
    )*};
}

operators!(Add add Add, Sub sub Subtract, Mul mul Multiply, Div div Divide);

impl std::ops::Neg for Expr {
    type Output = Expr;
    fn neg(self) -> Expr {
        expr(ExprKind::Unary(UnaryOp::Negate, Box::new(self)))
    }
}
