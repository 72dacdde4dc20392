//! Prior sensitivity by power scaling: how the answer moves as each prior, or the likelihood, is made a little weaker or
//! stronger (Kallioinen, Paananen, Bürkner and Vehtari 2024).
//!
//! Only priors at the top of a hierarchy are scaled, those whose arguments are known; the layers below, integrated out or
//! not, belong to the model of the data. Priors of one tag (`@prior("TAG")`) are scaled together; one without a tag goes by
//! the name of its variable.
//!
//! Whether prior and data disagree is said by [`assessment::conflicts`](super::assessment::conflicts), which looks at how far
//! apart they are too.

use crate::draws::Draws;
use crate::replay::{Matrix, Replay};
use polya_diagnostics::{Chains, PowerScaled, PsisError, Sensitivity, sensitivities};
use polya_models::Prior;
use serde::Serialize;
use std::cell::OnceCell;

/// How sensitive the scalars are to one prior, or to all together.
#[derive(Clone, Debug, Serialize)]
pub struct PriorSensitivity {
    /// The tag, or the variable whose prior has none; all priors together where it is empty.
    pub prior: String,
    /// The variables whose priors are scaled.
    pub variables: Vec<String>,
    /// For each scalar its name and sensitivity; none where it is constant.
    pub scalars: Vec<(String, Option<Sensitivity>)>,
    /// The tail index of the importance weights: above 0.7 they are not to be relied on.
    pub k: Option<f64>,
}

/// The sensitivity of every scalar of `draws` to all top-level priors together, and to those of each tag alone where there
/// are several.
///
/// # Errors
/// A log prior or log likelihood that is not finite, or too few draws.
pub fn power_scale(replay: &Replay<'_>, draws: &Draws) -> Result<Vec<PriorSensitivity>, PsisError> {
    let chains = draws.chains();
    let view = |values: &[f64]| Chains::new(values, chains).ok_or(PsisError::NotFinite(0)).and_then(PowerScaled::new);
    let likelihood = view(&replay.joint_log_lik())?;
    let quantities: Vec<&[f64]> = draws.iter().map(|(_, values)| values).collect();
    let names = || draws.scalars().iter().map(|s| s.name.clone());
    let each = scaled_together(replay, draws);
    let mut all =
        ScaledPrior { called: String::new(), variables: vec![], log_prior: vec![0.0; chains * draws.draws()] };
    each.iter().for_each(|prior| all.add(&prior.variables, &prior.log_prior));
    let alone = if each.len() > 1 { each.as_slice() } else { &[] };
    let priors: Vec<&ScaledPrior> = std::iter::once(&all).chain(alone).collect();
    let scaled: Vec<PowerScaled> = priors.iter().map(|prior| view(&prior.log_prior)).collect::<Result<_, _>>()?;
    let sensitivities = sensitivities(&scaled, &likelihood, &quantities);
    let to = |(i, prior): (usize, &&ScaledPrior)| PriorSensitivity {
        prior: prior.called.clone(),
        variables: prior.variables.clone(),
        scalars: names().zip(sensitivities.iter().map(|of| of[i])).collect(),
        k: scaled[i].k(),
    };
    Ok(priors.iter().enumerate().map(to).collect())
}

/// Priors that are scaled together, and the sum of their log densities at each draw.
struct ScaledPrior {
    called: String,
    variables: Vec<String>,
    log_prior: Vec<f64>,
}

impl ScaledPrior {
    fn add(&mut self, variables: &[String], log_prior: &[f64]) {
        self.variables.extend_from_slice(variables);
        self.log_prior.iter_mut().zip(log_prior).for_each(|(sum, x)| *sum += x);
    }
}

/// The priors by tag, in the order in which the tags appear.
fn scaled_together(replay: &Replay<'_>, draws: &Draws) -> Vec<ScaledPrior> {
    let values = PriorValues { replay, draws, replayed: OnceCell::new() };
    let mut tags: Vec<ScaledPrior> = Vec::new();
    for prior in replay.posterior().priors() {
        let Some(log_prior) = values.log_prior(prior) else { continue };
        let variables = vec![prior.name.clone()];
        match tags.iter_mut().find(|tag| tag.called == prior.scaled_as()) {
            Some(tag) => tag.add(&variables, &log_prior),
            None => tags.push(ScaledPrior { called: prior.scaled_as().to_owned(), variables, log_prior }),
        }
    }
    tags
}

/// The log density of one prior at each draw; `own` are the draws of the scalars of its variable.
pub(crate) fn log_prior(prior: &Prior, own: &[&[f64]]) -> Vec<f64> {
    let draws = own.first().map_or(0, |values| values.len());
    let mut at = vec![0.0; own.len()];
    let one = |draw: usize| {
        at.iter_mut().zip(own).for_each(|(slot, values)| *slot = values[draw]);
        prior.log_density(&at)
    };
    (0..draws).map(one).collect()
}

/// The tag whose priors move a scalar most, where there are several.
pub fn strongest_prior<'a>(sensitivities: &'a [PriorSensitivity], scalar: &str) -> Option<&'a str> {
    let moved_by = |prior: &'a PriorSensitivity| {
        let (_, found) = prior.scalars.iter().find(|(name, _)| name == scalar)?;
        found.map(|found| (prior.prior.as_str(), found.prior))
    };
    let alone = sensitivities.iter().skip(1).filter_map(moved_by);
    alone.max_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(prior, _)| prior)
}

/// Where the values of a variable come from: the draws, or the posterior once more where a kept fit holds only some.
struct PriorValues<'a> {
    replay: &'a Replay<'a>,
    draws: &'a Draws,
    replayed: OnceCell<Matrix>,
}

impl PriorValues<'_> {
    /// The log density of one prior at each draw; none where its variable cannot be had at each.
    fn log_prior(&self, prior: &Prior) -> Option<Vec<f64>> {
        let total = self.draws.chains() * self.draws.draws();
        let own = self.of(&prior.name);
        if own.is_empty() || own.iter().any(|values| values.len() != total) {
            return None;
        }
        Some(log_prior(prior, &own))
    }

    fn of(&self, variable: &str) -> Vec<&[f64]> {
        let kept = self.draws.iter().filter(|(scalar, _)| scalar.variable == variable).map(|(_, values)| values);
        let kept: Vec<&[f64]> = kept.collect();
        if !kept.is_empty() {
            return kept;
        }
        let replayed = self.replayed.get_or_init(|| self.replay.values());
        let scalars = self.replay.posterior().scalars().into_iter().enumerate();
        scalars.filter(|(_, scalar)| scalar.variable == variable).map(|(i, _)| replayed.column(i)).collect()
    }
}
