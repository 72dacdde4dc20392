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
