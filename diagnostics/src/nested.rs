//! Nested R-hat, for many short chains.

use crate::autocovariance::Sequences;
use crate::chains::Chains;

/// The nested R-hat of chains that are grouped into superchains (Margossian, Hoffman, Sountsov,
/// Riou-Durand, Vehtari and Gelman 2024, *Nested R-hat: assessing the convergence of Markov chain
/// Monte Carlo when running many short chains*, Bayesian Analysis, equation 8).
///
/// Consecutive chains form a superchain, all of one size; the chains of a superchain start from the
/// same point. With `B` the variance of the means of the superchains, and `W` the average over
/// superchains of the variance of their chains' means plus the average variance within chains:
/// `R-hat = sqrt(1 + B / W)`. A single draw per chain is enough, since the chains of a superchain
/// then stand for the variance.
///
/// `None` for fewer than 2 superchains, when they do not divide the chains evenly, when a draw is
/// not finite, or when `W` is zero.
pub fn rhat_nested(chains: Chains<'_>, superchains: usize) -> Option<f64> {
    let finite = chains.draws().iter().all(|x| x.is_finite());
    if superchains < 2 || !chains.count().is_multiple_of(superchains) || !finite {
        return None;
    }
    let draws_of_one = chains.draws().len() / superchains;
    let mut sequences = Sequences::default();
    let mut within = 0.0;
    for superchain in chains.draws().chunks_exact(draws_of_one) {
        sequences.load(superchain.chunks_exact(chains.length()));
        let length = chains.length() as f64;
        let among_chains = sequences.variance_of_means();
        let in_chains = if length > 1.0 { sequences.autocovariance(0) * length / (length - 1.0) } else { 0.0 };
        within += (among_chains + in_chains) / superchains as f64;
    }
    sequences.load(chains.draws().chunks_exact(draws_of_one));
    let between = sequences.variance_of_means();
    (within > 0.0).then(|| (1.0 + between / within).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_superchains_by_hand() {
        // Means of chains 1, 3 and 6, 8, each chain with variance 2: B = 25/2, W = 2 + 2.
        let draws = [0.0, 2.0, 2.0, 4.0, 5.0, 7.0, 7.0, 9.0];
        let found = rhat_nested(Chains::new(&draws, 4).unwrap(), 2).unwrap();
        assert!((found - (1.0 + 12.5 / 4.0_f64).sqrt()).abs() < 1e-15);
    }

    #[test]
    fn what_is_no_layout_is_refused() {
        let of = |draws: &[f64], superchains| rhat_nested(Chains::new(draws, 4).unwrap(), superchains);
        let draws = [1.0, 2.0, 3.0, 4.0];
        for superchains in [0, 1, 3, 5] {
            assert_eq!(of(&draws, superchains), None);
        }
        // A single draw in a single chain leaves no variance within.
        assert_eq!(of(&draws, 4), None);
        assert_eq!(of(&[1.0; 8], 2), None);
        assert_eq!(of(&[1.0, 2.0, f64::NAN, 4.0], 2), None);
        assert_eq!(of(&[1.0, 2.0, f64::INFINITY, 4.0], 2), None);
    }
}
