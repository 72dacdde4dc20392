//! The syntax tree as text, so that a model assembled by a program has a text that errors can point into.

use super::*;
use std::fmt::{self, Display, Formatter, Write as _};

/// A label in double quotes, with JSON's escapes.
pub fn quoted(label: &str) -> String {
    let mut out = String::from("\"");
    for c in label.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if (c as u32) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

struct Joined<'a, T>(&'a [T], &'a str);

impl<T: Display> Display for Joined<'_, T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (i, item) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(self.1)?;
            }
            item.fmt(f)?;
        }
        Ok(())
    }
}

fn header(f: &mut Formatter<'_>, name: &Name) -> fmt::Result {
    if parser::is_name(&name.text) { f.write_str(&name.text) } else { f.write_str(&quoted(&name.text)) }
}

impl Display for Syntax {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.statements.iter().try_for_each(|s| writeln!(f, "{s}"))
    }
}

impl Display for Statement {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.kind {
            StatementKind::Data(fields) => write!(f, "data {}", Joined(fields, ", ")),
            StatementKind::Index { name, labels } => {
                write!(f, "index {} = {{", name.text)?;
                for (i, label) in labels.iter().enumerate() {
                    f.write_str(if i > 0 { ", " } else { "" })?;
                    header(f, label)?;
                }
                f.write_str("}")
            }
            StatementKind::Input { name, index, default } => {
                write!(f, "input {}", name.text)?;
                if let Some(index) = index {
                    write!(f, "[{}]", index.text)?;
                }
                match default.as_slice() {
                    [one] => write!(f, " = {one}"),
                    many => write!(f, " = [{}]", Joined(many, ", ")),
                }
            }
            StatementKind::Random { name, indices, distribution, modifiers } => {
                write!(f, "{}{indices} ~ {distribution}{modifiers}", name.text)
            }
            StatementKind::Quantity { name, indices, value, kept } => {
                write!(f, "{}{}{indices} = {value}", if *kept { "" } else { "let " }, name.text)
            }
        }
    }
}

impl Display for Modifiers {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(weight) = &self.weight {
            write!(f, " weight {}", weight.text)?;
        }
        f.write_str(match self.centring {
            Some((Centring::Centred, _)) => " @centred",
            Some((Centring::Noncentred, _)) => " @noncentred",
            Some((Centring::Auto, _)) => " @auto",
            None => "",
        })?;
        match &self.tag {
            Some(tag) => write!(f, " @prior({})", quoted(&tag.text)),
            None => Ok(()),
        }
    }
}

impl Display for Indices {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return Ok(());
        }
        let group = |g: &Vec<Name>| g.iter().map(|n| n.text.as_str()).collect::<Vec<_>>().join(" : ");
        write!(f, "[{}]", self.groups.iter().map(group).collect::<Vec<_>>().join(", "))
    }
}

impl Display for Field {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        header(f, &self.column)?;
        if self.column.text != self.name.text {
            write!(f, " as {}", self.name.text)?;
        }
        f.write_str(": ")?;
        let list = |f: &mut Formatter<'_>, word: &str, columns: &[Name]| {
            write!(f, "{word}(")?;
            for (i, column) in columns.iter().enumerate() {
                f.write_str(if i > 0 { ", " } else { "" })?;
                header(f, column)?;
            }
            f.write_str(")")
        };
        match &self.kind {
            FieldKind::Factor(None) => f.write_str("factor"),
            FieldKind::Factor(Some(index)) => write!(f, "factor({})", index.text),
            FieldKind::Count => f.write_str("count"),
            FieldKind::Binary => f.write_str("binary"),
            FieldKind::Real => f.write_str("real"),
            FieldKind::Counts(columns) => list(f, "counts", columns),
            FieldKind::Reals(columns) => list(f, "reals", columns),
            FieldKind::CountsBy { count, category } => {
                f.write_str("counts(")?;
                header(f, count)?;
                f.write_str(" by ")?;
                header(f, category)?;
                f.write_str(")")
            }
        }
    }
}

impl Display for Call {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.name.text, Joined(&self.arguments, ", "))
    }
}

impl Display for Argument {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.name {
            write!(f, "{} = ", name.text)?;
        }
        self.value.fmt(f)
    }
}

impl Display for IndexArgument {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            IndexArgument::Name(n) => f.write_str(&n.text),
            IndexArgument::Label(n) => f.write_str(&quoted(&n.text)),
        }
    }
}

impl Display for Expr {
    /// Operators stand in brackets, so that the text says the tree without rules of precedence.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ExprKind::Number(value, _) if *value < 0.0 => write!(f, "({value:?})"),
            ExprKind::Number(_, text) if !text.is_empty() => f.write_str(text),
            ExprKind::Number(value, _) => write!(f, "{value:?}"),
            ExprKind::Label(label) => f.write_str(&quoted(label)),
            ExprKind::Name(name) => f.write_str(name),
            ExprKind::Index { base, arguments, colons } => {
                write!(f, "{base}[")?;
                for (i, (argument, colon)) in arguments.iter().zip(colons).enumerate() {
                    f.write_str(if i == 0 {
                        ""
                    } else if *colon {
                        " : "
                    } else {
                        ", "
                    })?;
                    argument.fmt(f)?;
                }
                f.write_str("]")
            }
            ExprKind::Call { function, arguments } => write!(f, "{}({})", function.text, Joined(arguments, ", ")),
            ExprKind::Comprehension { function, body, clauses, condition } => {
                let clause = |(v, i): &(Name, Name)| format!("{} in {}", v.text, i.text);
                let clauses: Vec<_> = clauses.iter().map(clause).collect();
                write!(f, "{}({body} for {}", function.text, clauses.join(", "))?;
                if let Some(condition) = condition {
                    write!(f, " if {condition}")?;
                }
                f.write_str(")")
            }
            ExprKind::Unary(UnaryOp::Negate, e) => write!(f, "(-{e})"),
            ExprKind::Unary(UnaryOp::Not, e) => write!(f, "(not {e})"),
            ExprKind::Binary(op, a, b) => write!(f, "({a} {} {b})", op.symbol()),
            ExprKind::If(c, a, b) => write!(f, "(if {c} then {a} else {b})"),
            ExprKind::Vector(items) => write!(f, "[{}]", Joined(items, ", ")),
        }
    }
}
