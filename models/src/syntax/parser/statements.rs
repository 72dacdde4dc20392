//! Statements: the word or name they begin with says which.

use super::super::lexer::{TokenKind, Word};
use super::super::*;
use super::{Parsed, Parser};
use crate::error::{Error, ErrorKind, shorten};

/// What may stand after `@`.
const AT_MODIFIERS: &str = "`centred`, `noncentred`, `auto` or `prior(\"…\")` after `@`";

impl Parser<'_> {
    /// One statement, up to the end of its line.
    pub(super) fn statement(&mut self) -> Parsed<Statement> {
        let start = self.span();
        let kind = match self.peek() {
            TokenKind::Word(Word::Data) => self.data()?,
            TokenKind::Word(Word::Index) => self.index_statement()?,
            TokenKind::Word(Word::Input) => self.input()?,
            TokenKind::Word(Word::Let) => {
                self.at += 1;
                let (name, indices) = self.left()?;
                self.require("=")?;
                StatementKind::Quantity { name, indices, value: self.expr()?, kept: false }
            }
            TokenKind::Name(_) => self.definition()?,
            _ => return self.expected("a statement (`data`, `index`, `input`, `let`, or a name)"),
        };
        let span = start.to(self.previous_span());
        if !matches!(self.peek(), TokenKind::Newline | TokenKind::End) {
            return self.expected("the end of the statement");
        }
        self.at += usize::from(*self.peek() == TokenKind::Newline);
        Ok(Statement { kind, span })
    }

    fn definition(&mut self) -> Parsed<StatementKind> {
        let (name, indices) = self.left()?;
        if name.text == "prior" && self.is("(") {
            return Err(Error::new(ErrorKind::PriorInFront, name.span));
        }
        if self.accept("=") {
            return Ok(StatementKind::Quantity { name, indices, value: self.expr()?, kept: true });
        }
        if !self.accept("~") {
            return self.expected("`~` or `=`");
        }
        let start = self.span();
        let function = self.name("a distribution")?;
        if !self.is("(") {
            return self.expected("`(` with the arguments of the distribution");
        }
        let arguments = self.call_arguments()?;
        let distribution = Call { name: function, arguments, span: start.to(self.previous_span()) };
        Ok(StatementKind::Random { name, indices, distribution, modifiers: self.modifiers()? })
    }

    /// `weight COLUMN`, `@centred` and its kin, `@prior("TAG")`: each once at most, in any order.
    fn modifiers(&mut self) -> Parsed<Modifiers> {
        let mut modifiers = Modifiers::default();
        loop {
            if modifiers.weight.is_none() && self.accept_word(Word::Weight) {
                modifiers.weight = Some(self.name("a count column after `weight`")?);
            } else if self.accept("@") {
                self.at_modifier(&mut modifiers)?;
            } else {
                return Ok(modifiers);
            }
        }
    }

    /// A modifier whose `@` has been read.
    fn at_modifier(&mut self, modifiers: &mut Modifiers) -> Parsed<()> {
        let word = self.name(AT_MODIFIERS)?;
        let centring = match word.text.as_str() {
            "prior" => {
                let tag = self.prior_tag()?;
                return match modifiers.tag.replace(tag) {
                    None => Ok(()),
                    Some(_) => Err(Error::new(ErrorKind::ModifierTwice { modifier: "@prior" }, word.span)),
                };
            }
            "centred" => Centring::Centred,
            "noncentred" => Centring::Noncentred,
            "auto" => Centring::Auto,
            other => {
                let (expected, found) = (AT_MODIFIERS.to_owned(), format!("`{}`", shorten(other)));
                return Err(Error::new(ErrorKind::Expected { expected, found }, word.span));
            }
        };
        match modifiers.centring.replace((centring, word.span)) {
            None => Ok(()),
            Some(_) => {
                Err(Error::new(ErrorKind::ModifierTwice { modifier: "@centred, @noncentred and @auto" }, word.span))
            }
        }
    }

    /// `("TAG")`
    fn prior_tag(&mut self) -> Parsed<Name> {
        self.require("(")?;
        let tag = match self.peek() {
            TokenKind::Text(text) if !text.trim().is_empty() => Name { text: text.clone(), span: self.span() },
            _ => return self.expected("the tag of the prior in double quotes"),
        };
        self.at += 1;
        self.require(")")?;
        Ok(tag)
    }

    fn left(&mut self) -> Parsed<(Name, Indices)> {
        let name = self.name("a name")?;
        let mut indices = Indices { groups: Vec::new(), span: name.span };
        if self.is("[") {
            let start = self.span();
            self.at += 1;
            loop {
                let mut group = vec![self.index_name()?];
                while self.accept(":") {
                    group.push(self.index_name()?);
                }
                indices.groups.push(group);
                if !self.accept(",") {
                    break;
                }
            }
            self.require("]")?;
            indices.span = start.to(self.previous_span());
        }
        Ok((name, indices))
    }

    fn index_statement(&mut self) -> Parsed<StatementKind> {
        self.at += 1;
        let name = self.name("the name of the index")?;
        self.require("=")?;
        self.require("{")?;
        let mut labels: Vec<Name> = Vec::new();
        loop {
            let label = self.label()?;
            if labels.iter().any(|l| l.text == label.text) {
                return Err(Error::new(ErrorKind::LabelTwice { label: label.text }, label.span));
            }
            labels.push(label);
            if !self.accept(",") {
                break;
            }
        }
        self.require("}")?;
        Ok(StatementKind::Index { name, labels })
    }

    fn input(&mut self) -> Parsed<StatementKind> {
        self.at += 1;
        let name = self.name("the name of the input")?;
        let index = if self.accept("[") {
            let index = self.index_name()?;
            self.require("]")?;
            Some(index)
        } else {
            None
        };
        self.require("=")?;
        let default = if self.accept("[") {
            let mut values = vec![self.signed_number()?];
            while self.accept(",") {
                values.push(self.signed_number()?);
            }
            self.require("]")?;
            values
        } else {
            vec![self.signed_number()?]
        };
        Ok(StatementKind::Input { name, index, default })
    }

    fn signed_number(&mut self) -> Parsed<f64> {
        let minus = self.accept("-");
        if !minus {
            self.accept("+");
        }
        let value = match self.peek() {
            TokenKind::Number(v) => *v,
            TokenKind::Word(Word::True) => 1.0,
            TokenKind::Word(Word::False) => 0.0,
            _ => return self.expected("a number"),
        };
        self.at += 1;
        Ok(if minus { -value } else { value })
    }
}
