//! Simulation-based calibration of a model on its design: does the inference find what data were made from?
//!
//! Parameters are drawn from the prior and data from those, on the rows of the table; the model is fitted to the data, and
//! the rank of each true value among the draws is uniform if everything is right (Talts, Betancourt, Simpson, Vehtari and
//! Gelman 2018). The joint log likelihood is ranked too: a quantity that depends on the data sees faults that parameters
//! alone do not (Modrák et al. 2023).

use crate::replay::{Matrix, Replay};
use crate::sampling::{self, FitError, Settings};
use crate::summary::Kind;
use polya_diagnostics::{RankCheck, Uniformity, check_ranks, rank_uniformity};
use polya_engine::{Control, LogDensity, Purpose, Stream};
use polya_models::{Bound, Error, Posterior};
use rand::RngExt;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Simulations of which one must be fit for a model.
const MOST_UNFIT: usize = 20;
/// The name under which the joint log likelihood is ranked; no variable has it.
pub const JOINT_LOG_LIKELIHOOD: &str = "(joint log likelihood)";

/// How a model is calibrated.
#[derive(Clone, Debug, PartialEq)]
pub struct CalibrationSettings {
    /// Data sets that are simulated.
    pub simulations: usize,
    /// Warmup transitions of each fit, of one chain.
    pub warmup: usize,
    /// Nearly independent draws among which a true value is ranked.
    pub ranks: usize,
    /// Draws made for each that is kept.
    pub thin: usize,
    /// The seed.
    pub seed: u64,
}

impl Default for CalibrationSettings {
    fn default() -> Self {
        Self { simulations: 200, warmup: 500, ranks: 99, thin: 8, seed: 0 }
    }
}

/// The ranks of one simulation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Simulation {
    /// Its number, from 0.
    pub simulation: usize,
    /// The rank of each true value, in the order of [`Calibration::names`]; empty where the fit failed.
    pub ranks: Vec<usize>,
    /// Why there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

/// Why a model cannot be calibrated.
#[derive(Debug, thiserror::Error)]
pub enum CalibrationError {
    /// The model does not compile on the design.
    #[error(transparent)]
    Model(#[from] Error),
    /// A setting is outside its domain.
    #[error(transparent)]
    Settings(#[from] FitError),
    /// Data are simulated for a row once, and this column's rows count more often.
    #[error(
        "the rows of `{column}` have weights: a data set of this design has so many numbers for each, and one row holds one"
    )]
    Weighted {
        /// The column.
        column: String,
    },
    /// A column is both simulated and given, which two simulations would not agree on.
    #[error(
        "`{column}` is observed, and {user} depends on it too: its simulated numbers would not be those that {user} is simulated with"
    )]
    Chained {
        /// The column.
        column: String,
        /// What depends on it.
        user: String,
    },
    /// The prior hardly ever draws what can be simulated from.
    #[error("of a thousand draws from the prior hardly one has all arguments inside of their domains")]
    Impossible,
    /// The data of all simulations do not fit into memory at once.
    #[error("{simulations} data sets do not fit into memory at once: at most {most} of this design do")]
    TooLarge {
        /// How many were asked for.
        simulations: usize,
        /// How many fit.
        most: usize,
    },
    /// Of the first simulations none is a data set that a model can be fitted to.
    #[error("the data that the prior simulates cannot be fitted: {reason}")]
    Unfit {
        /// What is wrong with the first of them.
        reason: String,
    },
    /// Nothing is left to rank.
    #[error("the model has no parameters to rank")]
    NoParameters,
}

/// A model whose calibration is being checked.
#[derive(Debug)]
pub struct Calibration {
    bound: Bound,
    prior: Posterior,
    settings: CalibrationSettings,
    names: Vec<String>,
    truths: Matrix,
    data: Matrix,
    log_likelihoods: Option<Matrix>,
    scalars: Vec<usize>,
}

/// The ranks of one quantity over all simulations.
#[derive(Clone, Debug)]
pub struct QuantityRanks {
    /// Its name.
    pub name: String,
    /// The ranks.
    pub ranks: Vec<usize>,
    /// Whether they stay within the simultaneous bands of a uniform's.
    pub check: RankCheck,
    /// A test of uniformity by order statistics.
    pub uniformity: Option<Uniformity>,
}

impl Calibration {
    /// Draws parameters and data for all simulations.
    ///
    /// # Errors
    /// A model that does not compile on the design, or has no parameters; columns with weights, and observed columns that
    /// other statements depend on.
    pub fn new(bound: Bound, settings: CalibrationSettings) -> Result<Self, CalibrationError> {
        if let Some(column) = bound.first_weighted() {
            return Err(CalibrationError::Weighted { column: column.to_owned() });
        }
        if let Some((column, user)) = bound.model().first_chained() {
            return Err(CalibrationError::Chained { column: column.to_owned(), user: user.to_owned() });
        }
        let prior = bound.clone().compile_prior()?;
        let replay = Replay::of_prior(&prior, settings.simulations, settings.seed);
        if replay.draws() < settings.simulations {
            return Err(CalibrationError::Impossible);
        }
        let (truths, data) = (replay.values(), replay.predictive());
        let most = truths.draws.min(data.draws);
        if most < settings.simulations {
            return Err(CalibrationError::TooLarge { simulations: settings.simulations, most });
        }
        let log_likelihoods = replay.log_density_of_replications(&data);
        let compiled = |i| bound.with_observed(&prior, &row(&data, i)).compile();
        let posterior = (0..MOST_UNFIT.min(settings.simulations)).find_map(|i| compiled(i).ok());
        let posterior = match posterior {
            Some(posterior) => posterior,
            None => compiled(0).map_err(|error| CalibrationError::Unfit { reason: error.to_string() })?,
        };
        let ranked = |variable: &str| {
            let outputs = &posterior.compiled().outputs;
            outputs
                .iter()
                .any(|o| o.name == variable && matches!(crate::fit::kind(o.role), Kind::Sampled | Kind::IntegratedOut))
        };
        let all = prior.scalars();
        let scalars: Vec<usize> = (0..all.len()).filter(|i| ranked(&all[*i].variable)).collect();
        if scalars.is_empty() {
            return Err(CalibrationError::NoParameters);
        }
        let name = |i: &usize| crate::draws::scalar_name(&all[*i].variable, &all[*i].levels);
        let mut names: Vec<String> = scalars.iter().map(name).collect();
        names.extend(log_likelihoods.is_some().then(|| JOINT_LOG_LIKELIHOOD.to_owned()));
        Ok(Self { bound, prior, settings, names, truths, data, log_likelihoods, scalars })
    }

    /// What is ranked.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Runs the simulations that are not among `done`, in parallel, and tells of each as it ends. Those done may be of more
    /// or fewer simulations: each is the same in any number of them.
    pub fn run(&self, done: &[Simulation], tell: &(dyn Fn(&Simulation) + Sync)) -> Vec<Simulation> {
        let wanted = 0..self.settings.simulations;
        let is_done = |i: usize| done.iter().any(|d| d.simulation == i && d.ranks.len() == self.names.len());
        let fresh: Vec<Simulation> = wanted
            .clone()
            .into_par_iter()
            .filter(|i| !is_done(*i))
            .map(|i| {
                let simulation = self.simulate(i);
                tell(&simulation);
                simulation
            })
            .collect();
        let kept = done.iter().filter(|d| wanted.contains(&d.simulation) && is_done(d.simulation));
        let mut all: Vec<Simulation> = kept.cloned().chain(fresh).collect();
        all.sort_by_key(|s| s.simulation);
        all.dedup_by_key(|s| s.simulation);
        all
    }

    fn simulate(&self, simulation: usize) -> Simulation {
        match self.ranks(simulation) {
            Ok(ranks) => Simulation { simulation, ranks, failure: None },
            Err(failure) => Simulation { simulation, ranks: Vec::new(), failure: Some(failure) },
        }
    }

    fn ranks(&self, simulation: usize) -> Result<Vec<usize>, String> {
        let CalibrationSettings { warmup, ranks, thin, seed, .. } = self.settings;
        let bound = self.bound.with_observed(&self.prior, &row(&self.data, simulation));
        let posterior = bound.compile().map_err(|error| error.to_string())?;
        let thin = if posterior.dimension() == 0 { 1 } else { thin.max(1) };
        let settings = Settings {
            chains: 1,
            warmup,
            draws: ranks * thin,
            seed,
            job: simulation as u64 + 1,
            ..Settings::default()
        };
        let sampled = sampling::run(&posterior, &settings, &Control::default()).map_err(|error| error.to_string())?;
        let positions = crate::fit::positions(sampled.samples.as_ref(), 1);
        let scalars = posterior.scalars();
        let total = sampled.draws;
        let kept = |draws: &[f64]| draws.iter().skip(thin - 1).step_by(thin).copied().collect::<Vec<f64>>();
        // Ties, as of discrete quantities, are broken by a coin of the simulation's own.
        let mut coin = Stream::new(seed, settings.job, 0, Purpose::Other, 0);
        let mut found = Vec::with_capacity(self.names.len());
        let names = scalars.iter().enumerate().map(|(i, s)| (crate::draws::scalar_name(&s.variable, &s.levels), i));
        let places: HashMap<String, usize> = names.collect();
        for (name, scalar) in self.names.iter().zip(&self.scalars) {
            let at = *places.get(name).ok_or_else(|| format!("the fit has no scalar {name}"))?;
            let draws = &sampled.values[at * total..(at + 1) * total];
            found.push(rank(self.truths.column(*scalar)[simulation], &kept(draws), &mut coin));
        }
        if let Some(truths) = &self.log_likelihoods {
            // By the same formula as that of the truth, of parameters that are rounded alike.
            let replay = Replay::new(&posterior, positions, total, seed, settings.job);
            let joint = replay.log_density_of_data(&row(&self.data, simulation));
            let joint = joint.ok_or("the fit has no joint log likelihood")?;
            found.push(rank(truths.column(0)[simulation], &kept(joint.column(0)), &mut coin));
        }
        Ok(found)
    }

    /// The ranks of each quantity, and whether they are uniform: with a probability of `wanted` if all is right, for each.
    pub fn check(&self, simulations: &[Simulation], wanted: f64) -> Vec<QuantityRanks> {
        let good: Vec<&Simulation> = simulations.iter().filter(|s| s.ranks.len() == self.names.len()).collect();
        let highest = self.settings.ranks;
        let quantity = |(i, name): (usize, &String)| {
            let ranks: Vec<usize> = good.iter().map(|s| s.ranks[i]).collect();
            let check = check_ranks(&ranks, highest, wanted)?;
            let uniformity = rank_uniformity(&ranks, highest);
            Some(QuantityRanks { name: name.clone(), ranks, check, uniformity })
        };
        self.names.iter().enumerate().filter_map(quantity).collect()
    }
}

/// The numbers of one draw.
fn row(matrix: &Matrix, draw: usize) -> Vec<f64> {
    (0..matrix.width()).map(|i| matrix.column(i)[draw]).collect()
}

/// How many draws are below the truth, ties decided at random.
fn rank(truth: f64, draws: &[f64], coin: &mut Stream) -> usize {
    let below = draws.iter().filter(|x| **x < truth).count();
    let ties = draws.iter().filter(|x| **x == truth).count();
    below + if ties == 0 { 0 } else { coin.random_range(0..=ties) }
}
