//! A run: independent chains of one density, side by side on the current rayon pool.

use crate::chain::Chain;
use crate::control::{Control, Outcome};
use crate::density::LogDensity;
use crate::error::EngineError;
use crate::samples::{ChainSamples, Samples};
use crate::settings::Settings;
use rayon::prelude::*;

/// Chains under way.
///
/// Draws come in rounds, so that a caller can look between rounds and stop at a target; two rounds
/// of 500 give the same bits as one of 1000, on any number of threads.
///
/// ```
/// use polya_engine::{Control, EngineError, Run, Settings, from_fn};
///
/// let density = from_fn(1, |x, gradient| {
///     gradient[0] = -x[0];
///     -0.5 * x[0] * x[0]
/// });
/// let control = Control::default();
/// let mut run = Run::start(&density, Settings { warmup: 200, ..Settings::default() })?;
/// run.warm_up(&control)?;
/// while run.draws() < 500 {
///     run.draw(100, &control)?;
/// }
/// let samples = run.finish();
/// assert_eq!(samples.draws, 500);
/// # Ok::<(), EngineError>(())
/// ```
#[derive(Debug)]
pub struct Run<'a, D: LogDensity> {
    density: &'a D,
    settings: Settings,
    chains: Vec<Chain<D::Scratch>>,
    outcome: Outcome,
}

impl<'a, D: LogDensity> Run<'a, D> {
    /// Checks the settings and finds an initial point for each chain.
    pub fn start(density: &'a D, settings: Settings) -> Result<Self, EngineError> {
        settings.validate(density.dimension())?;
        let starts: Vec<_> =
            (0..settings.chains).into_par_iter().map(|chain| Chain::start(density, &settings, chain)).collect();
        // Collected in two steps, so that of several errors that of the first chain is returned.
        let chains = starts.into_iter().collect::<Result<_, _>>()?;
        Ok(Self { density, settings, chains, outcome: Outcome::Completed })
    }

    /// Runs the warmup of every chain; does nothing when called again.
    ///
    /// An interrupted warmup ends the run: it will make no draws.
    pub fn warm_up(&mut self, control: &Control<'_>) -> Result<Outcome, EngineError> {
        let density = self.density;
        self.advance(|chain| chain.warm_up(density, control))
    }

    /// Appends `draws` draws to every chain.
    ///
    /// An interruption ends the run: later calls draw nothing and return the same outcome. Without
    /// a warmup before, chains are warmed up first.
    pub fn draw(&mut self, draws: usize, control: &Control<'_>) -> Result<Outcome, EngineError> {
        self.warm_up(control)?;
        let density = self.density;
        let planned = self.settings.draws.max(draws);
        self.chains.iter_mut().for_each(|chain| chain.make_room(planned));
        self.advance(|chain| chain.draw(density, draws, control))
    }

    fn advance<F>(&mut self, advance: F) -> Result<Outcome, EngineError>
    where
        F: Fn(&mut Chain<D::Scratch>) -> Result<Outcome, EngineError> + Sync + Send,
    {
        if self.outcome != Outcome::Completed {
            return Ok(self.outcome);
        }
        let outcomes: Vec<_> = self.chains.par_iter_mut().map(&advance).collect();
        for outcome in outcomes {
            let outcome = outcome?;
            if self.outcome == Outcome::Completed {
                self.outcome = outcome;
            }
        }
        Ok(self.outcome)
    }

    /// Draws every chain has.
    pub fn draws(&self) -> usize {
        self.chains().map(|chain| chain.stats.len()).min().unwrap_or(0)
    }

    /// What each chain has made so far, for a look between rounds.
    pub fn chains(&self) -> impl Iterator<Item = &ChainSamples> {
        self.chains.iter().map(Chain::samples)
    }

    /// The working memory of each chain, in order: after warmup it holds the working coordinates
    /// that the density settled on.
    pub fn scratches(&self) -> impl Iterator<Item = &D::Scratch> {
        self.chains.iter().map(Chain::scratch)
    }

    /// How the run stands.
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// The settings of the run.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Ends the run; chains of an interrupted run are cut to a common length.
    pub fn finish(self) -> Samples {
        let mut samples = Samples {
            dimension: self.density.dimension(),
            draws: 0,
            chains: self.chains.into_iter().map(Chain::into_samples).collect(),
            outcome: self.outcome,
        };
        samples.equalise();
        samples
    }
}

/// Warms up and draws as the settings say.
pub fn sample<D: LogDensity>(density: &D, settings: &Settings, control: &Control<'_>) -> Result<Samples, EngineError> {
    let draws = settings.draws;
    let mut run = Run::start(density, settings.clone())?;
    run.warm_up(control)?;
    run.draw(draws, control)?;
    Ok(run.finish())
}
