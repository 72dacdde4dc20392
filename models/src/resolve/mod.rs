//! A model, checked without data: names, kinds, arity, and the part each variable plays.

mod arguments;
mod names;
mod roles;

pub(crate) use arguments::plural;
pub use arguments::{Matched, match_arguments};
pub(crate) use names::describe;

use crate::error::Error;
use crate::syntax::{Call, Expr, Field, FieldKind, Indices, Modifiers, Name, Span, StatementKind, parser};
use std::collections::{HashMap, HashSet};

/// The part a variable plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A random variable whose values are a data column.
    Observed,
    /// A random variable that something observed depends on.
    Parameter,
    /// A parameter that the compiler integrated out of the density: drawn from its conditional.
    IntegratedOut,
    /// A random variable that nothing observed depends on: drawn forward.
    Predicted,
    /// A quantity kept with the draws.
    Computed,
    /// A quantity that is not kept.
    Hidden,
}

/// A variable of the model.
#[derive(Clone, Debug)]
pub struct Variable {
    /// Its name.
    pub name: Name,
    /// Its indices as written.
    pub indices: Indices,
    /// What it is drawn from or equals.
    pub definition: Definition,
    /// The part it plays.
    pub role: Role,
    /// Whether a density depends on it.
    pub in_density: bool,
    /// The names its definition uses.
    pub uses: Vec<String>,
    /// The whole statement.
    pub span: Span,
}

/// What a variable is drawn from or equals.
#[derive(Clone, Debug)]
pub enum Definition {
    /// `~`
    Random {
        /// The distribution and its arguments.
        distribution: Call,
        /// What stands behind it.
        modifiers: Modifiers,
    },
    /// `=`
    Quantity(Expr),
}

/// A constant with a default, set from outside.
#[derive(Clone, Debug)]
pub struct Input {
    /// Its name.
    pub name: Name,
    /// The index it has, if any.
    pub index: Option<Name>,
    /// One default for all levels, or one for each.
    pub default: Vec<f64>,
}

/// An index that is no column.
#[derive(Clone, Debug)]
pub struct FixedIndex {
    /// Its name.
    pub name: Name,
    /// Its labels in order.
    pub labels: Vec<String>,
}

/// A model checked without data.
#[derive(Clone, Debug)]
pub struct Model {
    text: String,
    pub(crate) fields: Vec<Field>,
    pub(crate) indexes: Vec<FixedIndex>,
    pub(crate) inputs: Vec<Input>,
    pub(crate) variables: Vec<Variable>,
    /// Every defined name and what it is.
    pub(crate) names: HashMap<String, Item>,
    /// Columns whose cells stand on the right of a statement, and what first uses them.
    pub(crate) used_on_right: HashMap<String, String>,
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// A declared column, or vector of columns.
    Field(usize),
    /// An index that several columns share.
    SharedIndex,
    /// An index that is no column.
    Index(usize),
    /// A constant set from outside.
    Input(usize),
    /// A variable.
    Variable(usize),
}

impl Model {
    /// Reads and checks a model text.
    ///
    /// # Errors
    /// The first fault, with its place in the text.
    pub fn parse(text: &str) -> Result<Model, Error> {
        let syntax = parser::parse(text)?;
        let mut model = names::resolve(text, &syntax)?;
        roles::assign(&mut model)?;
        Ok(model)
    }

    /// The first observed column that another statement depends on, and the variable or column of that statement.
    pub fn first_chained(&self) -> Option<(&str, &str)> {
        let observed = self.variables.iter().filter(|variable| variable.role == Role::Observed);
        observed.map(|variable| variable.name.text.as_str()).find_map(|name| {
            let user = self.used_on_right.get(name)?;
            Some((name, user.as_str()))
        })
    }

    /// The text it was read from.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The headers of the columns it needs, each once, in the order declared.
    pub fn columns(&self) -> Vec<String> {
        let mut seen = HashSet::new();
        let all = self.fields.iter().flat_map(|field| match &field.kind {
            FieldKind::Counts(parts) | FieldKind::Reals(parts) => parts.iter().collect::<Vec<_>>(),
            FieldKind::CountsBy { count, category } => vec![count, category],
            _ => vec![&field.column],
        });
        all.filter(|column| seen.insert(column.text.as_str())).map(|column| column.text.clone()).collect()
    }

    /// Its variables in the order of their statements.
    pub fn variables(&self) -> &[Variable] {
        &self.variables
    }

    /// The names of its inputs, and whether each has an index.
    pub fn inputs(&self) -> impl Iterator<Item = (&str, bool)> {
        self.inputs.iter().map(|i| (i.name.text.as_str(), i.index.is_some()))
    }

    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        match self.names.get(name) {
            Some(Item::Field(i)) => self.fields.get(*i),
            _ => None,
        }
    }
}

impl Variable {
    /// The name of its distribution, if it has one.
    pub fn distribution(&self) -> Option<&str> {
        match &self.definition {
            Definition::Random { distribution, .. } => Some(&distribution.name.text),
            Definition::Quantity(_) => None,
        }
    }

    /// The expressions of its definition.
    pub(crate) fn expressions(&self) -> Vec<&Expr> {
        match &self.definition {
            Definition::Random { distribution, .. } => distribution.arguments.iter().map(|a| &a.value).collect(),
            Definition::Quantity(value) => vec![value],
        }
    }
}

pub(crate) fn statement_parts(kind: &StatementKind) -> Option<(&Name, &Indices)> {
    match kind {
        StatementKind::Random { name, indices, .. } | StatementKind::Quantity { name, indices, .. } => {
            Some((name, indices))
        }
        _ => None,
    }
}
