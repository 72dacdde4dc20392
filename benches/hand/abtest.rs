//! mu and kappa of two variants, theta integrated out.

use super::Density;
use super::urn::Urn;
use polya::models::special::vector::{self, Kernel, exp, softplus_and_inv_logit};

/// The counts of all segments of both variants.
pub struct AbTest(Urn);

impl AbTest {
    /// Of successes and trials, twelve segments of one variant before those of the other.
    pub fn new((y, n): &(Vec<f64>, Vec<f64>)) -> Self {
        let levels: Vec<[f64; 2]> = y.iter().zip(n).map(|(y, n)| [*y, n - y]).collect();
        Self(Urn::new(levels.iter().enumerate().map(|(i, y)| ((i / 12) as u32, y.as_slice()))))
    }
}

impl Density for AbTest {
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
        let (mut shares, mut kappas) = ([1.0; 6], [0.0; 2]);
        let mut prior = 0.0;
        for v in 0..2 {
            let (minus_log_rest, mu) = softplus_and_inv_logit(self.position[v]);
            let (minus_log_mu, rest) = softplus_and_inv_logit(-self.position[v]);
            (shares[3 * v], shares[3 * v + 1]) = (mu, rest);
            kappas[v] = exp(self.position[2 + v]);
            let z = self.position[2 + v] - 3.0;
            prior -= minus_log_rest + minus_log_mu + 0.5 * z * z;
        }
        let (value, slopes) = self.urn.log_density(&shares, &kappas);
        for v in 0..2 {
            let (mu, rest) = (shares[3 * v], shares[3 * v + 1]);
            let difference = slopes.by_share[3 * v] - slopes.by_share[3 * v + 1];
            self.gradient[v] = difference * mu * rest + (rest - mu);
            self.gradient[2 + v] = kappas[v] * slopes.by_concentration[v] - (self.position[2 + v] - 3.0);
        }
        prior + value
    }
}
