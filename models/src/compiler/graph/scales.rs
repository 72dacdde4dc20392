//! Logarithms and logits of values on the best scale there is: never of a number that was rounded on the way.

use super::{Graph, NodeId, Op, Segments};
use crate::program::ops::{Binary, Reduction, Unary};
use std::sync::Arc;

impl Graph {
    /// The logarithm of a positive value that is kept on the log scale, such as `exp(x)` or a probability from its
    /// logit.
    pub fn natural_log(&mut self, x: NodeId) -> Option<NodeId> {
        if let Some((source, index)) = self.spread_or_gather(x) {
            let inner = self.natural_log(source)?;
            return Some(self.gather(inner, &index));
        }
        match self.as_unary(x)? {
            (Unary::Exp, argument) => Some(argument),
            (Unary::InvLogit, argument) => Some(self.unary(Unary::LogInvLogit, argument)),
            _ => None,
        }
    }

    pub(super) fn spread_or_gather(&self, x: NodeId) -> Option<(NodeId, Arc<[u32]>)> {
        let node = self.node(x);
        match &node.op {
            Op::Gather(index) => Some((node.inputs[0], index.clone())),
            _ => None,
        }
    }

    /// The logarithm of `x` where it can be had without rounding `x` first: of products and powers of values on the log
    /// scale too.
    pub fn known_log(&mut self, x: NodeId) -> Option<NodeId> {
        if let Some(known) = self.logs.get(&x) {
            return *known;
        }
        let log = self.find_log(x);
        self.logs.insert(x, log);
        log
    }

    fn find_log(&mut self, x: NodeId) -> Option<NodeId> {
        if let Some(log) = self.natural_log(x) {
            return Some(log);
        }
        let node = self.node(x);
        match (&node.op, node.inputs.as_slice()) {
            (Op::Constant(values), _) if values.iter().all(|v| *v > 0.0) => Some(self.unary(Unary::Log, x)),
            (Op::Binary(op @ (Binary::Multiply | Binary::Divide)), &[a, b]) => {
                let op = if *op == Binary::Multiply { Binary::Add } else { Binary::Subtract };
                let (la, lb) = (self.known_log(a)?, self.known_log(b)?);
                Some(self.binary(op, la, lb))
            }
            (Op::Binary(Binary::Power), &[a, b]) => {
                let la = self.known_log(a)?;
                Some(self.binary(Binary::Multiply, b, la))
            }
            (Op::Binary(Binary::Subtract), &[a, b]) if self.scalar_of(a) == Some(1.0) => self.known_log1m(b),
            _ => None,
        }
    }

    /// The logarithm of `1 - x` where it can be had without rounding `x` first.
    pub fn known_log1m(&mut self, x: NodeId) -> Option<NodeId> {
        if let Some((source, index)) = self.spread_or_gather(x) {
            let inner = self.known_log1m(source)?;
            return Some(self.gather(inner, &index));
        }
        match self.as_unary(x)? {
            (Unary::InvLogit, argument) => {
                let negated = self.unary(Unary::Negate, argument);
                Some(self.unary(Unary::LogInvLogit, negated))
            }
            (Unary::Exp, argument) => Some(self.unary(Unary::Log1mExp, argument)),
            _ => None,
        }
    }

    /// The logit of `x` where `x` came from one: the linear predictor behind a link.
    pub fn known_logit(&mut self, x: NodeId) -> Option<NodeId> {
        if let Some((source, index)) = self.spread_or_gather(x) {
            let inner = self.known_logit(source)?;
            return Some(self.gather(inner, &index));
        }
        match self.as_unary(x)? {
            (Unary::InvLogit, argument) => Some(argument),
            _ => None,
        }
    }

    /// The increasing function that makes `x` of a number on another scale, and that number.
    fn increasing(&mut self, x: NodeId) -> Option<(Unary, NodeId)> {
        if let Some((source, index)) = self.spread_or_gather(x) {
            let (f, inner) = self.increasing(source)?;
            return Some((f, self.gather(inner, &index)));
        }
        if let Op::Stack = self.node(x).op {
            let items = self.node(x).inputs.clone();
            let all: Vec<(Unary, NodeId)> =
                items.into_iter().map(|item| self.increasing(item)).collect::<Option<_>>()?;
            let f = all.first()?.0;
            let same = all.iter().all(|(own, _)| *own == f);
            return same.then(|| (f, self.stack(all.into_iter().map(|(_, inner)| inner).collect())));
        }
        self.as_unary(x).filter(|(f, _)| matches!(f, Unary::Exp | Unary::InvLogit))
    }

    /// A comparison of what is kept on one scale, or the larger or smaller of that, found there: rates of 1e-400 and
    /// 1e-500 are both 0, and not equal.
    pub(super) fn compare(&mut self, f: Binary, a: NodeId, b: NodeId) -> Option<NodeId> {
        if self.constant_of(a).is_some() || self.constant_of(b).is_some() {
            return None;
        }
        let ((scale, a), (of_b, b)) = (self.increasing(a)?, self.increasing(b)?);
        if scale != of_b {
            return None;
        }
        let found = self.binary(f, a, b);
        Some(if f.is_comparison() { found } else { self.unary(scale, found) })
    }

    /// The largest, or the smallest, of what is kept on another scale, found there.
    pub(super) fn extreme(&mut self, how: Reduction, x: NodeId, segments: &Segments, groups: usize) -> Option<NodeId> {
        if !matches!(how, Reduction::Maximum | Reduction::Minimum) {
            return None;
        }
        let (f, inner) = self.increasing(x)?;
        let extreme = self.reduce(how, inner, segments.clone(), groups);
        Some(self.unary(f, extreme))
    }

    /// The logarithm of `x`, on the best scale there is.
    pub fn log(&mut self, x: NodeId) -> NodeId {
        self.unary(Unary::Log, x)
    }

    /// The logarithm of `1 - x`, on the best scale there is.
    pub fn log1m(&mut self, x: NodeId) -> NodeId {
        if let Some(log) = self.known_log1m(x) {
            return log;
        }
        let negated = self.unary(Unary::Negate, x);
        self.unary(Unary::Log1p, negated)
    }

    /// The logit of `x`, on the best scale there is.
    pub fn logit(&mut self, x: NodeId) -> NodeId {
        if let Some(logit) = self.known_logit(x) {
            return logit;
        }
        if let Some(values) = self.constant_of(x) {
            let values: Arc<[f64]> = values.iter().map(|&p| crate::special::logit(p)).collect();
            return self.constant(values);
        }
        let (log, log1m) = (self.log(x), self.log1m(x));
        self.binary(Binary::Subtract, log, log1m)
    }
}
