//! R-hat: do the chains agree with one another, and the beginning of each with its end?
//!
//! Vehtari, Gelman, Simpson, Carpenter and Bürkner (2021), *Rank-normalization, folding, and
//! localization: an improved R-hat for assessing convergence of MCMC*, Bayesian Analysis 16.

use crate::autocovariance::Sequences;
use crate::chains::Chains;
use crate::order::Kind;
use crate::workspace::Workspace;

/// The rank-normalised split R-hat (Vehtari et al. 2021, section 4): the larger of the R-hat of the
/// ranks, which sees chains at different places, and that of the ranks of the distances from the
/// median, which sees chains of different spread.
///
/// 1 is agreement; values above 1.01 mean that the chains have not mixed. Infinite when every chain
/// is constant but not all at the same value. Infinite draws have ranks like others. Where all
/// draws have the same distance from the median, as with a symmetric quantity of two values, the
/// ranks alone decide.
///
/// `None` for a constant quantity (it is known exactly, which is not convergence), when a draw is
/// NaN, when half the draws are infinite, or when chains have fewer than 4 draws.
///
/// ```
/// use polya_diagnostics::{Chains, rhat};
///
/// let apart = [0.1, 0.3, 0.2, 0.4, 5.1, 5.3, 5.2, 5.4];
/// let value = rhat(Chains::new(&apart, 2).unwrap()).unwrap();
/// assert!(value > 1.5);
/// ```
pub fn rhat(chains: Chains<'_>) -> Option<f64> {
    let mut workspace = Workspace::default();
    match workspace.prepare(chains) {
        Kind::Missing | Kind::Constant => None,
        Kind::Infinite | Kind::Ordinary => {
            let bulk = scale_reduction(workspace.load_ranks(chains));
            larger_part(bulk, &mut workspace, chains)
        }
    }
}

/// The larger of the R-hat of ranks and that of folded ranks, the former given.
pub(crate) fn larger_part(bulk: Option<f64>, workspace: &mut Workspace, chains: Chains<'_>) -> Option<f64> {
    let bulk = bulk?;
    let folded = scale_reduction(workspace.load_folded_ranks(chains)?);
    Some(folded.map_or(bulk, |folded| bulk.max(folded)))
}

/// The split R-hat of the draws themselves (Vehtari et al. 2021, equations 1 to 4; Gelman and Rubin
/// 1992), which assumes that they have a variance.
///
/// With halves of `N` draws, between-variance `B` and within-variance `W`:
/// `R-hat = sqrt((B / W + N - 1) / N)`. `None` as for [`rhat`], and when a draw is infinite.
pub fn rhat_basic(chains: Chains<'_>) -> Option<f64> {
    let mut workspace = Workspace::default();
    match workspace.prepare(chains) {
        Kind::Ordinary => scale_reduction(workspace.load_draws(chains)),
        Kind::Missing | Kind::Infinite | Kind::Constant => None,
    }
}

/// The potential scale reduction factor of sequences; `None` if they are too short to have a
/// variance, or all constant at one value.
pub(crate) fn scale_reduction(sequences: &mut Sequences) -> Option<f64> {
    let length = sequences.length() as f64;
    if sequences.length() < 2 || sequences.count() < 2 {
        return None;
    }
    let between = length * sequences.variance_of_means();
    let within = sequences.autocovariance(0) * length / (length - 1.0);
    match (between > 0.0, within > 0.0) {
        (_, true) => Some(((between / within + length - 1.0) / length).sqrt()),
        (true, false) => Some(f64::INFINITY),
        (false, false) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(draws: &[f64], chains: usize) -> Option<f64> {
        rhat(Chains::new(draws, chains).unwrap())
    }

    #[test]
    fn constants_have_none() {
        assert_eq!(of(&[2.0; 8], 2), None);
        assert_eq!(of(&[1.0, 2.0, 3.0], 1), None);
    }

    #[test]
    fn chains_stuck_at_different_values_are_infinitely_far_from_agreement() {
        assert_eq!(of(&[0.1, 0.1, 0.1, 0.1, 0.7, 0.7, 0.7, 0.7], 2), Some(f64::INFINITY));
    }

    #[test]
    fn two_symmetric_values_are_judged_by_their_ranks() {
        let alternating: Vec<f64> = (0..40).map(|i| f64::from(i % 2)).collect();
        assert!(of(&alternating, 2).is_some_and(|value| value < 1.0));
    }
}
