//! Where the arguments of a distribution may lie.

/// The largest count: 2⁵³, up to which every whole number is a `f64`.
pub(super) const LARGEST_COUNT: f64 = 9_007_199_254_740_992.0;

/// How far the sum of a simplex may be from 1.
pub(crate) const SIMPLEX_TOLERANCE: f64 = 1e-8;

/// Whether `x` is a whole number from 0 to 2⁵³.
#[inline]
pub(super) fn is_count(x: f64) -> bool {
    (0.0..=LARGEST_COUNT).contains(&x) && x.fract() == 0.0
}

/// The set an argument is taken from. All are sets of finite numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    /// Any finite number.
    Real,
    /// Finite, above 0.
    Positive,
    /// Finite, 0 or above.
    NonNegative,
    /// From 0 to 1, both included.
    Unit,
    /// Between 0 and 1, both excluded.
    OpenUnit,
    /// Above 0, at most 1.
    PositiveUnit,
    /// A whole number from 0 to 2⁵³.
    Count,
    /// A vector of positive numbers.
    PositiveVector,
    /// A vector of numbers from 0 to 1 that sum to 1.
    Simplex,
    /// A vector of numbers strictly between 0 and 1 (or the single 1) that sum to 1.
    OpenSimplex,
}

impl Domain {
    /// Whether the argument is a vector.
    pub fn is_vector(self) -> bool {
        matches!(self, Domain::PositiveVector | Domain::Simplex | Domain::OpenSimplex)
    }

    /// Whether `x` lies in the domain; of a vector domain, whether it may be an element. False for NaN.
    pub fn contains(self, x: f64) -> bool {
        match self {
            Domain::Real => x.is_finite(),
            Domain::Positive | Domain::PositiveVector => x > 0.0 && x < f64::INFINITY,
            Domain::NonNegative => (0.0..f64::INFINITY).contains(&x),
            Domain::Unit | Domain::Simplex => (0.0..=1.0).contains(&x),
            Domain::OpenUnit => x > 0.0 && x < 1.0,
            Domain::PositiveUnit | Domain::OpenSimplex => x > 0.0 && x <= 1.0,
            Domain::Count => is_count(x),
        }
    }

    /// Whether the vector lies in the domain (a scalar domain holds vectors of length 1). A simplex may miss its sum by
    /// 1e-8.
    pub fn contains_vector(self, x: &[f64]) -> bool {
        if !x.iter().all(|&v| self.contains(v)) {
            return false;
        }
        match self {
            Domain::PositiveVector => !x.is_empty(),
            Domain::Simplex | Domain::OpenSimplex => (x.iter().sum::<f64>() - 1.0).abs() <= SIMPLEX_TOLERANCE,
            _ => x.len() == 1,
        }
    }

    /// What a value must be, to follow "must be".
    pub fn phrase(self) -> &'static str {
        match self {
            Domain::Real => "a finite number",
            Domain::Positive => "a positive number",
            Domain::NonNegative => "a number of at least 0",
            Domain::Unit => "a number from 0 to 1",
            Domain::OpenUnit => "a number between 0 and 1, exclusive",
            Domain::PositiveUnit => "a number above 0 and at most 1",
            Domain::Count => "a whole number from 0 to 2^53",
            Domain::PositiveVector => "a vector of positive numbers",
            Domain::Simplex => "a vector of numbers from 0 to 1 that sum to 1",
            Domain::OpenSimplex => "a vector of positive numbers that sum to 1",
        }
    }
}

/// One way to give a distribution its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArgumentList {
    /// Names, in positional order.
    pub names: &'static [&'static str],
    /// The domain of each.
    pub domains: &'static [Domain],
}

/// An argument outside its domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The position of the argument in its list.
    pub argument: usize,
    /// What it must be, to follow "must be".
    pub must_be: &'static str,
}
