//! The functions of the language: their names and how many arguments they take.

use crate::program::ops::{Reduction, Unary};

/// A function of the language.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Function {
    /// Elementwise over a number or a vector.
    Elementwise(Elementwise),
    /// Of a vector, of several scalars, or of a column over its rows.
    Aggregate(Aggregate),
    /// The simplex with these logits.
    Softmax,
    /// The sum of products of two vectors.
    Dot,
    /// A level not seen yet.
    New,
}

/// An elementwise function.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Elementwise {
    /// One operation of the graph.
    Plain(Unary),
    /// `log`, on the best scale there is.
    Log,
    /// `logit`, on the best scale there is.
    Logit,
}

/// A function that makes one number of several.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Aggregate {
    /// A reduction of the graph.
    Reduce(Reduction),
    /// The arithmetic mean.
    Mean,
    /// The standard deviation of a data column or a vector, with n - 1.
    Sd,
}

/// All functions by name.
pub const FUNCTIONS: &[(&str, Function)] = &[
    ("exp", Function::Elementwise(Elementwise::Plain(Unary::Exp))),
    ("expm1", Function::Elementwise(Elementwise::Plain(Unary::Expm1))),
    ("log", Function::Elementwise(Elementwise::Log)),
    ("log1p", Function::Elementwise(Elementwise::Plain(Unary::Log1p))),
    ("sqrt", Function::Elementwise(Elementwise::Plain(Unary::Sqrt))),
    ("abs", Function::Elementwise(Elementwise::Plain(Unary::Abs))),
    ("floor", Function::Elementwise(Elementwise::Plain(Unary::Floor))),
    ("logit", Function::Elementwise(Elementwise::Logit)),
    ("inv_logit", Function::Elementwise(Elementwise::Plain(Unary::InvLogit))),
    ("lgamma", Function::Elementwise(Elementwise::Plain(Unary::Lgamma))),
    ("log_sum_exp", Function::Aggregate(Aggregate::Reduce(Reduction::LogSumExp))),
    ("sum", Function::Aggregate(Aggregate::Reduce(Reduction::Sum))),
    ("mean", Function::Aggregate(Aggregate::Mean)),
    ("sd", Function::Aggregate(Aggregate::Sd)),
    ("min", Function::Aggregate(Aggregate::Reduce(Reduction::Minimum))),
    ("max", Function::Aggregate(Aggregate::Reduce(Reduction::Maximum))),
    ("any", Function::Aggregate(Aggregate::Reduce(Reduction::Any))),
    ("all", Function::Aggregate(Aggregate::Reduce(Reduction::All))),
    ("softmax", Function::Softmax),
    ("dot", Function::Dot),
    ("new", Function::New),
];

/// The function of that name.
pub fn find(name: &str) -> Option<Function> {
    FUNCTIONS.iter().find(|(n, _)| *n == name).map(|(_, f)| *f)
}

impl Function {
    /// The fewest and the most arguments it takes.
    pub fn arity(self) -> (usize, usize) {
        match self {
            Function::Elementwise(_) | Function::Softmax | Function::New | Function::Aggregate(Aggregate::Sd) => (1, 1),
            Function::Dot => (2, 2),
            Function::Aggregate(_) => (1, usize::MAX),
        }
    }

    /// Whether it may stand before `e for v in index`.
    pub fn is_comprehension(self) -> bool {
        matches!(
            self,
            Function::Aggregate(
                Aggregate::Mean
                    | Aggregate::Reduce(
                        Reduction::Sum | Reduction::Minimum | Reduction::Maximum | Reduction::Any | Reduction::All
                    )
            )
        )
    }
}

/// Distributions of the second wave of the language: known by name, not available yet.
pub const SECOND_WAVE: &[&str] =
    &["MvNormal", "LKJ", "Mixture", "ZeroInflated", "truncated", "ordered", "ZeroSum", "RandomWalk"];
