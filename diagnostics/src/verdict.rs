//! The judgement: what is wrong with a fit, how bad it is, and what to try.
//!
//! [`judge`] turns the numbers of a run into a [`Verdict`]. A *warning* says not to trust the fit,
//! and makes the verdict not ok; a *note* is worth knowing and changes nothing.
//!
//! | code | warns when |
//! | --- | --- |
//! | `rhat` | R-hat is above 1.01 |
//! | `ess_bulk`, `ess_tail` | the effective sample size is below 100 per chain |
//! | `few_draws` | the chains are too short for either |
//! | `divergences` | more than 0.1% of the draws diverged (a note for fewer) |
//! | `ebfmi` | E-BFMI of a chain is below 0.3 |
//! | `time_limit`, `interrupted` | the run ended before it was done |
//! | `non_finite` | the draws of a scalar that is sampled or integrated out cannot be judged (a note for other quantities) |
//! | `overflow` | one in twenty draws of such a scalar is so large that its square overflows |
//! | `max_depth` | never: many draws at the maximum tree depth cost efficiency only (a note) |
//!
//! Those say *that* something is wrong. With the draws at hand ([`Evidence::values`]) further codes say *why*: they stand
//! first, never without a warning of the table above, and so never make a verdict that would be ok another one.
//!
//! | code | cause |
//! | --- | --- |
//! | `label_switching` | scalars that trade places: the model does not tell them apart |
//! | `stuck_chain` | a chain that hardly moves, or sits apart while the others agree |
//! | `several_modes` | places that the chains do not, or hardly ever, cross between |
//! | `funnel` | divergences, or energies, that go with a scale |
//! | `few_draws` | none of these: more draws are enough |
//!
//! The limits of R-hat and ESS are those for *sampled* scalars, the free parameters. Quantities
//! that follow from them may be many thousands, and [`Limits::of_others`] widens with their number.
//! Where chains form superchains nested R-hat takes the place of R-hat, with [`Limits::of_superchains`].
//! A constant is no reason to warn, and independent draws have no convergence to judge.

mod causes;
mod convergence;
mod limits;
mod sampler;

pub use limits::Limits;

use serde::Serialize;

use crate::summary::ScalarSummary;

/// One scalar of a fit.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    /// Its name, as shown to people.
    pub name: &'a str,
    /// Where its draws come from.
    pub origin: Origin,
    /// Whether its draws are independent, not those of a Markov chain.
    pub independent: bool,
    /// Its summary.
    pub summary: &'a ScalarSummary,
}

impl Row<'_> {
    /// Whether it is a free parameter of the sampler.
    fn is_sampled(&self) -> bool {
        self.origin == Origin::Sampled
    }
}

/// Where the draws of a scalar come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// It is a free parameter of the sampler.
    Sampled,
    /// It was integrated out and drawn back.
    IntegratedOut,
    /// It was computed of others or predicted: what is wrong with its draws is wrong with no other's.
    Computed,
}

/// The draws of one scalar of a fit.
#[derive(Debug, Clone, Copy)]
pub struct Values<'a> {
    /// Its draws, chain after chain.
    pub draws: &'a [f64],
    /// Whether it is positive without an upper bound, as a standard deviation or a concentration is.
    pub scale: Option<Scale<'a>>,
}

/// What a positive scalar without an upper bound is to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale<'a> {
    /// The scale of this variable, which is sampled and need not be centred.
    OfLevels(&'a str),
    /// Something else: a concentration, a rate, a dispersion.
    Other,
}

/// Everything that a verdict rests on.
#[derive(Debug, Clone, Default)]
pub struct Evidence<'a> {
    /// The scalars of the fit.
    pub rows: Vec<Row<'a>>,
    /// The draws of each of the rows; empty if they are not at hand, and then no causes are looked for.
    pub values: Vec<Values<'a>>,
    /// The number of chains.
    pub chains: usize,
    /// The number of superchains, if the chains form some: then nested R-hat judges, and the ESS is that of superchains.
    pub superchains: Option<usize>,
    /// The draws of each chain that were kept.
    pub draws: usize,
    /// The number of divergent transitions among the kept draws of all chains.
    pub divergences: usize,
    /// How many of the kept draws a trajectory made, where independence steps made others: only trajectories can diverge.
    pub trajectories: Option<usize>,
    /// Whether each draw is that of a divergent transition, chain after chain; empty if that is not known.
    pub divergent: Vec<bool>,
    /// The energy of each draw, chain after chain; empty if that is not known.
    pub energies: Vec<f64>,
    /// The number of draws whose trajectory reached the maximum depth.
    pub max_depth_hits: usize,
    /// The maximum depth.
    pub max_depth: usize,
    /// E-BFMI of each chain, where it exists.
    pub ebfmi: Vec<Option<f64>>,
    /// The time limit in words, if it ended the run.
    pub time_limit: Option<String>,
    /// Whether the run was interrupted.
    pub interrupted: bool,
}

impl Evidence<'_> {
    fn total_draws(&self) -> usize {
        self.chains * self.draws
    }
}

/// The judgement of a fit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// Whether nothing speaks against trusting the fit.
    pub ok: bool,
    /// What was found, at most one entry of a kind.
    pub warnings: Vec<Warning>,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Warning {
    /// Its kind, for programs.
    pub code: Code,
    /// Whether it speaks against the fit.
    pub severity: Severity,
    /// What is wrong, and how bad.
    pub message: String,
    /// What to try.
    pub advice: String,
    /// The scalars concerned, the worst first, at most 5.
    pub scalars: Vec<String>,
}

/// The kind of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// Chains disagree.
    Rhat,
    /// Too few effective draws for the bulk of a distribution.
    EssBulk,
    /// Too few effective draws for the tails.
    EssTail,
    /// Too few draws for any diagnostic.
    FewDraws,
    /// Divergent transitions.
    Divergences,
    /// Trajectories that reached the maximum depth.
    MaxDepth,
    /// Energies that change too slowly.
    Ebfmi,
    /// The time limit ended the run.
    TimeLimit,
    /// The run was interrupted.
    Interrupted,
    /// Draws that are NaN or infinite.
    NonFinite,
    /// Draws so large that they leave the range of numbers.
    Overflow,
    /// Scalars trade places: the model does not tell them apart.
    LabelSwitching,
    /// A chain hardly moves, or sits apart while the others agree.
    StuckChain,
    /// The posterior has places between which chains hardly ever cross.
    SeveralModes,
    /// The curvature of the posterior changes with a scale.
    Funnel,
}

impl Code {
    /// The kind as programs know it.
    pub fn name(self) -> &'static str {
        match self {
            Code::Rhat => "rhat",
            Code::EssBulk => "ess_bulk",
            Code::EssTail => "ess_tail",
            Code::FewDraws => "few_draws",
            Code::Divergences => "divergences",
            Code::MaxDepth => "max_depth",
            Code::Ebfmi => "ebfmi",
            Code::TimeLimit => "time_limit",
            Code::Interrupted => "interrupted",
            Code::NonFinite => "non_finite",
            Code::Overflow => "overflow",
            Code::LabelSwitching => "label_switching",
            Code::StuckChain => "stuck_chain",
            Code::SeveralModes => "several_modes",
            Code::Funnel => "funnel",
        }
    }
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The fit is not to be trusted as it is.
    Warning,
    /// Worth knowing.
    Note,
}

/// Judges a fit.
pub fn judge(evidence: &Evidence<'_>) -> Verdict {
    let causes = causes::find(evidence);
    let findings = [
        sampler::interruption(evidence),
        sampler::time_limit(evidence),
        causes.funnel,
        causes.mixing,
        convergence::rhat(evidence),
        convergence::bulk(evidence),
        convergence::tail(evidence),
        sampler::divergences(evidence),
        sampler::energy(evidence),
        sampler::depth(evidence),
        convergence::non_finite(evidence),
        convergence::overflow(evidence),
    ];
    let warnings: Vec<Warning> = findings.into_iter().flatten().collect();
    Verdict { ok: warnings.iter().all(|w| w.severity == Severity::Note), warnings }
}

/// The most scalars that a finding lists.
const LISTED: usize = 5;

/// "a", "a and b", "a, b and c", "a, b, c, d, e and 7 more".
fn list(names: &[&str]) -> String {
    let (head, last) = match names {
        [] => return String::new(),
        [only] => return (*only).to_owned(),
        [head @ .., last] if names.len() <= LISTED => (head, (*last).to_owned()),
        _ => (&names[..LISTED], format!("{} more", names.len() - LISTED)),
    };
    format!("{} and {last}", head.join(", "))
}

fn listed(names: &[&str]) -> Vec<String> {
    names.iter().take(LISTED).map(|name| (*name).to_owned()).collect()
}
