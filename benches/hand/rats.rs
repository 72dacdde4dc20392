//! mu and kappa of the rats, theta integrated out.

use super::Density;
use super::urn::Urn;
use polya::models::special::vector::{self, Kernel, exp, softplus_and_inv_logit};

/// The counts of all groups.
pub struct Rats(Urn);

impl Rats {
    /// Of successes and trials.
    pub fn new((y, n): &(Vec<f64>, Vec<f64>)) -> Self {
        let levels: Vec<[f64; 2]> = y.iter().zip(n).map(|(y, n)| [*y, n - y]).collect();
        Self(Urn::new(levels.iter().map(|y| (0, y.as_slice()))))
    }
}

impl Density for Rats {
    fn gradient(&self, position: &[f64], gradient: &mut [f64]) -> f64 {
        vector::run(Gradient { urn: &self.0, position, gradient })
    }
}

struct Gradient<'a> {
    urn: &'a Urn,
    position: &'a [f64],
    gradient: &'a mut [f64],
}

impl Kernel for Gradient<'_> {
    type Output = f64;

    #[inline(always)]
    fn run(self) -> f64 {
        let [logit, log_kappa] = [self.position[0], self.position[1]];
        let (minus_log_rest, mu) = softplus_and_inv_logit(logit);
        let (minus_log_mu, rest) = softplus_and_inv_logit(-logit);
        let kappa = exp(log_kappa);
        let (value, slopes) = self.urn.log_density(&[mu, rest, 1.0], &[kappa]);
        let z = log_kappa - 3.0;
        self.gradient[0] = (slopes.by_share[0] - slopes.by_share[1]) * mu * rest + (rest - mu);
        self.gradient[1] = kappa * slopes.by_concentration[0] - z;
        value - minus_log_rest - minus_log_mu - 0.5 * z * z
    }
}
