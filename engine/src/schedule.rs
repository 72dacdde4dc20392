//! When adaptation happens, as a value that can be read and printed.
//!
//! Two estimators overlap: the foreground one makes the metric, the background one starts afresh
//! at each switch and then takes the foreground's place (as in nuts-rs). So the metric always rests
//! on at least a whole window, and forgets the approach to the typical set. Early windows are
//! short, since the first draws are the worst; the later ones grow. The last stretch adapts the
//! step size alone, against a metric that no longer moves.

use std::fmt;

/// Plan of a warmup. Transitions are counted from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Number of warmup transitions.
    pub warmup: usize,
    /// The metric adapts in transitions before this one, the step size in all.
    pub metric_until: usize,
    /// After how many transitions the background estimator takes the foreground's place, in
    /// ascending order.
    pub switches: Vec<usize>,
    /// The metric is estimated after every so many transitions, and at each switch.
    pub update_interval: usize,
}

/// Length of the windows of the early stretch.
const EARLY_WINDOW: usize = 10;
/// Length of the first window after the early stretch.
const FIRST_WINDOW: usize = 80;
/// Fewest transitions in which adapting a metric makes sense.
const SHORTEST: usize = 20;

impl Schedule {
    /// The standard plan: 30 % early windows of 10, then windows of 80, 120, 180, … as long as
    /// another whole one fits, and the last 15 % for the step size alone. Below 20 transitions only
    /// the step size adapts.
    pub fn new(warmup: usize) -> Self {
        let mut schedule = Self { warmup, metric_until: 0, switches: Vec::new(), update_interval: EARLY_WINDOW };
        if warmup < SHORTEST {
            return schedule;
        }
        let early = warmup * 3 / 10;
        schedule.metric_until = warmup - (warmup * 15).div_ceil(100);
        schedule.switches.extend((1..=early / EARLY_WINDOW).map(|i| i * EARLY_WINDOW));
        let mut start = early / EARLY_WINDOW * EARLY_WINDOW;
        let mut window = FIRST_WINDOW;
        // The window after this one must fit as well; otherwise this one lasts to the end.
        while start + window + window * 3 / 2 <= schedule.metric_until {
            start += window;
            schedule.switches.push(start);
            window = window * 3 / 2;
        }
        schedule
    }

    /// Whether a transition's draw enters the estimators.
    pub fn collects(&self, transition: usize) -> bool {
        transition < self.metric_until
    }

    /// Whether the estimators switch after a transition.
    pub fn switches_after(&self, transition: usize) -> bool {
        self.switches.binary_search(&(transition + 1)).is_ok()
    }

    /// Whether the metric is estimated after a transition.
    pub fn updates_after(&self, transition: usize) -> bool {
        let done = transition + 1;
        let regular = done.is_multiple_of(self.update_interval.max(1));
        done <= self.metric_until && (regular || done == self.metric_until || self.switches_after(transition))
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { warmup, metric_until, switches, update_interval } = self;
        write!(f, "{warmup} transitions: step size throughout")?;
        if *metric_until == 0 {
            return Ok(());
        }
        write!(f, ", metric until {metric_until} every {update_interval}, windows switch after")?;
        for (i, switch) in switches.iter().enumerate() {
            write!(f, "{} {switch}", if i == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_plan_prints() {
        assert_eq!(Schedule::new(5).to_string(), "5 transitions: step size throughout");
        assert_eq!(
            Schedule::new(100).to_string(),
            "100 transitions: step size throughout, metric until 85 every 10, windows switch after 10, 20, 30"
        );
    }

    #[test]
    fn plans_of_every_length_are_consistent() {
        for warmup in 0..3000 {
            let schedule = Schedule::new(warmup);
            assert!(schedule.metric_until <= warmup);
            assert!(schedule.switches.is_sorted_by(|a, b| a < b));
            let last = schedule.switches.last().copied().unwrap_or(0);
            assert!(last <= schedule.metric_until);
            assert_eq!((0..warmup).filter(|i| schedule.collects(*i)).count(), schedule.metric_until);
            if warmup >= SHORTEST {
                assert!(schedule.updates_after(schedule.metric_until - 1));
            }
            for transition in schedule.metric_until..warmup {
                assert!(!schedule.updates_after(transition));
            }
        }
    }
}
