//! A mixture of multivariate Student t distributions, fitted to draws.

use crate::stream::Stream;
use nalgebra::DMatrix;
use rand::RngExt;
use rand_distr::{ChiSquared, Distribution, StandardNormal};

/// Most coordinates of a position.
pub(crate) const MOST_DIMENSIONS: usize = 8;
/// Most components of a mixture.
const COMPONENTS: usize = 2;
/// Degrees of freedom ν: tails heavier than those of a posterior, which fall off exponentially or faster, so that the
/// importance ratio stays bounded, and by so much that where few draws have been the ratio is not large either.
const DEGREES: f64 = 5.0;
/// By how much scale matrices are wider than the fit: where the density is larger than the proposal's a chain stays too long,
/// seldom, so that its effective sample size seems larger than it is. Without this Monte Carlo errors were 5 to 12% too
/// small, with it they are right.
const WIDENING: f64 = 1.25;
/// Steps of the EM algorithm; the likelihood gains little after a few.
const STEPS: usize = 6;
/// Fewest draws for each free number of a mean and a column of a scale matrix; four times as many for two components.
const FEWEST_DRAWS: usize = 10;
/// Most draws that a fit looks at: evenly spaced ones of more.
const MOST_DRAWS: usize = 400;

/// Σ wₖ t(ν, mₖ, LₖLₖᵀ), its density known up to a constant factor.
#[derive(Debug, Clone)]
pub(crate) struct Mixture {
    components: Vec<Component>,
    /// The largest log w - log det L.
    log_height: f64,
}

/// How near a position is to the components.
struct Near {
    /// 1 + m²/ν for each of them.
    stretches: [f64; COMPONENTS],
    /// The smallest of these.
    least: f64,
    densities: [f64; COMPONENTS],
}

#[derive(Debug, Clone)]
struct Component {
    weight: f64,
    mean: Vec<f64>,
    /// The rows of the lower triangle L of the Cholesky factor of the scale matrix.
    factor: Vec<Vec<f64>>,
    inverse_pivots: Vec<f64>,
    /// log w - log det L.
    log_height: f64,
    /// w/det L over the largest of the mixture.
    height: f64,
}

impl Mixture {
    /// Of components, whose heights it compares.
    fn of(mut components: Vec<Component>) -> Self {
        let log_height = components.iter().map(|c| c.log_height).fold(f64::NEG_INFINITY, f64::max);
        components.iter_mut().for_each(|c| c.height = (c.log_height - log_height).exp());
        Self { components, log_height }
    }

    /// Fits a mixture to draws, of `dimension` coordinates each, by the EM algorithm for known degrees of freedom (Peel and
    /// McLachlan 2000, *Robust mixture modelling using the t distribution*, Statistics and Computing 10, section 4).
    ///
    /// The first components are the halves of the draws along the most skewed of the whitened directions; of few draws
    /// there is one component. Scale matrices are drawn towards that of all draws by as much as d + 1 draws would, so that
    /// none degenerates. `None` where the draws are too few or lie in a subspace.
    pub fn fit(draws: &[f64], dimension: usize) -> Option<Self> {
        let rows: Vec<&[f64]> = draws.chunks_exact(dimension).collect();
        let step = rows.len().div_ceil(MOST_DRAWS).max(1);
        let rows: Vec<&[f64]> = rows.into_iter().rev().step_by(step).collect();
        if rows.len() < FEWEST_DRAWS * (dimension + 1) {
            return None;
        }
        let count = if rows.len() < 4 * FEWEST_DRAWS * (dimension + 1) { 1 } else { COMPONENTS };
        let ones = vec![1.0; rows.len()];
        let none = DMatrix::zeros(dimension, dimension);
        let (mean, scatter) = moments(&rows, &ones, &ones, &none, 0.0);
        let whole = Component::new(1.0, mean, scatter.clone())?;
        let parts = whole.parts(&rows, count);
        let mut shares: Vec<Vec<f64>> =
            (0..count).map(|k| parts.iter().map(|part| f64::from(*part == k)).collect()).collect();
        let mut pulls = vec![ones; count];
        let mut mixture = Self::of(vec![whole]);
        for _ in 0..STEPS {
            let components = shares.iter().zip(&pulls).map(|(shares, pulls)| {
                let weight = shares.iter().sum::<f64>() / rows.len() as f64;
                let (mean, scale) = moments(&rows, shares, pulls, &scatter, (dimension + 1) as f64);
                Component::new(weight.max(1e-6), mean, scale)
            });
            mixture = Self::of(components.collect::<Option<_>>()?);
            mixture.expect(&rows, &mut shares, &mut pulls);
        }
        Some(mixture.widened())
    }

    /// With wider scale matrices.
    fn widened(mut self) -> Self {
        let stretch = WIDENING.sqrt();
        for component in &mut self.components {
            component.factor.iter_mut().flatten().for_each(|l| *l *= stretch);
            component.inverse_pivots.iter_mut().for_each(|inverse| *inverse /= stretch);
            component.log_height -= component.mean.len() as f64 * stretch.ln();
        }
        Self::of(self.components)
    }

    /// The E-step: each draw's share in each component, and how strongly it pulls on it, (ν + d)/(ν + m²).
    fn expect(&self, rows: &[&[f64]], shares: &mut [Vec<f64>], pulls: &mut [Vec<f64>]) {
        for (i, x) in rows.iter().enumerate() {
            let near = self.near(x);
            let total: f64 = near.densities.iter().sum();
            for (k, (shares, pulls)) in shares.iter_mut().zip(pulls.iter_mut()).enumerate() {
                shares[i] = near.densities[k] / total;
                pulls[i] = (DEGREES + x.len() as f64) / (DEGREES * near.stretches[k]);
            }
        }
    }

    /// Log density at a position, up to a constant.
    pub fn log_density(&self, x: &[f64]) -> f64 {
        let near = self.near(x);
        let power = 0.5 * (DEGREES + x.len() as f64);
        self.log_height - power * near.least.ln() + near.densities.iter().sum::<f64>().ln()
    }

    /// The components' densities at a position, over what the nearest would have with the largest height.
    #[inline]
    fn near(&self, x: &[f64]) -> Near {
        let mut near =
            Near { stretches: [f64::INFINITY; COMPONENTS], least: f64::INFINITY, densities: [0.0; COMPONENTS] };
        for (stretch, component) in near.stretches.iter_mut().zip(&self.components) {
            *stretch = 1.0 + component.distance(x) / DEGREES;
            near.least = near.least.min(*stretch);
        }
        for ((density, stretch), component) in near.densities.iter_mut().zip(near.stretches).zip(&self.components) {
            *density = component.height * half_power(near.least / stretch, DEGREES as usize + x.len());
        }
        near
    }

    /// Draws a position.
    pub fn draw(&self, stream: &mut Stream, x: &mut [f64]) {
        let mut left = stream.random::<f64>();
        let last = &self.components[self.components.len() - 1];
        let chosen = self.components.iter().find(|component| {
            left -= component.weight;
            left < 0.0
        });
        let Component { mean, factor, .. } = chosen.unwrap_or(last);
        let mut z = [0.0; MOST_DIMENSIONS];
        z[..x.len()].fill_with(|| StandardNormal.sample(stream));
        let stretch = (DEGREES / chi_squared(stream)).sqrt();
        for ((x, mean), row) in x.iter_mut().zip(mean).zip(factor) {
            *x = mean + stretch * row.iter().zip(&z).map(|(l, z)| l * z).sum::<f64>();
        }
    }
}

impl Component {
    /// `None` for a scale matrix that is not positive definite.
    fn new(weight: f64, mean: Vec<f64>, scale: DMatrix<f64>) -> Option<Self> {
        let lower = scale.cholesky()?.unpack();
        let pivots: Vec<f64> = lower.diagonal().iter().copied().collect();
        let log_height = weight.ln() - pivots.iter().map(|p| p.ln()).sum::<f64>();
        let finite = log_height.is_finite() && mean.iter().all(|m| m.is_finite());
        finite.then(|| Self {
            weight,
            mean,
            factor: lower.row_iter().enumerate().map(|(i, row)| row.iter().take(i + 1).copied().collect()).collect(),
            inverse_pivots: pivots.iter().map(|p| p.recip()).collect(),
            log_height,
            height: 1.0,
        })
    }

    /// L⁻¹(x - m).
    #[inline]
    fn whiten(&self, x: &[f64]) -> [f64; MOST_DIMENSIONS] {
        let mut z = [0.0; MOST_DIMENSIONS];
        let rows = self.factor.iter().zip(&self.inverse_pivots);
        for (i, ((x, mean), (row, inverse))) in x.iter().zip(&self.mean).zip(rows).enumerate() {
            let known: f64 = row[..i].iter().zip(&z).map(|(l, z)| l * z).sum();
            z[i] = (x - mean - known) * inverse;
        }
        z
    }

    /// The squared Mahalanobis distance m² of a position.
    #[inline]
    fn distance(&self, x: &[f64]) -> f64 {
        self.whiten(x).iter().map(|z| z * z).sum()
    }

    /// To which of so many equal parts of the draws each belongs, by rank in the whitened coordinate with the largest
    /// absolute skewness.
    fn parts(&self, rows: &[&[f64]], count: usize) -> Vec<usize> {
        let whitened: Vec<_> = rows.iter().map(|x| self.whiten(x)).collect();
        let skewness = |i: usize| whitened.iter().map(|z| z[i].powi(3)).sum::<f64>().abs();
        let most = (0..self.mean.len()).max_by(|a, b| skewness(*a).total_cmp(&skewness(*b))).unwrap_or(0);
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by(|a, b| whitened[*a][most].total_cmp(&whitened[*b][most]));
        let mut parts = vec![0; rows.len()];
        for (rank, row) in order.into_iter().enumerate() {
            parts[row] = rank * count / rows.len();
        }
        parts
    }
}

/// The M-step for one component: its mean and scale matrix, from shares r and pulls u of the draws, with the scatter of all
/// draws counted as so many more.
fn moments(
    rows: &[&[f64]],
    shares: &[f64],
    pulls: &[f64],
    scatter: &DMatrix<f64>,
    prior: f64,
) -> (Vec<f64>, DMatrix<f64>) {
    let d = scatter.nrows();
    let (mut mean, mut mass, mut count) = (vec![0.0; d], 0.0, 0.0);
    for ((x, share), pull) in rows.iter().zip(shares).zip(pulls) {
        mean.iter_mut().zip(*x).for_each(|(mean, x)| *mean += share * pull * x);
        mass += share * pull;
        count += share;
    }
    mean.iter_mut().for_each(|mean| *mean /= mass.max(f64::MIN_POSITIVE));
    let mut scale = scatter * prior;
    for ((x, share), pull) in rows.iter().zip(shares).zip(pulls) {
        for i in 0..d {
            let deviation = share * pull * (x[i] - mean[i]);
            for j in 0..=i {
                scale[(i, j)] += deviation * (x[j] - mean[j]);
            }
        }
    }
    for i in 0..d {
        for j in 0..i {
            scale[(j, i)] = scale[(i, j)];
        }
    }
    (mean, scale / (count + prior).max(f64::MIN_POSITIVE))
}

fn chi_squared(stream: &mut Stream) -> f64 {
    // The degrees are a positive constant.
    ChiSquared::new(DEGREES).map_or(DEGREES, |chi_squared| chi_squared.sample(stream))
}

/// x to the power of n/2.
#[inline]
fn half_power(x: f64, n: usize) -> f64 {
    let whole = (0..n / 2).fold(1.0, |power, _| power * x);
    if n.is_multiple_of(2) { whole } else { whole * x.sqrt() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::Purpose;
    use approx::assert_relative_eq;

    fn stream() -> Stream {
        Stream::new(3, 0, 0, Purpose::Other, 0)
    }

    /// Draws of a skewed distribution with correlation: log-gamma in one coordinate, and that plus normal noise.
    fn skewed(n: usize) -> Vec<f64> {
        let mut stream = stream();
        let gamma = rand_distr::Gamma::new(1.5_f64, 1.0).unwrap();
        let draw = |stream: &mut Stream| {
            let a = gamma.sample(stream).ln();
            let z: f64 = StandardNormal.sample(stream);
            [a, 2.0 * a + z]
        };
        (0..n).flat_map(|_| draw(&mut stream)).collect()
    }

    /// The integral of the density over a fine grid, with the constant of the t distribution put back, is 1.
    #[test]
    fn densities_are_normalised_but_for_the_constant() {
        let mixture = Mixture::fit(&skewed(600), 2).unwrap();
        // Γ((ν + d)/2)/(Γ(ν/2) (νπ)^{d/2}) is (ν/2)/(νπ) for d = 2.
        let constant = 0.5 / std::f64::consts::PI;
        let h = 0.1;
        let at = |i: i32| f64::from(i) * h;
        let sum: f64 = (-600..600)
            .flat_map(|i| (-900..900).map(move |j| [at(i), at(j)]))
            .map(|x| mixture.log_density(&x).exp())
            .sum();
        assert_relative_eq!(sum * h * h * constant, 1.0, epsilon = 1e-3);
    }

    /// Draws of a mixture follow its density: the share inside a region is the integral over it.
    #[test]
    fn draws_follow_the_density() {
        let mixture = Mixture::fit(&skewed(600), 2).unwrap();
        let (n, h, mut stream) = (200_000, 0.05, stream());
        let inside = |x: &[f64]| x[0] < 0.2 && x[0] > -4.0 && x[1] > -1.0 && x[1] < 4.0;
        let mut x = [0.0; 2];
        let mut hits = 0.0;
        for _ in 0..n {
            mixture.draw(&mut stream, &mut x);
            hits += f64::from(inside(&x));
        }
        let mut integral = 0.0;
        for i in 0..84 {
            for j in 0..100 {
                let x = [-4.0 + (f64::from(i) + 0.5) * h, -1.0 + (f64::from(j) + 0.5) * h];
                integral += mixture.log_density(&x).exp() * h * h;
            }
        }
        integral *= 0.5 / std::f64::consts::PI;
        // Five standard errors.
        let error = 5.0 * (integral * (1.0 - integral) / f64::from(n)).sqrt();
        assert_relative_eq!(hits / f64::from(n), integral, epsilon = error + 1e-3);
    }

    #[test]
    fn draws_in_a_subspace_or_too_few_have_no_mixture() {
        let flat: Vec<f64> = (0..200).flat_map(|i| [f64::from(i), 2.0 * f64::from(i)]).collect();
        assert!(Mixture::fit(&flat, 2).is_none());
        assert!(Mixture::fit(&[1.0; 100], 1).is_none());
        assert!(Mixture::fit(&skewed(600)[..20], 2).is_none());
    }
}
