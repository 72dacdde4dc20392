//! The elementary operations of the graph, each with its value and derivative.

use super::fused::Fused;
use crate::fused;
use crate::special::vector::{
    digamma, exp, expm1, inv_logit, lgamma, log, log_inv_logit, log1m_exp, log1p, softplus, softplus_and_inv_logit,
};

/// A function of one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Unary {
    Negate,
    Exp,
    Expm1,
    Log,
    Log1p,
    Sqrt,
    Abs,
    Floor,
    InvLogit,
    LogInvLogit,
    Softplus,
    Log1mExp,
    Lgamma,
    Not,
}

impl Unary {
    /// The value at `x`.
    #[inline(always)]
    pub fn value(self, x: f64) -> f64 {
        match self {
            Unary::Negate => -x,
            Unary::Exp => exp(x),
            Unary::Expm1 => expm1(x),
            Unary::Log => log(x),
            Unary::Log1p => log1p(x),
            Unary::Sqrt => x.sqrt(),
            Unary::Abs => x.abs(),
            Unary::Floor => x.floor(),
            Unary::InvLogit => inv_logit(x),
            Unary::LogInvLogit => log_inv_logit(x),
            Unary::Softplus => softplus(x),
            Unary::Log1mExp => log1m_exp(x),
            Unary::Lgamma => lgamma(x),
            Unary::Not => f64::from(x == 0.0),
        }
    }

    /// The derivative at `x`, where the value is `y`.
    #[inline(always)]
    pub fn derivative(self, x: f64, y: f64) -> f64 {
        match self {
            Unary::Negate => -1.0,
            Unary::Exp => y,
            Unary::Expm1 => y + 1.0,
            Unary::Log => 1.0 / x,
            Unary::Log1p => 1.0 / (1.0 + x),
            Unary::Sqrt => 0.5 / y,
            Unary::Abs => x.signum(),
            Unary::Floor | Unary::Not => 0.0,
            // From y itself where it is small, so that the tails keep their relative accuracy.
            Unary::InvLogit => y * inv_logit(-x),
            Unary::LogInvLogit => inv_logit(-x),
            Unary::Softplus => inv_logit(x),
            // d/dx log(1 - e^x) = -e^x / (1 - e^x) = 1 / (1 - e^-x)
            Unary::Log1mExp => -1.0 / expm1(-x),
            Unary::Lgamma => digamma(x),
        }
    }

    /// The function together with its slope, where these are found at one cost and the slope is finite everywhere.
    pub fn with_slope(self) -> Option<&'static Fused> {
        match self {
            Unary::InvLogit => Some(&INV_LOGIT),
            Unary::LogInvLogit => Some(&LOG_INV_LOGIT),
            Unary::Softplus => Some(&SOFTPLUS),
            _ => None,
        }
    }
}

static INV_LOGIT: Fused = fused!("inv_logit", 1, inv_logit_and_slope);
static LOG_INV_LOGIT: Fused = fused!("log_inv_logit", 1, log_inv_logit_and_slope);
static SOFTPLUS: Fused = fused!("softplus", 1, softplus_and_slope);

#[inline(always)]
fn inv_logit_and_slope([x]: [f64; 1]) -> (f64, [f64; 1]) {
    let e = exp(-x.abs());
    let sum = 1.0 + e;
    let value = if x >= 0.0 { 1.0 } else { e } / sum;
    // From e itself, so that the tails keep their relative accuracy.
    (value, [finite(e / (sum * sum))])
}

#[inline(always)]
fn log_inv_logit_and_slope([x]: [f64; 1]) -> (f64, [f64; 1]) {
    let (softplus, inv_logit) = softplus_and_inv_logit(-x);
    (-softplus, [finite(inv_logit)])
}

#[inline(always)]
fn softplus_and_slope([x]: [f64; 1]) -> (f64, [f64; 1]) {
    let (softplus, inv_logit) = softplus_and_inv_logit(x);
    (softplus, [finite(inv_logit)])
}

/// A slope at NaN counts for nothing, so that one behind a condition does no harm: the value is NaN as well.
#[inline(always)]
fn finite(slope: f64) -> f64 {
    if slope.is_nan() { 0.0 } else { slope }
}

/// A function of two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
    Maximum,
    Minimum,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
    And,
    Or,
}

impl Binary {
    /// Whether it says 1 or 0 of how two numbers stand to each other.
    pub fn is_comparison(self) -> bool {
        use Binary::{Equal, Greater, GreaterEqual, Less, LessEqual, NotEqual};
        matches!(self, Less | LessEqual | Greater | GreaterEqual | Equal | NotEqual)
    }

    /// The value at `(a, b)`.
    #[inline(always)]
    pub fn value(self, a: f64, b: f64) -> f64 {
        match self {
            Binary::Add => a + b,
            Binary::Subtract => a - b,
            Binary::Multiply => a * b,
            Binary::Divide => a / b,
            Binary::Power => a.powf(b),
            Binary::Maximum => maximum(a, b),
            Binary::Minimum => -maximum(-a, -b),
            Binary::Less => f64::from(a < b),
            Binary::LessEqual => f64::from(a <= b),
            Binary::Greater => f64::from(a > b),
            Binary::GreaterEqual => f64::from(a >= b),
            Binary::Equal => f64::from(a == b),
            Binary::NotEqual => f64::from(a != b),
            Binary::And => f64::from(a != 0.0 && b != 0.0),
            Binary::Or => f64::from(a != 0.0 || b != 0.0),
        }
    }

    /// The partial derivatives at `(a, b)`, where the value is `y`.
    #[inline(always)]
    pub fn partials(self, a: f64, b: f64, y: f64) -> (f64, f64) {
        match self {
            Binary::Add => (1.0, 1.0),
            Binary::Subtract => (1.0, -1.0),
            Binary::Multiply => (b, a),
            Binary::Divide => (1.0 / b, -y / b),
            Binary::Power => power_partials(a, b, y),
            Binary::Maximum => (f64::from(a >= b), f64::from(a < b)),
            Binary::Minimum => (f64::from(a <= b), f64::from(a > b)),
            _ => (0.0, 0.0),
        }
    }
}

/// The larger; NaN where either is.
#[inline(always)]
fn maximum(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b) }
}

/// Partials of `a ^ b`: `x ^ 0` is 1 for every `x`, so its derivative is 0 even at 0.
fn power_partials(a: f64, b: f64, y: f64) -> (f64, f64) {
    let da = if b == 0.0 { 0.0 } else { b * a.powf(b - 1.0) };
    let db = if y == 0.0 { 0.0 } else { y * a.ln() };
    (da, db)
}

/// How a segment of cells becomes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reduction {
    /// Their sum; 0 over nothing.
    Sum,
    /// The largest.
    Maximum,
    /// The smallest.
    Minimum,
    /// The logarithm of the sum of their exponentials.
    LogSumExp,
    /// 1 where any is not 0; 0 over nothing.
    Any,
    /// 1 where none is 0; 1 over nothing.
    All,
}

impl Reduction {
    /// The value over a segment.
    pub fn value(self, x: &[f64]) -> f64 {
        match self {
            Reduction::Sum => x.iter().sum(),
            Reduction::Maximum => x.iter().copied().fold(f64::NEG_INFINITY, maximum),
            Reduction::Minimum => -x.iter().fold(f64::NEG_INFINITY, |m, &v| maximum(m, -v)),
            Reduction::LogSumExp => crate::special::log_sum_exp(x),
            Reduction::Any => f64::from(x.iter().any(|v| *v != 0.0)),
            Reduction::All => f64::from(x.iter().all(|v| *v != 0.0)),
        }
    }

    /// Adds `adjoint` times the partial derivatives to `out`, where the value over `x` is `y`.
    pub fn pull_back(self, x: &[f64], y: f64, adjoint: f64, out: &mut [f64]) {
        match self {
            Reduction::Sum => out.iter_mut().for_each(|o| *o += adjoint),
            Reduction::Maximum | Reduction::Minimum => {
                if let Some(i) = x.iter().position(|v| *v == y) {
                    out[i] += adjoint;
                }
            }
            Reduction::LogSumExp if y.is_finite() => {
                for (o, v) in out.iter_mut().zip(x) {
                    *o += adjoint * (v - y).exp();
                }
            }
            Reduction::LogSumExp | Reduction::Any | Reduction::All => {}
        }
    }
}
