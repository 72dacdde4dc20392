//! Where the values of a distribution lie.

use super::domain::{LARGEST_COUNT, is_count};

/// The support of a distribution. Supports are open where the density is 0 or infinite.
///
/// `lower`, `upper`, `n` and the like are positions in the canonical argument list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// All finite numbers.
    Real,
    /// Finite numbers above 0.
    Positive,
    /// Finite numbers of at least 0.
    NonNegative,
    /// Numbers between 0 and 1, both excluded.
    Unit,
    /// Numbers between two arguments, both included.
    Between {
        /// Position of the lower end.
        lower: usize,
        /// Position of the upper end.
        upper: usize,
    },
    /// Finite numbers of at least an argument.
    Above {
        /// Position of the lower end.
        lower: usize,
    },
    /// Whole numbers from 0.
    Count,
    /// Whole numbers from 0 to an argument.
    CountUpTo {
        /// Position of the largest.
        n: usize,
    },
    /// Whole numbers that fit both a sample and a population:
    /// from max(0, draws + successes − population) to min(draws, successes).
    Overlap {
        /// Position of the size of the population.
        population: usize,
        /// Position of the number of successes in it.
        successes: usize,
        /// Position of the number of draws.
        draws: usize,
    },
    /// 0 or 1.
    Binary,
    /// The position of a category, from 0.
    Category,
    /// Vectors of positive numbers that sum to 1.
    Simplex,
    /// Vectors of whole numbers that sum to `n`.
    CountVector {
        /// Position of the sum.
        n: usize,
    },
}

impl Support {
    /// Whether the values are counts, categories or 0/1.
    pub fn is_discrete(self) -> bool {
        matches!(
            self,
            Support::Count
                | Support::CountUpTo { .. }
                | Support::Overlap { .. }
                | Support::Binary
                | Support::Category
                | Support::CountVector { .. }
        )
    }

    /// The ends of the support of a scalar, given the canonical arguments (as many of them as it asks for); NaN where
    /// an argument is missing.
    pub fn bounds(self, args: &[f64]) -> (f64, f64) {
        let arg = |i: usize| args.get(i).copied().unwrap_or(f64::NAN);
        match self {
            Support::Real => (f64::NEG_INFINITY, f64::INFINITY),
            Support::Positive | Support::NonNegative => (0.0, f64::INFINITY),
            Support::Count => (0.0, LARGEST_COUNT),
            Support::Unit | Support::Binary => (0.0, 1.0),
            Support::Between { lower, upper } => (arg(lower), arg(upper)),
            Support::Above { lower } => (arg(lower), f64::INFINITY),
            Support::CountUpTo { n } => (0.0, arg(n)),
            Support::Overlap { population, successes, draws } => {
                let low = arg(draws) - (arg(population) - arg(successes));
                (low.max(0.0), arg(draws).min(arg(successes)))
            }
            Support::Category | Support::Simplex | Support::CountVector { .. } => (f64::NAN, f64::NAN),
        }
    }

    /// Whether `x` lies in the support of a scalar, given the canonical arguments. False for NaN, and where an argument
    /// it needs is missing or NaN.
    pub fn contains(self, x: f64, args: &[f64]) -> bool {
        match self {
            Support::Real => x.is_finite(),
            Support::Positive => x > 0.0 && x < f64::INFINITY,
            Support::NonNegative => (0.0..f64::INFINITY).contains(&x),
            Support::Unit => x > 0.0 && x < 1.0,
            Support::Binary => x == 0.0 || x == 1.0,
            Support::Count | Support::Category => is_count(x),
            Support::CountUpTo { .. } | Support::Overlap { .. } => {
                let (low, high) = self.bounds(args);
                is_count(x) && x >= low && x <= high
            }
            Support::Between { .. } | Support::Above { .. } => {
                let (low, high) = self.bounds(args);
                x.is_finite() && x >= low && x <= high
            }
            Support::Simplex | Support::CountVector { .. } => false,
        }
    }

    /// Whether the vector lies in the support. For counts `n` is the sum asked for, if any.
    pub fn contains_vector(self, x: &[f64], n: Option<f64>) -> bool {
        match self {
            Support::Simplex => super::Domain::OpenSimplex.contains_vector(x),
            Support::CountVector { .. } => {
                let sum: f64 = x.iter().sum();
                x.iter().all(|&v| is_count(v)) && n.is_none_or(|n| n == sum)
            }
            Support::Category => x.len() == 1 && is_count(x[0]),
            _ => false,
        }
    }

    /// What a value must be, to follow "must be"; the bounds are named by the names of the canonical arguments.
    pub fn phrase(self, names: &[&str]) -> String {
        let name = |i: usize| names.get(i).copied().unwrap_or("its bound");
        match self {
            Support::Real => "a finite number".into(),
            Support::Positive => "a positive number".into(),
            Support::NonNegative => "a number of at least 0".into(),
            Support::Unit => "a number between 0 and 1, exclusive".into(),
            Support::Between { lower, upper } => format!("a number from {} to {}", name(lower), name(upper)),
            Support::Above { lower } => format!("a number of at least {}", name(lower)),
            Support::Count => "a whole number of at least 0".into(),
            Support::CountUpTo { n } => format!("a whole number from 0 to {}", name(n)),
            Support::Overlap { population, successes, draws } => format!(
                "a whole number of at most {draws} and {successes}, and at least {draws} + {successes} - {population}",
                draws = name(draws),
                successes = name(successes),
                population = name(population),
            ),
            Support::Binary => "0 or 1".into(),
            Support::Category => "one of the categories".into(),
            Support::Simplex => "a vector of positive numbers that sum to 1".into(),
            Support::CountVector { n } => format!("a vector of whole numbers that sum to {}", name(n)),
        }
    }
}
