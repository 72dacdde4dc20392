//! Effective sample size: how many independent draws would know as much?
//!
//! The estimator is that of Vehtari, Gelman, Simpson, Carpenter and Bürkner (2021), section 3.2:
//! Geyer's (1992) initial positive and monotone sequences over autocorrelations that combine all
//! chains. The variants differ in what is averaged: ranks (bulk), indicators of a tail (tail,
//! quantile), the draws (mean), squared distances (sd).
//!
//! Two properties it shares with R's `posterior`: the estimate is at most `S log10(S)`, which
//! strongly antithetic chains reach; and where the sum of the first pair of autocorrelations is
//! negative, or halves have at most 5 draws, so that no pair is summed, it is `S / 2`.

use crate::autocovariance::Sequences;
use crate::chains::Chains;
use crate::order::Kind;
use crate::workspace::Workspace;

/// The effective sample size of the bulk of the distribution: that of the mean of the normal scores
/// of the ranks. At least 100 per chain are wanted for R-hat and the estimate itself to be
/// reliable.
///
/// `None` for a constant quantity, when a draw is NaN, or when chains have fewer than 6 draws.
pub fn ess_bulk(chains: Chains<'_>) -> Option<f64> {
    let mut workspace = Workspace::default();
    match workspace.prepare(chains) {
        Kind::Missing | Kind::Constant => None,
        Kind::Infinite | Kind::Ordinary => effective_size(workspace.load_ranks(chains)),
    }
}

/// The effective sample size of the tails: the smaller of those of the 5% and the 95% quantile.
///
/// A quantity of few values may have its largest at the 95% quantile already: nothing varies there,
/// and the other tail alone counts. `None` as for [`ess_mean`], and if neither tail varies.
pub fn ess_tail(chains: Chains<'_>) -> Option<f64> {
    smaller(ess_quantile(chains, 0.05), ess_quantile(chains, 0.95))
}

pub(crate) fn smaller(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// The effective sample size of a quantile: that of the share of draws up to it. Probability 1 is
/// taken as `(S - 1/2) / S`, for the share up to the maximum never varies.
///
/// `None` as for [`ess_mean`], for a probability outside 0 to 1, and where all draws are on one
/// side.
pub fn ess_quantile(chains: Chains<'_>, probability: f64) -> Option<f64> {
    let mut workspace = Workspace::default();
    match workspace.prepare(chains) {
        Kind::Ordinary => effective_size_of_quantile(&mut workspace, chains, probability),
        Kind::Missing | Kind::Infinite | Kind::Constant => None,
    }
}

pub(crate) fn effective_size_of_quantile(
    workspace: &mut Workspace,
    chains: Chains<'_>,
    probability: f64,
) -> Option<f64> {
    let count = chains.draws().len() as f64;
    let inside = if probability == 1.0 { (count - 0.5) / count } else { probability };
    effective_size(workspace.load_indicator(chains, inside)?)
}

/// The effective sample size of the median.
pub fn ess_median(chains: Chains<'_>) -> Option<f64> {
    ess_quantile(chains, 0.5)
}

/// The effective sample size of the mean of the draws, which must have a variance for it to mean
/// anything.
///
/// `None` for a constant quantity, when a draw is not finite, or when chains have fewer than 6
/// draws.
pub fn ess_mean(chains: Chains<'_>) -> Option<f64> {
    let mut workspace = Workspace::default();
    match workspace.prepare(chains) {
        Kind::Ordinary => effective_size(workspace.load_draws(chains)),
        Kind::Missing | Kind::Infinite | Kind::Constant => None,
    }
}

/// The effective sample size of the standard deviation: that of the mean of the squared distances
/// from the mean. `None` as for [`ess_mean`], and where all distances are equal.
pub fn ess_sd(chains: Chains<'_>) -> Option<f64> {
    let mut workspace = Workspace::default();
    match workspace.prepare(chains) {
        Kind::Ordinary => effective_size(workspace.load_squares(chains)?),
        Kind::Missing | Kind::Infinite | Kind::Constant => None,
    }
}

/// The effective size of sequences (Vehtari et al. 2021, equations 10 to 13).
///
/// Autocorrelations are computed only as far as Geyer's sequences go.
pub(crate) fn effective_size(sequences: &mut Sequences) -> Option<f64> {
    const UNREAD_END: usize = 5;
    let length = sequences.length();
    if length < 3 {
        return None;
    }
    let variance = sequences.autocovariance(0);
    let within = variance * length as f64 / (length as f64 - 1.0);
    let total = variance + sequences.variance_of_means();
    if total <= 0.0 {
        return None;
    }
    let mut correlation = |lag: usize| 1.0 - (within - sequences.autocovariance(lag)) / total;

    let (mut lag, mut even, mut odd) = (0, 1.0, correlation(1));
    let mut pairs = 0.0;
    let mut previous = f64::INFINITY;
    while lag + UNREAD_END < length && even + odd > 0.0 {
        previous = previous.min(even + odd);
        pairs += previous;
        lag += 2;
        (even, odd) = (correlation(lag), correlation(lag + 1));
    }
    if lag == 0 {
        pairs = 1.0;
    }
    let last = if even + odd >= 0.0 { even } else { even.max(0.0) };
    let time = 2.0 * pairs - 1.0 + last;

    let size = (length * sequences.count()) as f64;
    Some(size / time.max(1.0 / size.log10()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_can_be_said_of_constants_and_of_very_short_chains() {
        assert_eq!(ess_mean(Chains::new(&[1.0; 100], 2).unwrap()), None);
        assert_eq!(ess_bulk(Chains::new(&[1.0, 2.0, 0.5, 0.7, 1.4], 1).unwrap()), None);
        assert!(ess_bulk(Chains::new(&[1.0, 2.0, 0.5, 0.7, 1.4, 0.1], 1).unwrap()).is_some());
    }

    #[test]
    fn the_quantile_of_probability_one_is_moved_inside() {
        let draws: Vec<f64> = (0..100).map(|i| f64::from(i * 37 % 101)).collect();
        let chains = Chains::new(&draws, 2).unwrap();
        assert!(ess_quantile(chains, 1.0).is_some());
        assert_eq!(ess_quantile(chains, 1.5), None);
    }
}
