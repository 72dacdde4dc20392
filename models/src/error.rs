//! What can be wrong with a model or with the data it is bound to.
//!
//! An [`Error`] is data: its [`ErrorKind`] says what was found and what was expected, its span points into the model
//! text, and its row into the table. Rendering with source excerpts is the business of whoever prints it.

use crate::syntax::Span;

/// A fault of a model, or of the data it is bound to, with its place.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{kind}")]
pub struct Error {
    /// What is wrong.
    pub kind: Box<ErrorKind>,
    /// Where in the model text.
    pub span: Option<Span>,
    /// Which row of the table, counted from 1.
    pub row: Option<usize>,
    /// Whether the fault lies in the table rather than in the model.
    pub in_data: bool,
}

impl Error {
    /// A fault at a place of the model text.
    pub fn new(kind: ErrorKind, span: Span) -> Self {
        Self { kind: Box::new(kind), span: Some(span), row: None, in_data: false }
    }

    /// A fault of the table, with no place in the model.
    pub fn in_table(kind: ErrorKind) -> Self {
        Self { kind: Box::new(kind), span: None, row: None, in_data: true }
    }

    /// The same fault, at a row of the table (counted from 1).
    pub fn at_row(mut self, row: usize) -> Self {
        self.row = Some(row);
        self.in_data = true;
        self
    }

    /// The same fault, at a place of the model text.
    pub fn at(mut self, span: Span) -> Self {
        self.span.get_or_insert(span);
        self
    }

    /// What is wrong, in a sentence.
    pub fn message(&self) -> String {
        self.kind.to_string()
    }

    /// What to do about it, where there is something to say.
    pub fn help(&self) -> Option<String> {
        self.kind.help()
    }

    /// The bytes of the model text it points at.
    pub fn span(&self) -> Option<std::ops::Range<usize>> {
        self.span.map(|s| s.start..s.end)
    }

    /// The row of the table it points at, counted from 1.
    pub fn row(&self) -> Option<usize> {
        self.row
    }
}

/// What is wrong.
#[derive(Clone, Debug, thiserror::Error, PartialEq)]
#[allow(missing_docs)] // the message of each variant says what it is
pub enum ErrorKind {
    // ---- text ----
    #[error("the bracket `{bracket}` is never closed")]
    UnclosedBracket { bracket: String },
    #[error("`{found}` closes `{bracket}`")]
    WrongBracket { bracket: String, found: String },
    #[error("`{bracket}` closes a bracket that was never opened")]
    UnopenedBracket { bracket: String },
    #[error("this quote is not closed on its line")]
    UnclosedQuote,
    #[error("`{text}` holds an escape that is none of \\\" \\\\ \\n \\r \\t \\b \\f \\uXXXX")]
    BadEscape { text: String },
    #[error("`{text}` is not a number")]
    BadNumber { text: String },
    #[error("the character `{character}` has no meaning here")]
    OddCharacter { character: char },
    #[error("expected {expected}, found {found}")]
    Expected { expected: String, found: String },
    #[error("the expression is nested too deeply (limit {limit})")]
    TooDeep { limit: usize },
    #[error("comparisons cannot be chained")]
    ChainedComparison,
    #[error("the model is empty")]
    EmptyModel,
    #[error("{modifier} may stand once behind a distribution")]
    ModifierTwice { modifier: &'static str },
    #[error("the tag of a prior stands behind its distribution, not in front of the statement")]
    PriorInFront,
    // ---- names ----
    #[error("`{name}` is not known{}", if *later { ": it is defined further down" } else { "" })]
    UnknownName { name: String, nearest: Option<String>, later: bool },
    #[error("`{name}` is defined through itself: {}", path.join(" → "))]
    Cycle { name: String, path: Vec<String> },
    #[error("there is no function `{name}`")]
    UnknownFunction { name: String, nearest: Option<String> },
    #[error("there is no distribution `{name}`")]
    UnknownDistribution { name: String, nearest: Option<String> },
    #[error("the distribution {name} is not available yet: it belongs to the second wave of the language")]
    SecondWave { name: String },
    #[error("`{name}` is a function, not a distribution")]
    FunctionNotDistribution { name: String },
    #[error("`{name}` is a distribution: it stands after `~`, not in an expression")]
    DistributionInExpression { name: String },
    #[error("`{name}` is defined twice")]
    DefinedTwice { name: String },
    #[error("`{name}` is the name of a {what} and cannot be redefined")]
    NameTaken { name: String, what: &'static str },
    #[error("the column `{name}` is declared but no statement uses it")]
    UnusedColumn { name: String },
    #[error("`{name}` is {what}, not {expected}")]
    WrongKind { name: String, what: String, expected: String },
    #[error("there is no index `{name}`")]
    UnknownIndex { name: String, nearest: Option<String> },
    #[error("the index `{name}` stands twice on the left")]
    IndexTwice { name: String },
    #[error("the label `{label}` stands twice")]
    LabelTwice { label: String },
    #[error("the column `{column}` is part of `{field}: counts(… by …)` and is not declared apart")]
    DeclaredApart { column: String, field: String },
    #[error("the column `{column}` is observed twice: as `{first}` and as `{second}`")]
    ColumnObservedTwice { column: String, first: String, second: String },
    #[error("{message}")]
    BadLeft { message: String, help: Option<String> },
    // ---- calls ----
    #[error("{name} takes {expected}, not {found}")]
    Arity { name: String, expected: String, found: String },
    #[error("{name} has no argument `{argument}`")]
    UnknownArgument { name: String, argument: String, nearest: Option<String>, lists: String },
    #[error("the argument `{argument}` of {name} is given twice")]
    ArgumentTwice { name: String, argument: String },
    #[error("{name} has arguments by position and by name: use one form")]
    MixedArguments { name: String, lists: String },
    #[error("{name} has no argument list with {}", arguments.join(", "))]
    NoSuchList { name: String, arguments: Vec<String>, lists: String },
    #[error("`{argument}` of {name} is {value}, but must be {expected}")]
    ArgumentDomain { name: String, argument: String, value: f64, expected: String, expression: String },
    #[error("`{argument}` of {name} is `{expression}`, which depends on {parameter}: it must be known from the data")]
    ArgumentNotData { name: String, argument: String, expression: String, parameter: String },
    // ---- statements ----
    #[error("the column `{name}` is observed twice")]
    ObservedTwice { name: String },
    #[error(
        "{name} is a discrete parameter ({distribution}) that something observed depends on; the sampler needs a density with a gradient"
    )]
    DiscreteParameter { name: String, distribution: String },
    #[error("{what} of a parameter ({parameter}) has no usable gradient, and may not stand in a density")]
    NotDifferentiable { what: String, parameter: String },
    #[error("`{name}` has no prior that could be tagged: {why}")]
    NoPriorToTag { name: String, why: String },
    #[error("`new` may not stand in a density: {name} is observed or has observed descendants")]
    NewInDensity { name: String },
    #[error("{message}")]
    Shape { message: String, help: Option<String> },
    #[error("`{name}` is not determined here: {why}")]
    NotDetermined { name: String, why: String },
    #[error("`{name}` is no function of {by}: {level} has {first} in row {first_row} and {second} in row {second_row}")]
    Contradiction {
        name: String,
        by: String,
        level: String,
        first: String,
        first_row: usize,
        second: String,
        second_row: usize,
    },
    #[error("there is no level \"{label}\" of {index}")]
    UnknownLevel { label: String, index: String, nearest: Option<String> },
    #[error("the combination {combination} of {name} does not occur in the table")]
    UnobservedCombination { name: String, combination: String },
    #[error("the weights of `{column}` stand for {rows} rows, and at most {most} can be looked at one by one")]
    TooManyApart { column: String, rows: f64, most: usize },
    #[error("{name} would have {size} {unit}; the limit is {} million {unit}", limit / 1_000_000)]
    TooLarge { name: String, size: String, unit: &'static str, limit: usize },
    #[error("`{expression}` is {value}")]
    NotFinite { expression: String, value: f64, constant_columns: Vec<String> },
    #[error("@{modifier} needs a location-scale distribution, and {name} is {distribution}")]
    NoCentring { modifier: String, name: String, distribution: String },
    // ---- data ----
    #[error("the model declares columns, but there is no data")]
    NoData,
    #[error("the table {table} has no column `{name}`")]
    MissingColumn { name: String, table: String, nearest: Option<String> },
    #[error("the table {table} has no rows")]
    EmptyTable { table: String },
    #[error("column `{column}`: {value} is not {expected}")]
    BadCell { column: String, value: String, expected: String },
    #[error("column `{column}`: the cell is empty, and is needed by {used_by}")]
    MissingCell { column: String, used_by: String },
    #[error("column `{column}`: {value} is outside the support of {distribution}: it must be {expected}")]
    OutsideSupport { column: String, value: String, distribution: String, expected: String },
    #[error("there is no input `{name}`")]
    UnknownInput { name: String, nearest: Option<String> },
    #[error("input `{name}` needs {expected}, not {found}")]
    InputLength { name: String, expected: String, found: String },
}

impl ErrorKind {
    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        use ErrorKind::*;
        let near = |n: &Option<String>| n.as_ref().map(|n| format!("did you mean `{n}`?"));
        match self {
            UnknownName { later: true, .. } => Some("a name is used after it is defined: move its statement up".into()),
            UnknownName { nearest, name, .. } => Some(near(nearest).unwrap_or_else(|| {
                format!("define `{name}` above, or declare it as a column: data {name}: real")
            })),
            UnknownFunction { nearest, .. } | UnknownIndex { nearest, .. } | UnknownInput { nearest, .. } => near(nearest),
            UnknownDistribution { nearest, .. } => near(nearest),
            MissingColumn { nearest, .. } => near(nearest),
            UnknownLevel { nearest, .. } => nearest.as_ref().map(|n| format!("did you mean \"{n}\"?")),
            UnknownArgument { nearest, lists, .. } => {
                Some(format!("{}the arguments are {lists}", near(nearest).map(|n| n + " ").unwrap_or_default()))
            }
            MixedArguments { lists, .. } | NoSuchList { lists, .. } => Some(format!("the arguments are {lists}")),
            ChainedComparison => Some("write `a < b and b < c`".into()),
            UnusedColumn { name } => Some(format!("use `{name}` in a statement, or take it out of `data`")),
            EmptyModel => Some("a model needs at least one statement, such as `p ~ Beta(1, 1)`".into()),
            Cycle { .. } => Some("write the model so that each name depends only on names above it".into()),
            DiscreteParameter { .. } => Some(
                "write the model without it: sum it out (BetaBinomial for a Binomial with a Beta rate, NegativeBinomial \
                 for a Poisson with a Gamma rate) or observe it"
                    .into(),
            ),
            NotDifferentiable { .. } => {
                Some("use it in a quantity or a prediction; in a density, compare data only".into())
            }
            PriorInFront => Some("write `mu ~ Beta(2, 2) @prior(\"region\")`".into()),
            NoPriorToTag { .. } => Some("take the tag away: it belongs to priors whose arguments are known".into()),
            NewInDensity { .. } => Some("a new level is a prediction: use it in quantities".into()),
            BadLeft { help, .. } | Shape { help, .. } => help.clone(),
            NotDetermined { .. } => Some("name it as an index on the left, or pick a level by its label".into()),
            Contradiction { name, .. } => {
                Some(format!("give the variable on the left an index for `{name}`, or mend the rows"))
            }
            NotFinite { constant_columns, .. } if !constant_columns.is_empty() => Some(format!(
                "`{}` has the same value in every row, so its sd is 0 and it cannot be standardised",
                constant_columns.join("`, `")
            )),
            ArgumentDomain { expression, value, .. } if *expression != value.to_string() => {
                Some(format!("it is `{expression}`"))
            }
            BadCell { expected, value, .. } if expected.contains("number") && value.contains(',') => {
                Some("decimals are written with a point, not with a comma".into())
            }
            MissingCell { .. } => Some(
                "an empty cell is allowed only in an observed column on the left of `~`; take the row out or fill it in".into(),
            ),
            TooManyApart { .. } => Some(
                "each row counts as so many equal ones, which would be replicated and left out apart: check a fit of fewer rows".into(),
            ),
            NoData => Some("give the table with --data FILE".into()),
            SecondWave { .. } => Some("it will come; until then write the model without it".into()),
            NameTaken { .. } => Some("choose another name".into()),
            NoCentring { .. } => {
                Some("Normal, StudentT, Cauchy, Logistic, Laplace and LogNormal can be centred or not".into())
            }
            _ => None,
        }
    }
}

/// The beginning of a text that may be of any length, for a message.
pub fn shorten(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The candidate most like `name`, if any is close: for "did you mean".
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let lower = name.to_lowercase();
    candidates
        .into_iter()
        .filter(|c| *c != name)
        .map(|c| (strsim::damerau_levenshtein(&lower, &c.to_lowercase()), c))
        .min_by_key(|(distance, c)| (*distance, c.len(), *c))
        .filter(|(distance, c)| *distance <= (name.chars().count().max(c.chars().count()) / 2).max(1))
        .map(|(_, c)| c.to_owned())
}
