//! A chain: a schedule, a transition and a random stream.

use crate::adaptation::{Adaptation, Change};
use crate::control::{Control, Outcome, Phase, Progress, Throttle};
use crate::density::{DensityError, LogDensity};
use crate::error::EngineError;
use crate::hamiltonian::Hamiltonian;
use crate::hmc::Hmc;
use crate::initial::initial_point;
use crate::metric::{Diagonal, Metric, estimate};
use crate::nuts::Nuts;
use crate::point::Point;
use crate::samples::{ChainSamples, DivergenceRecord, DrawStats, Totals};
use crate::schedule::Schedule;
use crate::settings::{Algorithm, MetricEstimator, Settings};
use crate::step_size::first_guess;
use crate::stream::{Purpose, Stream};
use crate::transition::{Ending, Transition};
use std::time::Instant;

/// Most divergences of a chain whose positions are kept.
pub const DIVERGENCES_KEPT: usize = 1000;

/// One Markov chain and what it has made so far.
#[derive(Debug)]
pub struct Chain<S> {
    index: usize,
    kernel: Kernel,
    point: Point,
    scratch: S,
    warmup_stream: Stream,
    stream: Stream,
    step_size: f64,
    /// `None` once warmup is over: then nothing can adapt.
    adaptation: Option<Adaptation>,
    keep_warmup: bool,
    samples: ChainSamples,
}

#[derive(Debug)]
enum Kernel {
    Nuts(Nuts),
    Hmc(Hmc),
    /// In dimension 0 there is nowhere to go.
    Still,
}

impl<S: Send> Chain<S> {
    /// Finds an initial point, a first metric and a first step size.
    pub fn start<D>(density: &D, settings: &Settings, index: usize) -> Result<Self, EngineError>
    where
        D: LogDensity<Scratch = S>,
    {
        let began = Instant::now();
        let dimension = density.dimension();
        let mut scratch = density.scratch();
        let point = initial_point(density, settings, index, &mut scratch)?;
        let metric = initial_metric(settings, &point);
        let stream = |purpose| Stream::new(settings.seed, settings.job, index as u64, purpose, 0);
        let threshold = settings.divergence_threshold;
        let kernel = match settings.algorithm {
            _ if dimension == 0 => Kernel::Still,
            Algorithm::Nuts => Kernel::Nuts(Nuts::new(dimension, settings.max_depth, threshold)),
            Algorithm::Hmc { length, jitter } => Kernel::Hmc(Hmc::new(dimension, length, jitter, threshold)),
        };
        let samples = ChainSamples {
            positions: Vec::new(),
            stats: Vec::new(),
            warmup_positions: Vec::new(),
            warmup_stats: Vec::new(),
            divergences: Vec::new(),
            step_size: 1.0,
            metric,
            initial_position: point.position.clone(),
            warmup: Totals::default(),
            sampling: Totals::default(),
        };
        let mut chain = Self {
            index,
            kernel,
            point,
            scratch,
            warmup_stream: stream(Purpose::Warmup),
            stream: stream(Purpose::Sample),
            step_size: 1.0,
            adaptation: None,
            keep_warmup: settings.keep_warmup,
            samples,
        };
        chain.search_step_size(density)?;
        if dimension > 0 && settings.warmup > 0 {
            chain.adaptation = Some(Adaptation::new(
                Schedule::new(settings.warmup),
                chain.step_size,
                settings.target_accept,
                settings.metric,
                settings.estimator,
                dimension,
            ));
        }
        chain.samples.warmup.seconds = began.elapsed().as_secs_f64();
        Ok(chain)
    }

    /// Runs the warmup, then freezes the step size and the metric.
    pub fn warm_up<D>(&mut self, density: &D, control: &Control<'_>) -> Result<Outcome, EngineError>
    where
        D: LogDensity<Scratch = S>,
    {
        let Some(mut adaptation) = self.adaptation.take() else {
            self.samples.step_size = self.step_size;
            return Ok(Outcome::Completed);
        };
        let began = Instant::now();
        let total = adaptation.schedule().warmup;
        let mut throttle = Throttle::default();
        let mut outcome = Outcome::Completed;
        for iteration in 0..total {
            let transition = match self.transition(density, Phase::Warmup, control)? {
                Ok(transition) => transition,
                Err(interruption) => {
                    outcome = interruption;
                    break;
                }
            };
            self.count(Phase::Warmup, &transition);
            if self.keep_warmup {
                let stats = self.stats(&transition);
                self.samples.warmup_positions.extend_from_slice(&self.point.position);
                self.samples.warmup_stats.push(stats);
            }
            let Point { position, gradient, .. } = &self.point;
            let moved = transition.offset != 0;
            let metric = &mut self.samples.metric;
            let change = adaptation.observe(iteration, transition.acceptance, moved, position, gradient, metric);
            if change == Change::Large {
                self.step_size = adaptation.step_size();
                self.search_step_size(density)?;
                adaptation.restart_step_size(self.step_size);
            }
            self.step_size = adaptation.step_size();
            self.report(control, &mut throttle, Phase::Warmup, iteration + 1, total);
        }
        self.step_size = adaptation.adapted_step_size();
        self.samples.step_size = self.step_size;
        self.samples.warmup.seconds += began.elapsed().as_secs_f64();
        Ok(outcome)
    }

    /// Appends draws; called twice, gives what one call for the sum gives.
    pub fn draw<D>(&mut self, density: &D, draws: usize, control: &Control<'_>) -> Result<Outcome, EngineError>
    where
        D: LogDensity<Scratch = S>,
    {
        let began = Instant::now();
        let done = self.samples.stats.len();
        let total = done.saturating_add(draws);
        let mut throttle = Throttle::default();
        let mut outcome = Outcome::Completed;
        for draw in done..total {
            let transition = match self.transition(density, Phase::Sampling, control)? {
                Ok(transition) => transition,
                Err(interruption) => {
                    outcome = interruption;
                    break;
                }
            };
            self.count(Phase::Sampling, &transition);
            self.keep_divergence(draw, &transition);
            let stats = self.stats(&transition);
            self.samples.stats.push(stats);
            self.samples.positions.extend_from_slice(&self.point.position);
            self.report(control, &mut throttle, Phase::Sampling, draw + 1, total);
        }
        self.samples.sampling.seconds += began.elapsed().as_secs_f64();
        Ok(outcome)
    }

    /// What the chain has made so far.
    pub fn samples(&self) -> &ChainSamples {
        &self.samples
    }

    /// What the chain has made, at its end.
    pub fn into_samples(self) -> ChainSamples {
        self.samples
    }

    /// One transition, or why there was none.
    fn transition<D>(
        &mut self,
        density: &D,
        phase: Phase,
        control: &Control<'_>,
    ) -> Result<Result<Transition, Outcome>, EngineError>
    where
        D: LogDensity<Scratch = S>,
    {
        if let Some(interruption) = control.interruption() {
            return Ok(Err(interruption));
        }
        let hamiltonian = Hamiltonian { density, metric: &self.samples.metric };
        let stream = match phase {
            Phase::Warmup => &mut self.warmup_stream,
            Phase::Sampling => &mut self.stream,
        };
        let stop = || control.interruption().is_some();
        let (point, step, scratch) = (&mut self.point, self.step_size, &mut self.scratch);
        let transition = match &mut self.kernel {
            Kernel::Nuts(nuts) => nuts.transition(hamiltonian, point, step, stream, scratch, &stop),
            Kernel::Hmc(hmc) => hmc.transition(hamiltonian, point, step, stream, scratch, &stop),
            Kernel::Still => Ok(still(point)),
        };
        let transition = transition.map_err(|error| failure(self.index, error))?;
        if transition.ending == Ending::Interrupted {
            return Ok(Err(control.interruption().unwrap_or(Outcome::Cancelled)));
        }
        Ok(Ok(transition))
    }

    /// Doubles or halves the step size from where it is.
    fn search_step_size<D>(&mut self, density: &D) -> Result<(), EngineError>
    where
        D: LogDensity<Scratch = S>,
    {
        if matches!(self.kernel, Kernel::Still) {
            return Ok(());
        }
        let hamiltonian = Hamiltonian { density, metric: &self.samples.metric };
        let mut trial = Point::zeros(self.point.position.len());
        let (stream, scratch) = (&mut self.warmup_stream, &mut self.scratch);
        let guess = first_guess(hamiltonian, &self.point, &mut trial, self.step_size, stream, scratch);
        let (step_size, spent) = guess.map_err(|error| failure(self.index, error))?;
        self.step_size = step_size;
        self.samples.step_size = step_size;
        self.samples.warmup.leapfrogs += spent;
        Ok(())
    }

    fn count(&mut self, phase: Phase, transition: &Transition) {
        let totals = match phase {
            Phase::Warmup => &mut self.samples.warmup,
            Phase::Sampling => &mut self.samples.sampling,
        };
        totals.transitions += 1;
        totals.leapfrogs += u64::from(transition.leapfrogs);
        totals.max_depth_hits += u64::from(transition.ending == Ending::MaxDepth);
        if let Some(divergence) = transition.divergence() {
            totals.divergences += 1;
            if let Some(rejection) = divergence.rejection {
                totals.rejections.record(rejection);
            }
        }
    }

    fn keep_divergence(&mut self, draw: usize, transition: &Transition) {
        let Some(divergence) = transition.divergence() else {
            return;
        };
        if self.samples.divergences.len() == DIVERGENCES_KEPT {
            return;
        }
        let position = match &self.kernel {
            Kernel::Nuts(nuts) => nuts.last_step_start(),
            Kernel::Hmc(hmc) => hmc.last_step_start(),
            Kernel::Still => &[],
        };
        self.samples.divergences.push(DivergenceRecord {
            draw,
            position: position.to_vec(),
            energy_error: divergence.energy_error,
            rejection: divergence.rejection,
        });
    }

    fn stats(&self, transition: &Transition) -> DrawStats {
        DrawStats {
            log_density: self.point.log_density,
            energy: transition.energy,
            acceptance: transition.acceptance,
            step_size: self.step_size,
            leapfrogs: transition.leapfrogs,
            depth: transition.depth,
            divergent: transition.divergence().is_some(),
            max_depth_reached: transition.ending == Ending::MaxDepth,
        }
    }

    fn report(&self, control: &Control<'_>, throttle: &mut Throttle, phase: Phase, iteration: usize, total: usize) {
        let totals = match phase {
            Phase::Warmup => &self.samples.warmup,
            Phase::Sampling => &self.samples.sampling,
        };
        let (divergences, step_size) = (totals.divergences, self.step_size);
        let chain = self.index;
        control.report(throttle, Progress { chain, phase, iteration, total, divergences, step_size });
    }
}

fn initial_metric(settings: &Settings, point: &Point) -> Metric {
    if let Some(metric) = &settings.initial_metric {
        return metric.clone();
    }
    let dimension = point.position.len();
    match settings.estimator {
        MetricEstimator::Draws => Metric::unit(dimension),
        MetricEstimator::DrawsAndGradients => {
            let variances = estimate::from_gradient(&point.gradient);
            Diagonal::new(variances).map_or_else(|| Metric::unit(dimension), Metric::Diagonal)
        }
    }
}

fn still(point: &Point) -> Transition {
    Transition {
        ending: Ending::Completed,
        depth: 0,
        leapfrogs: 0,
        acceptance: 1.0,
        energy: -point.log_density,
        offset: 0,
    }
}

/// An error that leaves a transition; rejections end inside it.
fn failure(chain: usize, error: DensityError) -> EngineError {
    match error {
        DensityError::Failed(source) => EngineError::Density { chain, source },
        DensityError::Rejected(rejection) => EngineError::Density { chain, source: Box::new(rejection) },
    }
}
