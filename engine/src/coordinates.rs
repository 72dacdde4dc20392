//! Warmup states from which a density may choose its coordinates.

use crate::density::{DensityError, LogDensity, evaluate};
use crate::samples::Totals;

/// Most states of a window.
pub const WARMUP_WINDOW: usize = 128;

/// The latest distinct states of a chain's warmup, oldest first, at most [`WARMUP_WINDOW`] of them:
/// positions with their gradients, both in working coordinates.
#[derive(Debug, Clone, Copy)]
pub struct WarmupWindow<'a> {
    dimension: usize,
    positions: &'a [f64],
    gradients: &'a [f64],
}

impl<'a> WarmupWindow<'a> {
    /// A window of the states whose positions and gradients stand row by row in two slices, for
    /// calling [`LogDensity::adapt_coordinates`] oneself; what is beyond the last row both have
    /// whole is left out. Empty in dimension 0.
    pub fn new(dimension: usize, positions: &'a [f64], gradients: &'a [f64]) -> Self {
        let rows = [positions, gradients].map(|rows| rows.len().checked_div(dimension).unwrap_or(0));
        let length = rows[0].min(rows[1]) * dimension;
        Self { dimension, positions: &positions[..length], gradients: &gradients[..length] }
    }

    /// Number of states.
    pub fn count(&self) -> usize {
        self.positions.len().checked_div(self.dimension).unwrap_or(0)
    }

    /// Number of coordinates of a state.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// Positions, [`count`](Self::count) × [`dimension`](Self::dimension), row by row.
    pub fn positions(&self) -> &'a [f64] {
        self.positions
    }

    /// Gradients of the log density at the positions, in the same shape.
    pub fn gradients(&self) -> &'a [f64] {
        self.gradients
    }

    /// Position and gradient of each state, oldest first.
    pub fn states(&self) -> impl DoubleEndedIterator<Item = (&'a [f64], &'a [f64])> + ExactSizeIterator {
        let width = self.dimension.max(1);
        self.positions.chunks_exact(width).zip(self.gradients.chunks_exact(width))
    }

    /// The latest `count` states, or all if there are fewer.
    pub fn latest(&self, count: usize) -> Self {
        let start = self.count().saturating_sub(count) * self.dimension;
        Self { positions: &self.positions[start..], gradients: &self.gradients[start..], ..*self }
    }
}

/// Owner of a window, kept while coordinates may still change.
///
/// Rows are appended; when twice a window is full the later half moves to the front, so that the
/// window is contiguous and a state costs one copy in the long run.
#[derive(Debug, Clone)]
pub(crate) struct History {
    dimension: usize,
    positions: Vec<f64>,
    gradients: Vec<f64>,
}

impl History {
    pub fn new(dimension: usize) -> Self {
        Self { dimension, positions: Vec::new(), gradients: Vec::new() }
    }

    pub fn push(&mut self, position: &[f64], gradient: &[f64]) {
        for (rows, row) in [(&mut self.positions, position), (&mut self.gradients, gradient)] {
            if rows.len() >= 2 * WARMUP_WINDOW * self.dimension {
                rows.drain(..rows.len() - (WARMUP_WINDOW - 1) * self.dimension);
            }
            rows.extend_from_slice(row);
        }
    }

    pub fn window(&self) -> WarmupWindow<'_> {
        WarmupWindow::new(self.dimension, &self.positions, &self.gradients).latest(WARMUP_WINDOW)
    }

    /// The window's positions in reported coordinates.
    pub fn reported<D: LogDensity>(&self, density: &D, scratch: &mut D::Scratch) -> Vec<f64> {
        let window = self.window();
        let mut reported = vec![0.0; window.positions().len()];
        for (row, (position, _)) in reported.chunks_exact_mut(self.dimension.max(1)).zip(window.states()) {
            density.to_reported(position, scratch, row);
        }
        reported
    }

    /// Replaces the states by those at `reported`, in the working coordinates of now. States
    /// without a finite position, value and gradient are dropped. Returns the log density of the
    /// latest state, if any is left, and counts the work in `totals`.
    pub fn remap<D: LogDensity>(
        &mut self,
        density: &D,
        reported: &[f64],
        scratch: &mut D::Scratch,
        totals: &mut Totals,
    ) -> Result<Option<f64>, DensityError> {
        self.positions.clear();
        self.gradients.clear();
        let mut latest = None;
        let (mut position, mut gradient) = (vec![0.0; self.dimension], vec![0.0; self.dimension]);
        for row in reported.chunks_exact(self.dimension.max(1)) {
            density.to_working(row, scratch, &mut position);
            if !position.iter().all(|x| x.is_finite()) {
                continue;
            }
            totals.leapfrogs += 1;
            match evaluate(density, &position, &mut gradient, scratch) {
                Ok(value) => {
                    latest = Some(value);
                    self.push(&position, &gradient);
                }
                Err(DensityError::Rejected(rejection)) => totals.rejections.record(rejection),
                Err(failed) => return Err(failed),
            }
        }
        Ok(latest)
    }
}

/// Appends a position in reported coordinates; a plain copy for a density that has no others.
#[inline]
pub(crate) fn append_reported<D: LogDensity>(
    density: &D,
    adapts_coordinates: bool,
    position: &[f64],
    scratch: &mut D::Scratch,
    reported: &mut Vec<f64>,
) {
    if !adapts_coordinates {
        return reported.extend_from_slice(position);
    }
    let start = reported.len();
    reported.resize(start + position.len(), 0.0);
    density.to_reported(position, scratch, &mut reported[start..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_keeps_the_latest_states_in_order() {
        let mut history = History::new(2);
        assert_eq!(history.window().count(), 0);
        for i in 0..1000 {
            let x = f64::from(i);
            history.push(&[x, x + 0.5], &[-x, 0.0]);
            let window = history.window();
            assert_eq!(window.count(), (i as usize + 1).min(WARMUP_WINDOW));
            let first = x + 1.0 - window.count() as f64;
            for ((position, gradient), expected) in window.states().zip(0..) {
                let expected = first + f64::from(expected);
                assert_eq!((position, gradient), (&[expected, expected + 0.5][..], &[-expected, 0.0][..]));
            }
            assert_eq!(window.latest(3).positions().last(), Some(&(x + 0.5)));
        }
        assert!(history.positions.len() <= 4 * WARMUP_WINDOW);
    }

    #[test]
    fn windows_of_slices_take_whole_rows() {
        let numbers = [1.0, 2.0, 3.0, 4.0, 5.0];
        let window = WarmupWindow::new(2, &numbers, &numbers[..4]);
        assert_eq!((window.count(), window.positions()), (2, &numbers[..4]));
        assert_eq!(window.latest(1).gradients(), [3.0, 4.0]);
        assert_eq!(window.latest(9).count(), 2);
        assert_eq!(WarmupWindow::new(0, &[], &[]).count(), 0);
    }
}
