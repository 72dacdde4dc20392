//! Tokens to the syntax tree: recursive descent for statements, precedence climbing for expressions.

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

    // ---- statements ----

    fn statement(&mut self) -> Parsed<Statement> {
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
        let (mut weight, mut centring) = (None, None);
        loop {
            if weight.is_none() && self.accept_word(Word::Weight) {
                weight = Some(self.name("a count column after `weight`")?);
            } else if centring.is_none() && self.accept("@") {
                let modifier = self.name("`centred`, `noncentred` or `auto` after `@`")?;
                centring = Some((
                    match modifier.text.as_str() {
                        "centred" => Centring::Centred,
                        "noncentred" => Centring::Noncentred,
                        "auto" => Centring::Auto,
                        other => {
                            let (expected, found) = ("`centred`, `noncentred` or `auto`".into(), format!("`{other}`"));
                            return Err(Error::new(ErrorKind::Expected { expected, found }, modifier.span));
                        }
                    },
                    modifier.span,
                ));
            } else {
                return Ok(StatementKind::Random { name, indices, distribution, weight, centring });
            }
        }
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

    fn data(&mut self) -> Parsed<StatementKind> {
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
        for (i, c) in columns.iter().enumerate() {
            if columns[..i].iter().any(|d| d.text == c.text) {
                return Err(Error::new(ErrorKind::LabelTwice { label: c.text.clone() }, c.span));
            }
        }
        Ok(columns)
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

    /// A label of an index: a name, an integer or a text in quotes.
    fn label(&mut self) -> Parsed<Name> {
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
    fn integer_label(&mut self) -> Parsed<Name> {
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

    // ---- expressions ----

    fn expr(&mut self) -> Parsed<Expr> {
        self.binary(0)
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        self.depth += 1;
        if self.depth > DEPTH_LIMIT {
            return Err(Error::new(ErrorKind::TooDeep { limit: DEPTH_LIMIT }, self.span()));
        }
        let out = read(self);
        self.depth -= 1;
        out
    }

    fn operator(&self) -> Option<(BinaryOp, u8)> {
        use BinaryOp::*;
        Some(match self.peek() {
            TokenKind::Word(Word::Or) => (Or, 1),
            TokenKind::Word(Word::And) => (And, 2),
            TokenKind::Symbol(s) => match *s {
                "<" => (Less, 4),
                "<=" => (LessEqual, 4),
                ">" => (Greater, 4),
                ">=" => (GreaterEqual, 4),
                "==" => (Equal, 4),
                "!=" => (NotEqual, 4),
                "+" => (Add, 5),
                "-" => (Subtract, 5),
                "*" => (Multiply, 6),
                "/" => (Divide, 6),
                "^" => (Power, 8),
                _ => return None,
            },
            _ => return None,
        })
    }

    fn binary(&mut self, minimum: u8) -> Parsed<Expr> {
        let mut left = self.deeper(|p| p.prefix())?;
        let mut depth = depth_of(&left);
        while let Some((op, strength)) = self.operator() {
            if strength < minimum {
                break;
            }
            if op.is_comparison()
                && matches!(&left.kind, ExprKind::Binary(o, ..) if o.is_comparison())
                && !self.closed(&left)
            {
                return Err(Error::new(ErrorKind::ChainedComparison, left.span.to(self.span())));
            }
            self.at += 1;
            let right = self.deeper(|p| p.binary(if op == BinaryOp::Power { strength } else { strength + 1 }))?;
            let span = left.span.to(right.span);
            // Each operator of a chain makes the tree one deeper, on the left.
            depth = depth.max(depth_of(&right)) + 1;
            if depth > CHAIN_LIMIT {
                return Err(Error::new(ErrorKind::TooDeep { limit: CHAIN_LIMIT }, span));
            }
            left = Expr { kind: ExprKind::Binary(op, Box::new(left), Box::new(right)), span };
        }
        Ok(left)
    }

    /// Whether an expression just read ended in a bracket of its own: `(a < b) == c` is no chain.
    fn closed(&self, expr: &Expr) -> bool {
        self.previous_span().end > expr_end(expr)
    }

    fn prefix(&mut self) -> Parsed<Expr> {
        let start = self.span();
        if self.accept("-") {
            let inner = self.binary(7)?;
            let span = start.to(inner.span);
            return Ok(Expr { kind: ExprKind::Unary(UnaryOp::Negate, Box::new(inner)), span });
        }
        if self.accept_word(Word::Not) {
            let inner = self.binary(3)?;
            let span = start.to(inner.span);
            return Ok(Expr { kind: ExprKind::Unary(UnaryOp::Not, Box::new(inner)), span });
        }
        if self.accept_word(Word::If) {
            let condition = self.expr()?;
            if !self.accept_word(Word::Then) {
                return self.expected("`then`");
            }
            let yes = self.expr()?;
            if !self.accept_word(Word::Else) {
                return self.expected("`else`");
            }
            let no = self.expr()?;
            let span = start.to(no.span);
            return Ok(Expr { kind: ExprKind::If(Box::new(condition), Box::new(yes), Box::new(no)), span });
        }
        self.postfix()
    }

    fn postfix(&mut self) -> Parsed<Expr> {
        let mut expr = self.primary()?;
        while self.is("[") {
            self.at += 1;
            let (mut arguments, mut colons) = (vec![self.index_argument()?], vec![false]);
            while self.is(",") || self.is(":") {
                colons.push(self.accept(":") || !self.accept(","));
                arguments.push(self.index_argument()?);
            }
            self.require("]")?;
            let span = expr.span.to(self.previous_span());
            expr = Expr { kind: ExprKind::Index { base: Box::new(expr), arguments, colons }, span };
            self.depth += 1;
            if self.depth > DEPTH_LIMIT {
                return Err(Error::new(ErrorKind::TooDeep { limit: DEPTH_LIMIT }, span));
            }
        }
        Ok(expr)
    }

    fn index_argument(&mut self) -> Parsed<IndexArgument> {
        match self.peek() {
            TokenKind::Text(_) => Ok(IndexArgument::Label(self.label()?)),
            TokenKind::Number(_) | TokenKind::Symbol("-") => Ok(IndexArgument::Label(self.integer_label()?)),
            TokenKind::Name(_) | TokenKind::Word(Word::Rows) => Ok(IndexArgument::Name(self.index_name()?)),
            _ => self.expected("an index or a label"),
        }
    }

    fn primary(&mut self) -> Parsed<Expr> {
        let span = self.span();
        let kind = match self.peek().clone() {
            TokenKind::Number(value) => {
                self.at += 1;
                let length = span.end - span.start;
                let text = format!("{value}");
                let is_label = value.fract() == 0.0 && value < 1e16 && text.len() == length;
                ExprKind::Number(value, if is_label { text } else { String::new() })
            }
            TokenKind::Word(w @ (Word::True | Word::False)) => {
                self.at += 1;
                ExprKind::Number(f64::from(w == Word::True), String::new())
            }
            TokenKind::Text(text) => {
                self.at += 1;
                ExprKind::Label(text)
            }
            TokenKind::Symbol("(") => {
                self.at += 1;
                let mut inner = self.expr()?;
                self.require(")")?;
                inner.span = span.to(self.previous_span());
                return Ok(inner);
            }
            TokenKind::Symbol("[") => {
                self.at += 1;
                let mut items = vec![self.expr()?];
                while self.accept(",") {
                    items.push(self.expr()?);
                }
                self.require("]")?;
                ExprKind::Vector(items)
            }
            TokenKind::Word(Word::New) => {
                self.at += 1;
                if !self.is("(") {
                    return self.expected("`(` after `new`");
                }
                let function = Name { text: "new".into(), span };
                ExprKind::Call { function, arguments: self.call_arguments()? }
            }
            TokenKind::Name(text) if *self.peek_second() == TokenKind::Symbol("(") => {
                self.at += 1;
                self.call(Name { text, span })?
            }
            TokenKind::Name(text) => {
                self.at += 1;
                ExprKind::Name(text)
            }
            _ => return self.expected("an expression"),
        };
        Ok(Expr { kind, span: span.to(self.previous_span()) })
    }

    /// `f(a, b)` or `f(e for v in i, w in j if c)`; the name has been read.
    fn call(&mut self, function: Name) -> Parsed<ExprKind> {
        self.require("(")?;
        let mut arguments = Vec::new();
        if !self.is(")") {
            let first = self.argument()?;
            if first.name.is_none() && self.accept_word(Word::For) {
                return self.comprehension(function, first.value);
            }
            arguments.push(first);
        }
        self.more_arguments(&mut arguments)?;
        Ok(ExprKind::Call { function, arguments })
    }

    fn comprehension(&mut self, function: Name, body: Expr) -> Parsed<ExprKind> {
        let mut clauses = Vec::new();
        loop {
            let variable = self.name("the variable of the comprehension")?;
            if !self.accept_word(Word::In) {
                return self.expected("`in`");
            }
            clauses.push((variable, self.index_name()?));
            // `for v in a, w in b` and `for v in a for w in b` are the same.
            if !(self.accept(",") || self.accept_word(Word::For)) {
                break;
            }
        }
        let condition = if self.accept_word(Word::If) { Some(Box::new(self.expr()?)) } else { None };
        self.require(")")?;
        Ok(ExprKind::Comprehension { function, body: Box::new(body), clauses, condition })
    }

    fn call_arguments(&mut self) -> Parsed<Vec<Argument>> {
        self.require("(")?;
        let mut arguments = Vec::new();
        if !self.is(")") {
            arguments.push(self.argument()?);
        }
        self.more_arguments(&mut arguments)?;
        Ok(arguments)
    }

    fn more_arguments(&mut self, arguments: &mut Vec<Argument>) -> Parsed<()> {
        while self.accept(",") {
            arguments.push(self.argument()?);
        }
        self.require(")")
    }

    fn argument(&mut self) -> Parsed<Argument> {
        let named = matches!(self.peek(), TokenKind::Name(_)) && *self.peek_second() == TokenKind::Symbol("=");
        let name = if named {
            let name = self.name("an argument")?;
            self.require("=")?;
            Some(name)
        } else {
            None
        };
        Ok(Argument { name, value: self.deeper(|p| p.expr())? })
    }
}

/// How deep an expression is, found without recursion.
fn depth_of(expr: &Expr) -> usize {
    let mut deepest = 1;
    let mut open = vec![(expr, 1)];
    while let Some((e, depth)) = open.pop() {
        deepest = deepest.max(depth);
        let mut inside = |e| open.push((e, depth + 1));
        match &e.kind {
            ExprKind::Number(..) | ExprKind::Label(_) | ExprKind::Name(_) => {}
            ExprKind::Index { base, .. } => inside(base),
            ExprKind::Call { arguments, .. } => arguments.iter().for_each(|a| inside(&a.value)),
            ExprKind::Comprehension { body, condition, .. } => {
                inside(body);
                condition.iter().for_each(|c| inside(c));
            }
            ExprKind::Unary(_, a) => inside(a),
            ExprKind::Binary(_, a, b) => {
                inside(a);
                inside(b);
            }
            ExprKind::If(c, a, b) => [c, a, b].into_iter().for_each(|e| inside(e)),
            ExprKind::Vector(items) => items.iter().for_each(inside),
        }
    }
    deepest
}

/// Where an expression ends, without the bracket that may enclose it.
fn expr_end(expr: &Expr) -> usize {
    match &expr.kind {
        ExprKind::Binary(_, _, right) => right.span.end,
        _ => expr.span.end,
    }
}

/// Whether a text can be written as a name.
pub fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && chars.all(|c| c.is_alphanumeric() || c == '_')
        && !super::lexer::RESERVED.contains(&text)
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
