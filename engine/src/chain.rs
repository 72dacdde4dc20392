//! A chain: a schedule, a transition and a random stream.

use crate::adaptation::{Adaptation, Change};
use crate::control::{Control, Outcome, Pace, Phase, Progress};
use crate::coordinates::{History, append_reported};
use crate::density::{DensityError, LogDensity};
use crate::error::EngineError;
use crate::hamiltonian::Hamiltonian;
use crate::hmc::Hmc;
use crate::independence::{Independence, Steps};
use crate::initial::initial_point;
use crate::metric::Metric;
use crate::nuts::Nuts;
use crate::point::Point;
use crate::samples::{ChainSamples, DivergenceRecord, DrawStats, Totals};
use crate::schedule::Schedule;
use crate::settings::{Algorithm, Settings};
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
    /// Steps beside trajectories, where they are wanted.
    independence: Option<Independence>,
    keep_warmup: bool,
    /// Whether working and reported positions may differ.
    adapts_coordinates: bool,
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
            initial_position: Vec::new(),
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
            independence: None,
            keep_warmup: settings.keep_warmup,
            adapts_coordinates: density.adapts_coordinates(),
            samples,
        };
        let (start, reported) = (&chain.point.position, &mut chain.samples.initial_position);
        append_reported(density, chain.adapts_coordinates, start, &mut chain.scratch, reported);
        chain.search_step_size(density)?;
        if dimension > 0 && settings.warmup > 0 {
            let schedule = Schedule::new(settings.warmup);
            let schedule = if chain.adapts_coordinates { schedule.with_coordinates() } else { schedule };
            if settings.independence {
                chain.independence = Independence::new(dimension, &schedule);
            }
            chain.adaptation = Some(Adaptation::new(
                schedule,
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

    /// Runs the warmup, then freezes the coordinates, the step size and the metric.
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
        let mut history = History::new(self.point.position.len());
        let mut pace = Pace::default();
        let mut outcome = Outcome::Completed;
        for iteration in 0..total {
            let transition = match self.transition(density, Phase::Warmup, iteration, control, &mut pace)? {
                Ok(transition) => transition,
                Err(interruption) => {
                    outcome = interruption;
                    break;
                }
            };
            self.count(Phase::Warmup, &transition);
            if self.keep_warmup {
                let stats = self.stats(&transition);
                let reported = &mut self.samples.warmup_positions;
                append_reported(density, self.adapts_coordinates, &self.point.position, &mut self.scratch, reported);
                self.samples.warmup_stats.push(stats);
            }
            let Point { position, gradient, .. } = &self.point;
            let moved = transition.offset != 0;
            let metric = &mut self.samples.metric;
            let acceptance = (transition.ending != Ending::Independence).then_some(transition.acceptance);
            let change = adaptation.observe(iteration, acceptance, moved, position, gradient, metric);
            if let Some(independence) = &mut self.independence {
                independence.observe(iteration, &transition, position, density, &mut self.scratch);
            }
            if moved && adaptation.schedule().adapts_coordinates_from(iteration) {
                history.push(position, gradient);
            }
            let coordinates = adaptation.schedule().adapts_coordinates_after(iteration)
                && self.adapt_coordinates(density, &mut history, &mut adaptation)?;
            if coordinates || change == Change::Large {
                self.step_size = adaptation.step_size();
                self.search_step_size(density)?;
                adaptation.restart_step_size(self.step_size);
            }
            self.step_size = adaptation.step_size();
            self.report(control, &mut pace, Phase::Warmup, iteration + 1, total);
        }
        self.step_size = adaptation.adapted_step_size();
        if let Some(independence) = &mut self.independence {
            independence.freeze();
        }
        self.samples.step_size = self.step_size;
        self.samples.warmup.seconds += began.elapsed().as_secs_f64();
        Ok(outcome)
    }

    /// Makes room for so many draws at once: what grows as it is filled leaves holes of half its size behind. Where there is
    /// no room, it grows.
    pub fn make_room(&mut self, draws: usize) {
        let missing = |width: usize, there: usize| draws.saturating_mul(width).saturating_sub(there);
        let ChainSamples { positions, stats, .. } = &mut self.samples;
        let _ = positions.try_reserve_exact(missing(self.point.position.len(), positions.len()));
        let _ = stats.try_reserve_exact(missing(1, stats.len()));
    }

    /// Appends draws; called twice, gives what one call for the sum gives.
    pub fn draw<D>(&mut self, density: &D, draws: usize, control: &Control<'_>) -> Result<Outcome, EngineError>
    where
        D: LogDensity<Scratch = S>,
    {
        let began = Instant::now();
        let done = self.samples.stats.len();
        let total = done.saturating_add(draws);
        let mut pace = Pace::default();
        let mut outcome = Outcome::Completed;
        for draw in done..total {
            let transition = match self.transition(density, Phase::Sampling, draw, control, &mut pace)? {
                Ok(transition) => transition,
                Err(interruption) => {
                    outcome = interruption;
                    break;
                }
            };
            self.count(Phase::Sampling, &transition);
            self.keep_divergence(density, draw, &transition);
            let stats = self.stats(&transition);
            self.samples.stats.push(stats);
            let reported = &mut self.samples.positions;
            append_reported(density, self.adapts_coordinates, &self.point.position, &mut self.scratch, reported);
            self.report(control, &mut pace, Phase::Sampling, draw + 1, total);
        }
        self.samples.sampling.seconds += began.elapsed().as_secs_f64();
        Ok(outcome)
    }

    /// What the chain has made so far.
    pub fn samples(&self) -> &ChainSamples {
        &self.samples
    }

    /// The working memory of the density, with the working coordinates.
    pub fn scratch(&self) -> &S {
        &self.scratch
    }

    /// What the chain has made, at its end.
    pub fn into_samples(self) -> ChainSamples {
        self.samples
    }

    /// Transition number `number` of its phase, or why there was none.
    fn transition<D>(
        &mut self,
        density: &D,
        phase: Phase,
        number: usize,
        control: &Control<'_>,
        pace: &mut Pace,
    ) -> Result<Result<Transition, Outcome>, EngineError>
    where
        D: LogDensity<Scratch = S>,
    {
        if let Some(interruption) = control.interruption_at(pace) {
            return Ok(Err(interruption));
        }
        let hamiltonian = Hamiltonian { density, metric: &self.samples.metric };
        let (stream, totals) = match phase {
            Phase::Warmup => (&mut self.warmup_stream, &mut self.samples.warmup),
            Phase::Sampling => (&mut self.stream, &mut self.samples.sampling),
        };
        let stop = || control.interruption().is_some();
        let (point, step, scratch) = (&mut self.point, self.step_size, &mut self.scratch);
        let independence = self.independence.as_mut().filter(|steps| steps.replaces(number));
        let mut steps = Steps::default();
        let transition = match (independence, &mut self.kernel) {
            (Some(independence), _) => {
                let made = independence.transition(density, point, stream, scratch);
                made.map(|(transition, made)| {
                    steps = made;
                    transition
                })
            }
            (None, Kernel::Nuts(nuts)) => nuts.transition(hamiltonian, point, step, stream, scratch, &stop),
            (None, Kernel::Hmc(hmc)) => hmc.transition(hamiltonian, point, step, stream, scratch, &stop),
            (None, Kernel::Still) => Ok(Transition::still(point.log_density)),
        };
        let mut transition = transition.map_err(|error| failure(self.index, error))?;
        if transition.ending == Ending::Interrupted {
            return Ok(Err(control.interruption().unwrap_or(Outcome::Cancelled)));
        }
        if let Some(independence) = self.independence.as_mut().filter(|_| transition.ending != Ending::Independence) {
            let followed = independence.follow(density, &mut transition, &mut self.point, stream, &mut self.scratch);
            steps = followed.map_err(|error| failure(self.index, error))?;
        }
        totals.proposals += steps.proposals;
        totals.accepted += steps.accepted;
        Ok(Ok(transition))
    }

    /// Lets the density choose coordinates; true if they changed. Then the latest states are found
    /// again in the new ones, and the chain goes on from the last of them that is finite, with a
    /// metric made of them.
    fn adapt_coordinates<D>(
        &mut self,
        density: &D,
        history: &mut History,
        adaptation: &mut Adaptation,
    ) -> Result<bool, EngineError>
    where
        D: LogDensity<Scratch = S>,
    {
        let scratch = &mut self.scratch;
        if history.window().count() == 0 {
            return Ok(false);
        }
        // Before the change, since afterwards nothing knows the old coordinates.
        let reported = history.reported(density, scratch);
        if !density.adapt_coordinates(history.window(), scratch) {
            return Ok(false);
        }
        let totals = &mut self.samples.warmup;
        let remapped = history.remap(density, &reported, scratch, totals);
        let log_density = remapped.map_err(|error| failure(self.index, error))?;
        let window = history.window();
        // Every move is in the history, so its last state is the point itself.
        let latest = window.states().next_back().zip(log_density);
        let Some(((position, gradient), log_density)) = latest else {
            let source = "no state of the warmup has a finite density in the adapted coordinates".into();
            return Err(EngineError::Density { chain: self.index, source });
        };
        self.point.position.copy_from_slice(position);
        self.point.gradient.copy_from_slice(gradient);
        self.point.log_density = log_density;
        adaptation.change_coordinates(window, &mut self.samples.metric);
        Ok(true)
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

    fn keep_divergence<D>(&mut self, density: &D, draw: usize, transition: &Transition)
    where
        D: LogDensity<Scratch = S>,
    {
        let Some(divergence) = transition.divergence() else {
            return;
        };
        if self.samples.divergences.len() == DIVERGENCES_KEPT {
            return;
        }
        let start = match &self.kernel {
            Kernel::Nuts(nuts) => nuts.last_step_start(),
            Kernel::Hmc(hmc) => hmc.last_step_start(),
            Kernel::Still => &[],
        };
        let mut position = Vec::new();
        append_reported(density, self.adapts_coordinates, start, &mut self.scratch, &mut position);
        self.samples.divergences.push(DivergenceRecord {
            draw,
            position,
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

    fn report(&self, control: &Control<'_>, pace: &mut Pace, phase: Phase, iteration: usize, total: usize) {
        if !control.reports(pace, iteration == total) {
            return;
        }
        let totals = match phase {
            Phase::Warmup => &self.samples.warmup,
            Phase::Sampling => &self.samples.sampling,
        };
        let (divergences, step_size) = (totals.divergences, self.step_size);
        let chain = self.index;
        control.report(Progress { chain, phase, iteration, total, divergences, step_size });
    }
}

fn initial_metric(settings: &Settings, point: &Point) -> Metric {
    if let Some(metric) = &settings.initial_metric {
        return metric.clone();
    }
    Metric::from_gradient(settings.estimator, &point.gradient)
}

/// An error that leaves a transition; rejections end inside it.
fn failure(chain: usize, error: DensityError) -> EngineError {
    match error {
        DensityError::Failed(source) => EngineError::Density { chain, source },
        DensityError::Rejected(rejection) => EngineError::Density { chain, source: Box::new(rejection) },
    }
}
