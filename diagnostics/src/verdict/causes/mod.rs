//! Why a fit fails: what its draws look like where R-hat, the effective sample sizes, divergences or energies warn.
//!
//! Causes are looked for only where there is a symptom, so that they cannot condemn a fit that would pass. Of the causes
//! of bad mixing the first that fits is told: scalars that trade places, a chain that is stuck, several modes, and, where
//! nothing but the length is at fault, too few draws.

mod few;
mod funnel;
mod labels;
mod modes;
mod stuck;

use super::{Evidence, Scale, Warning, convergence, sampler};
use crate::chains::Chains;

/// The most scalars that are looked at, the worst first.
const MOST_SCALARS: usize = 40;

/// What was found.
pub(super) struct Causes {
    /// Why the chains have not mixed.
    pub(super) mixing: Option<Warning>,
    /// The scale that divergences, or energies, go with.
    pub(super) funnel: Option<Warning>,
}

/// A scalar with its draws.
#[derive(Clone, Copy)]
struct Scalar<'a> {
    name: &'a str,
    chains: Chains<'a>,
    scale: Option<Scale<'a>>,
}

impl Scalar<'_> {
    /// The variable: the name without its levels.
    fn variable(&self) -> &str {
        self.name.split('[').next().unwrap_or(self.name)
    }
}

pub(super) fn find(evidence: &Evidence<'_>) -> Causes {
    let failing = failing(evidence);
    let sampled = sampled(evidence);
    let struggles = sampler::diverges(evidence) || sampler::lacks_energy(evidence);
    let funnel = (struggles || !failing.is_empty()).then(|| funnel::find(evidence, &sampled, &failing)).flatten();
    // In a funnel chains are apart because some are in the neck.
    let apart = || if funnel.is_some() { None } else { stuck::apart(&failing).or_else(|| modes::find(&failing)) };
    let mixing = labels::find(&failing)
        .or_else(|| stuck::still(&failing))
        .or_else(|| modes::shared(&failing))
        .or_else(apart)
        .or_else(|| few::find(evidence, funnel.is_some()));
    Causes { mixing, funnel }
}

/// The scalars that are sampled, with their draws.
fn sampled<'a>(evidence: &Evidence<'a>) -> Vec<Scalar<'a>> {
    let rows = 0..evidence.rows.len();
    rows.filter(|i| evidence.rows[*i].is_sampled()).filter_map(|i| scalar(evidence, i)).collect()
}

/// The sampled scalars that R-hat or an effective sample size speaks against, the worst of each first; what is computed
/// follows them.
fn failing<'a>(evidence: &Evidence<'a>) -> Vec<Scalar<'a>> {
    let mut rows: Vec<usize> = Vec::new();
    for found in
        [convergence::unmixed(evidence), convergence::short_of_bulk(evidence), convergence::short_of_tail(evidence)]
    {
        for offender in found.iter().filter(|o| evidence.rows[o.row].is_sampled()).take(MOST_SCALARS) {
            if !rows.contains(&offender.row) {
                rows.push(offender.row);
            }
        }
    }
    rows.into_iter().filter_map(|i| scalar(evidence, i)).take(MOST_SCALARS).collect()
}

fn scalar<'a>(evidence: &Evidence<'a>, row: usize) -> Option<Scalar<'a>> {
    let (own, values) = (evidence.rows.get(row)?, evidence.values.get(row)?);
    let ordinary = !own.independent && own.summary.non_finite == 0;
    let chains = Chains::new(values.draws, evidence.chains).filter(|_| ordinary)?;
    Some(Scalar { name: own.name, chains, scale: values.scale })
}

/// "chain 2", "chains 1 and 3"; chains count from 1.
fn chains_in_words(chains: &[usize]) -> String {
    let numbers: Vec<String> = chains.iter().map(|chain| (chain + 1).to_string()).collect();
    let names: Vec<&str> = numbers.iter().map(String::as_str).collect();
    format!("{} {}", if chains.len() == 1 { "chain" } else { "chains" }, super::list(&names))
}
