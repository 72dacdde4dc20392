//! The little linear algebra that is needed: the Cholesky factor of a symmetric matrix.

/// The lower factor `L` of a symmetric positive definite matrix `L Lᵀ`, row after row.
#[derive(Debug, Clone)]
pub(crate) struct Cholesky {
    factor: Vec<f64>,
    size: usize,
}

impl Cholesky {
    /// Factors a matrix of `size` rows; reads its lower half only. `None` unless it is positive
    /// definite.
    pub fn new(mut matrix: Vec<f64>, size: usize) -> Option<Self> {
        if matrix.len() != size * size {
            return None;
        }
        for j in 0..size {
            for i in j..size {
                let (row, other) = (&matrix[i * size..i * size + j], &matrix[j * size..j * size + j]);
                let rest = matrix[i * size + j] - row.iter().zip(other).map(|(a, b)| a * b).sum::<f64>();
                if i == j {
                    if !(rest > 0.0 && rest.is_finite()) {
                        return None;
                    }
                    matrix[j * size + j] = rest.sqrt();
                } else {
                    matrix[i * size + j] = rest / matrix[j * size + j];
                }
            }
        }
        Some(Self { factor: matrix, size })
    }

    fn row(&self, i: usize) -> &[f64] {
        &self.factor[i * self.size..i * self.size + i + 1]
    }

    /// Replaces `b` by `L⁻¹ b`.
    pub fn solve_lower(&self, b: &mut [f64]) {
        for i in 0..self.size.min(b.len()) {
            let row = self.row(i);
            let sum: f64 = row[..i].iter().zip(&b[..]).map(|(l, x)| l * x).sum();
            b[i] = (b[i] - sum) / row[i];
        }
    }

    /// Replaces `b` by the solution of `L Lᵀ x = b`.
    pub fn solve(&self, b: &mut [f64]) {
        self.solve_lower(b);
        for i in (0..self.size.min(b.len())).rev() {
            b[i] /= self.factor[i * self.size + i];
            let solved = b[i];
            let row = self.row(i);
            b[..i].iter_mut().zip(row).for_each(|(x, l)| *x -= l * solved);
        }
    }

    /// `L z`.
    pub fn multiply(&self, z: &[f64]) -> Vec<f64> {
        (0..self.size).map(|i| self.row(i).iter().zip(z).map(|(l, x)| l * x).sum()).collect()
    }

    /// Half the logarithm of the determinant of `L Lᵀ`.
    pub fn half_log_determinant(&self) -> f64 {
        (0..self.size).map(|i| self.factor[i * self.size + i].ln()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_solve_and_multiply() {
        let matrix = vec![4.0, 2.0, 0.4, 2.0, 5.0, 1.0, 0.4, 1.0, 3.0];
        let factor = Cholesky::new(matrix.clone(), 3).unwrap();
        let mut x = vec![1.0, -2.0, 0.5];
        factor.solve(&mut x);
        let back: Vec<f64> = matrix.chunks(3).map(|row| row.iter().zip(&x).map(|(a, b)| a * b).sum()).collect();
        for (found, wanted) in back.iter().zip([1.0, -2.0, 0.5]) {
            assert!((found - wanted).abs() < 1e-14);
        }
        let mut z = factor.multiply(&[0.3, 0.7, -1.0]);
        factor.solve_lower(&mut z);
        assert!(z.iter().zip([0.3, 0.7, -1.0]).all(|(a, b)| (a - b).abs() < 1e-14));
        let determinant: f64 = 4.0 * (15.0 - 1.0) - 2.0 * (6.0 - 0.4) + 0.4 * (2.0 - 2.0);
        assert!((2.0 * factor.half_log_determinant() - determinant.ln()).abs() < 1e-14);
    }

    #[test]
    fn what_is_not_positive_definite_is_refused() {
        assert!(Cholesky::new(vec![1.0, 2.0, 2.0, 1.0], 2).is_none());
        assert!(Cholesky::new(vec![0.0], 1).is_none());
        assert!(Cholesky::new(vec![f64::NAN], 1).is_none());
        assert!(Cholesky::new(vec![1.0; 3], 2).is_none());
    }
}
