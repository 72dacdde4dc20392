//! Tokens to the syntax tree: recursive descent for statements and the columns they declare, precedence climbing for
//! expressions.

mod expressions;
mod fields;
mod labels;
mod statements;

use super::lexer::{Token, TokenKind, Word, tokens};
use super::*;
use crate::error::{Error, ErrorKind};

/// How deep brackets and prefixes may nest, so that no input exhausts the stack.
pub const DEPTH_LIMIT: usize = 200;

/// How deep the tree of an expression may become: a sum of so many terms is as deep.
pub const CHAIN_LIMIT: usize = 1000;

/// Reads a model text.
///
/// # Errors
/// The first fault of the text, with its place.
pub fn parse(text: &str) -> Result<Syntax, Error> {
    let tokens = tokens(text)?;
    let mut parser = Parser { tokens: &tokens, at: 0, depth: 0 };
    let mut syntax = Syntax::default();
    while parser.peek() != &TokenKind::End {
        syntax.statements.push(parser.statement()?);
    }
    if syntax.statements.is_empty() {
        return Err(Error::new(ErrorKind::EmptyModel, Span::new(0, text.len())));
    }
    Ok(syntax)
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    depth: usize,
}

/// What reading a part of the text gives.
type Parsed<T> = Result<T, Error>;

impl Parser<'_> {
    fn token(&self) -> &Token {
        &self.tokens[self.at.min(self.tokens.len() - 1)]
    }

    fn peek(&self) -> &TokenKind {
        &self.token().kind
    }

    fn peek_second(&self) -> &TokenKind {
        &self.tokens[(self.at + 1).min(self.tokens.len() - 1)].kind
    }

    fn span(&self) -> Span {
        self.token().span
    }

    fn previous_span(&self) -> Span {
        self.tokens[self.at.saturating_sub(1)].span
    }

    fn is(&self, symbol: &str) -> bool {
        matches!(self.peek(), TokenKind::Symbol(s) if *s == symbol)
    }

    fn is_word(&self, word: Word) -> bool {
        *self.peek() == TokenKind::Word(word)
    }

    fn accept(&mut self, symbol: &str) -> bool {
        let found = self.is(symbol);
        self.at += usize::from(found);
        found
    }

    fn accept_word(&mut self, word: Word) -> bool {
        let found = self.is_word(word);
        self.at += usize::from(found);
        found
    }

    fn expected<T>(&self, what: &str) -> Parsed<T> {
        let found = match self.peek() {
            TokenKind::Name(n) => format!("`{}`", crate::error::shorten(n)),
            TokenKind::Word(w) => format!("the reserved word `{}`", w.text()),
            TokenKind::Number(v) => format!("the number {v}"),
            TokenKind::Text(t) => format!("\"{}\"", crate::error::shorten(t)),
            TokenKind::Symbol(s) => format!("`{s}`"),
            TokenKind::Newline => "the end of the line".into(),
            TokenKind::End => "the end of the model".into(),
        };
        // At the end of a line the place is right behind what stands there.
        let span = match self.peek() {
            TokenKind::Newline | TokenKind::End if self.at > 0 => {
                let end = self.tokens[..self.at]
                    .iter()
                    .rev()
                    .find(|t| t.kind != TokenKind::Newline)
                    .map_or(0, |t| t.span.end);
                Span::new(end, end)
            }
            _ => self.span(),
        };
        Err(Error::new(ErrorKind::Expected { expected: what.into(), found }, span))
    }

    fn require(&mut self, symbol: &str) -> Parsed<()> {
        if self.accept(symbol) { Ok(()) } else { self.expected(&format!("`{symbol}`")) }
    }

    fn name(&mut self, what: &str) -> Parsed<Name> {
        if let TokenKind::Name(text) = self.peek() {
            let name = Name { text: text.clone(), span: self.span() };
            self.at += 1;
            return Ok(name);
        }
        self.expected(what)
    }

    /// An index on the left or after `in`: a name, or `rows`.
    fn index_name(&mut self) -> Parsed<Name> {
        if self.accept_word(Word::Rows) {
            return Ok(Name { text: "rows".into(), span: self.previous_span() });
        }
        self.name("an index")
    }
}

/// Whether a text can be written as a name.
pub fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && chars.all(|c| c.is_alphanumeric() || c == '_')
        && !super::lexer::RESERVED.contains(&text)
}
