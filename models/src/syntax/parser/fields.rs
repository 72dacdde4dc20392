//! The columns of a `data` statement.

use super::super::lexer::{TokenKind, Word};
use super::super::*;
use super::{Parsed, Parser, is_name};
use crate::error::{Error, ErrorKind};
use std::collections::HashSet;

impl Parser<'_> {
    /// `data FIELD, FIELD, …`
    pub(super) fn data(&mut self) -> Parsed<StatementKind> {
        self.at += 1;
        let mut fields = vec![self.field()?];
        while self.accept(",") {
            if matches!(self.peek(), TokenKind::Newline | TokenKind::End) {
                break;
            }
            fields.push(self.field()?);
        }
        Ok(StatementKind::Data(fields))
    }

    /// A column by its header: a name, or a text in quotes.
    fn header(&mut self) -> Parsed<(Name, bool)> {
        if let TokenKind::Text(text) = self.peek() {
            let name = Name { text: text.clone(), span: self.span() };
            self.at += 1;
            return Ok((name, true));
        }
        Ok((self.name("a column")?, false))
    }

    fn field(&mut self) -> Parsed<Field> {
        let (column, quoted) = self.header()?;
        let name = if self.accept_word(Word::As) {
            self.name("the name the model uses")?
        } else if quoted && !is_name(&column.text) {
            return self.expected("`as` and the name the model uses for this column");
        } else {
            column.clone()
        };
        self.require(":")?;
        let word = self.name("a type (factor, count, binary, real, counts or reals)")?;
        let kind = match word.text.as_str() {
            "factor" if self.accept("(") => {
                let index = self.name("the name of the shared index")?;
                self.require(")")?;
                FieldKind::Factor(Some(index))
            }
            "factor" => FieldKind::Factor(None),
            "count" => FieldKind::Count,
            "binary" => FieldKind::Binary,
            "real" => FieldKind::Real,
            "counts" => {
                self.require("(")?;
                let (first, _) = self.header()?;
                let kind = if matches!(self.peek(), TokenKind::Name(n) if n == "by") {
                    self.at += 1;
                    FieldKind::CountsBy { count: first, category: self.header()?.0 }
                } else {
                    FieldKind::Counts(self.columns(first)?)
                };
                self.require(")")?;
                kind
            }
            "reals" => {
                self.require("(")?;
                let (first, _) = self.header()?;
                let columns = self.columns(first)?;
                self.require(")")?;
                FieldKind::Reals(columns)
            }
            other => {
                let known = ["factor", "count", "binary", "real", "counts", "reals"];
                let hint =
                    crate::error::nearest(other, known).map(|n| format!(" (did you mean `{n}`?)")).unwrap_or_default();
                let expected = format!("a type: factor, count, binary, real, counts(…) or reals(…){hint}");
                return Err(Error::new(ErrorKind::Expected { expected, found: format!("`{other}`") }, word.span));
            }
        };
        Ok(Field { column, name, kind })
    }

    /// `a, b, c` or `x1 .. x24`, or both mixed.
    fn columns(&mut self, first: Name) -> Parsed<Vec<Name>> {
        let mut columns = Vec::new();
        let mut next = Some(first);
        while let Some(column) = next.take() {
            if self.accept("..") {
                let (last, _) = self.header()?;
                columns.extend(expand_range(&column, &last)?);
            } else {
                columns.push(column);
            }
            if self.accept(",") {
                next = Some(self.header()?.0);
            }
        }
        let mut seen = HashSet::new();
        if let Some(twice) = columns.iter().find(|c| !seen.insert(c.text.as_str())) {
            return Err(Error::new(ErrorKind::LabelTwice { label: twice.text.clone() }, twice.span));
        }
        Ok(columns)
    }
}

/// `x1 .. x24`: the same stem, numbers that rise; the width of the first number is kept.
fn expand_range(first: &Name, last: &Name) -> Parsed<Vec<Name>> {
    let split = |name: &Name| {
        let digits = name.text.len() - name.text.bytes().rev().take_while(u8::is_ascii_digit).count();
        let (stem, number) = name.text.split_at(digits);
        number.parse::<u32>().ok().map(|n| (stem.to_owned(), n, number.len()))
    };
    let span = first.span.to(last.span);
    let bad = || {
        let expected = "a range of columns such as `x1 .. x24`".into();
        Error::new(ErrorKind::Expected { expected, found: format!("`{} .. {}`", first.text, last.text) }, span)
    };
    let ((stem, from, width), (other, to, _)) = split(first).zip(split(last)).ok_or_else(bad)?;
    if stem != other || from > to || to - from >= 100_000 {
        return Err(bad());
    }
    Ok((from..=to).map(|i| Name { text: format!("{stem}{i:0width$}"), span }).collect())
}
