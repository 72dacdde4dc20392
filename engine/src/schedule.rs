//! When adaptation happens, as a value that can be read and printed.
//!
//! Two estimators overlap: the foreground one makes the metric, the background one starts afresh
//! at each switch and then takes the foreground's place (as in nuts-rs). So the metric always rests
//! on at least a whole window, and forgets the approach to the typical set. Early windows are
//! short, since the first draws are the worst; the later ones grow. The last stretch adapts the
//! step size alone, against a metric that no longer moves.
//!
//! A density that chooses its own coordinates does so a few times in the early stretch, since each
//! change makes the metric and the step size start afresh.

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
    /// After how many transitions the density may change its coordinates, in ascending order; none
    /// for a density that does not.
    pub coordinates: Vec<usize>,
}

/// Length of the windows of the early stretch.
const EARLY_WINDOW: usize = 10;
/// Length of the first window after the early stretch.
const FIRST_WINDOW: usize = 80;
/// Fewest transitions in which adapting a metric makes sense.
const SHORTEST: usize = 20;
/// When coordinates change, in hundredths of the warmup.
const COORDINATES: [usize; 5] = [3, 6, 12, 20, 30];
/// Fewest transitions before the first change of coordinates, in a warmup of 100 or more.
const BEFORE_COORDINATES: usize = 20;

impl Schedule {
    /// The standard plan: 30 % early windows of 10, then windows of 80, 120, 180, … as long as
    /// another whole one fits, and the last 15 % for the step size alone. Below 20 transitions only
    /// the step size adapts.
    pub fn new(warmup: usize) -> Self {
        let (switches, coordinates) = (Vec::new(), Vec::new());
        let mut schedule = Self { warmup, metric_until: 0, switches, update_interval: EARLY_WINDOW, coordinates };
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

    /// The same plan for a density that adapts its coordinates: after 3, 6, 12, 20 and 30 % of the
    /// warmup, but not before 20 transitions; in a warmup of 50 to 99 transitions after a quarter and
    /// half of it, in one of 20 to 49 after half, and in shorter ones never.
    pub fn with_coordinates(mut self) -> Self {
        self.coordinates = match self.warmup {
            0..SHORTEST => Vec::new(),
            SHORTEST..50 => vec![self.warmup / 2],
            50..100 => vec![self.warmup / 4, self.warmup / 2],
            _ => {
                let times = COORDINATES.iter().map(|percent| self.warmup * percent / 100);
                times.filter(|time| *time >= BEFORE_COORDINATES).collect()
            }
        };
        self
    }

    /// Whether the density may change its coordinates after a transition.
    pub fn adapts_coordinates_after(&self, transition: usize) -> bool {
        self.coordinates.binary_search(&(transition + 1)).is_ok()
    }

    /// Whether the density may yet change its coordinates in transitions from this one on.
    pub fn adapts_coordinates_from(&self, transition: usize) -> bool {
        self.coordinates.last().is_some_and(|last| transition < *last)
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
        let Self { warmup, metric_until, switches, update_interval, coordinates } = self;
        write!(f, "{warmup} transitions: step size throughout")?;
        if *metric_until == 0 {
            return Ok(());
        }
        write!(f, ", metric until {metric_until} every {update_interval}, windows switch after")?;
        list(f, switches)?;
        if !coordinates.is_empty() {
            write!(f, "; coordinates after")?;
            list(f, coordinates)?;
        }
        Ok(())
    }
}

fn list(f: &mut fmt::Formatter<'_>, numbers: &[usize]) -> fmt::Result {
    for (i, number) in numbers.iter().enumerate() {
        write!(f, "{} {number}", if i == 0 { "" } else { "," })?;
    }
    Ok(())
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
        assert_eq!(
            Schedule::new(100).with_coordinates().to_string(),
            "100 transitions: step size throughout, metric until 85 every 10, windows switch after 10, 20, 30; \
             coordinates after 20, 30"
        );
        assert_eq!(Schedule::new(1000).with_coordinates().coordinates, [30, 60, 120, 200, 300]);
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
            assert!(schedule.coordinates.is_empty());
            let coordinates = schedule.with_coordinates().coordinates;
            assert!(coordinates.is_sorted_by(|a, b| a < b));
            assert!(coordinates.last().is_none_or(|last| *last <= warmup / 2));
            let fewest = if warmup < SHORTEST { 0 } else { 1 + usize::from(warmup >= 50) };
            assert!(coordinates.len() >= fewest);
        }
    }
}
