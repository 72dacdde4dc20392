//! Running moments of draws, the buffers that metric estimators read.

use nalgebra::DMatrix;

/// Count, mean and sum of squared deviations of vectors (Welford, 1962), with or without the
/// products of different coordinates.
#[derive(Debug, Clone, PartialEq)]
pub struct Moments {
    count: usize,
    mean: Vec<f64>,
    squares: Squares,
    /// Deviations from the old mean and from the new.
    deviations: (Vec<f64>, Vec<f64>),
}

#[derive(Debug, Clone, PartialEq)]
enum Squares {
    Diagonal(Vec<f64>),
    Dense(DMatrix<f64>),
}

impl Moments {
    /// Moments for variances only.
    pub fn diagonal(dimension: usize) -> Self {
        Self::new(dimension, Squares::Diagonal(vec![0.0; dimension]))
    }

    /// Moments for a covariance matrix.
    pub fn dense(dimension: usize) -> Self {
        Self::new(dimension, Squares::Dense(DMatrix::zeros(dimension, dimension)))
    }

    fn new(dimension: usize, squares: Squares) -> Self {
        let zeros = vec![0.0; dimension];
        Self { count: 0, mean: zeros.clone(), squares, deviations: (zeros.clone(), zeros) }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.count = 0;
        self.mean.fill(0.0);
        match &mut self.squares {
            Squares::Diagonal(squares) => squares.fill(0.0),
            Squares::Dense(squares) => squares.fill(0.0),
        }
    }

    /// Adds one vector.
    pub fn add(&mut self, vector: &[f64]) {
        self.count += 1;
        let n = self.count as f64;
        let (old, new) = &mut self.deviations;
        for (((mean, x), old), new) in self.mean.iter_mut().zip(vector).zip(&mut *old).zip(&mut *new) {
            *old = x - *mean;
            *mean += *old / n;
            *new = x - *mean;
        }
        match &mut self.squares {
            Squares::Diagonal(squares) => {
                for ((square, old), new) in squares.iter_mut().zip(old).zip(new) {
                    *square += *old * *new;
                }
            }
            Squares::Dense(squares) => {
                // new = old (n - 1)/n, so the update is symmetric to the last bit.
                let weight = (n - 1.0) / n;
                let columns = squares.as_mut_slice().chunks_exact_mut(old.len().max(1));
                for (column, right) in columns.zip(&*old) {
                    for (square, left) in column.iter_mut().zip(&*old) {
                        *square += weight * (left * right);
                    }
                }
            }
        }
    }

    /// Whether products of different coordinates are kept.
    pub fn is_dense(&self) -> bool {
        matches!(self.squares, Squares::Dense(_))
    }

    /// Number of vectors added.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Their mean.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// Their variances, with denominator n - 1.
    pub fn variances(&self) -> Vec<f64> {
        let denominator = self.denominator();
        match &self.squares {
            Squares::Diagonal(squares) => squares.iter().map(|s| s / denominator).collect(),
            Squares::Dense(squares) => squares.diagonal().iter().map(|s| s / denominator).collect(),
        }
    }

    /// Their covariance matrix, with denominator n - 1; `None` for moments without products.
    pub fn covariance(&self) -> Option<DMatrix<f64>> {
        match &self.squares {
            Squares::Diagonal(_) => None,
            Squares::Dense(squares) => Some(squares / self.denominator()),
        }
    }

    fn denominator(&self) -> f64 {
        self.count.saturating_sub(1).max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    #[test]
    fn moments_are_those_of_the_textbook() {
        let vectors = [[1.0, 10.0], [2.0, 30.0], [6.0, 20.0]];
        let (mut diagonal, mut dense) = (Moments::diagonal(2), Moments::dense(2));
        dense.add(&[7.0, 7.0]);
        dense.clear();
        for vector in &vectors {
            diagonal.add(vector);
            dense.add(vector);
        }
        assert_eq!(dense.mean(), [3.0, 20.0]);
        assert_relative_eq!(diagonal.variances()[..], [7.0, 100.0][..], max_relative = 1e-14);
        assert_relative_eq!(dense.variances()[..], [7.0, 100.0][..], max_relative = 1e-14);
        assert_relative_eq!(dense.covariance().unwrap()[(0, 1)], 5.0, max_relative = 1e-14);
        assert_eq!(diagonal.covariance(), None);
    }
}
