//! Steering a run from outside: cancellation, a time limit, and news of its progress.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// A flag that stops a run from any thread; clones share it.
#[derive(Debug, Clone, Default)]
pub struct CancellationToken(Arc<AtomicBool>);

impl CancellationToken {
    /// A flag not yet raised.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks the run to stop: chains end at their next transition or long tree doubling.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the flag is raised.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// How a run, or a part of one, ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It did all that was asked.
    Completed,
    /// It was cancelled.
    Cancelled,
    /// It reached its deadline.
    TimeLimit,
}

/// Which part of a run a chain is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Adapting; nothing is kept.
    Warmup,
    /// Making draws.
    Sampling,
}

/// News from one chain.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// The chain, counted from 0.
    pub chain: usize,
    /// The part of the run it is in.
    pub phase: Phase,
    /// Transitions done in this phase.
    pub iteration: usize,
    /// Transitions this phase will have.
    pub total: usize,
    /// Divergences so far in this phase.
    pub divergences: u64,
    /// The step size in use.
    pub step_size: f64,
}

type Callback<'a> = Box<dyn Fn(Progress) + Send + Sync + 'a>;

/// What steers a run; the default never interrupts and reports nothing.
///
/// ```
/// use polya_engine::{CancellationToken, Control};
/// use std::time::Duration;
///
/// let token = CancellationToken::new();
/// let control = Control::new()
///     .cancelled_by(token.clone())
///     .time_limit(Duration::from_secs(60))
///     .on_progress(|p| eprintln!("chain {}: {} of {}", p.chain, p.iteration, p.total));
/// ```
#[derive(Default)]
pub struct Control<'a> {
    token: Option<CancellationToken>,
    deadline: Option<Instant>,
    progress: Option<Callback<'a>>,
}

impl<'a> Control<'a> {
    /// Control that does nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops when the token is cancelled.
    pub fn cancelled_by(mut self, token: CancellationToken) -> Self {
        self.token = Some(token);
        self
    }

    /// Stops so long after this call; a limit beyond the clock's range is none.
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.deadline = Instant::now().checked_add(limit);
        self
    }

    /// The same control with a time limit from now on; the earlier deadline counts.
    pub fn within(&self, limit: Duration) -> Control<'_> {
        let own = Instant::now().checked_add(limit);
        let deadline = match (self.deadline, own) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        let progress = self.progress.as_ref().map(|report| -> Callback<'_> { Box::new(report) });
        Control { token: self.token.clone(), deadline, progress }
    }

    /// Stops at an instant.
    pub fn deadline(mut self, deadline: Instant) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Calls `report` from the threads of the chains: for each chain after the last transition of
    /// a phase, and before that at most ten times a second.
    pub fn on_progress(mut self, report: impl Fn(Progress) + Send + Sync + 'a) -> Self {
        self.progress = Some(Box::new(report));
        self
    }

    /// The reason to stop now, if there is one.
    pub fn interruption(&self) -> Option<Outcome> {
        if self.token.as_ref().is_some_and(CancellationToken::is_cancelled) {
            return Some(Outcome::Cancelled);
        }
        let late = self.deadline.is_some_and(|deadline| Instant::now() >= deadline);
        late.then_some(Outcome::TimeLimit)
    }

    /// The reason to stop before the next transition, if there is one, with the clock read as
    /// seldom as `pace` allows.
    #[inline]
    pub(crate) fn interruption_at(&self, pace: &mut Pace) -> Option<Outcome> {
        if self.token.as_ref().is_some_and(CancellationToken::is_cancelled) {
            return Some(Outcome::Cancelled);
        }
        if self.deadline.is_none() && self.progress.is_none() {
            return None;
        }
        let now = pace.read();
        let late = self.deadline.zip(now).is_some_and(|(deadline, now)| now >= deadline);
        late.then_some(Outcome::TimeLimit)
    }

    /// Whether to report after a transition, which may be the last of its phase.
    #[inline]
    pub(crate) fn reports(&self, pace: &mut Pace, last: bool) -> bool {
        self.progress.is_some() && (last || pace.passes())
    }

    pub(crate) fn report(&self, progress: Progress) {
        if let Some(report) = &self.progress {
            report(progress);
        }
    }
}

impl fmt::Debug for Control<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Control")
            .field("token", &self.token)
            .field("deadline", &self.deadline)
            .field("progress", &self.progress.is_some())
            .finish()
    }
}

/// Shortest time between two reports of one chain.
const REPORT_INTERVAL: Duration = Duration::from_millis(100);

/// Reads the clock for one chain: before every transition, unless they are so fast that this would
/// take a good part of the time. Also lets through the first report, then at most ten a second.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    /// Transitions to pass over between two readings, and before the next.
    skipped: u32,
    left: u32,
    last: Option<Instant>,
    /// The time, if it was read before this transition.
    now: Option<Instant>,
    reported: Option<Instant>,
}

impl Pace {
    /// Most transitions between two readings.
    const MOST_SKIPPED: u32 = 31;
    /// Readings become rarer while they are closer than the first, and more frequent when they are
    /// farther apart than the second.
    const INTERVALS: (Duration, Duration) = (Duration::from_micros(50), Duration::from_micros(500));

    fn read(&mut self) -> Option<Instant> {
        if self.left > 0 {
            self.left -= 1;
            self.now = None;
            return None;
        }
        let now = Instant::now();
        let passed = self.last.map(|last| now.duration_since(last));
        let (close, far) = Self::INTERVALS;
        if passed.is_some_and(|passed| passed < close) {
            self.skipped = (2 * self.skipped + 1).min(Self::MOST_SKIPPED);
        } else if passed.is_some_and(|passed| passed > far) {
            self.skipped /= 2;
        }
        self.left = self.skipped;
        (self.last, self.now) = (Some(now), Some(now));
        self.now
    }

    fn passes(&mut self) -> bool {
        let Some(now) = self.now else {
            return false;
        };
        let passes = self.reported.is_none_or(|last| now.duration_since(last) >= REPORT_INTERVAL);
        if passes {
            self.reported = Some(now);
        }
        passes
    }
}
