//! Estimator of the low-rank metric from the states of a window.
//!
//! For scaled draws x and gradients g of a posterior that a metric has made a standard normal,
//! x + g = 0 up to a constant: E‖x + g‖², with both centred, is the Fisher divergence that the
//! metric leaves (Seyboldt, Carlson and Carpenter, 2026, arXiv:2603.18845). So the principal
//! components of x + g are the directions that leave most of it: one of variance λ contributes
//! λ + 1/λ - 2, the same for λ as for 1/λ. For a normal posterior x + g = (I - P) x lies in the
//! span of the eigenvectors of the precision P whose eigenvalue is not 1, whatever the noise of x.
//! So far fewer draws than dimensions tell them, and where the diagonal is enough, there are none.
//!
//! In the span U of the leading ones the best variances are those of the dense estimate,
//! S = (UᵀAU) # (UᵀBU)⁻¹, for A and B the covariances of x and g. The scales D are then renewed from
//! the parts of x and g outside the span: variances of coordinates that a shared shift has blown up
//! are no scales for what is left without it. The two steps alternate.

use super::LowRank;
use super::estimate::{VARIANCE_RANGE, geometric_mean_with_inverse};
use nalgebra::{DMatrix, SymmetricEigen};

/// Most directions kept.
pub const MOST_DIRECTIONS: usize = 32;
/// Fewest draws for each direction.
const DRAWS_PER_DIRECTION: usize = 3;
/// Most alternations of directions and scales.
const ROUNDS: usize = 10;
/// Fisher divergence, in nats, by which another round must improve: that of one direction whose
/// variance is off by a factor of 2.
const IMPROVEMENT: f64 = 0.5;
/// Draws' worth of a standard normal with which covariances within the span are regularised.
const PSEUDO_DRAWS: f64 = 0.01;
/// Fisher divergence, in nats, that a direction must pay for: rounds are compared by what they leave
/// plus this for each direction, since a few say as much as many once the scales are right.
const PENALTY: f64 = 1.0;

/// c = 2 (1 + 0.3 √(d/n)): directions of variance in [1/c, c] are left to the diagonal.
///
/// The second term is for n draws in more dimensions d, where the best directions in hindsight of a
/// posterior with a broad spectrum look better than they are.
pub fn cutoff(dimension: usize, count: usize) -> f64 {
    2.0 * (1.0 + 0.3 * (dimension as f64 / count.max(1) as f64).sqrt())
}

/// The low-rank metric from draws and gradients (d × n each, a state in a column) and from first
/// scales D; `None` where no direction of a variance beyond [`cutoff`] is found.
///
/// Costs O(d n²) and an eigendecomposition of n × n for each of at most 10 rounds.
pub fn fisher_low_rank(scales: &[f64], draws: &DMatrix<f64>, gradients: &DMatrix<f64>) -> Option<LowRank> {
    let count = draws.ncols();
    if count < 2 || draws.shape() != gradients.shape() || draws.nrows() != scales.len() {
        return None;
    }
    let (draws, gradients) = (centred(draws), centred(gradients));
    let mut scales = scales.to_vec();
    let mut best: Option<(f64, LowRank)> = None;
    for _ in 0..ROUNDS {
        let deviations: Vec<f64> = scales.iter().map(|v| v.sqrt()).collect();
        let x = scaled(&draws, |i| deviations[i].recip());
        let g = scaled(&gradients, |i| deviations[i]);
        let Some(round) = Round::new(x, g) else {
            break;
        };
        let least = best.as_ref().map_or(f64::INFINITY, |(divergence, _)| *divergence);
        let divergence = round.divergence() + PENALTY * round.eigenvalues.len() as f64;
        if divergence < least {
            let metric = LowRank::new(scales.clone(), &round.directions, round.eigenvalues.clone());
            best = metric.map(|metric| (divergence, metric)).or(best);
        }
        if divergence.is_nan() || divergence >= least - IMPROVEMENT {
            break;
        }
        for (scale, factor) in scales.iter_mut().zip(round.residual_scales()) {
            *scale = (*scale * factor).clamp(VARIANCE_RANGE.0, VARIANCE_RANGE.1);
        }
    }
    best.map(|(_, metric)| metric)
}

/// Directions for draws and gradients scaled by D.
struct Round {
    x: DMatrix<f64>,
    g: DMatrix<f64>,
    /// U, d × k.
    directions: DMatrix<f64>,
    /// Λ.
    eigenvalues: Vec<f64>,
    /// Uᵀx and Uᵀg, k × n.
    parts: (DMatrix<f64>, DMatrix<f64>),
}

impl Round {
    /// `None` where no direction is worth keeping.
    fn new(x: DMatrix<f64>, g: DMatrix<f64>) -> Option<Self> {
        let (dimension, count) = x.shape();
        let cutoff = cutoff(dimension, count);
        let most = MOST_DIRECTIONS.min(count / DRAWS_PER_DIRECTION);
        // Half of what a direction at the cutoff contributes, since the draws may have told it short.
        let least = 0.5 * (cutoff + cutoff.recip() - 2.0);
        let span = principal_components(&(&x + &g), most, least)?;
        let (along_x, along_g) = (span.tr_mul(&x), span.tr_mul(&g));
        let gamma = PSEUDO_DRAWS / count as f64;
        let covariance = |along: &DMatrix<f64>| {
            let mut covariance = along * along.transpose();
            (0..covariance.nrows()).for_each(|i| covariance[(i, i)] += gamma);
            covariance
        };
        let mean = geometric_mean_with_inverse(&covariance(&along_x), &covariance(&along_g))?;
        let eigen = SymmetricEigen::try_new(mean, f64::EPSILON, 10_000)?;
        let lambdas = &eigen.eigenvalues;
        let kept: Vec<usize> = (0..lambdas.len()).filter(|i| lambdas[*i].max(lambdas[*i].recip()) > cutoff).collect();
        if kept.is_empty() {
            return None;
        }
        let vectors = eigen.eigenvectors.select_columns(&kept);
        let directions = &span * &vectors;
        let eigenvalues = kept.iter().map(|i| lambdas[*i]).collect();
        let parts = (vectors.tr_mul(&along_x), vectors.tr_mul(&along_g));
        Some(Self { x, g, directions, eigenvalues, parts })
    }

    /// tr(M⁻¹B) + tr(MA), in coordinates scaled by D: the Fisher divergence up to a constant.
    fn divergence(&self) -> f64 {
        let mut divergence = self.x.norm_squared() + self.g.norm_squared();
        for (i, lambda) in self.eigenvalues.iter().enumerate() {
            divergence += (lambda.recip() - 1.0) * self.parts.0.row(i).norm_squared();
            divergence += (lambda - 1.0) * self.parts.1.row(i).norm_squared();
        }
        divergence
    }

    /// √((Var x⊥ᵢ + γ) / (Var g⊥ᵢ + γ)) for the parts x⊥ and g⊥ outside the span, by which each
    /// scale is multiplied; γ keeps it at 1 for a coordinate that lies in the span.
    fn residual_scales(&self) -> Vec<f64> {
        let gamma = PSEUDO_DRAWS / self.x.ncols() as f64;
        let squares = |all: &DMatrix<f64>, part: &DMatrix<f64>| {
            let rest = all - &self.directions * part;
            let mut squares = vec![gamma; rest.nrows()];
            for column in rest.column_iter() {
                for (sum, r) in squares.iter_mut().zip(column.iter()) {
                    *sum += r * r;
                }
            }
            squares
        };
        let (x, g) = (squares(&self.x, &self.parts.0), squares(&self.g, &self.parts.1));
        let factor = |(x, g): (f64, f64)| {
            let factor = (x / g).sqrt();
            if factor.is_finite() && factor > 0.0 { factor } else { 1.0 }
        };
        x.into_iter().zip(g).map(factor).collect()
    }
}

/// Orthonormal leading left singular vectors of a d × n matrix, of at least `least` squared singular
/// value, at most `most` of them, by the eigenvectors of its n × n Gram matrix.
fn principal_components(matrix: &DMatrix<f64>, most: usize, least: f64) -> Option<DMatrix<f64>> {
    // Their sum bounds the largest.
    if matrix.norm_squared() < least {
        return None;
    }
    let gram = matrix.transpose() * matrix;
    if !gram.iter().all(|x| x.is_finite()) {
        return None;
    }
    let eigen = SymmetricEigen::try_new(gram, f64::EPSILON, 10_000)?;
    let mut order: Vec<usize> = (0..eigen.eigenvalues.len()).filter(|i| eigen.eigenvalues[*i] >= least).collect();
    order.sort_by(|i, j| eigen.eigenvalues[*j].total_cmp(&eigen.eigenvalues[*i]));
    order.truncate(most);
    let components = matrix * eigen.eigenvectors.select_columns(&order);
    let components = orthonormal(components);
    (components.ncols() > 0).then_some(components)
}

/// Columns made orthonormal by Gram and Schmidt's method, twice; those that were nearly in the
/// span of earlier ones, which rounding makes of a wide range of singular values, are left out.
fn orthonormal(mut columns: DMatrix<f64>) -> DMatrix<f64> {
    let mut kept = 0;
    for j in 0..columns.ncols() {
        let mut column = columns.column(j).into_owned();
        let norm = column.norm();
        for _ in 0..2 {
            for i in 0..kept {
                let earlier = columns.column(i);
                let along = earlier.dot(&column);
                column.axpy(-along, &earlier, 1.0);
            }
        }
        let rest = column.norm();
        if rest > 0.5 * norm {
            column /= rest;
            columns.set_column(kept, &column);
            kept += 1;
        }
    }
    columns.columns(0, kept).into_owned()
}

/// Columns minus their mean, over √(n - 1), so that products are covariances.
fn centred(columns: &DMatrix<f64>) -> DMatrix<f64> {
    let mean = columns.column_mean();
    let factor = ((columns.ncols() - 1) as f64).sqrt().recip();
    let mut centred = columns.clone();
    for mut column in centred.column_iter_mut() {
        column -= &mean;
        column *= factor;
    }
    centred
}

/// Rows multiplied by factors.
fn scaled(columns: &DMatrix<f64>, factor: impl Fn(usize) -> f64) -> DMatrix<f64> {
    let mut scaled = columns.clone();
    for mut column in scaled.column_iter_mut() {
        for (i, x) in column.iter_mut().enumerate() {
            *x *= factor(i);
        }
    }
    scaled
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::{Dense, Metric};
    use crate::stream::{Purpose, Stream};
    use nalgebra::{Cholesky, DVector};
    use rand_distr::{Distribution, StandardNormal};

    fn noise(rows: usize, columns: usize, seed: u64) -> DMatrix<f64> {
        let mut stream = Stream::new(seed, 0, 0, Purpose::Other, 0);
        DMatrix::from_fn(rows, columns, |_, _| StandardNormal.sample(&mut stream))
    }

    /// Σ = I + U (Λ - I) Uᵀ for random U.
    fn planted(dimension: usize, lambdas: &[f64]) -> DMatrix<f64> {
        let u = noise(dimension, lambdas.len(), 1).qr().q();
        let excess = DMatrix::from_fn(lambdas.len(), lambdas.len(), |i, j| if i == j { lambdas[i] - 1.0 } else { 0.0 });
        DMatrix::identity(dimension, dimension) + &u * excess * u.transpose()
    }

    /// M⁻¹ as a matrix.
    fn dense(metric: LowRank) -> DMatrix<f64> {
        let metric = Metric::LowRank(metric);
        let mut matrix = DMatrix::identity(metric.dimension(), metric.dimension());
        for mut column in matrix.column_iter_mut() {
            let unit: Vec<f64> = column.iter().copied().collect();
            metric.velocity(&unit, column.as_mut_slice());
        }
        matrix
    }

    #[test]
    fn planted_directions_are_found_from_fewer_draws_than_dimensions() {
        let lambdas = [100.0, 30.0, 0.05];
        let sigma = planted(120, &lambdas);
        let precision = planted(120, &lambdas.map(f64::recip));
        // Draws from another distribution than the posterior do as well.
        for draws in [noise(120, 30, 2), &sigma * noise(120, 60, 3)] {
            let metric = fisher_low_rank(&[1.0; 120], &draws, &(-&precision * &draws)).unwrap();
            assert_eq!(metric.eigenvalues().len(), 3);
            let divergence = Dense::new(dense(metric)).unwrap().divergence_from(&Dense::new(sigma.clone()).unwrap());
            assert!(divergence < 2.0, "{divergence}");
        }
    }

    #[test]
    fn scales_are_those_of_what_the_directions_leave() {
        // A shift shared by 100 coordinates, of scales of their own: Σ = D + 11ᵀ.
        let scales: Vec<f64> = (0..100).map(|i| 10_f64.powf(-f64::from(i % 5))).collect();
        let sigma = DMatrix::from_diagonal(&DVector::from_vec(scales)) + DMatrix::from_element(100, 100, 1.0);
        let precision = sigma.clone().try_inverse().unwrap();
        let draws = Cholesky::new(sigma.clone()).unwrap().l() * noise(100, 60, 4);
        let gradients = -&precision * &draws;
        let first: Vec<f64> = (0..100).map(|i| (sigma[(i, i)] / precision[(i, i)]).sqrt()).collect();
        let metric = fisher_low_rank(&first, &draws, &gradients).unwrap();
        assert!(metric.eigenvalues().len() <= 3, "{:?}", metric.eigenvalues());
        // Condition number of the scaled precision, of which a trajectory's length is the root.
        let factor = Cholesky::new(dense(metric)).unwrap().l();
        let eigenvalues = SymmetricEigen::new(factor.transpose() * precision * factor).eigenvalues;
        assert!(eigenvalues.max() / eigenvalues.min() < 25.0, "{} {}", eigenvalues.min(), eigenvalues.max());
    }

    #[test]
    fn noise_makes_no_direction() {
        let draws = noise(500, 80, 5);
        assert_eq!(fisher_low_rank(&[1.0; 500], &draws, &-&draws), None);
        // Gradients with an error of a third of their size.
        let errors = noise(500, 80, 6) * 0.3;
        assert_eq!(fisher_low_rank(&[1.0; 500], &draws, &(errors - &draws)), None);
        // A spectrum from a half to 2, whose eigenvectors are no axes.
        let lambdas: Vec<f64> = (0..120).map(|i| 0.5 * 4_f64.powf(f64::from(i) / 119.0)).collect();
        let inverses: Vec<f64> = lambdas.iter().map(|x| x.recip()).collect();
        let factor = Cholesky::new(planted(120, &lambdas)).unwrap().l();
        let draws = factor * noise(120, 50, 7);
        assert_eq!(fisher_low_rank(&[1.0; 120], &draws, &(-planted(120, &inverses) * &draws)), None);
    }

    #[test]
    fn degenerate_states_make_no_metric() {
        let draws = noise(6, 12, 8);
        assert_eq!(fisher_low_rank(&[1.0; 6], &draws, &(&draws * f64::INFINITY)), None);
        assert_eq!(fisher_low_rank(&[1.0; 6], &DMatrix::zeros(6, 12), &DMatrix::zeros(6, 12)), None);
        assert_eq!(fisher_low_rank(&[1.0; 6], &DMatrix::zeros(6, 1), &DMatrix::zeros(6, 1)), None);
        assert_eq!(fisher_low_rank(&[1.0; 5], &draws, &draws), None);
        // Equal states many times over, and gradients that are huge.
        let few = draws.columns(0, 2).into_owned();
        let repeated = DMatrix::from_fn(6, 12, |i, j| few[(i, j % 2)]);
        let metric = fisher_low_rank(&[1.0; 6], &repeated, &(&repeated * -1e8));
        assert!(metric.is_none_or(|metric| metric.variances().iter().all(|v| *v > 0.0)));
    }
}
