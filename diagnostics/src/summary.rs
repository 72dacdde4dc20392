//! Everything about one scalar in one pass, and about many scalars in parallel.

use rayon::prelude::*;
use serde::Serialize;

use crate::chains::Chains;
use crate::ess::{effective_size, effective_size_of_quantile, smaller};
use crate::mcse::{error_of_mean, error_of_quantile, error_of_sd};
use crate::order::Kind;
use crate::quantile::quantile;
use crate::rhat::{larger_part, scale_reduction};
use crate::workspace::Workspace;

/// What the draws of one scalar say about it, and how well they say it.
///
/// Estimates are plain numbers; a diagnostic is `None` where it does not exist, as for a constant.
/// With a draw that is NaN all estimates are NaN. With infinite draws quantiles, R-hat and bulk ESS
/// remain, for they need the order of the draws only; mean and standard deviation follow IEEE
/// arithmetic.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScalarSummary {
    /// The mean of all draws.
    pub mean: f64,
    /// Their standard deviation, with one degree of freedom less than draws.
    pub sd: f64,
    /// The 5% quantile, of type 7.
    pub q5: f64,
    /// The median.
    pub median: f64,
    /// The 95% quantile, of type 7.
    pub q95: f64,
    /// The Monte Carlo standard error of the mean, [`crate::mcse_mean`].
    pub mcse_mean: Option<f64>,
    /// The Monte Carlo standard error of the standard deviation, [`crate::mcse_sd`].
    pub mcse_sd: Option<f64>,
    /// The Monte Carlo standard error of the 5% quantile, [`crate::mcse_quantile`].
    pub mcse_q5: Option<f64>,
    /// The Monte Carlo standard error of the median, [`crate::mcse_median`].
    pub mcse_median: Option<f64>,
    /// The Monte Carlo standard error of the 95% quantile, [`crate::mcse_quantile`].
    pub mcse_q95: Option<f64>,
    /// The effective sample size of the bulk, [`crate::ess_bulk`].
    pub ess_bulk: Option<f64>,
    /// The effective sample size of the tails, [`crate::ess_tail`].
    pub ess_tail: Option<f64>,
    /// The rank-normalised split R-hat, [`crate::rhat`].
    pub rhat: Option<f64>,
    /// [`crate::rhat_nested`], where whoever knows the superchains has filled it in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rhat_nested: Option<f64>,
    /// Whether all draws are equal, up to the rounding of their magnitude.
    pub constant: bool,
    /// The number of draws that are NaN or infinite.
    pub non_finite: usize,
}

impl ScalarSummary {
    /// The summary of no draws: everything unknown.
    pub fn without_draws() -> Self {
        Self {
            mean: f64::NAN,
            sd: f64::NAN,
            q5: f64::NAN,
            median: f64::NAN,
            q95: f64::NAN,
            mcse_mean: None,
            mcse_sd: None,
            mcse_q5: None,
            mcse_median: None,
            mcse_q95: None,
            ess_bulk: None,
            ess_tail: None,
            rhat: None,
            rhat_nested: None,
            constant: false,
            non_finite: 0,
        }
    }
}

/// Summarises one scalar. To summarise several, [`Summarizer`] keeps its buffers, and
/// [`summarize_many`] works in parallel.
pub fn summarize(chains: Chains<'_>) -> ScalarSummary {
    Summarizer::default().summarize(chains)
}

/// Summarises many scalars on the threads of the current rayon pool, in the order given. The result
/// does not depend on the number of threads.
pub fn summarize_many(scalars: &[Chains<'_>]) -> Vec<ScalarSummary> {
    scalars.par_iter().map_init(Summarizer::default, |summarizer, &chains| summarizer.summarize(chains)).collect()
}

/// Summarises one scalar after the other with the same buffers. What was summarised before leaves
/// no trace.
#[derive(Debug, Default)]
pub struct Summarizer {
    workspace: Workspace,
}

impl Summarizer {
    /// Summarises one scalar: sorts once, and shares the order between quantiles, ranks, folded
    /// ranks and errors.
    pub fn summarize(&mut self, chains: Chains<'_>) -> ScalarSummary {
        let kind = self.workspace.prepare(chains);
        let mut summary = self.estimates(chains, kind);
        if matches!(kind, Kind::Infinite | Kind::Ordinary) {
            self.judge_ranks(chains, &mut summary);
        }
        if kind == Kind::Ordinary {
            self.judge_estimates(chains, &mut summary);
        }
        summary
    }

    fn estimates(&self, chains: Chains<'_>, kind: Kind) -> ScalarSummary {
        let order = self.workspace.order();
        let standard = self.workspace.standard();
        let (mean, sd) = match kind {
            Kind::Ordinary => (standard.mean(), standard.sd()),
            Kind::Constant if order.median().is_finite() => (order.median(), 0.0),
            Kind::Missing | Kind::Infinite | Kind::Constant => (chains.draws().iter().sum(), f64::NAN),
        };
        let at = |probability| quantile(order.values(), probability).unwrap_or(f64::NAN);
        ScalarSummary {
            mean,
            sd,
            q5: at(0.05),
            median: order.median(),
            q95: at(0.95),
            constant: kind == Kind::Constant,
            non_finite: chains.draws().iter().filter(|x| !x.is_finite()).count(),
            ..ScalarSummary::without_draws()
        }
    }

    fn judge_ranks(&mut self, chains: Chains<'_>, summary: &mut ScalarSummary) {
        let ranks = self.workspace.load_ranks(chains);
        summary.ess_bulk = effective_size(ranks);
        let bulk = scale_reduction(ranks);
        summary.rhat = larger_part(bulk, &mut self.workspace, chains);
    }

    fn judge_estimates(&mut self, chains: Chains<'_>, summary: &mut ScalarSummary) {
        let workspace = &mut self.workspace;
        summary.mcse_mean = error_of_mean(workspace, chains);
        summary.mcse_sd = error_of_sd(workspace, chains);
        let [low, middle, high] = [0.05, 0.5, 0.95].map(|p| {
            let size = effective_size_of_quantile(workspace, chains, p);
            let error = size.and_then(|size| error_of_quantile(workspace.order().values(), p, size));
            (size, error)
        });
        summary.ess_tail = smaller(low.0, high.0);
        (summary.mcse_q5, summary.mcse_median, summary.mcse_q95) = (low.1, middle.1, high.1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_is_known_exactly() {
        let found = summarize(Chains::new(&[2.5; 12], 3).unwrap());
        assert!(found.constant);
        assert_eq!((found.mean, found.sd, found.q5, found.median, found.q95), (2.5, 0.0, 2.5, 2.5, 2.5));
        assert_eq!((found.rhat, found.ess_bulk, found.mcse_mean), (None, None, None));
    }

    #[test]
    fn a_median_between_infinities_takes_one_of_them() {
        let found = summarize(Chains::new(&[f64::NEG_INFINITY, f64::INFINITY], 1).unwrap());
        assert!(!found.median.is_nan());
        assert_eq!(found.non_finite, 2);
    }

    #[test]
    fn the_same_buffers_give_the_same_numbers() {
        let long: Vec<f64> = (0..400).map(|i| f64::from(i * 7919 % 1009)).collect();
        let scalars = [&long[..], &[1.0; 8], &long[..100], &[f64::NAN, 1.0, 2.0, 3.0], &long[..30]];
        let scalars: Vec<Chains<'_>> = scalars.iter().filter_map(|draws| Chains::new(draws, 2)).collect();
        let alone: Vec<String> = scalars.iter().map(|&c| format!("{:?}", summarize(c))).collect();
        let mut summarizer = Summarizer::default();
        let reused: Vec<String> = scalars.iter().map(|&c| format!("{:?}", summarizer.summarize(c))).collect();
        let parallel: Vec<String> = summarize_many(&scalars).iter().map(|s| format!("{s:?}")).collect();
        assert_eq!(alone, reused);
        assert_eq!(alone, parallel);
    }
}
