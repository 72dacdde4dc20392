//! The syntax tree of a model, and the doors that lead to it.
//!
//! A text file goes through [`lexer`] and [`parser`]; a program assembles the same tree with [`builder`]. Everything in
//! the tree carries its [`Span`] in the text, so that each later error can point at its place.

pub mod builder;
pub mod lexer;
pub mod parser;
pub mod print;

/// A half-open range of bytes of the model text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The bytes `start..end`.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The smallest span that covers both.
    pub fn to(self, other: Span) -> Span {
        Span::new(self.start.min(other.start), self.end.max(other.end))
    }

    /// The text under the span; empty where the span does not fit the text.
    pub fn of(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or("")
    }
}

/// A name and where it stands.
#[derive(Clone, Debug)]
pub struct Name {
    /// The name as written.
    pub text: String,
    /// Its place.
    pub span: Span,
}

/// A model: its statements in order.
#[derive(Clone, Debug, Default)]
pub struct Syntax {
    /// Statements in the order written.
    pub statements: Vec<Statement>,
}

/// One statement and where it stands.
#[derive(Clone, Debug)]
pub struct Statement {
    /// What it says.
    pub kind: StatementKind,
    /// The whole statement.
    pub span: Span,
}

/// The forms of a statement.
#[derive(Clone, Debug)]
pub enum StatementKind {
    /// `data FIELD, FIELD, …`
    Data(Vec<Field>),
    /// `index NAME = {a, b, c}`
    Index {
        /// Name of the index.
        name: Name,
        /// Its labels, in the order written.
        labels: Vec<Name>,
    },
    /// `input NAME = NUMBER` or `input NAME[INDEX] = NUMBER`
    Input {
        /// Name of the constant.
        name: Name,
        /// The index it has, if any.
        index: Option<Name>,
        /// One default for all levels, or one for each.
        default: Vec<f64>,
    },
    /// `NAME[INDEX, …] ~ Dist(args) weight COLUMN @centred @prior("TAG")`
    Random {
        /// Variable or column on the left.
        name: Name,
        /// Its indices.
        indices: Indices,
        /// The distribution on the right.
        distribution: Call,
        /// What stands behind it.
        modifiers: Modifiers,
    },
    /// `NAME[INDEX, …] = expr` or `let NAME[INDEX, …] = expr`
    Quantity {
        /// Name of the quantity.
        name: Name,
        /// Its indices.
        indices: Indices,
        /// What it equals.
        value: Expr,
        /// Whether it is kept with the draws (`let` is not).
        kept: bool,
    },
}

/// What may stand behind the distribution of a random variable.
#[derive(Clone, Debug, Default)]
pub struct Modifiers {
    /// `weight COLUMN`: the count column each row is weighted by.
    pub weight: Option<Name>,
    /// The parameterisation the text asks for.
    pub centring: Option<(Centring, Span)>,
    /// `@prior("TAG")`: what the prior is called where priors are scaled; those of one tag are scaled together.
    pub tag: Option<Name>,
}

/// The parameterisation of a location-scale variable, as the text asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Centring {
    /// `@centred`: the variable itself is sampled.
    Centred,
    /// `@noncentred`: its standardised residual is sampled.
    Noncentred,
    /// `@auto`: the compiler decides.
    Auto,
}

/// The indices on the left of a statement: crossed groups (`,`), each of one index or of several that are nested (`:`).
#[derive(Clone, Debug, Default)]
pub struct Indices {
    /// Groups between commas; a group of several is `a : b`, the combinations that occur in the table.
    pub groups: Vec<Vec<Name>>,
    /// The brackets with what they hold; empty where there are none.
    pub span: Span,
}

impl Indices {
    /// The names of all indices in order.
    pub fn names(&self) -> impl Iterator<Item = &Name> {
        self.groups.iter().flatten()
    }

    /// Whether there is no index.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }
}

/// A column that the table must have.
#[derive(Clone, Debug)]
pub struct Field {
    /// Header of the column (for a vector field, the name of the field).
    pub column: Name,
    /// The name the model uses.
    pub name: Name,
    /// What the column holds.
    pub kind: FieldKind,
}

/// What a column, or a vector of columns, holds.
#[derive(Clone, Debug)]
pub enum FieldKind {
    /// Labels; the index they share with other columns, if any.
    Factor(Option<Name>),
    /// Integers from 0 to 2^53.
    Count,
    /// 0 or 1.
    Binary,
    /// Finite numbers.
    Real,
    /// A vector of count columns.
    Counts(Vec<Name>),
    /// Counts in one column, categories in another: long data.
    CountsBy {
        /// The column of counts.
        count: Name,
        /// The column of categories.
        category: Name,
    },
    /// A vector of real columns.
    Reals(Vec<Name>),
}

/// A distribution or function with its arguments.
#[derive(Clone, Debug)]
pub struct Call {
    /// Its name.
    pub name: Name,
    /// Its arguments.
    pub arguments: Vec<Argument>,
    /// The whole call.
    pub span: Span,
}

/// An argument, by position or by name.
#[derive(Clone, Debug)]
pub struct Argument {
    /// The name before `=`, if any.
    pub name: Option<Name>,
    /// Its value.
    pub value: Expr,
}

/// An expression and where it stands.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it says.
    pub kind: ExprKind,
    /// Its place.
    pub span: Span,
}

/// The forms of an expression.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// A number; its text matters where it is a label (`year == 2010`).
    Number(f64, String),
    /// A label in quotes.
    Label(String),
    /// A name standing alone.
    Name(String),
    /// `base[a, "b"]`
    Index {
        /// What is indexed.
        base: Box<Expr>,
        /// The indices.
        arguments: Vec<IndexArgument>,
        /// For each, whether `:` stands before it rather than `,`.
        colons: Vec<bool>,
    },
    /// `f(a, b)`, and `new(theta)`
    Call {
        /// Name of the function.
        function: Name,
        /// Its arguments.
        arguments: Vec<Argument>,
    },
    /// `sum(e for v in variant if c)`
    Comprehension {
        /// The reduction.
        function: Name,
        /// What is reduced.
        body: Box<Expr>,
        /// Variables and the indices they run over.
        clauses: Vec<(Name, Name)>,
        /// Which combinations count.
        condition: Option<Box<Expr>>,
    },
    /// A prefix operator.
    Unary(UnaryOp, Box<Expr>),
    /// An infix operator.
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `if c then a else b`
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `[a, b, c]`
    Vector(Vec<Expr>),
}

/// An index on the right.
#[derive(Clone, Debug)]
pub enum IndexArgument {
    /// A name: an index, a factor, or the variable of a comprehension.
    Name(Name),
    /// A level by its label.
    Label(Name),
}

impl IndexArgument {
    /// Its place.
    pub fn span(&self) -> Span {
        match self {
            IndexArgument::Name(n) | IndexArgument::Label(n) => n.span,
        }
    }
}

/// Prefix operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    /// `-`
    Negate,
    /// `not`
    Not,
}

/// Infix operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    /// `or`
    Or,
    /// `and`
    And,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `^`
    Power,
}

impl BinaryOp {
    /// The operator as written.
    pub fn symbol(self) -> &'static str {
        match self {
            BinaryOp::Or => "or",
            BinaryOp::And => "and",
            BinaryOp::Less => "<",
            BinaryOp::LessEqual => "<=",
            BinaryOp::Greater => ">",
            BinaryOp::GreaterEqual => ">=",
            BinaryOp::Equal => "==",
            BinaryOp::NotEqual => "!=",
            BinaryOp::Add => "+",
            BinaryOp::Subtract => "-",
            BinaryOp::Multiply => "*",
            BinaryOp::Divide => "/",
            BinaryOp::Power => "^",
        }
    }

    /// Whether it compares.
    pub fn is_comparison(self) -> bool {
        use BinaryOp::*;
        matches!(self, Less | LessEqual | Greater | GreaterEqual | Equal | NotEqual)
    }
}

impl Expr {
    /// Calls `visit` for this expression and every one inside it, outermost first.
    pub fn walk<'a>(&'a self, visit: &mut impl FnMut(&'a Expr)) {
        visit(self);
        match &self.kind {
            ExprKind::Number(..) | ExprKind::Label(_) | ExprKind::Name(_) => {}
            ExprKind::Index { base, .. } => base.walk(visit),
            ExprKind::Call { arguments, .. } => arguments.iter().for_each(|a| a.value.walk(visit)),
            ExprKind::Comprehension { body, condition, .. } => {
                body.walk(visit);
                if let Some(c) = condition {
                    c.walk(visit);
                }
            }
            ExprKind::Unary(_, e) => e.walk(visit),
            ExprKind::Binary(_, a, b) => {
                a.walk(visit);
                b.walk(visit);
            }
            ExprKind::If(c, a, b) => {
                c.walk(visit);
                a.walk(visit);
                b.walk(visit);
            }
            ExprKind::Vector(items) => items.iter().for_each(|e| e.walk(visit)),
        }
    }
}
