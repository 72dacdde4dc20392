//! Monte Carlo standard errors: how far may an estimate be off because the draws are finite in
//! number?

use crate::chains::Chains;
use crate::ess::{effective_size, effective_size_of_quantile};
use crate::order::Kind;
use crate::special::inverse_incomplete_beta;
use crate::workspace::Workspace;

/// The probabilities of a normal variable below minus one and plus one standard deviation, to the
/// digits that `posterior` uses.
const ONE_SD: [f64; 2] = [0.158_655_3, 0.841_344_7];

/// The Monte Carlo standard error of the mean: `sd / sqrt(ESS of the mean)`
/// (Vehtari et al. 2021, section 3.2).
///
/// `None` as for [`crate::ess_mean`].
pub fn mcse_mean(chains: Chains<'_>) -> Option<f64> {
    let mut workspace = Workspace::default();
    match workspace.prepare(chains) {
        Kind::Ordinary => error_of_mean(&mut workspace, chains),
        Kind::Missing | Kind::Infinite | Kind::Constant => None,
    }
}

pub(crate) fn error_of_mean(workspace: &mut Workspace, chains: Chains<'_>) -> Option<f64> {
    let size = effective_size(workspace.load_draws(chains))?;
    Some(workspace.standard().sd() / size.sqrt())
}

/// The Monte Carlo standard error of the standard deviation: with `c` the distances from the mean
/// and `E = mean(c²)`, `sqrt((mean(c⁴) - E²) / (4 E ESS))` (Kenney and Keeping 1951; Vehtari et al.
/// 2021, appendix A). The ESS is that of `c²`.
///
/// `None` as for [`crate::ess_sd`].
pub fn mcse_sd(chains: Chains<'_>) -> Option<f64> {
    let mut workspace = Workspace::default();
    match workspace.prepare(chains) {
        Kind::Ordinary => error_of_sd(&mut workspace, chains),
        Kind::Missing | Kind::Infinite | Kind::Constant => None,
    }
}

pub(crate) fn error_of_sd(workspace: &mut Workspace, chains: Chains<'_>) -> Option<f64> {
    let size = effective_size(workspace.load_squares(chains)?)?;
    Some(workspace.standard().spread_of_sd() / size.sqrt())
}

/// The Monte Carlo standard error of a quantile: half the distance between the order statistics at
/// minus and plus one standard deviation of Beta(ESS p + 1, ESS (1 - p) + 1) (Vehtari et al. 2021,
/// section 4.3).
///
/// `None` as for [`crate::ess_quantile`].
pub fn mcse_quantile(chains: Chains<'_>, probability: f64) -> Option<f64> {
    let mut workspace = Workspace::default();
    match workspace.prepare(chains) {
        Kind::Ordinary => {
            let size = effective_size_of_quantile(&mut workspace, chains, probability)?;
            error_of_quantile(workspace.order().values(), probability, size)
        }
        Kind::Missing | Kind::Infinite | Kind::Constant => None,
    }
}

/// The Monte Carlo standard error of the median, [`mcse_quantile`] at one half.
pub fn mcse_median(chains: Chains<'_>) -> Option<f64> {
    mcse_quantile(chains, 0.5)
}

pub(crate) fn error_of_quantile(sorted: &[f64], probability: f64, size: f64) -> Option<f64> {
    let (a, b) = (size * probability + 1.0, size * (1.0 - probability) + 1.0);
    let [low, high] = ONE_SD.map(|p| inverse_incomplete_beta(p, a, b) * sorted.len() as f64);
    // Counted from 1: the order statistic at or below the one place, at or above the other.
    let below = (low.floor() as usize).max(1);
    let above = (high.ceil() as usize).min(sorted.len());
    let (below, above) = (sorted.get(below - 1)?, sorted.get(above - 1)?);
    Some(above / 2.0 - below / 2.0)
}
