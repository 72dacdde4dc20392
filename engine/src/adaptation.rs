//! Adaptation: watches transitions, proposes a step size and a metric. It knows no tree.

use crate::coordinates::WarmupWindow;
use crate::metric::{Dense, Diagonal, Metric, directions, estimate};
use crate::moments::Moments;
use crate::rows::Rows;
use crate::schedule::Schedule;
use crate::settings::{MetricEstimator, MetricShape};
use crate::step_size::DualAveraging;

/// State of a chain's adaptation; dropped after warmup, so that nothing can adapt any more.
#[derive(Debug, Clone)]
pub struct Adaptation {
    schedule: Schedule,
    step_size: DualAveraging,
    windows: Windows,
}

/// What adaptation asks for after a transition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The metric is as it was, or nearly.
    Small,
    /// The metric moved so far that the step size should be searched anew.
    Large,
}

/// Jeffreys divergence, in nats, from which a change of metric is large: that of one coordinate
/// whose variance changes by a factor of 6.
const LARGE_CHANGE: f64 = 2.0;

impl Adaptation {
    /// Adaptation of a chain that starts with step size `step_size`.
    pub fn new(
        schedule: Schedule,
        step_size: f64,
        target_accept: f64,
        shape: MetricShape,
        estimator: MetricEstimator,
        dimension: usize,
    ) -> Self {
        let step_size = DualAveraging::new(step_size, target_accept);
        Self { schedule, step_size, windows: Windows::new(shape, estimator, dimension) }
    }

    /// The schedule followed.
    pub fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// Learns from warmup transition number `transition`, with its acceptance statistic and the
    /// state it led to; updates `metric` when the schedule says so.
    ///
    /// The acceptance is that of a trajectory: `None` for a transition that made none. `moved` is
    /// false where the chain stayed: such a draw tells the estimators nothing new.
    pub fn observe(
        &mut self,
        transition: usize,
        acceptance: Option<f64>,
        moved: bool,
        position: &[f64],
        gradient: &[f64],
        metric: &mut Metric,
    ) -> Change {
        if let Some(acceptance) = acceptance {
            self.step_size.update(acceptance);
        }
        if !self.schedule.collects(transition) {
            return Change::Small;
        }
        if moved {
            self.windows.add(position, gradient);
        }
        let switches = self.schedule.switches_after(transition);
        if switches {
            self.windows.switch();
        }
        let last = transition + 1 == self.schedule.metric_until;
        if !self.schedule.updates_after(transition) || !(switches || last || self.windows.grown()) {
            return Change::Small;
        }
        let Some(estimate) = self.windows.estimate() else {
            return Change::Small;
        };
        let distance = estimate.divergence_from(metric);
        *metric = estimate;
        if distance > LARGE_CHANGE { Change::Large } else { Change::Small }
    }

    /// Replaces what the estimators know by the same states in new coordinates, as many of the
    /// latest as each had or as there are, and sets `metric` from them; from the latest gradient
    /// alone where they are too few.
    pub fn change_coordinates(&mut self, states: WarmupWindow<'_>, metric: &mut Metric) {
        self.windows.refill(states);
        let estimate = self.windows.estimate();
        let first = || {
            let latest = states.latest(1);
            Metric::from_gradient(self.windows.estimator, latest.gradients())
        };
        *metric = estimate.unwrap_or_else(first);
    }

    /// Restarts the search for a step size from a new first guess.
    pub fn restart_step_size(&mut self, guess: f64) {
        self.step_size.restart(guess);
    }

    /// Step size for the next warmup transition.
    pub fn step_size(&self) -> f64 {
        self.step_size.current()
    }

    /// Step size to keep after warmup.
    pub fn adapted_step_size(&self) -> f64 {
        self.step_size.adapted()
    }
}

/// Fewest draws an estimate may rest on.
const FEWEST_DRAWS: usize = 5;

/// Share by which the draws of a window must grow before it is worth another low-rank or another
/// dense estimate, which cost as much as many transitions.
const LOW_RANK_GROWTH: f64 = 0.5;
const DENSE_GROWTH: f64 = 0.2;

/// The foreground and background estimators.
#[derive(Debug, Clone)]
struct Windows {
    estimator: MetricEstimator,
    foreground: Window,
    background: Window,
    /// Draws the last estimate rested on.
    estimated: usize,
}

#[derive(Debug, Clone)]
struct Window {
    draws: Moments,
    gradients: Moments,
    /// For the low-rank estimate.
    rows: Option<Rows>,
}

impl Window {
    fn clear(&mut self) {
        self.draws.clear();
        self.gradients.clear();
        if let Some(rows) = &mut self.rows {
            rows.clear();
        }
    }

    fn add(&mut self, position: &[f64], gradient: &[f64]) {
        self.draws.add(position);
        self.gradients.add(gradient);
        if let Some(rows) = &mut self.rows {
            rows.add(position, gradient);
        }
    }

    fn refill(&mut self, states: WarmupWindow<'_>) {
        let states = states.latest(self.draws.count());
        self.clear();
        for (position, gradient) in states.states() {
            self.add(position, gradient);
        }
    }
}

impl Windows {
    fn new(shape: MetricShape, estimator: MetricEstimator, dimension: usize) -> Self {
        let shape = shape.resolve(dimension);
        let moments = match shape {
            MetricShape::Dense => Moments::dense(dimension),
            MetricShape::Auto | MetricShape::Diagonal | MetricShape::LowRank => Moments::diagonal(dimension),
        };
        let compares = shape == MetricShape::LowRank && estimator == MetricEstimator::DrawsAndGradients;
        let rows = compares.then(|| Rows::new(dimension));
        let window = Window { draws: moments.clone(), gradients: moments, rows };
        Self { estimator, foreground: window.clone(), background: window, estimated: 0 }
    }

    fn add(&mut self, position: &[f64], gradient: &[f64]) {
        self.foreground.add(position, gradient);
        self.background.add(position, gradient);
    }

    fn refill(&mut self, states: WarmupWindow<'_>) {
        self.foreground.refill(states);
        self.background.refill(states);
    }

    fn switch(&mut self) {
        std::mem::swap(&mut self.foreground, &mut self.background);
        self.background.clear();
    }

    /// Whether the foreground has enough new draws for another estimate.
    fn grown(&self) -> bool {
        let growth = match (&self.foreground.rows, self.foreground.draws.is_dense()) {
            (Some(_), _) => LOW_RANK_GROWTH,
            (None, true) => DENSE_GROWTH,
            (None, false) => 0.0,
        };
        self.foreground.draws.count() as f64 >= (1.0 + growth) * self.estimated as f64
    }

    fn estimate(&mut self) -> Option<Metric> {
        let Window { draws, gradients, rows } = &self.foreground;
        let count = draws.count();
        self.estimated = count;
        if count < FEWEST_DRAWS {
            return None;
        }
        let Some(covariance) = draws.covariance() else {
            let variances = match self.estimator {
                MetricEstimator::Draws => estimate::regularised_variances(count, &draws.variances()),
                MetricEstimator::DrawsAndGradients => {
                    estimate::fisher_variances(&draws.variances(), &gradients.variances())
                }
            };
            let variances = variances?;
            let low_rank = rows.as_ref().and_then(|rows| {
                let (draws, gradients) = rows.sample();
                directions::fisher_low_rank(&variances, &draws, &gradients)
            });
            return match low_rank {
                Some(metric) => Some(Metric::LowRank(metric)),
                None => Some(Metric::Diagonal(Diagonal::new(variances)?)),
            };
        };
        let covariance = match self.estimator {
            MetricEstimator::Draws => estimate::regularised_covariance(count, &covariance),
            MetricEstimator::DrawsAndGradients => {
                estimate::fisher_covariance(count, &covariance, &gradients.covariance()?)
            }
        };
        Some(Metric::Dense(Dense::new(covariance?)?))
    }
}
