//! The verdict over everything that is known of a fit: were the draws made well, do the data look like those of the model,
//! and do prior and data agree?
//!
//! | code | warns when |
//! | --- | --- |
//! | those of the sampling verdict | as [`diagnostics::verdict`](polya_diagnostics::verdict) has it |
//! | `label_switching` | also where the posterior stays the same when scalars are swapped, and the chains keep one order |
//! | `overdispersion`, `underdispersion` | rows vary more, or less, than the likelihood lets them |
//! | `zero_inflation` | more zeros than it makes, and no other excess |
//! | `outliers` | few rows far from what it makes, the rest as it should be |
//! | `level_misfit` | the levels of a factor differ, and the model does not let them |
//! | `likelihood_misfit` | data and replications differ in some other way |
//! | `data_unchecked` | never (a note): weights stand for too many rows to replicate |
//! | `prior_data_conflict` | the data say a parameter is where its prior all but excludes it, and the prior still pulls |
//! | `weak_data` | never (a note): the data say next to nothing of a parameter |
//! | `loo_unreliable` | never (a note): leave-one-out prediction rests on few draws |
//!
//! The checks of the model make false alarms together: p-values are held against [`PREDICTIVE_SIZE`] and
//! [`CONFLICT_SIZE`], shared by Bonferroni's inequality among all statistics, factors, levels and parameters, half of each
//! column's share going to its dispersion. Predictive
//! p-values are conservative besides, since the posterior has seen the data (Meng 1994, *Posterior predictive p-values*,
//! Annals of Statistics 22).

mod conflict;
mod labels;
mod misfit;
mod remedy;

use crate::checks::loo::{leave_groups_out, leave_rows_out};
use crate::checks::replications::Replications;
use crate::draws::Draws;
use crate::replay::Replay;
use crate::summary::{self, Severity};
use polya_diagnostics::Loo;
use polya_models::Error;
use serde::Serialize;

/// The probability that any predictive check of a fit warns of a model that is right.
pub const PREDICTIVE_SIZE: f64 = 0.01;
/// The probability that any parameter is held to conflict with its prior, of data that come from it.
pub const CONFLICT_SIZE: f64 = 0.002;
/// The schema of an [`Assessment`] as JSON.
pub const SCHEMA: &str = "polya.verdict/1";

/// The verdict over everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Assessment {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// Whether nothing speaks against fit and model.
    pub ok: bool,
    /// What was found: of the sampling, the model's data, the priors, the prediction of rows left out.
    pub findings: Vec<Finding>,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Its cause, for programs.
    pub code: String,
    /// What it is about.
    pub about: Subject,
    /// Whether it speaks against fit or model.
    pub severity: Severity,
    /// What is wrong, and how bad.
    pub message: String,
    /// What to try.
    pub advice: String,
    /// The scalars concerned, the worst first.
    pub scalars: Vec<String>,
    /// The observed columns concerned.
    pub columns: Vec<String>,
}

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// How the draws were made.
    Sampling,
    /// Whether the model makes data like those it was given.
    Likelihood,
    /// The priors.
    Prior,
    /// Leave-one-out prediction.
    Prediction,
}

impl From<&summary::Finding> for Finding {
    fn from(finding: &summary::Finding) -> Self {
        Self {
            code: finding.code.clone(),
            about: Subject::Sampling,
            severity: finding.severity,
            message: finding.message.clone(),
            advice: finding.advice.clone(),
            scalars: finding.scalars.clone(),
            columns: Vec::new(),
        }
    }
}

impl Finding {
    /// A model that is torn between prior and data makes data unlike those it was given, whatever its likelihood: a note.
    fn after_conflict(self) -> Self {
        let advice = format!("Mend the prior first: this may go away with the conflict. {}", self.advice);
        Self { severity: Severity::Note, advice, ..self }
    }
}

/// Judges a fit: `draws` of every named value, `sampling` the verdict on how they were made. Where they were made badly the
/// findings about the model rest on bad draws, and are to be read again when that is mended.
pub fn assess(replay: &Replay<'_>, draws: &Draws, sampling: &summary::Verdict) -> Assessment {
    assess_with(replay, &Replications::of(replay), Prediction::of(replay).as_ref(), draws, sampling)
}

/// What is left out in turn, and what leaving it out says.
#[derive(Clone, Debug)]
pub struct Prediction {
    /// `groups` or `rows`.
    pub of: &'static str,
    /// Leave-one-out prediction of each.
    pub loo: Loo,
}

impl Prediction {
    /// Leaves out groups, where they can be left out whole, else rows; none where neither can be.
    pub fn of(replay: &Replay<'_>) -> Option<Self> {
        if let Ok(Some(groups)) = leave_groups_out(replay) {
            return Some(Self { of: "groups", loo: groups.loo });
        }
        Some(Self { of: "rows", loo: leave_rows_out(replay).ok()?.loo })
    }
}

/// The same with what is at hand of a fit: data that have been replicated, or the reason why they cannot be, and
/// predictions of what was left out.
pub fn assess_with(
    replay: &Replay<'_>,
    replications: &Result<Replications<'_>, Error>,
    prediction: Option<&Prediction>,
    draws: &Draws,
    sampling: &summary::Verdict,
) -> Assessment {
    let mut findings: Vec<Finding> = sampling.warnings.iter().map(Finding::from).collect();
    if replay.total() > 0 {
        if !findings.iter().any(|finding| finding.code == labels::CODE)
            && let Some(labels) = labels::unmixed(replay, draws)
        {
            // The density knows better than the draws why they have not mixed.
            findings.retain(|finding| !labels::EXPLAINED.contains(&finding.code.as_str()));
            findings.insert(0, labels);
        }
        let conflicts = conflicts(replay, draws);
        let conflict = conflicts.iter().any(|finding| finding.severity == Severity::Warning);
        let misfits = match replications {
            Ok(replications) => misfit::find(replications),
            Err(error) => vec![misfit::unchecked(error)],
        };
        findings.extend(conflicts);
        findings.extend(misfits.into_iter().map(|misfit| if conflict { misfit.after_conflict() } else { misfit }));
        findings.extend(prediction.and_then(unreliable));
    }
    Assessment { schema: SCHEMA, ok: findings.iter().all(|f| f.severity == Severity::Note), findings }
}

/// Parameters that the data put where their prior all but excludes them, and those that the data say next to nothing of.
pub fn conflicts(replay: &Replay<'_>, draws: &Draws) -> Vec<Finding> {
    if replay.total() > 0 { conflict::find(replay, draws) } else { Vec::new() }
}

/// Rows, or groups where they can be left out whole, whose prediction rests on few draws.
fn unreliable(Prediction { of: what, loo }: &Prediction) -> Option<Finding> {
    let high = loo.high_k().count();
    (high > 0).then(|| Finding {
        code: "loo_unreliable".to_owned(),
        about: Subject::Prediction,
        severity: Severity::Note,
        message: format!(
            "Predictions of {high} of {} {what}, each from the others, rest on few draws (Pareto k above {:.2}).",
            loo.rows.len(),
            loo.k_limit
        ),
        advice: "Do not rank models by the elpd of this fit without a look at `polya loo`: rows with parameters of their own cannot be left out \
                 by weights."
            .to_owned(),
        scalars: Vec::new(),
        columns: Vec::new(),
    })
}
