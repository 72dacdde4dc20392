//! Ranks of draws, brought to the normal scale.
//!
//! R-hat and ESS compare means and variances, which a heavy-tailed quantity does not have. Ranks
//! always have them (Vehtari, Gelman, Simpson, Carpenter and Bürkner 2021, section 4.1).

use crate::chains::Chains;
use crate::order::Placed;
use crate::special::normal_quantile;

/// Blom's normal scores `Φ⁻¹((r - 3/8) / (S + 1/4))` of the ranks `r` among `S` draws
/// (Vehtari et al. 2021, equation 14), remembered for one `S`.
#[derive(Debug, Default)]
pub(crate) struct NormalScores {
    of_rank: Vec<f64>,
}

impl NormalScores {
    fn prepare(&mut self, count: usize) {
        if self.of_rank.len() != count {
            self.of_rank.clear();
            self.of_rank.extend((1..=count).map(|rank| blom(rank as f64, count)));
        }
    }

    /// The score of half of `twice_rank`: an average rank is whole or half a whole number.
    fn of_half(&self, twice_rank: usize) -> f64 {
        let count = self.of_rank.len();
        match twice_rank % 2 {
            0 => self.of_rank[twice_rank / 2 - 1],
            _ => blom(twice_rank as f64 / 2.0, count),
        }
    }

    /// Writes the normal score of each draw to its place in `scores`; equal draws share the average
    /// of their ranks.
    ///
    /// `ascending` are all draws of `chains` in order. Ranks count the draws in the halves only;
    /// what is written for a draw that no half contains has no meaning.
    pub fn write(&mut self, ascending: &[Placed], chains: Chains<'_>, scores: &mut Vec<f64>) {
        let (length, dropped) = (chains.length(), chains.dropped_draw());
        let counts = |p: &&Placed| dropped.is_none_or(|middle| p.index as usize % length != middle);
        self.prepare(ascending.len() - if dropped.is_some() { chains.count() } else { 0 });
        scores.clear();
        scores.resize(ascending.len(), f64::NAN);
        let mut below = 0;
        for ties in ascending.chunk_by(|a, b| a.value == b.value) {
            let members = ties.iter().filter(counts).count();
            if members > 0 {
                let score = self.of_half(2 * below + members + 1);
                ties.iter().for_each(|p| scores[p.index as usize] = score);
            }
            below += members;
        }
    }
}

fn blom(rank: f64, count: usize) -> f64 {
    normal_quantile((rank - 0.375) / (count as f64 + 0.25))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::Order;

    fn scores(draws: &[f64], chains: usize) -> Vec<f64> {
        let chains = Chains::new(draws, chains).unwrap();
        let (mut order, mut scores) = (Order::default(), Vec::new());
        order.sort(chains);
        NormalScores::default().write(order.placed(), chains, &mut scores);
        scores
    }

    #[test]
    fn ties_share_their_average_rank() {
        let found = scores(&[7.0, 3.0, 7.0, -1.0], 1);
        assert_eq!(found, [blom(3.5, 4), blom(2.0, 4), blom(3.5, 4), blom(1.0, 4)]);
    }

    #[test]
    fn the_dropped_draw_takes_no_rank() {
        let found = scores(&[4.0, 1.0, 9.0, 3.0, 2.0], 1);
        let kept = [found[0], found[1], found[3], found[4]];
        assert_eq!(kept, [blom(4.0, 4), blom(1.0, 4), blom(3.0, 4), blom(2.0, 4)]);
    }
}
