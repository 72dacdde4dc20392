//! Walks the statements in order and checks every name where it stands.

use super::arguments::{distribution_of, match_arguments, plural};
use super::{Definition, FixedIndex, Input, Item, Model, Role, Variable, statement_parts};
use crate::error::{Error, ErrorKind, nearest};
use crate::functions::{self, FUNCTIONS, SECOND_WAVE};
use crate::syntax::{
    Expr, ExprKind, Field, FieldKind, IndexArgument, Indices, Name, Span, Statement, StatementKind, Syntax,
};
use std::collections::{HashMap, HashSet};

pub(super) fn resolve(text: &str, syntax: &Syntax) -> Result<Model, Error> {
    let model = Model {
        text: text.into(),
        fields: Vec::new(),
        indexes: Vec::new(),
        inputs: Vec::new(),
        variables: Vec::new(),
        names: HashMap::new(),
        used_on_right: HashMap::new(),
    };
    let mut resolver = Resolver {
        model,
        used: HashSet::new(),
        syntax,
        locals: Vec::new(),
        uses: Vec::new(),
        user: String::new(),
        left: Vec::new(),
    };
    for statement in &syntax.statements {
        resolver.statement(statement)?;
    }
    resolver.unused_columns()?;
    resolver.long_counts()?;
    resolver.observed_once()?;
    Ok(resolver.model)
}

/// The headers a field reads.
fn headers(field: &Field) -> Vec<&Name> {
    match &field.kind {
        FieldKind::Counts(parts) | FieldKind::Reals(parts) => parts.iter().collect(),
        FieldKind::CountsBy { count, category } => vec![count, category],
        _ => vec![&field.column],
    }
}

/// What a statement needs of a factor.
#[derive(Clone, Copy, PartialEq)]
enum Use {
    /// Its levels: the cells may be observed, and some of them empty.
    Levels,
    /// The cells of its column.
    Cells,
}

struct Resolver<'a> {
    model: Model,
    /// Names of fields that some statement uses.
    used: HashSet<String>,
    syntax: &'a Syntax,
    /// Variables of the comprehensions around.
    locals: Vec<String>,
    /// Names the statement in hand uses.
    uses: Vec<String>,
    /// The name on the left of the statement in hand.
    user: String,
    /// Its indices.
    left: Vec<String>,
}

impl Resolver<'_> {
    fn define(&mut self, name: &Name, item: Item) -> Result<(), Error> {
        let taken = if FUNCTIONS.iter().any(|(f, _)| *f == name.text) || name.text == "ones" {
            Some("function")
        } else if crate::distributions::find(&name.text).is_some() || SECOND_WAVE.contains(&name.text.as_str()) {
            Some("distribution")
        } else {
            None
        };
        if let Some(what) = taken {
            return Err(Error::new(ErrorKind::NameTaken { name: name.text.clone(), what }, name.span));
        }
        if self.model.names.contains_key(&name.text) {
            return Err(Error::new(ErrorKind::DefinedTwice { name: name.text.clone() }, name.span));
        }
        self.model.names.insert(name.text.clone(), item);
        Ok(())
    }

    fn statement(&mut self, statement: &Statement) -> Result<(), Error> {
        match &statement.kind {
            StatementKind::Data(fields) => fields.iter().try_for_each(|f| self.field(f)),
            StatementKind::Index { name, labels } => {
                self.define(name, Item::Index(self.model.indexes.len()))?;
                let labels = labels.iter().map(|l| l.text.clone()).collect();
                self.model.indexes.push(FixedIndex { name: name.clone(), labels });
                Ok(())
            }
            StatementKind::Input { name, index, default } => {
                if let Some(index) = index {
                    self.index(index, Use::Levels)?;
                }
                self.define(name, Item::Input(self.model.inputs.len()))?;
                self.model.inputs.push(Input { name: name.clone(), index: index.clone(), default: default.clone() });
                Ok(())
            }
            StatementKind::Random { name, indices, distribution, modifiers } => {
                self.begin(name, indices)?;
                let observed = self.model.field(&name.text).is_some();
                if let (true, Some((_, span))) = (observed, &modifiers.centring) {
                    let message = "only a parameter can be centred or not: an observed column is as it is".to_owned();
                    return Err(Error::new(ErrorKind::BadLeft { message, help: None }, *span));
                }
                distribution_of(distribution)?;
                for argument in &distribution.arguments {
                    self.expr(&argument.value)?;
                }
                match_arguments(distribution, observed)?;
                if let Some(weight) = &modifiers.weight {
                    self.weight(weight, observed)?;
                }
                let definition =
                    Definition::Random { distribution: distribution.clone(), modifiers: modifiers.clone() };
                if observed {
                    self.observed(name, indices)?;
                }
                self.variable(
                    name,
                    indices,
                    definition,
                    if observed { Role::Observed } else { Role::Predicted },
                    statement,
                )
            }
            StatementKind::Quantity { name, indices, value, kept } => {
                self.begin(name, indices)?;
                self.expr(value)?;
                let role = if *kept { Role::Computed } else { Role::Hidden };
                self.variable(name, indices, Definition::Quantity(value.clone()), role, statement)
            }
        }
    }

    fn begin(&mut self, name: &Name, indices: &Indices) -> Result<(), Error> {
        self.uses.clear();
        self.user = name.text.clone();
        self.left.clear();
        for group in &indices.groups {
            // Which combinations occur is told by the cells.
            let how = if group.len() == 1 { Use::Levels } else { Use::Cells };
            for index in group {
                if self.left.contains(&index.text) {
                    return Err(Error::new(ErrorKind::IndexTwice { name: index.text.clone() }, index.span));
                }
                self.left.push(index.text.clone());
                self.index(index, how)?;
            }
        }
        Ok(())
    }

    fn observed(&mut self, name: &Name, indices: &Indices) -> Result<(), Error> {
        if self.model.variables.iter().any(|v| v.role == Role::Observed && v.name.text == name.text) {
            return Err(Error::new(ErrorKind::ObservedTwice { name: name.text.clone() }, name.span));
        }
        if !indices.is_empty() {
            let message = format!("the observed column `{}` stands alone on the left, without indices", name.text);
            let help = Some(format!("write `{} ~ …`: it is read in the context of the rows", name.text));
            return Err(Error::new(ErrorKind::BadLeft { message, help }, name.span.to(indices.span)));
        }
        self.used.insert(name.text.clone());
        Ok(())
    }

    fn variable(
        &mut self,
        name: &Name,
        indices: &Indices,
        definition: Definition,
        role: Role,
        statement: &Statement,
    ) -> Result<(), Error> {
        if role != Role::Observed {
            self.define(name, Item::Variable(self.model.variables.len()))?;
        }
        let uses = std::mem::take(&mut self.uses);
        self.model.variables.push(Variable {
            name: name.clone(),
            indices: indices.clone(),
            definition,
            role,
            in_density: role == Role::Observed,
            uses,
            span: statement.span,
        });
        Ok(())
    }

    fn field(&mut self, field: &Field) -> Result<(), Error> {
        self.define(&field.name, Item::Field(self.model.fields.len()))?;
        if let FieldKind::Factor(Some(index)) = &field.kind {
            match self.model.names.get(&index.text) {
                None => self.define(index, Item::SharedIndex)?,
                Some(Item::SharedIndex) => {}
                Some(_) => return Err(Error::new(ErrorKind::DefinedTwice { name: index.text.clone() }, index.span)),
            }
        }
        self.model.fields.push(field.clone());
        Ok(())
    }

    fn weight(&mut self, weight: &Name, observed: bool) -> Result<(), Error> {
        let kind = match self.model.field(&weight.text) {
            Some(field) => field.kind.clone(),
            None => {
                self.name(&weight.text, weight.span)?;
                let (what, expected) = ("no column".to_owned(), "a count column".to_owned());
                return Err(Error::new(
                    ErrorKind::WrongKind { name: weight.text.clone(), what, expected },
                    weight.span,
                ));
            }
        };
        if !matches!(kind, FieldKind::Count) {
            let (what, expected) = (describe(&kind), "a count column, as a weight must be".to_owned());
            return Err(Error::new(ErrorKind::WrongKind { name: weight.text.clone(), what, expected }, weight.span));
        }
        if !observed {
            let message = "only an observed column has a weight: each row counts as so many".to_owned();
            return Err(Error::new(ErrorKind::BadLeft { message, help: None }, weight.span));
        }
        self.mark_used(&weight.text, Use::Cells);
        Ok(())
    }

    /// What a name in an expression is used for: an index on the left stands for its levels.
    fn use_of(&self, name: &str) -> Use {
        if self.left.iter().any(|left| left == name) { Use::Levels } else { Use::Cells }
    }

    /// Whether a name is an index, and which columns that uses.
    fn index(&mut self, name: &Name, how: Use) -> Result<(), Error> {
        if name.text == "rows" {
            return Ok(());
        }
        match self.model.names.get(&name.text) {
            Some(Item::Index(_)) => Ok(()),
            Some(Item::SharedIndex) => {
                let shares = |f: &&Field| matches!(&f.kind, FieldKind::Factor(Some(i)) if i.text == name.text);
                let columns: Vec<String> =
                    self.model.fields.iter().filter(shares).map(|f| f.name.text.clone()).collect();
                columns.iter().for_each(|c| self.mark_used(c, how));
                Ok(())
            }
            Some(Item::Field(i)) => {
                let kind = &self.model.fields[*i].kind;
                if matches!(kind, FieldKind::Count | FieldKind::Binary | FieldKind::Real) {
                    let (what, expected) = (describe(kind), "an index".to_owned());
                    return Err(Error::new(
                        ErrorKind::WrongKind { name: name.text.clone(), what, expected },
                        name.span,
                    ));
                }
                // The index of a vector of columns uses its name only: its values may still be observed.
                if matches!(kind, FieldKind::Factor(_)) {
                    self.mark_used(&name.text, how);
                } else {
                    self.used.insert(name.text.clone());
                }
                Ok(())
            }
            Some(_) => {
                let (what, expected) = (self.describe_name(&name.text), "an index".to_owned());
                Err(Error::new(ErrorKind::WrongKind { name: name.text.clone(), what, expected }, name.span))
            }
            None => {
                let is_index = |(n, item): (&String, &Item)| match item {
                    Item::SharedIndex | Item::Index(_) => Some(n.clone()),
                    Item::Field(i)
                        if !matches!(
                            self.model.fields[*i].kind,
                            FieldKind::Count | FieldKind::Binary | FieldKind::Real
                        ) =>
                    {
                        Some(n.clone())
                    }
                    _ => None,
                };
                let known: Vec<String> = self.model.names.iter().filter_map(is_index).collect();
                let near = nearest(&name.text, known.iter().map(String::as_str).chain(["rows"]));
                Err(Error::new(ErrorKind::UnknownIndex { name: name.text.clone(), nearest: near }, name.span))
            }
        }
    }

    fn mark_used(&mut self, name: &str, how: Use) {
        self.used.insert(name.into());
        if how == Use::Cells {
            self.model.used_on_right.entry(name.into()).or_insert_with(|| self.user.clone());
        }
        if !self.uses.iter().any(|u| u == name) {
            self.uses.push(name.into());
        }
    }

    fn describe_name(&self, name: &str) -> String {
        match self.model.names.get(name) {
            Some(Item::Field(i)) => describe(&self.model.fields[*i].kind),
            Some(Item::SharedIndex | Item::Index(_)) => "an index".into(),
            Some(Item::Input(_)) => "an input".into(),
            Some(Item::Variable(_)) => "a variable".into(),
            None => "unknown".into(),
        }
    }

    /// A name in an expression.
    fn name(&mut self, name: &str, span: Span) -> Result<(), Error> {
        if self.locals.iter().any(|l| l == name) || name == "rows" {
            return Ok(());
        }
        match self.model.names.get(name) {
            Some(_) => {
                self.mark_used(name, self.use_of(name));
                Ok(())
            }
            None => Err(self.unknown(name, span)),
        }
    }

    fn unknown(&self, name: &str, span: Span) -> Error {
        let defines = |s: &&Statement| statement_parts(&s.kind).is_some_and(|(n, _)| n.text == name);
        if name == self.user {
            let kind = ErrorKind::Cycle { name: name.into(), path: vec![name.into(), name.into()] };
            return Error::new(kind, span);
        }
        if let Some(later) = self.syntax.statements.iter().find(defines) {
            if mentions(later, &self.user) {
                let path = vec![self.user.clone(), name.into(), self.user.clone()];
                return Error::new(ErrorKind::Cycle { name: self.user.clone(), path }, span);
            }
            return Error::new(ErrorKind::UnknownName { name: name.into(), nearest: None, later: true }, span);
        }
        let known = self.model.names.keys().chain(&self.locals).map(String::as_str);
        let nearest = nearest(name, known);
        if self.syntax.statements.iter().any(|s| declares(s, name)) {
            return Error::new(ErrorKind::UnknownName { name: name.into(), nearest: None, later: true }, span);
        }
        Error::new(ErrorKind::UnknownName { name: name.into(), nearest, later: false }, span)
    }

    fn expr(&mut self, expr: &Expr) -> Result<(), Error> {
        match &expr.kind {
            ExprKind::Number(..) | ExprKind::Label(_) => Ok(()),
            ExprKind::Name(name) => {
                let function = functions::find(name).is_some() && !self.model.names.contains_key(name);
                if function && !self.locals.contains(name) {
                    let (what, expected) =
                        ("a function".to_owned(), "a value: it needs its arguments in brackets".to_owned());
                    return Err(Error::new(ErrorKind::WrongKind { name: name.clone(), what, expected }, expr.span));
                }
                self.name(name, expr.span)
            }
            ExprKind::Index { base, arguments, .. } => self.indexed(base, arguments),
            ExprKind::Call { function, arguments } => {
                let f = self.function(function)?;
                let (fewest, most) = f.arity();
                if arguments.len() < fewest || arguments.len() > most {
                    let expected = if most == usize::MAX {
                        "at least 1 argument".into()
                    } else {
                        plural(fewest, "argument", "arguments")
                    };
                    let found = arguments.len().to_string();
                    let kind = ErrorKind::Arity { name: function.text.clone(), expected, found };
                    return Err(Error::new(kind, expr.span));
                }
                for argument in arguments {
                    if let Some(name) = &argument.name {
                        let kind = ErrorKind::UnknownArgument {
                            name: function.text.clone(),
                            argument: name.text.clone(),
                            nearest: None,
                            lists: "given by position".into(),
                        };
                        return Err(Error::new(kind, name.span));
                    }
                    self.expr(&argument.value)?;
                }
                Ok(())
            }
            ExprKind::Comprehension { function, body, clauses, condition } => {
                if !self.function(function)?.is_comprehension() {
                    let expected = "sum, mean, min, max, any or all".into();
                    let kind =
                        ErrorKind::WrongKind { name: function.text.clone(), what: "a function".into(), expected };
                    return Err(Error::new(kind, function.span));
                }
                let depth = self.locals.len();
                for (variable, index) in clauses {
                    self.index(index, Use::Levels)?;
                    if self.locals[depth..].contains(&variable.text) {
                        return Err(Error::new(ErrorKind::DefinedTwice { name: variable.text.clone() }, variable.span));
                    }
                    self.locals.push(variable.text.clone());
                }
                self.expr(body)?;
                if let Some(condition) = condition {
                    self.expr(condition)?;
                }
                self.locals.truncate(depth);
                Ok(())
            }
            ExprKind::Unary(_, inner) => self.expr(inner),
            ExprKind::Binary(_, a, b) => {
                self.expr(a)?;
                self.expr(b)
            }
            ExprKind::If(c, a, b) => {
                self.expr(c)?;
                self.expr(a)?;
                self.expr(b)
            }
            ExprKind::Vector(items) => items.iter().try_for_each(|e| self.expr(e)),
        }
    }

    fn indexed(&mut self, base: &Expr, arguments: &[IndexArgument]) -> Result<(), Error> {
        let ones = matches!(&base.kind, ExprKind::Name(n) if n == "ones");
        if !ones {
            self.expr(base)?;
        }
        for argument in arguments {
            if let IndexArgument::Name(name) = argument
                && !self.locals.contains(&name.text)
            {
                match self.model.names.get(&name.text) {
                    Some(_) if ones => self.index(name, Use::Levels)?,
                    Some(_) => self.index(name, self.use_of(&name.text))?,
                    None if name.text == "rows" => {}
                    None => return Err(self.unknown(&name.text, name.span)),
                }
            }
        }
        Ok(())
    }

    fn function(&self, name: &Name) -> Result<functions::Function, Error> {
        if let Some(f) = functions::find(&name.text) {
            return Ok(f);
        }
        let is_distribution =
            crate::distributions::find(&name.text).is_some() || SECOND_WAVE.contains(&name.text.as_str());
        let kind = if is_distribution {
            ErrorKind::DistributionInExpression { name: name.text.clone() }
        } else {
            let near = nearest(&name.text, FUNCTIONS.iter().map(|(f, _)| *f));
            ErrorKind::UnknownFunction { name: name.text.clone(), nearest: near }
        };
        Err(Error::new(kind, name.span))
    }

    /// The columns of `counts(n by status)` are not declared apart.
    fn long_counts(&self) -> Result<(), Error> {
        let fields = &self.model.fields;
        for long in fields.iter().filter(|f| matches!(f.kind, FieldKind::CountsBy { .. })) {
            for own in headers(long) {
                let others = fields.iter().filter(|f| f.name.text != long.name.text);
                if let Some(apart) = others.flat_map(headers).find(|h| h.text == own.text) {
                    let kind = ErrorKind::DeclaredApart { column: own.text.clone(), field: long.name.text.clone() };
                    return Err(Error::new(kind, apart.span));
                }
            }
        }
        Ok(())
    }

    /// No column is observed twice, under two names or as part of a vector.
    fn observed_once(&self) -> Result<(), Error> {
        let mut seen: HashMap<&str, &str> = HashMap::new();
        for variable in self.model.variables.iter().filter(|v| v.role == Role::Observed) {
            let Some(field) = self.model.field(&variable.name.text) else { continue };
            for header in headers(field) {
                if let Some(first) = seen.insert(&header.text, &variable.name.text) {
                    let (column, second) = (header.text.clone(), variable.name.text.clone());
                    let kind = ErrorKind::ColumnObservedTwice { column, first: first.into(), second };
                    return Err(Error::new(kind, variable.name.span));
                }
            }
        }
        Ok(())
    }

    fn unused_columns(&self) -> Result<(), Error> {
        // Columns that only tell the rows of `counts(n by …)` apart are used.
        if self.model.fields.iter().any(|f| matches!(f.kind, FieldKind::CountsBy { .. })) {
            return match self
                .model
                .fields
                .iter()
                .find(|f| matches!(f.kind, FieldKind::CountsBy { .. }) && !self.used.contains(&f.name.text))
            {
                Some(f) => Err(Error::new(ErrorKind::UnusedColumn { name: f.name.text.clone() }, f.name.span)),
                None => Ok(()),
            };
        }
        match self.model.fields.iter().find(|f| !self.used.contains(&f.name.text)) {
            Some(f) => Err(Error::new(ErrorKind::UnusedColumn { name: f.name.text.clone() }, f.name.span)),
            None => Ok(()),
        }
    }
}

/// A field kind as a noun.
pub(crate) fn describe(kind: &FieldKind) -> String {
    match kind {
        FieldKind::Factor(_) => "a factor",
        FieldKind::Count => "a count column",
        FieldKind::Binary => "a binary column",
        FieldKind::Real => "a real column",
        FieldKind::Counts(_) | FieldKind::CountsBy { .. } => "a vector of counts",
        FieldKind::Reals(_) => "a vector of real columns (reals)",
    }
    .into()
}

/// Whether a statement declares a column, an index or an input of that name.
fn declares(statement: &Statement, name: &str) -> bool {
    match &statement.kind {
        StatementKind::Data(fields) => fields.iter().any(|f| f.name.text == name),
        StatementKind::Index { name: own, .. } | StatementKind::Input { name: own, .. } => own.text == name,
        _ => false,
    }
}

/// Whether a statement's right-hand side names something.
fn mentions(statement: &Statement, name: &str) -> bool {
    let mut found = false;
    let mut look = |e: &Expr| found |= matches!(&e.kind, ExprKind::Name(n) if n == name);
    match &statement.kind {
        StatementKind::Random { distribution, .. } => {
            distribution.arguments.iter().for_each(|a| a.value.walk(&mut look));
        }
        StatementKind::Quantity { value, .. } => value.walk(&mut look),
        _ => {}
    }
    found
}
