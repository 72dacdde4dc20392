//! Text to tokens.
//!
//! A statement ends with its line unless a bracket is open or the line ends in a token after which a statement cannot
//! end (a comma, an operator, `=`, `~`, `if`, `then`, `else`); the lexer settles that, so that the parser sees one
//! `Newline` between statements and none inside them.

use super::Span;
use crate::error::{Error, ErrorKind};

/// A token and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Its place.
    pub span: Span,
}

/// The kinds of token.
#[derive(Clone, Debug, PartialEq)]
pub enum TokenKind {
    /// A name that is not reserved.
    Name(String),
    /// A reserved word.
    Word(Word),
    /// A number.
    Number(f64),
    /// A text in double quotes.
    Text(String),
    /// Punctuation or an operator.
    Symbol(&'static str),
    /// The end of a statement.
    Newline,
    /// The end of the text.
    End,
}

macro_rules! words {
    ($($variant:ident $text:literal),* $(,)?) => {
        /// Reserved words.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Word { $(#[doc = $text] $variant),* }
        /// All reserved words.
        pub const RESERVED: &[&str] = &[$($text),*];
        impl Word {
            fn from_text(text: &str) -> Option<Word> {
                match text { $($text => Some(Word::$variant),)* _ => None }
            }
            /// The word as written.
            pub fn text(self) -> &'static str {
                match self { $(Word::$variant => $text),* }
            }
        }
    };
}

words! {
    Data "data", Index "index", Input "input", Let "let", Rows "rows", Weight "weight", As "as", And "and", Or "or",
    Not "not", If "if", Then "then", Else "else", For "for", In "in", New "new", True "true", False "false",
}

/// Symbols, longest first, so that `<=` is not read as `<`.
const SYMBOLS: &[&str] = &[
    "..", "<=", ">=", "==", "!=", "~", "=", "<", ">", "+", "-", "*", "/", "^", "(", ")", "[", "]", "{", "}", ",", ":",
    "@",
];

/// Splits a model text into tokens; the last is `End`.
///
/// # Errors
/// An odd character, an unclosed quote, a malformed number, or a bracket without its partner.
pub fn tokens(text: &str) -> Result<Vec<Token>, Error> {
    let mut lexer = Lexer { text, at: 0, out: Vec::new(), open: Vec::new() };
    if text.starts_with('\u{feff}') {
        lexer.at = '\u{feff}'.len_utf8();
    }
    lexer.run()?;
    Ok(lexer.out)
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    out: Vec<Token>,
    open: Vec<(&'static str, Span)>,
}

impl Lexer<'_> {
    fn run(&mut self) -> Result<(), Error> {
        while let Some(c) = self.peek() {
            match c {
                '\n' => {
                    self.end_of_line();
                    self.at += 1;
                }
                '#' => self.skip_while(|c| c != '\n'),
                c if c.is_whitespace() => self.at += c.len_utf8(),
                '"' => self.quoted()?,
                c if c.is_ascii_digit() => self.number()?,
                '.' if self.rest()[1..].starts_with(|c: char| c.is_ascii_digit()) => self.number()?,
                c if c.is_alphabetic() || c == '_' => self.name(),
                c => self.symbol(c)?,
            }
        }
        if let Some((bracket, span)) = self.open.first() {
            return Err(Error::new(ErrorKind::UnclosedBracket { bracket: (*bracket).into() }, *span));
        }
        self.end_of_line();
        self.push(TokenKind::End, self.at);
        Ok(())
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn push(&mut self, kind: TokenKind, start: usize) {
        self.out.push(Token { kind, span: Span::new(start, self.at) });
    }

    fn skip_while(&mut self, mut keep: impl FnMut(char) -> bool) {
        let n = self.rest().find(|c| !keep(c)).unwrap_or(self.rest().len());
        self.at += n;
    }

    fn end_of_line(&mut self) {
        let continues = match self.out.last().map(|t| &t.kind) {
            None | Some(TokenKind::Newline) => true,
            Some(TokenKind::Symbol(s)) => !matches!(*s, ")" | "]" | "}"),
            Some(TokenKind::Word(w)) => {
                matches!(w, Word::And | Word::Or | Word::If | Word::Then | Word::Else | Word::Not)
            }
            _ => false,
        };
        if self.open.is_empty() && !continues {
            self.push(TokenKind::Newline, self.at);
        }
    }

    fn quoted(&mut self) -> Result<(), Error> {
        let start = self.at;
        let text = self.text;
        let body = &text[self.at + 1..];
        let line = body.split('\n').next().unwrap_or("");
        // A quote inside is written as JSON does (\") so that a printed name can be pasted back.
        let mut escaped = false;
        let close = line.char_indices().find(|&(_, c)| {
            let found = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            found
        });
        let Some((close, _)) = close else {
            return Err(Error::new(ErrorKind::UnclosedQuote, Span::new(start, start + 1 + line.trim_end().len())));
        };
        let raw = &line[..close];
        self.at = start + close + 2;
        let text = unescape(raw).ok_or_else(|| {
            Error::new(ErrorKind::BadEscape { text: crate::error::shorten(raw) }, Span::new(start, self.at))
        })?;
        self.push(TokenKind::Text(text), start);
        Ok(())
    }

    fn number(&mut self) -> Result<(), Error> {
        let start = self.at;
        self.skip_while(|c| c.is_ascii_digit());
        if self.rest().starts_with('.') && !self.rest().starts_with("..") {
            self.at += 1;
            self.skip_while(|c| c.is_ascii_digit());
        }
        let mantissa = self.at;
        if self.rest().starts_with(['e', 'E']) {
            self.at += 1;
            if self.rest().starts_with(['+', '-']) {
                self.at += 1;
            }
            let digits = self.at;
            self.skip_while(|c| c.is_ascii_digit());
            if self.at == digits {
                self.at = mantissa;
            }
        }
        let end = self.at;
        self.skip_while(|c| c.is_alphanumeric() || c == '_');
        let (text, span) = (&self.text[start..self.at], Span::new(start, self.at));
        match text.parse::<f64>() {
            Ok(v) if self.at == end && v.is_finite() => {
                self.push(TokenKind::Number(v), start);
                Ok(())
            }
            _ => Err(Error::new(ErrorKind::BadNumber { text: crate::error::shorten(text) }, span)),
        }
    }

    fn name(&mut self) {
        let start = self.at;
        self.skip_while(|c| c.is_alphanumeric() || c == '_');
        let text = &self.text[start..self.at];
        let kind = Word::from_text(text).map_or_else(|| TokenKind::Name(text.into()), TokenKind::Word);
        self.push(kind, start);
    }

    fn symbol(&mut self, c: char) -> Result<(), Error> {
        let start = self.at;
        let Some(symbol) = SYMBOLS.iter().find(|s| self.rest().starts_with(**s)) else {
            let span = Span::new(start, start + c.len_utf8());
            return Err(Error::new(ErrorKind::OddCharacter { character: c }, span));
        };
        self.at += symbol.len();
        let span = Span::new(start, self.at);
        match *symbol {
            "(" | "[" | "{" => self.open.push((symbol, span)),
            ")" | "]" | "}" => {
                let partner = match *symbol {
                    ")" => "(",
                    "]" => "[",
                    _ => "{",
                };
                match self.open.pop() {
                    Some((bracket, _)) if bracket == partner => {}
                    Some((bracket, at)) => {
                        let kind = ErrorKind::WrongBracket { bracket: bracket.into(), found: (*symbol).into() };
                        return Err(Error::new(kind, at.to(span)));
                    }
                    None => return Err(Error::new(ErrorKind::UnopenedBracket { bracket: (*symbol).into() }, span)),
                }
            }
            _ => {}
        }
        self.push(TokenKind::Symbol(symbol), start);
        Ok(())
    }
}

/// The text of a quoted label: JSON escapes, if it has a backslash.
fn unescape(raw: &str) -> Option<String> {
    if !raw.contains('\\') {
        return Some(raw.to_owned());
    }
    let mut out = String::new();
    let mut chars = raw.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next()? {
            'n' => out.push('\n'),
            't' => out.push('\t'),
            'r' => out.push('\r'),
            'b' => out.push('\u{8}'),
            'f' => out.push('\u{c}'),
            'u' => {
                let code: String = chars.by_ref().take(4).collect();
                out.push(char::from_u32(u32::from_str_radix(&code, 16).ok()?)?);
            }
            c @ ('"' | '\\' | '/') => out.push(c),
            _ => return None,
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<TokenKind> {
        tokens(text).expect("tokens").into_iter().map(|t| t.kind).collect()
    }

    #[test]
    fn a_line_goes_on_after_an_operator_a_comma_and_in_brackets() {
        for text in ["a = 1 +\n 2", "a = # c\n 3", "a = (1\n)", "a ~\n B(1,\n2)", "a = if\nb then\n1 else\n2"] {
            let newlines = kinds(text).iter().filter(|k| **k == TokenKind::Newline).count();
            assert_eq!(newlines, 1, "{text}");
        }
    }

    #[test]
    fn numbers_are_read_in_all_forms() {
        for (text, value) in [("3", 3.0), ("0.5", 0.5), (".5", 0.5), ("1.", 1.0), ("1e3", 1000.0), ("1E-2", 0.01)] {
            assert_eq!(kinds(text)[0], TokenKind::Number(value), "{text}");
        }
        for text in ["1x", "1e999", "1.5.2b"] {
            assert!(tokens(text).is_err(), "{text}");
        }
    }

    #[test]
    fn quotes_protect_comments_and_names_may_be_unicode() {
        assert_eq!(kinds("\"a # b\"")[0], TokenKind::Text("a # b".into()));
        assert_eq!(kinds("λ_1")[0], TokenKind::Name("λ_1".into()));
        assert!(tokens("\"open\n").is_err());
        assert!(tokens("a § b").is_err());
    }
}
