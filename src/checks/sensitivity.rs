//! Prior sensitivity by power scaling: how the answer moves as each prior, or the likelihood, is made a little weaker or
//! stronger (Kallioinen, Paananen, Bürkner and Vehtari 2024).
//!
//! Only priors at the top of a hierarchy are scaled, those whose arguments are known; the layers below, integrated out or
//! not, belong to the model of the data. A prior goes by the name of its variable.

use crate::draws::Draws;
use crate::replay::Replay;
use polya_diagnostics::{Chains, Diagnosis, PowerScaled, PsisError, Sensitivity, sensitivities};
use polya_models::Prior;
use serde::Serialize;

/// How sensitive the scalars are to one prior, or to all together.
#[derive(Clone, Debug, Serialize)]
pub struct PriorSensitivity {
    /// The variable whose prior is scaled; all of them where it is empty.
    pub prior: String,
    /// For each scalar its name and sensitivity; none where it is constant.
    pub scalars: Vec<(String, Option<Sensitivity>)>,
    /// The tail index of the importance weights: above 0.7 they are not to be relied on.
    pub k: Option<f64>,
}

/// The sensitivity of every scalar of `draws` to all top-level priors together, and to each alone where there are several.
///
/// # Errors
/// A log prior or log likelihood that is not finite, or too few draws.
pub fn power_scale(replay: &Replay<'_>, draws: &Draws) -> Result<Vec<PriorSensitivity>, PsisError> {
    let chains = draws.chains();
    let view = |values: &[f64]| Chains::new(values, chains).ok_or(PsisError::NotFinite(0)).and_then(PowerScaled::new);
    let likelihood = view(&replay.joint_log_lik())?;
    let quantities: Vec<&[f64]> = draws.iter().map(|(_, values)| values).collect();
    let names = || draws.scalars().iter().map(|s| s.name.clone());
    let priors: Vec<(String, Vec<f64>)> =
        replay.posterior().priors().iter().map(|p| (p.name.clone(), log_prior(p, draws))).collect();
    let mut all = vec![0.0; chains * draws.draws()];
    for (_, own) in &priors {
        all.iter_mut().zip(own).for_each(|(sum, x)| *sum += x);
    }
    let each = if priors.len() > 1 { priors.as_slice() } else { &[] };
    let joint = [(String::new(), all)];
    let mut found = Vec::new();
    for (name, log_prior) in joint.iter().chain(each) {
        let scaled = view(log_prior)?;
        let sensitivities = sensitivities(&scaled, &likelihood, &quantities);
        found.push(PriorSensitivity {
            prior: name.clone(),
            scalars: names().zip(sensitivities).collect(),
            k: scaled.k(),
        });
    }
    Ok(found)
}

/// What is noteworthy, in words: a conflict, or a prior that rules weak data.
pub fn findings(sensitivities: &[PriorSensitivity], draws: &Draws) -> Vec<String> {
    let Some(joint) = sensitivities.first() else { return Vec::new() };
    let sampled =
        |name: &str| draws.find(name).is_some_and(|i| draws.scalars()[i].kind == crate::summary::Kind::Sampled);
    let with = |diagnosis: Diagnosis| {
        let own = joint.scalars.iter().filter(|(name, s)| sampled(name) && s.is_some_and(|s| s.diagnosis == diagnosis));
        own.map(|(name, _)| name.as_str()).collect::<Vec<_>>()
    };
    let mut findings = Vec::new();
    for (diagnosis, advice) in [
        (Diagnosis::PriorDataConflict, "look at the prior predictive distribution; is the prior what you mean?"),
        (Diagnosis::StrongPriorWeakLikelihood, "the answer is much of the prior's; say so when you report it"),
    ] {
        let names = with(diagnosis);
        if !names.is_empty() {
            findings.push(format!("{diagnosis} for {}: {advice}", names.join(", ")));
        }
    }
    findings
}

/// The log density of one prior at each draw.
pub(crate) fn log_prior(prior: &Prior, draws: &Draws) -> Vec<f64> {
    let own: Vec<&[f64]> = draws.iter().filter(|(s, _)| s.variable == prior.name).map(|(_, values)| values).collect();
    let mut at = vec![0.0; own.len()];
    let one = |draw: usize| {
        at.iter_mut().zip(&own).for_each(|(slot, values)| *slot = values[draw]);
        prior.log_density(&at)
    };
    (0..draws.chains() * draws.draws()).map(one).collect()
}
