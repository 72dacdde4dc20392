//! phi (by five coordinates) and kappa of the counts, theta integrated out.

use super::Density;
use super::urn::Urn;
use polya::models::special::log_sum_exp;
use polya::models::special::vector::{self, Kernel, exp};

/// Categories.
const K: usize = 6;

/// The counts of all groups.
pub struct Multinom {
    urn: Urn,
    /// √(j/(j + 1)) of column j of the Helmert basis.
    helmert: [f64; K],
}

impl Multinom {
    /// Of the counts, group after group.
    pub fn new(counts: &[f64]) -> Self {
        let helmert = std::array::from_fn(|j| (j as f64 / (j as f64 + 1.0)).sqrt());
        Self { urn: Urn::new(counts.chunks_exact(K).map(|y| (0, y))), helmert }
    }
}

impl Density for Multinom {
    fn gradient(&self, position: &[f64], gradient: &mut [f64]) -> f64 {
        vector::run(Gradient { data: self, position, gradient })
    }
}

struct Gradient<'a> {
    data: &'a Multinom,
    position: &'a [f64],
    gradient: &'a mut [f64],
}

impl Kernel for Gradient<'_> {
    type Output = f64;

    #[inline(always)]
    fn run(self) -> f64 {
        let Multinom { urn, helmert } = self.data;
        let (x, log_kappa) = (&self.position[..K - 1], self.position[K - 1]);
        let mut logits = [0.0; K];
        let mut tail = 0.0;
        for part in (1..K).rev() {
            let scaled = x[part - 1] * helmert[part];
            logits[part] = tail - scaled;
            tail += scaled / part as f64;
        }
        logits[0] = tail;
        let normaliser = log_sum_exp(&logits);
        let mut shares = [1.0; K + 1];
        for (share, logit) in shares.iter_mut().zip(&logits) {
            *share = exp(logit - normaliser);
        }
        let kappa = exp(log_kappa);
        let (value, slopes) = urn.log_density(&shares, &[kappa]);
        let z = log_kappa - 4.0;
        // By each logit, of which the shares are the softmax and by which log det is 1 − K share.
        let mean: f64 = (0..K).map(|j| shares[j] * slopes.by_share[j]).sum();
        let by_logit: [f64; K] =
            std::array::from_fn(|j| shares[j] * (slopes.by_share[j] - mean) + (1.0 - K as f64 * shares[j]));
        let mut before = 0.0;
        for part in 1..K {
            before += by_logit[part - 1];
            self.gradient[part - 1] = helmert[part] * (before / part as f64 - by_logit[part]);
        }
        self.gradient[K - 1] = kappa * slopes.by_concentration[0] - z;
        value + logits.iter().sum::<f64>() - K as f64 * normaliser - 0.5 * z * z
    }
}
