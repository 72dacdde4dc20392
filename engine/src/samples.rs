//! What a run leaves behind: draws, their statistics, and what each chain adapted to.

use crate::control::Outcome;
use crate::density::{Rejection, RejectionCounts};
use crate::metric::Metric;

/// Draws of all chains, as many from each.
#[derive(Debug, Clone, PartialEq)]
pub struct Samples {
    /// Number of coordinates of a draw.
    pub dimension: usize,
    /// Draws of each chain.
    pub draws: usize,
    /// One entry for each chain.
    pub chains: Vec<ChainSamples>,
    /// Whether the run did all that was asked; if not, chains are cut to a common length.
    pub outcome: Outcome,
}

/// Draws and records of one chain.
///
/// Positions are in the density's reported coordinates; log densities, energies and the metric are in
/// working ones. The two differ only for a density that adapts its coordinates.
#[derive(Debug, Clone, PartialEq)]
pub struct ChainSamples {
    /// Positions, draw after draw: draw i is at `i * dimension..(i + 1) * dimension`.
    pub positions: Vec<f64>,
    /// Statistics of each draw.
    pub stats: Vec<DrawStats>,
    /// Positions of warmup, if kept.
    pub warmup_positions: Vec<f64>,
    /// Statistics of warmup transitions, if kept.
    pub warmup_stats: Vec<DrawStats>,
    /// Where draws diverged; the first 1000 of them.
    pub divergences: Vec<DivergenceRecord>,
    /// Step size ε kept after warmup.
    pub step_size: f64,
    /// Metric kept after warmup.
    pub metric: Metric,
    /// Where the chain started.
    pub initial_position: Vec<f64>,
    /// Work of warmup, the search for a first step size included.
    pub warmup: Totals,
    /// Work of sampling.
    pub sampling: Totals,
}

/// Statistics of one draw.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DrawStats {
    /// log π(q), up to the density's constant.
    pub log_density: f64,
    /// Hamiltonian H(q, p) at the draw, with the momentum it has on its trajectory.
    pub energy: f64,
    /// Mean Metropolis acceptance probability over the trajectory, or that of an independence step; in [0, 1].
    pub acceptance: f64,
    /// Step size ε of the transition, before any jitter.
    pub step_size: f64,
    /// Leapfrog steps, each of one gradient; 0 for an independence step.
    pub leapfrogs: u32,
    /// Completed doublings of the tree; 0 for static trajectories and independence steps.
    pub depth: u32,
    /// Whether the trajectory diverged.
    pub divergent: bool,
    /// Whether the tree reached its greatest depth without turning.
    pub max_depth_reached: bool,
}

/// Where a trajectory diverged.
#[derive(Debug, Clone, PartialEq)]
pub struct DivergenceRecord {
    /// The draw its transition made.
    pub draw: usize,
    /// Where the diverging leapfrog step began: the last position of the trajectory that could
    /// still be followed.
    pub position: Vec<f64>,
    /// Energy error at the end of that step; infinite where it is no number.
    pub energy_error: f64,
    /// Why the density refused the end of that step, if it did.
    pub rejection: Option<Rejection>,
}

/// Sums over the transitions of one chain in one phase.
///
/// They count all work done, also on draws that an interruption cut off.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Totals {
    /// Transitions.
    pub transitions: u64,
    /// Leapfrog steps, each of one gradient.
    pub leapfrogs: u64,
    /// Independence steps, each of one evaluation of the density.
    pub proposals: u64,
    /// Those of them that were accepted.
    pub accepted: u64,
    /// Divergent transitions.
    pub divergences: u64,
    /// Transitions whose tree reached its greatest depth.
    pub max_depth_hits: u64,
    /// Positions the density refused, by reason.
    pub rejections: RejectionCounts,
    /// Wall time in seconds.
    pub seconds: f64,
}

impl Samples {
    /// Position of one draw; `None` out of range.
    pub fn position(&self, chain: usize, draw: usize) -> Option<&[f64]> {
        let start = draw.checked_mul(self.dimension)?;
        let positions = &self.chains.get(chain)?.positions;
        (draw < self.draws).then(|| positions.get(start..start + self.dimension)).flatten()
    }

    /// One coordinate of every draw of a chain, in order; empty out of range.
    pub fn coordinate(&self, chain: usize, coordinate: usize) -> impl Iterator<Item = f64> + '_ {
        let positions = self.chains.get(chain).map_or(&[][..], |chain| &chain.positions);
        let in_range = coordinate < self.dimension;
        let rows = positions.chunks_exact(self.dimension.max(1));
        rows.filter_map(move |row| if in_range { row.get(coordinate).copied() } else { None })
    }

    /// Divergent draws among those kept, over all chains.
    pub fn divergences(&self) -> usize {
        let stats = self.chains.iter().flat_map(|chain| &chain.stats);
        stats.filter(|stats| stats.divergent).count()
    }

    /// Leapfrog steps of all chains: of warmup, and of sampling.
    pub fn leapfrogs(&self) -> (u64, u64) {
        let sum = |f: fn(&ChainSamples) -> u64| self.chains.iter().map(f).sum();
        (sum(|chain| chain.warmup.leapfrogs), sum(|chain| chain.sampling.leapfrogs))
    }

    /// Cuts all chains to the shortest.
    pub(crate) fn equalise(&mut self) {
        self.draws = self.chains.iter().map(|chain| chain.stats.len()).min().unwrap_or(0);
        for chain in &mut self.chains {
            chain.stats.truncate(self.draws);
            chain.positions.truncate(self.draws * self.dimension);
            chain.divergences.retain(|divergence| divergence.draw < self.draws);
        }
    }
}
