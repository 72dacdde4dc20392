//! Prior-data conflict: do the data say that a parameter is where its prior all but excludes it?
//!
//! On the scale where the prior is a standard normal, the posterior mean of data that come from the prior has mean 0 and
//! variance `1 - v`, where `v` is the mean posterior variance: the prior's variance is that of the posterior mean and the
//! mean of that of the posterior. So
//!
//! ```text
//! z = m / sqrt(1 - v)
//! ```
//!
//! is about standard normal, however much or little the data say; for a normal prior and likelihood it is exactly the
//! distance between prior and likelihood (Box 1980, *Sampling and Bayes' inference in scientific modelling and robustness*;
//! Evans and Moshonov 2006, *Checking for prior-data conflict*, Bayesian Analysis 1). A large z is a warning only where the
//! prior pulls: where the posterior moves with its power (Kallioinen et al. 2024). Power scaling alone also moves where
//! prior and data agree and the data say little, and so is no evidence of a conflict by itself.

use super::{CONFLICT_SIZE, Finding, Subject};
use crate::checks::sensitivity::log_prior;
use crate::draws::Draws;
use crate::replay::Replay;
use crate::summary::Severity;
use polya_diagnostics::{Chains, PowerScaled, SENSITIVITY_LIMIT};
use polya_models::Prior;
use polya_models::distributions::{Beta, Scalar};
use polya_models::special::{normal_cdf, normal_quantile};
use std::collections::HashMap;

/// Distribution functions that are evaluated at most; of many scalars fewer draws are looked at.
const MOST_EVALUATIONS: usize = 2_000_000;
/// But so many of each at least.
const FEWEST_DRAWS: usize = 100;
/// The least share of the prior's variance that the data take away, as far as z goes: below it is noise.
const LEAST_TAKEN: f64 = 0.05;
/// Data that leave so much of the prior's variance say next to nothing.
const WEAK: f64 = 0.9;
/// A prior that moves the posterior by less is of no consequence.
const OF_NO_CONSEQUENCE: f64 = 0.01;
/// Scalars that a finding lists.
const LISTED: usize = 5;

/// A scalar beside its prior, on the scale where that is standard normal.
struct Place<'a> {
    prior: &'a Prior,
    /// Its place among the scalars.
    scalar: usize,
    mean: f64,
    variance: f64,
}

impl Place<'_> {
    /// The distance between prior and data.
    fn score(&self) -> f64 {
        self.mean / (1.0 - self.variance).max(LEAST_TAKEN).sqrt()
    }

    fn p_value(&self) -> f64 {
        2.0 * normal_cdf(-self.score().abs())
    }
}

pub(super) fn find(replay: &Replay<'_>, draws: &Draws) -> Vec<Finding> {
    let places = places(replay, draws);
    let limit = CONFLICT_SIZE / places.len().max(1) as f64;
    let mut far: Vec<&Place<'_>> = places.iter().filter(|place| place.p_value() < limit).collect();
    far.sort_by(|a, b| b.score().abs().total_cmp(&a.score().abs()));
    let mut scaled = HashMap::new();
    let pulls: Vec<(&Place<'_>, f64)> =
        far.into_iter().filter_map(|p| Some((p, pull(p, draws, &mut scaled)?))).collect();
    let strong: Vec<&Place<'_>> = pulls.iter().filter(|(_, s)| *s >= SENSITIVITY_LIMIT).map(|(p, _)| *p).collect();
    let slight = pulls.iter().filter(|(_, s)| (OF_NO_CONSEQUENCE..SENSITIVITY_LIMIT).contains(s));
    let slight: Vec<&Place<'_>> = slight.map(|(p, _)| *p).collect();
    let weak: Vec<&Place<'_>> = places.iter().filter(|p| p.variance >= WEAK && p.p_value() >= limit).collect();
    let mut findings = Vec::new();
    findings.extend(conflict(&strong, draws, Severity::Warning));
    findings.extend(conflict(&slight, draws, Severity::Note));
    findings.extend(weak_data(&weak, draws));
    findings
}

/// Every scalar whose prior is known, beside it.
fn places<'a>(replay: &Replay<'a>, draws: &Draws) -> Vec<Place<'a>> {
    let priors = replay.posterior().priors();
    let own = |prior: &Prior| draws.iter().enumerate().filter(|(_, (s, _))| s.variable == prior.name).count();
    let total: usize = priors.iter().map(own).sum::<usize>() * draws.chains() * draws.draws();
    let most = (draws.chains() * draws.draws()) / FEWEST_DRAWS;
    let stride = total.div_ceil(MOST_EVALUATIONS).clamp(1, most.max(1));
    let mut places = Vec::new();
    for prior in priors {
        let scalars = draws.iter().enumerate().filter(|(_, (s, _))| s.variable == prior.name);
        for (within, (scalar, (_, values))) in scalars.enumerate() {
            let Some((family, arguments)) = marginal(prior, within) else { continue };
            let scores = values.iter().step_by(stride).map(|x| normal_score(family.cdf(*x, &arguments)));
            let scores: Vec<f64> = scores.collect();
            let count = scores.len() as f64;
            let mean = scores.iter().sum::<f64>() / count;
            let variance = scores.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (count - 1.0);
            if mean.is_finite() && variance.is_finite() {
                places.push(Place { prior, scalar, mean, variance });
            }
        }
    }
    places
}

/// The prior of one scalar of a variable: of a part of a simplex its Beta.
fn marginal(prior: &Prior, scalar: usize) -> Option<(&dyn Scalar, Vec<f64>)> {
    if let Some(family) = prior.distribution.scalar() {
        let pick = |a: &std::sync::Arc<[f64]>| a.get(if a.len() == 1 { 0 } else { scalar }).copied();
        return Some((family, prior.arguments.iter().map(pick).collect::<Option<_>>()?));
    }
    let (width, concentration) = (prior.width.filter(|k| *k > 0)?, prior.arguments.first()?);
    if prior.distribution.name() != "Dirichlet" {
        return None;
    }
    let own = match concentration.len() {
        1 => vec![concentration[0]; width],
        n if n == width => concentration.to_vec(),
        _ => concentration.get(scalar / width * width..(scalar / width + 1) * width)?.to_vec(),
    };
    let total: f64 = own.iter().sum();
    Some((&Beta, vec![own[scalar % width], total - own[scalar % width]]))
}

/// Φ⁻¹, bounded where the distribution function has no more digits.
fn normal_score(probability: f64) -> f64 {
    normal_quantile(probability.clamp(1e-300, 1.0 - 1e-16))
}

/// How far the scalar moves with the power of its prior. The weights of the draws are the same for all scalars of a prior.
fn pull<'a>(place: &Place<'a>, draws: &Draws, scaled: &mut HashMap<&'a str, Option<PowerScaled>>) -> Option<f64> {
    let power = || {
        let own = draws.iter().filter(|(scalar, _)| scalar.variable == place.prior.name);
        let own: Vec<&[f64]> = own.map(|(_, values)| values).collect();
        let density = log_prior(place.prior, &own);
        PowerScaled::new(Chains::new(&density, draws.chains())?).ok()
    };
    let scaled = scaled.entry(&place.prior.name).or_insert_with(power).as_ref()?;
    scaled.sensitivity(draws.scalar(place.scalar))
}

fn names(places: &[&Place<'_>], draws: &Draws) -> Vec<String> {
    places.iter().take(LISTED).map(|place| draws.scalars()[place.scalar].name.clone()).collect()
}

fn conflict(places: &[&Place<'_>], draws: &Draws, severity: Severity) -> Option<Finding> {
    let worst = places.first()?;
    let scalars = names(places, draws);
    let name = &scalars[0];
    let side = if worst.mean < 0.0 { "below" } else { "above" };
    let consequence = match severity {
        Severity::Warning => "the posterior lies between both, where neither puts it",
        Severity::Note => "the data outweigh the prior, so that it hardly matters",
    };
    let more =
        if scalars.len() > 1 { format!(" The same holds for {}.", scalars[1..].join(", ")) } else { String::new() };
    Some(Finding {
        code: "prior_data_conflict".to_owned(),
        about: Subject::Prior,
        severity,
        message: format!(
            "The data say that {name} is {side} what its prior allows, by {:.1} standard deviations: {consequence}.{more}",
            worst.score().abs()
        ),
        advice: format!(
            "Look at what the prior of `{}` implies (`polya prior`): is it what you mean, on the scale and in the units of the data? If so, look for \
             what is wrong with the data.",
            worst.prior.name
        ),
        scalars,
        columns: Vec::new(),
    })
}

fn weak_data(places: &[&Place<'_>], draws: &Draws) -> Option<Finding> {
    let scalars = names(places, draws);
    let more = places.len().saturating_sub(scalars.len());
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!scalars.is_empty()).then(|| Finding {
        code: "weak_data".to_owned(),
        about: Subject::Prior,
        severity: Severity::Note,
        message: format!("The data say next to nothing of {}{more}: the posterior is the prior.", scalars.join(", ")),
        advice: "Say so when you report it, or ask it of data that know it.".to_owned(),
        scalars,
        columns: Vec::new(),
    })
}
