//! Labels of levels: names, integers, and any text in quotes.

use super::super::Name;
use super::super::lexer::TokenKind;
use super::{Parsed, Parser};
use crate::error::{Error, ErrorKind};

impl Parser<'_> {
    /// A label of an index: a name, an integer or a text in quotes.
    pub(super) fn label(&mut self) -> Parsed<Name> {
        match self.peek() {
            TokenKind::Text(text) | TokenKind::Name(text) => {
                let label = Name { text: text.clone(), span: self.span() };
                self.at += 1;
                Ok(label)
            }
            TokenKind::Number(_) => self.integer_label(),
            TokenKind::Symbol("-") => self.integer_label(),
            _ => self.expected("a label (a name, an integer, or any text in quotes)"),
        }
    }

    /// An integer as a label: digits, an optional minus, no leading zero.
    pub(super) fn integer_label(&mut self) -> Parsed<Name> {
        let start = self.span();
        let minus = self.accept("-");
        let TokenKind::Number(value) = *self.peek() else { return self.expected("an integer label") };
        let span = start.to(self.span());
        let digits = self.span().end - self.span().start;
        let text = format!("{}{value}", if minus { "-" } else { "" });
        self.at += 1;
        // Equal lengths leave out 1.0, 1e3 and 007, whose text is not the integer's own.
        if value.fract() != 0.0 || value >= 1e16 || format!("{value}").len() != digits || text == "-0" {
            let (expected, found) = ("an integer label".into(), format!("the number {value}"));
            return Err(Error::new(ErrorKind::Expected { expected, found }, span));
        }
        Ok(Name { text, span })
    }
}
