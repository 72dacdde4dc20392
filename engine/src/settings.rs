//! What a run may be told, with its defaults and domains.

use crate::error::EngineError;
use crate::hmc::Length;
use crate::metric::Metric;

/// Settings of a run.
///
/// ```
/// use polya_engine::Settings;
/// let settings = Settings { chains: 2, draws: 500, ..Settings::default() };
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Number of independent chains, at least 1. Default 4.
    pub chains: usize,
    /// Groups of consecutive chains that start from one point each, for nested R-hat; 2 or more, which divide the chains.
    /// Default `None`: every chain starts from a point of its own.
    pub superchains: Option<usize>,
    /// Warmup transitions of each chain. Default 1000; a few hundred often do.
    pub warmup: usize,
    /// Draws of each chain made by [`sample`](crate::sample). Default 1000.
    pub draws: usize,
    /// Seed of all streams. Default 0.
    pub seed: u64,
    /// Key of this run within a batch that shares a seed. Default 0.
    pub job: u64,
    /// Acceptance statistic the step size is adapted to, in (0, 1). Default 0.8; nearer 1 for
    /// fewer divergences and more gradients.
    pub target_accept: f64,
    /// Greatest depth of a NUTS tree, from 1 to 20. Default 10.
    pub max_depth: u32,
    /// Energy error from which a trajectory counts as divergent, positive. Default 1000.
    pub divergence_threshold: f64,
    /// The sampler. Default [`Algorithm::Nuts`].
    pub algorithm: Algorithm,
    /// Whether chains make independence steps beside trajectories, where warmup shows that they serve. Default true.
    pub independence: bool,
    /// Shape of the metric. Default [`MetricShape::Auto`].
    pub metric: MetricShape,
    /// What the metric is estimated from. Default [`MetricEstimator::DrawsAndGradients`].
    pub estimator: MetricEstimator,
    /// A metric to start from; without it the first one comes from the gradient at the initial
    /// point ([`MetricEstimator::DrawsAndGradients`]) or is 1. Default `None`.
    pub initial_metric: Option<Metric>,
    /// Where chains start. Default [`Initial::Density`].
    pub initial: Initial,
    /// Whether warmup transitions are kept beside the draws. Default false.
    pub keep_warmup: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            chains: 4,
            superchains: None,
            warmup: 1000,
            draws: 1000,
            seed: 0,
            job: 0,
            target_accept: 0.8,
            max_depth: 10,
            divergence_threshold: 1000.0,
            algorithm: Algorithm::Nuts,
            independence: true,
            metric: MetricShape::Auto,
            estimator: MetricEstimator::DrawsAndGradients,
            initial_metric: None,
            initial: Initial::Density,
            keep_warmup: false,
        }
    }
}

/// The sampler of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Algorithm {
    /// The no-U-turn sampler.
    Nuts,
    /// Static Hamiltonian Monte Carlo.
    Hmc {
        /// Length of a trajectory.
        length: Length,
        /// Each trajectory's step size is multiplied by a uniform number from
        /// (1 - jitter, 1 + jitter); in [0, 1).
        jitter: f64,
    },
}

/// Shape of the inverse mass matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricShape {
    /// Dense from 2 to 32 dimensions, low rank in more, and one variance in a single one.
    Auto,
    /// Diagonal.
    Diagonal,
    /// Dense.
    Dense,
    /// Diagonal, corrected along the directions in which draws and gradients show that a diagonal
    /// is not enough; plainly diagonal where there are none, and for an estimate from draws alone.
    LowRank,
}

impl MetricShape {
    /// Most dimensions in which [`Auto`](Self::Auto) is dense.
    pub const DENSE_LIMIT: usize = 32;

    /// The shape meant in so many dimensions; never `Auto`.
    pub fn resolve(self, dimension: usize) -> Self {
        match self {
            // One variance is a whole covariance matrix.
            Self::Auto if dimension == 1 => Self::Diagonal,
            Self::Auto if dimension <= Self::DENSE_LIMIT => Self::Dense,
            Self::Auto => Self::LowRank,
            shape => shape,
        }
    }
}

/// What the metric is estimated from; see [`estimate`](crate::metric::estimate).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricEstimator {
    /// Draws and gradients, by the smallest Fisher divergence.
    DrawsAndGradients,
    /// Draws alone, as in Stan.
    Draws,
}

/// Where chains start.
#[derive(Debug, Clone, PartialEq)]
pub enum Initial {
    /// Where the density says: [`LogDensity::initial_position`](crate::LogDensity::initial_position),
    /// tried up to 100 times.
    Density,
    /// At given positions: one for all chains, or one for each; of superchains one for each of these.
    Positions(Vec<Vec<f64>>),
}

impl Settings {
    /// Which starting point a chain has: its own, or that of its superchain.
    pub(crate) fn start_of(&self, chain: usize) -> usize {
        let chains_of_one = self.superchains.map_or(1, |superchains| self.chains / superchains);
        chain / chains_of_one.max(1)
    }

    /// Checks every field for a density of so many dimensions.
    pub fn validate(&self, dimension: usize) -> Result<(), EngineError> {
        check("chains", self.chains >= 1, "must be at least 1", self.chains)?;
        if let Some(superchains) = self.superchains {
            let divides = superchains >= 2 && self.chains.is_multiple_of(superchains);
            let problem = format!("must be 2 or more and divide the {} chains", self.chains);
            check("superchains", divides, &problem, superchains)?;
        }
        let accept = self.target_accept;
        check("target_accept", accept > 0.0 && accept < 1.0, "must lie between 0 and 1", accept)?;
        let depth = self.max_depth;
        check("max_depth", (1..=20).contains(&depth), "must lie from 1 to 20", depth)?;
        let threshold = self.divergence_threshold;
        check("divergence_threshold", threshold > 0.0, "must be positive", threshold)?;
        if let Algorithm::Hmc { length, jitter } = self.algorithm {
            check("jitter", (0.0..1.0).contains(&jitter), "must be in [0, 1)", jitter)?;
            let positive = match length {
                Length::Steps(steps) => steps >= 1,
                Length::Time(time) => time > 0.0 && time.is_finite(),
            };
            check("length", positive, "must be positive", format!("{length:?}"))?;
        }
        if let Some(metric) = &self.initial_metric {
            let found = metric.dimension();
            check("initial_metric", found == dimension, "has the wrong dimension", found)?;
        }
        if let Initial::Positions(positions) = &self.initial {
            let found = positions.len();
            let one_each = found == 1 || found == self.superchains.unwrap_or(self.chains);
            check("initial", one_each, "needs one position, or one for each chain or superchain", found)?;
            let wrong = positions.iter().map(Vec::len).find(|length| *length != dimension);
            let found = wrong.unwrap_or(dimension);
            check("initial", wrong.is_none(), "has a position of the wrong dimension", found)?;
        }
        Ok(())
    }
}

fn check(field: &'static str, valid: bool, problem: &str, found: impl std::fmt::Display) -> Result<(), EngineError> {
    if valid {
        return Ok(());
    }
    Err(EngineError::Settings { field, problem: format!("{problem} (it is {found})") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invalid(change: impl Fn(&mut Settings)) -> Option<&'static str> {
        let mut settings = Settings::default();
        change(&mut settings);
        match settings.validate(2) {
            Ok(()) => None,
            Err(EngineError::Settings { field, .. }) => Some(field),
            Err(other) => unreachable!("{other}"),
        }
    }

    #[test]
    fn every_domain_is_checked_and_named() {
        assert_eq!(invalid(|_| ()), None);
        assert_eq!(invalid(|s| s.chains = 0), Some("chains"));
        for wrong in [0, 1, 3, 8] {
            assert_eq!(invalid(|s| s.superchains = Some(wrong)), Some("superchains"));
        }
        assert_eq!(invalid(|s| s.superchains = Some(2)), None);
        for accept in [0.0, 1.0, -1.0, f64::NAN] {
            assert_eq!(invalid(|s| s.target_accept = accept), Some("target_accept"));
        }
        assert_eq!(invalid(|s| s.max_depth = 0), Some("max_depth"));
        assert_eq!(invalid(|s| s.max_depth = 21), Some("max_depth"));
        assert_eq!(invalid(|s| s.divergence_threshold = f64::NAN), Some("divergence_threshold"));
        let hmc = |length, jitter| move |s: &mut Settings| s.algorithm = Algorithm::Hmc { length, jitter };
        assert_eq!(invalid(hmc(Length::Steps(1), 0.0)), None);
        assert_eq!(invalid(hmc(Length::Steps(0), 0.0)), Some("length"));
        assert_eq!(invalid(hmc(Length::Time(f64::INFINITY), 0.0)), Some("length"));
        assert_eq!(invalid(hmc(Length::Time(1.0), 1.0)), Some("jitter"));
        assert_eq!(invalid(|s| s.initial_metric = Some(Metric::unit(3))), Some("initial_metric"));
        let positions = |p: Vec<Vec<f64>>| move |s: &mut Settings| s.initial = Initial::Positions(p.clone());
        assert_eq!(invalid(positions(vec![vec![0.0; 2]; 4])), None);
        assert_eq!(invalid(positions(vec![vec![0.0; 2]; 3])), Some("initial"));
        assert_eq!(invalid(positions(vec![])), Some("initial"));
        assert_eq!(invalid(positions(vec![vec![0.0]])), Some("initial"));
    }
}
