//! What the diagnostics of one scalar share: its order, its ranks, its halves, each found once.

use crate::autocovariance::Sequences;
use crate::chains::Chains;
use crate::order::{Kind, Order, nearly_equal};
use crate::quantile::quantile;
use crate::rank::NormalScores;

/// The prepared draws of one scalar with all buffers, reused from scalar to scalar.
///
/// Each `load_…` function puts one transformation of the draws, cut into halves, in front of R-hat
/// or ESS.
#[derive(Debug, Default)]
pub(crate) struct Workspace {
    order: Order,
    scores: NormalScores,
    standard: Standardised,
    transformed: Vec<f64>,
    sequences: Sequences,
}

impl Workspace {
    /// Sorts the draws, and standardises them if they are ordinary.
    pub fn prepare(&mut self, chains: Chains<'_>) -> Kind {
        let kind = self.order.sort(chains);
        if kind == Kind::Ordinary {
            self.standard.set(chains.draws(), self.order.extremes(), self.order.median());
        }
        kind
    }

    /// The order of the prepared draws.
    pub fn order(&self) -> &Order {
        &self.order
    }

    /// The standardised draws; meaningful for ordinary draws only.
    pub fn standard(&self) -> &Standardised {
        &self.standard
    }

    /// Normal scores of the ranks.
    pub fn load_ranks(&mut self, chains: Chains<'_>) -> &mut Sequences {
        self.scores.write(self.order.placed(), chains, &mut self.transformed);
        self.load_transformed(chains)
    }

    /// Normal scores of the ranks of the distances from the median; `None` where the median is
    /// infinite.
    pub fn load_folded_ranks(&mut self, chains: Chains<'_>) -> Option<&mut Sequences> {
        let folded = self.order.folded()?;
        self.scores.write(folded, chains, &mut self.transformed);
        Some(self.load_transformed(chains))
    }

    /// Whether a draw is at most the quantile of the given probability, as 1 or 0.
    pub fn load_indicator(&mut self, chains: Chains<'_>, probability: f64) -> Option<&mut Sequences> {
        let limit = quantile(self.order.values(), probability)?;
        self.transformed.clear();
        self.transformed.extend(chains.draws().iter().map(|&x| f64::from(x <= limit)));
        Some(self.load_transformed(chains))
    }

    /// The draws themselves.
    pub fn load_draws(&mut self, chains: Chains<'_>) -> &mut Sequences {
        self.transformed.clone_from(&self.standard.draws);
        self.load_transformed(chains)
    }

    /// The squared distances from the mean; `None` where they are all equal.
    pub fn load_squares(&mut self, chains: Chains<'_>) -> Option<&mut Sequences> {
        let mean = self.standard.mean;
        self.transformed.clear();
        self.transformed.extend(self.standard.draws.iter().map(|x| (x - mean).powi(2)));
        let least = self.transformed.iter().copied().fold(f64::INFINITY, f64::min);
        let greatest = self.transformed.iter().copied().fold(0.0, f64::max);
        (!nearly_equal(least, greatest)).then(|| self.load_transformed(chains))
    }

    fn load_transformed(&mut self, chains: Chains<'_>) -> &mut Sequences {
        if let Some(transformed) = Chains::new(&self.transformed, chains.count()) {
            self.sequences.load(transformed.halves());
        }
        &mut self.sequences
    }
}

/// Ordinary draws shifted to their median and scaled by a power of two to at most about 2 in size,
/// so that neither a large offset nor an extreme scale costs digits.
#[derive(Debug, Default)]
pub(crate) struct Standardised {
    draws: Vec<f64>,
    centre: f64,
    unit: f64,
    /// The mean on the standardised scale.
    mean: f64,
    second: f64,
    fourth: f64,
}

impl Standardised {
    fn set(&mut self, draws: &[f64], (low, high): (f64, f64), centre: f64) {
        let reach = (high / 2.0 - centre / 2.0).max(centre / 2.0 - low / 2.0);
        self.centre = centre;
        self.unit = power_of_two_below(reach);
        let unit = self.unit;
        self.draws.clear();
        if reach < f64::MAX / 4.0 {
            self.draws.extend(draws.iter().map(|x| (x - centre) / unit));
        } else {
            // The difference could overflow.
            self.draws.extend(draws.iter().map(|x| x / unit - centre / unit));
        }
        self.mean = self.average(|x| x);
        let mean = self.mean;
        self.second = self.average(|x| (x - mean).powi(2));
        self.fourth = self.average(|x| (x - mean).powi(4));
    }

    fn average(&self, of: impl Fn(f64) -> f64) -> f64 {
        self.draws.iter().map(|&x| of(x)).sum::<f64>() / self.draws.len() as f64
    }

    /// The mean of the draws.
    pub fn mean(&self) -> f64 {
        self.centre + self.mean * self.unit
    }

    /// The standard deviation of the draws, with one degree of freedom less than there are.
    pub fn sd(&self) -> f64 {
        let count = self.draws.len() as f64;
        (self.second * count / (count - 1.0)).sqrt() * self.unit
    }

    /// The standard deviation of one draw's contribution to the estimate of the standard deviation.
    pub fn spread_of_sd(&self) -> f64 {
        let variance_of_squares = (self.fourth - self.second.powi(2)).max(0.0);
        (variance_of_squares / (4.0 * self.second)).sqrt() * self.unit
    }
}

/// The power of two at most `x`, which is positive and finite.
fn power_of_two_below(x: f64) -> f64 {
    const EXPONENT: u64 = 0x7ff << 52;
    f64::from_bits(x.to_bits() & EXPONENT).max(f64::MIN_POSITIVE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standardised(draws: &[f64]) -> Standardised {
        let mut workspace = Workspace::default();
        assert_eq!(workspace.prepare(Chains::new(draws, 1).unwrap()), Kind::Ordinary);
        workspace.standard
    }

    #[test]
    fn moments_survive_extreme_scales_and_offsets() {
        for (scale, offset) in [(1.0, 0.0), (1e-300, 0.0), (1e300, 0.0), (1.0, 2e15), (1e307, 0.0)] {
            let draws = [1.0, 3.0, 4.0, 8.0].map(|x| x * scale + offset);
            let found = standardised(&draws);
            approx::assert_relative_eq!(found.mean(), 4.0 * scale + offset, max_relative = 1e-14);
            approx::assert_relative_eq!(found.sd(), (26.0_f64 / 3.0).sqrt() * scale, max_relative = 1e-14);
        }
        assert!(standardised(&[-f64::MAX, f64::MAX, 0.0]).mean().abs() < 1e295);
    }
}
