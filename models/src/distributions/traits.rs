//! What a distribution can do.

use std::fmt::Debug;

use rand::Rng;

use super::{ArgumentList, Support, Violation};
use crate::program::fused::Fused;

/// A distribution, seen without its numbers.
pub trait Distribution: Sync + Debug {
    /// The name in the language.
    fn name(&self) -> &'static str;

    /// The ways to give its arguments: the first is canonical and positional, the others go by name only.
    fn argument_lists(&self) -> &'static [ArgumentList];

    /// Where its values lie.
    fn support(&self) -> Support;

    /// Whether its values are counts, categories or 0/1.
    fn is_discrete(&self) -> bool {
        self.support().is_discrete()
    }

    /// The first argument outside its domain, if any, of scalar arguments given by list number `list`.
    ///
    /// Conditions that hold between arguments (lower < upper) are checked after those of each.
    fn violation(&self, list: usize, args: &[f64]) -> Option<Violation> {
        let domains = self.argument_lists().get(list)?.domains;
        let outside = |(argument, (domain, x)): (usize, (&super::Domain, &f64))| {
            (!domain.contains(*x)).then_some(Violation { argument, must_be: domain.phrase() })
        };
        let first = domains.iter().zip(args).enumerate().find_map(outside);
        first.or_else(|| if args.len() < domains.len() { None } else { self.joint_violation(list, args) })
    }

    /// The first violated condition between arguments that are each in their domain.
    fn joint_violation(&self, _list: usize, _args: &[f64]) -> Option<Violation> {
        None
    }

    /// Its numbers, if its values are scalars and its arguments too.
    fn scalar(&self) -> Option<&dyn Scalar> {
        None
    }

    /// Its numbers, if it has vectors among its values or arguments.
    fn vector(&self) -> Option<&dyn Vector> {
        None
    }
}

/// The inputs of a kernel that stand before the canonical arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KernelInputs {
    /// x.
    X,
    /// x, log x.
    XLogX,
    /// log x, log(1 − x).
    LogXLog1mX,
}

/// The log density of a continuous scalar distribution in two pieces whose sum it is.
#[derive(Clone, Copy, Debug)]
pub struct Pieces {
    /// What the kernel's first inputs are; the canonical arguments follow them.
    pub inputs: KernelInputs,
    /// The piece that depends on the variate.
    pub kernel: &'static Fused,
    /// The piece that does not; its inputs are the canonical arguments.
    pub normaliser: &'static Fused,
}

/// A distribution of scalars with scalar arguments. All methods take canonical arguments.
///
/// The provided methods check: an argument outside its domain, or a NaN, gives NaN. The required ones are called with
/// arguments in their domains and values in the support.
pub trait Scalar: Distribution {
    /// The log density at `x` of the support.
    fn log_density_at(&self, x: f64, args: &[f64]) -> f64;

    /// P(X ≤ x) for `x` from the lower end of the support to below the upper end, whole if discrete.
    fn cdf_at(&self, x: f64, args: &[f64]) -> f64;

    /// A draw.
    fn draw(&self, args: &[f64], rng: &mut dyn Rng) -> f64;

    /// Mean and variance; infinite or NaN where they do not exist.
    fn moments(&self, args: &[f64]) -> (f64, f64);

    /// The canonical arguments of arguments given by list number `list`, unused ones 0. They may violate their domains
    /// where `args` do.
    fn canonical(&self, _list: usize, args: &[f64]) -> [f64; 4] {
        std::array::from_fn(|i| args.get(i).copied().unwrap_or(0.0))
    }

    /// The pieces of the log density; none for discrete distributions, whose kernels are the statics of their files.
    fn pieces(&self) -> Option<Pieces> {
        None
    }

    /// The log density at `x`, fully normalised: −∞ outside the support, NaN for arguments outside their domains.
    fn log_density(&self, x: f64, args: &[f64]) -> f64 {
        if x.is_nan() || !accepts(self, args) {
            f64::NAN
        } else if self.support().contains(x, args) {
            self.log_density_at(x, args)
        } else {
            f64::NEG_INFINITY
        }
    }

    /// P(X ≤ x).
    fn cdf(&self, x: f64, args: &[f64]) -> f64 {
        if x.is_nan() || !accepts(self, args) {
            return f64::NAN;
        }
        let (low, high) = self.support().bounds(args);
        if x < low {
            0.0
        } else if x >= high {
            1.0
        } else if x == f64::NEG_INFINITY {
            0.0
        } else if self.is_discrete() {
            self.cdf_at(x.floor(), args)
        } else {
            self.cdf_at(x, args)
        }
    }

    /// P(X < x) and P(X ≤ x), the former to as many digits after the point as the latter; equal for continuous variables.
    fn cdf_around(&self, x: f64, args: &[f64]) -> (f64, f64) {
        let upto = self.cdf(x, args);
        if !self.is_discrete() || upto.is_nan() {
            return (upto, upto);
        }
        let lowest = self.support().bounds(args).0;
        // A mass takes far less time than another distribution function.
        let below = if x <= lowest { 0.0 } else { (upto - self.log_density(x, args).exp()).max(0.0) };
        (below, upto)
    }

    /// The mean.
    fn mean(&self, args: &[f64]) -> f64 {
        if accepts(self, args) { self.moments(args).0 } else { f64::NAN }
    }

    /// The variance.
    fn variance(&self, args: &[f64]) -> f64 {
        if accepts(self, args) { self.moments(args).1 } else { f64::NAN }
    }

    /// A draw, or NaN for arguments outside their domains.
    fn sample(&self, args: &[f64], rng: &mut dyn Rng) -> f64 {
        if accepts(self, args) { self.draw(args, rng) } else { f64::NAN }
    }
}

fn accepts<D: Scalar + ?Sized>(d: &D, args: &[f64]) -> bool {
    d.argument_lists().first().is_some_and(|l| l.names.len() == args.len()) && d.violation(0, args).is_none()
}

/// A distribution with vectors among its values or arguments. A scalar argument is a slice of length 1, and so is the
/// value of a Categorical: the position of a category, from 0.
pub trait Vector: Distribution {
    /// The number of elements of a value.
    fn length(&self, args: &[&[f64]]) -> usize;

    /// The log density, fully normalised: −∞ outside the support, NaN for arguments outside their domains.
    fn log_density(&self, x: &[f64], args: &[&[f64]]) -> f64;

    /// Writes the mean of each element.
    fn mean(&self, args: &[&[f64]], out: &mut [f64]);

    /// Writes the variance of each element.
    fn variance(&self, args: &[&[f64]], out: &mut [f64]);

    /// Writes a draw, or NaN for arguments outside their domains.
    fn sample(&self, args: &[&[f64]], rng: &mut dyn Rng, out: &mut [f64]);

    /// The canonical arguments of arguments given by list number `list`.
    fn canonical(&self, _list: usize, args: &[&[f64]]) -> Vec<Vec<f64>> {
        args.iter().map(|a| a.to_vec()).collect()
    }

    /// The first argument outside its domain, if any, of arguments given by list number `list`.
    fn vector_violation(&self, list: usize, args: &[&[f64]]) -> Option<Violation> {
        let domains = self.argument_lists().get(list)?.domains;
        let outside = |(argument, (domain, x)): (usize, (&super::Domain, &&[f64]))| {
            (!domain.contains_vector(x)).then_some(Violation { argument, must_be: domain.phrase() })
        };
        domains.iter().zip(args).enumerate().find_map(outside)
    }
}
