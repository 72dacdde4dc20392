//! Players under one logit-normal.

use super::normal::{Levels, Scale, Sums, binomial_logit, group, write};
use super::{Density, padded, total};
use polya::models::special::vector::{self, Kernel, LANES, Lanes};

/// The data of the players.
pub struct Baseball {
    k: Vec<Lanes>,
    n: Vec<Lanes>,
    levels: Levels,
}

impl Baseball {
    /// Of hits and times at bat.
    pub fn new((k, n): &(Vec<f64>, Vec<f64>), weights: &[f64]) -> Self {
        // Without trials nothing is added: what fills the last group up is none.
        Self { k: padded(k), n: padded(n), levels: Levels::new(weights) }
    }
}

impl Density for Baseball {
    fn gradient(&self, position: &[f64], gradient: &mut [f64]) -> f64 {
        vector::run(Gradient { data: self, position, gradient })
    }
}

struct Gradient<'a> {
    data: &'a Baseball,
    position: &'a [f64],
    gradient: &'a mut [f64],
}

impl Kernel for Gradient<'_> {
    type Output = f64;

    #[inline(always)]
    fn run(self) -> f64 {
        let Baseball { k, n, levels } = self.data;
        let (mu, sigma, t) = (self.position[0], Scale::new(self.position[1]), &self.position[2..]);
        let (mut sums, mut likelihood) = (Sums::default(), [0.0; LANES]);
        for g in 0..levels.groups() {
            let t = group(t, g);
            let values = levels.values(g, &t, mu, sigma.log);
            let mut slopes = [0.0; LANES];
            for i in 0..LANES {
                let (value, slope) = binomial_logit(k[g][i], n[g][i], values.value[i]);
                likelihood[i] += value;
                slopes[i] = slope;
            }
            let by_level = levels.add(g, &t, (mu, sigma.log), &values, &slopes, &mut sums);
            write(&mut self.gradient[2..], g, &by_level);
        }
        let [prior, by_location, by_log_scale] = sums.totals();
        self.gradient[0] = by_location - (mu + 1.0);
        let (scale_prior, by_scale) = sigma.add(by_log_scale);
        self.gradient[1] = by_scale;
        total(&likelihood) + prior - 0.5 * (mu + 1.0) * (mu + 1.0) + scale_prior
    }
}
