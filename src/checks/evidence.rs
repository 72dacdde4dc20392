//! The marginal likelihood of a model, and Bayes factors: how probable the data were before they were seen.
//!
//! Where nothing is left to sample it is known exactly. Elsewhere it comes from bridge sampling between the draws, in
//! unconstrained coordinates, and a normal distribution fitted to half of them (Meng and Wong 1996; Gronau et al. 2017, *A
//! tutorial on bridge sampling*, Journal of Mathematical Psychology 81). What was integrated out needs no bridge.
//!
//! A marginal likelihood is an average over the prior: a prior ten times as wide, which changes no posterior, divides it by
//! about ten for each parameter. Compare models by it only where the priors mean what they say.

use crate::replay::Replay;
use polya_diagnostics::special::normal_quantile;
use polya_diagnostics::{BridgeDraws, BridgeError, bridge};
use polya_engine::{LogDensity, Purpose, Stream};
use polya_models::{ObservedColumn, Posterior, Scratch};
use rand::RngExt;
use serde::Serialize;
use std::sync::Mutex;

/// A standard error of the logarithm above this makes a marginal likelihood unreliable.
pub const LARGEST_ERROR: f64 = 0.2;

/// The marginal likelihood of a model.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Evidence {
    /// Its logarithm, normalising constants included.
    pub log_marginal: f64,
    /// The Monte Carlo standard error of that; 0 where it is exact.
    pub error: f64,
    /// Whether it is known without sampling.
    pub exact: bool,
}

impl Evidence {
    /// The logarithm of the Bayes factor of this model against another of the same data, with its standard error.
    pub fn log_bayes_factor(&self, other: &Evidence) -> (f64, f64) {
        (self.log_marginal - other.log_marginal, self.error.hypot(other.error))
    }

    /// Whether the error is small enough to say something.
    pub fn reliable(&self) -> bool {
        self.error <= LARGEST_ERROR
    }
}

/// The marginal likelihood of the model of some draws. The random numbers of the bridge have a stream of their own, so that
/// the same draws give the same answer.
///
/// # Errors
/// As [`bridge`]: too few draws for so many dimensions, a normal distribution that has nothing in common with the posterior.
///
/// ```
/// use polya::checks::evidence::evidence;
/// use polya::{Control, Fit, Model, Replay, Settings, Table};
///
/// let table = Table::builder("trial").numbers("k", vec![3.0]).numbers("n", vec![10.0]).build()?;
/// let model = Model::parse("data k: count, n: count\np ~ Beta(1, 1)\nk ~ Binomial(n, p)\n")?;
/// let posterior = model.bind(Some(&table), &Default::default())?.compile()?;
/// let fit = Fit::sample(&posterior, &Settings::default(), &Control::default())?;
/// let found = evidence(&Replay::of(&posterior, &fit))?;
/// // Under a uniform prior each number of successes is as probable.
/// assert!(found.exact && (found.log_marginal - (1.0_f64 / 11.0).ln()).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn evidence(replay: &Replay<'_>) -> Result<Evidence, BridgeError> {
    let posterior = replay.posterior();
    let known = posterior.constant() + posterior.log_volume();
    let dimension = posterior.dimension();
    if dimension == 0 {
        return Ok(Evidence { log_marginal: known, error: 0.0, exact: true });
    }
    let values = working_positions(replay);
    let draws = BridgeDraws { values: &values, dimension, chains: replay.chains() };
    let pool = ScratchPool::new(posterior);
    let mut stream = Stream::new(replay.seed(), 0, 0, Purpose::Other, 0);
    let normal = || normal_quantile(stream.random::<f64>().max(f64::MIN_POSITIVE));
    let found = bridge(draws, |position| pool.log_density(position), normal)?;
    Ok(Evidence { log_marginal: found.log_marginal + known, error: found.relative_error, exact: false })
}

/// Whether two models have observed the same, each row as often: the only case in which their marginal likelihoods can be
/// compared.
pub fn same_data(a: &Posterior, b: &Posterior) -> bool {
    let sorted = |posterior: &Posterior| {
        let mut weights = posterior.row_weights().into_iter();
        let with_weights = |column: ObservedColumn| {
            let own: Vec<f64> = weights.by_ref().take(column.rows.len()).collect();
            (column, own)
        };
        let mut columns: Vec<_> = posterior.observed_columns().into_iter().map(with_weights).collect();
        columns.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
        columns
    };
    type Weighted = (ObservedColumn, Vec<f64>);
    let same = |((a, of_a), (b, of_b)): (&Weighted, &Weighted)| {
        a.name == b.name && a.rows == b.rows && a.elements == b.elements && a.values == b.values && of_a == of_b
    };
    let (a, b) = (sorted(a), sorted(b));
    a.len() == b.len() && a.iter().zip(&b).all(same)
}

/// All draws in the coordinates in which a density is evaluated at first: hierarchies are centred there as the middle of the
/// prior suggests, which is nearer to a normal distribution than the reported coordinates, not centred at all.
fn working_positions(replay: &Replay<'_>) -> Vec<f64> {
    let posterior = replay.posterior();
    let dimension = posterior.dimension();
    let mut scratch = posterior.scratch();
    let reported = || replay.positions().iter().flat_map(|chain| chain.chunks_exact(dimension).take(replay.draws()));
    let mut working = vec![0.0; reported().count() * dimension];
    for (position, reported) in working.chunks_exact_mut(dimension).zip(reported()) {
        posterior.to_working(reported, &mut scratch, position);
    }
    working
}

/// Memory for densities on several threads.
struct ScratchPool<'a> {
    posterior: &'a Posterior,
    free: Mutex<Vec<(Scratch, Vec<f64>)>>,
}

impl<'a> ScratchPool<'a> {
    fn new(posterior: &'a Posterior) -> Self {
        Self { posterior, free: Mutex::new(Vec::new()) }
    }

    /// The log density in working coordinates; minus infinity where it is none.
    fn log_density(&self, position: &[f64]) -> f64 {
        let taken = self.free.lock().ok().and_then(|mut free| free.pop());
        let (mut scratch, mut gradient) =
            taken.unwrap_or_else(|| (self.posterior.scratch(), vec![0.0; self.posterior.dimension()]));
        let value = self.posterior.log_density(position, &mut gradient, &mut scratch);
        if let Ok(mut free) = self.free.lock() {
            free.push((scratch, gradient));
        }
        value.ok().filter(|value| !value.is_nan()).unwrap_or(f64::NEG_INFINITY)
    }
}
