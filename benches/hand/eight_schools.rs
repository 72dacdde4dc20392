//! tau of the eight schools, their means and the mean of these integrated out.

use super::{Density, total};
use polya::models::special::HALF_LOG_TWO_PI;
use polya::models::special::vector::{self, Kernel, Lanes, each, exp, log, log1p};

/// The estimates and the squares of their errors.
pub struct EightSchools {
    y: Lanes,
    variances: Lanes,
}

impl EightSchools {
    /// Of estimates and standard errors.
    pub fn new((y, sigma): &([f64; 8], [f64; 8])) -> Self {
        Self { y: *y, variances: sigma.map(|s| s * s) }
    }
}

impl Density for EightSchools {
    fn gradient(&self, position: &[f64], gradient: &mut [f64]) -> f64 {
        vector::run(Gradient { data: self, position, gradient })
    }
}

struct Gradient<'a> {
    data: &'a EightSchools,
    position: &'a [f64],
    gradient: &'a mut [f64],
}

/// −log(1 + z²) and its derivative, where squares may overflow.
#[inline(always)]
fn cauchy(z: f64) -> (f64, f64) {
    let (inverse, inside) = (1.0 / z, z.abs() <= 1.0);
    let share = log1p(if inside { z * z } else { inverse * inverse });
    let far = -2.0 * log(z.abs());
    let derivative = if inside { -2.0 * z } else { -2.0 } / if inside { 1.0 + z * z } else { z + inverse };
    (if inside { 0.0 } else { far } - share, derivative)
}

impl Kernel for Gradient<'_> {
    type Output = f64;

    /// With v_i = tau² + sigma_i², P = Σ 1/v_i and m = Σ (y_i/v_i)/P: the density of every y_i about m, that of m about
    /// the mean of its prior, and what is left of integrating it out, −½ log P.
    #[inline(always)]
    fn run(self) -> f64 {
        let EightSchools { y, variances } = self.data;
        let tau = exp(self.position[0]);
        let square = tau * tau;
        let (prior, by_z) = cauchy(tau / 5.0);
        let variance = each(|i| square + variances[i]);
        let precision = each(|i| 1.0 / variance[i]);
        let precisions = total(&precision);
        let mean = total(&each(|i| precision[i] * y[i])) / precisions;
        let spread = 25.0 + 1.0 / precisions;
        let (own, by_mean) = (0.5 * mean * mean / spread, mean / spread);
        let slope = each(|i| (y[i] - mean) / variance[i]);
        let half_square = each(|i| 0.5 * (y[i] - mean) * slope[i]);
        let logs = each(|i| log(variance[i]));
        let value = -total(&half_square) - 0.5 * total(&logs) - own - 0.5 * (log(spread) + log(precisions));
        let by_mean = total(&slope) - by_mean;
        // By P, of which m is a function too, then by each variance.
        let by_precisions = -(own - 0.5) / (spread * precisions * precisions) - 0.5 / precisions;
        let by_variance = each(|i| {
            let by_precision = by_precisions + by_mean * (y[i] - mean) / precisions;
            (half_square[i] - 0.5) / variance[i] - by_precision * precision[i] * precision[i]
        });
        self.gradient[0] = 2.0 * square * total(&by_variance) + tau * by_z / 5.0 + 1.0;
        value + prior + self.position[0] - 9.0 * HALF_LOG_TWO_PI
    }
}
