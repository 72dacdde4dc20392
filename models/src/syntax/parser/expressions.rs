//! Expressions, by precedence climbing.

use super::super::lexer::{TokenKind, Word};
use super::super::*;
use super::{CHAIN_LIMIT, DEPTH_LIMIT, Parsed, Parser};
use crate::error::{Error, ErrorKind};

impl Parser<'_> {
    /// An expression, as long as it goes.
    pub(super) fn expr(&mut self) -> Parsed<Expr> {
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
        let mut brackets = 0;
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
            brackets += 1;
            if self.depth + brackets > DEPTH_LIMIT {
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

    /// `(a, name = b)`
    pub(super) fn call_arguments(&mut self) -> Parsed<Vec<Argument>> {
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
