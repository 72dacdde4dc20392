//! States of a warmup window, kept whole for the estimator of the low-rank metric.

use nalgebra::DMatrix;

/// Most states kept.
const CAPACITY: usize = 256;
/// Numbers that the positions of a window may come to; in many dimensions fewer states are kept.
const NUMBERS: usize = 1 << 20;
/// States kept in any number of dimensions.
const FEWEST: usize = 64;
/// Most states of a sample.
const SAMPLE: usize = 128;

/// Every 2ʲ-th state of a window: positions and gradients, row by row, at most 256 of either and at
/// most 2²⁰ numbers. When they are full every second one is dropped and j grows by 1, so that they
/// span the window evenly.
#[derive(Debug, Clone)]
pub(crate) struct Rows {
    dimension: usize,
    capacity: usize,
    stride: usize,
    seen: usize,
    positions: Vec<f64>,
    gradients: Vec<f64>,
}

impl Rows {
    pub fn new(dimension: usize) -> Self {
        let capacity = (NUMBERS / dimension.max(1)).clamp(FEWEST, CAPACITY);
        Self { dimension, capacity, stride: 1, seen: 0, positions: Vec::new(), gradients: Vec::new() }
    }

    pub fn clear(&mut self) {
        (self.stride, self.seen) = (1, 0);
        self.positions.clear();
        self.gradients.clear();
    }

    pub fn add(&mut self, position: &[f64], gradient: &[f64]) {
        if self.seen.is_multiple_of(self.stride) {
            if self.count() == self.capacity {
                halve(&mut self.positions, self.dimension);
                halve(&mut self.gradients, self.dimension);
                self.stride *= 2;
            }
            // After an odd number of rows the next one falls between two strides.
            if self.seen.is_multiple_of(self.stride) {
                self.positions.extend_from_slice(position);
                self.gradients.extend_from_slice(gradient);
            }
        }
        self.seen += 1;
    }

    /// Number of states kept.
    pub fn count(&self) -> usize {
        self.positions.len().checked_div(self.dimension).unwrap_or(0)
    }

    /// Positions and gradients of at most 128 states evenly spread over those kept, each state a
    /// column: two matrices of dimension × states.
    pub fn sample(&self) -> (DMatrix<f64>, DMatrix<f64>) {
        let count = self.count();
        let size = count.min(SAMPLE);
        let matrix = |rows: &[f64]| {
            let mut columns = Vec::with_capacity(size * self.dimension);
            for i in 0..size {
                let start = i * count / size * self.dimension;
                columns.extend_from_slice(&rows[start..start + self.dimension]);
            }
            DMatrix::from_vec(self.dimension, size, columns)
        };
        (matrix(&self.positions), matrix(&self.gradients))
    }
}

/// Keeps rows 0, 2, 4, ….
fn halve(rows: &mut Vec<f64>, width: usize) {
    let count = rows.len() / width.max(1);
    for i in 1..count.div_ceil(2) {
        rows.copy_within(2 * i * width..(2 * i + 1) * width, i * width);
    }
    rows.truncate(count.div_ceil(2) * width);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_span_the_window_evenly() {
        let mut rows = Rows::new(2);
        for i in 0..5000 {
            rows.add(&[f64::from(i), 0.5], &[-f64::from(i), 1.0]);
            let count = rows.count();
            assert!(count <= CAPACITY && count >= CAPACITY.min(i as usize + 1) / 2);
            let (positions, gradients) = rows.sample();
            assert_eq!(positions.shape(), (2, count.min(SAMPLE)));
            assert_eq!((positions[(0, 0)], gradients[(1, 0)]), (0.0, 1.0));
            let latest = rows.positions[2 * (count - 1)];
            assert!(f64::from(i) - latest < rows.stride as f64);
            for (row, number) in rows.positions.chunks_exact(2).zip(0..) {
                assert_eq!(row, [(number * rows.stride) as f64, 0.5]);
            }
        }
        rows.clear();
        assert_eq!((rows.count(), rows.sample().0.ncols()), (0, 0));
    }

    #[test]
    fn many_dimensions_keep_fewer_rows() {
        assert_eq!(Rows::new(500).capacity, CAPACITY);
        assert_eq!(Rows::new(10_000).capacity, 104);
        assert_eq!(Rows::new(1_000_000).capacity, FEWEST);
    }
}
