//! How a posterior is sampled: settings, targets, and what can go wrong.

use crate::expansion::{Expander, Expansion};
use polya_diagnostics::{Chains, rhat_nested};
use polya_engine::{Control, EngineError, LogDensity, Outcome, Rejection, Run, Samples};
use polya_models::{Fault, Posterior, Role, Scratch};
use std::time::{Duration, Instant};

/// How a fit is made. Counts are per chain.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Number of chains, at least 1.
    pub chains: usize,
    /// Groups of chains that start from one point each, so that nested R-hat can judge many short chains; 2 or more, which
    /// divide the chains. Without them each chain starts from a point of its own.
    pub superchains: Option<usize>,
    /// Transitions of each chain before the first draw.
    pub warmup: usize,
    /// Draws of each chain, at least 1; with `until` the length of the first round.
    pub draws: usize,
    /// Seed of all randomness: the same seed gives the same bits on every number of threads.
    pub seed: u64,
    /// Which of many fits with one seed this is; each has streams of its own.
    pub job: u64,
    /// The acceptance probability the step size is tuned to, between 0 and 1.
    pub target_accept: f64,
    /// The deepest tree of a trajectory: 2^max_depth leapfrog steps.
    pub max_depth: u32,
    /// Whether chains make independence steps beside trajectories, where warmup shows that they serve.
    pub independence: bool,
    /// Go on until these targets are reached.
    pub until: Option<Until>,
    /// Draws of each chain at which `until` gives up.
    pub max_draws: usize,
    /// Stop after this time with what there is.
    pub time_limit: Option<Duration>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            chains: 4,
            superchains: None,
            warmup: 1000,
            draws: 1000,
            seed: 0,
            job: 0,
            target_accept: 0.8,
            max_depth: 10,
            independence: true,
            until: None,
            max_draws: 10_000,
            time_limit: None,
        }
    }
}

/// Targets over all sampled scalars.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Until {
    /// The smaller of bulk and tail effective sample size must reach this.
    pub ess: Option<f64>,
    /// R-hat, or nested R-hat where there are superchains, must not exceed this.
    pub rhat: Option<f64>,
}

/// Why there is no fit.
#[derive(Debug, thiserror::Error)]
pub enum FitError {
    /// A setting is outside its domain.
    #[error("{name} must be {expected}, not {value}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// What it must be.
        expected: &'static str,
        /// What it is.
        value: String,
    },
    /// No starting point has a finite log density and gradient.
    #[error("no starting point found: {reason}")]
    NoStart {
        /// The variable or statement at fault, its place, and what is wrong there.
        reason: String,
        /// The statement, as bytes of the model text.
        span: Option<std::ops::Range<usize>>,
    },
    /// With variables integrated out the density is not finite where that of the model as written is: a pass of the
    /// compiler is at fault, not the model.
    #[error("integrating out {} makes the log density {value}, which is finite in the model as written", .variables.join(", "))]
    Pass {
        /// What was integrated out.
        variables: Vec<String>,
        /// What the log density is instead of finite.
        value: f64,
    },
    /// The sampler failed.
    #[error(transparent)]
    Engine(EngineError),
    /// The draws do not fit into memory.
    #[error("{scalars} scalars times {draws} draws do not fit into memory")]
    TooLarge {
        /// Scalars of a draw.
        scalars: usize,
        /// Draws of all chains.
        draws: usize,
    },
}

/// Positions, what the sampler did, and the draws of every named value.
pub(crate) struct Sampled {
    pub(crate) samples: Option<Samples>,
    pub(crate) draws: usize,
    pub(crate) values: Vec<f64>,
    pub(crate) outcome: Outcome,
    pub(crate) target_missed: bool,
    /// How far each level of the hierarchies that are centred in part is centred, the mean over the chains.
    pub(crate) centring: Vec<f64>,
    pub(crate) warmup_seconds: f64,
    pub(crate) sample_seconds: f64,
}

impl Settings {
    fn check(&self) -> Result<(), FitError> {
        let fault = |name, expected, value: String| Err(FitError::Setting { name, expected, value });
        if self.chains == 0 {
            return fault("chains", "at least 1", "0".into());
        }
        if let Some(superchains) = self.superchains
            && (superchains < 2 || !self.chains.is_multiple_of(superchains))
        {
            let value = format!("{superchains} of {} chains", self.chains);
            return fault("superchains", "2 or more and a divisor of the number of chains", value);
        }
        if self.draws == 0 {
            return fault("draws", "at least 1", "0".into());
        }
        if !(self.target_accept > 0.0 && self.target_accept < 1.0) {
            return fault("target_accept", "between 0 and 1, exclusive", self.target_accept.to_string());
        }
        if !(1..=20).contains(&self.max_depth) {
            return fault("max_depth", "from 1 to 20", self.max_depth.to_string());
        }
        Ok(())
    }

    fn engine(&self) -> polya_engine::Settings {
        polya_engine::Settings {
            chains: self.chains,
            superchains: self.superchains,
            warmup: self.warmup,
            draws: self.draws,
            seed: self.seed,
            job: self.job,
            target_accept: self.target_accept,
            max_depth: self.max_depth,
            independence: self.independence,
            ..polya_engine::Settings::default()
        }
    }
}

/// More numbers are no fit of this machine's, nor of any: 2 TB.
const MOST_NUMBERS: usize = 1 << 38;

/// Samples a posterior and expands the draws.
pub(crate) fn run(posterior: &Posterior, settings: &Settings, control: &Control<'_>) -> Result<Sampled, FitError> {
    settings.check()?;
    let width = posterior.scalar_count();
    if width.saturating_mul(settings.chains).saturating_mul(settings.draws) > MOST_NUMBERS {
        return Err(too_large(width, settings, settings.draws));
    }
    let expander = Expander {
        posterior,
        width,
        seed: settings.seed,
        job: settings.job,
        numbers: None,
        write: &|position, streams, scratch, row| posterior.expand(position, streams, scratch, row),
    };
    let limited = settings.time_limit.map(|limit| control.within(limit));
    let control = limited.as_ref().unwrap_or(control);
    match posterior.dimension() {
        0 => exact(&expander, settings, control),
        _ => by_chains(&expander, settings, control),
    }
}

/// Draws where nothing is left to sample: independent, from what is known.
fn exact(expander: &Expander<'_>, settings: &Settings, control: &Control<'_>) -> Result<Sampled, FitError> {
    let posterior = expander.posterior;
    if !posterior.constant().is_finite()
        && let Some(error) = pass_at_fault(posterior, posterior.constant())
    {
        return Err(error);
    }
    let start = Instant::now();
    let (nowhere, goes_on) = (vec![&[][..]; settings.chains], || control.interruption().is_none());
    let values = expander.scalar_major_while(&nowhere, settings.draws, &goes_on);
    let (values, draws) = values.ok_or_else(|| too_large(expander.width, settings, settings.draws))?;
    let interrupted = (draws < settings.draws).then(|| control.interruption()).flatten();
    Ok(Sampled {
        samples: None,
        draws,
        values,
        outcome: interrupted.unwrap_or(Outcome::Completed),
        target_missed: false,
        centring: Vec::new(),
        warmup_seconds: 0.0,
        sample_seconds: start.elapsed().as_secs_f64(),
    })
}

/// Chains of the sampler, in rounds where targets are to be reached, and the draws that their positions stand for.
fn by_chains(expander: &Expander<'_>, settings: &Settings, control: &Control<'_>) -> Result<Sampled, FitError> {
    let posterior = expander.posterior;
    let start = Instant::now();
    let failed = |e| describe(posterior, e);
    let mut run = Run::start(posterior, settings.engine()).map_err(failed)?;
    let mut outcome = run.warm_up(control).map_err(failed)?;
    let warmup_seconds = start.elapsed().as_secs_f64();
    let centring = mean_weights(run.scratches().map(Scratch::weights));
    let most = settings.max_draws.max(settings.draws);
    let mut expansion = Expansion::new(settings.chains, expander.width);
    let mut target_missed = false;
    let mut next = settings.draws;
    while outcome == Outcome::Completed {
        outcome = draw_in_steps(&mut run, next, control).map_err(failed)?;
        let Some(until) = settings.until else { break };
        let positions: Vec<&[f64]> = run.chains().map(|c| c.positions.as_slice()).collect();
        let draws = run.draws();
        expansion.extend(expander, &positions, draws);
        if reached(posterior, &expansion, settings, until) {
            break;
        }
        if draws >= most {
            target_missed = true;
            break;
        }
        // All draws are looked at after each round: the later of many rounds are several in one.
        let rounds = (draws / settings.draws / 4).max(1);
        next = settings.draws.saturating_mul(rounds).min(most - draws);
    }
    let samples = run.finish();
    let positions: Vec<&[f64]> = samples.chains.iter().map(|c| c.positions.as_slice()).collect();
    // After an interruption the chains are cut to a common length, which may be less than has been expanded.
    let values = if (1..=samples.draws).contains(&expansion.draws()) {
        expansion.extend(expander, &positions, samples.draws);
        expansion.scalar_major()
    } else {
        expander.scalar_major(&positions, samples.draws)
    };
    Ok(Sampled {
        draws: samples.draws,
        values: values.ok_or_else(|| too_large(expander.width, settings, samples.draws))?,
        outcome,
        target_missed,
        centring,
        warmup_seconds,
        sample_seconds: start.elapsed().as_secs_f64() - warmup_seconds,
        samples: Some(samples),
    })
}

fn too_large(scalars: usize, settings: &Settings, draws: usize) -> FitError {
    FitError::TooLarge { scalars, draws: settings.chains.saturating_mul(draws) }
}

/// The centring weights of each level, the mean over the chains.
fn mean_weights<'a>(chains: impl Iterator<Item = &'a [f64]>) -> Vec<f64> {
    let (mut total, mut count) = (Vec::new(), 0.0);
    for weights in chains {
        total.resize(weights.len(), 0.0);
        total.iter_mut().zip(weights).for_each(|(t, w)| *t += w);
        count += 1.0;
    }
    total.iter().map(|t: &f64| t / count).collect()
}

/// Draws a few at a time, so that an interruption finds all chains about as far, however few threads there are.
fn draw_in_steps(run: &mut Run<'_, Posterior>, draws: usize, control: &Control<'_>) -> Result<Outcome, EngineError> {
    let mut left = draws;
    while left > 0 {
        let step = left.min(STEP);
        let outcome = run.draw(step, control)?;
        if outcome != Outcome::Completed {
            return Ok(outcome);
        }
        left -= step;
    }
    Ok(Outcome::Completed)
}

/// Draws of each chain between two looks at the others.
const STEP: usize = 100;

/// Whether every sampled scalar meets the targets.
fn reached(posterior: &Posterior, expansion: &Expansion, settings: &Settings, until: Until) -> bool {
    let sampled = posterior.scalars().into_iter().enumerate().filter(|(_, s)| s.role == Role::Parameter);
    sampled.map(|(i, _)| i).all(|i| {
        let values = expansion.scalar(i);
        let Some(view) = Chains::new(&values, settings.chains) else { return false };
        let summary = polya_diagnostics::summarize(view);
        let ess = match (summary.ess_bulk, summary.ess_tail) {
            (Some(bulk), Some(tail)) => bulk.min(tail),
            (Some(bulk), None) => bulk,
            _ => 0.0,
        };
        let rhat = settings.superchains.map_or(summary.rhat, |superchains| rhat_nested(view, superchains));
        let ess_met = until.ess.is_none_or(|target| ess >= target);
        ess_met && until.rhat.is_none_or(|target| rhat.is_some_and(|r| r <= target))
    })
}

/// An error where the density is not finite with variables integrated out, but is in the model as written.
fn pass_at_fault(posterior: &Posterior, value: f64) -> Option<FitError> {
    let variables: Vec<String> = posterior.integrated_out().into_iter().map(str::to_owned).collect();
    if variables.is_empty() || value.is_finite() {
        return None;
    }
    let written = posterior.as_written().ok()?;
    finds_a_start(&written).then_some(FitError::Pass { variables, value })
}

/// Whether the density is finite at one of a few positions around 0.
fn finds_a_start(posterior: &Posterior) -> bool {
    const SCALES: [f64; 5] = [0.0, 0.5, -0.5, 1.5, -1.5];
    SCALES.iter().any(|x| density_at(posterior, &vec![*x; posterior.dimension()]).is_finite())
}

/// The log density at a position; NaN where it or its gradient cannot be had.
fn density_at(posterior: &Posterior, position: &[f64]) -> f64 {
    let mut gradient = vec![0.0; position.len()];
    let value = posterior.log_density(position, &mut gradient, &mut posterior.scratch());
    if gradient.iter().all(|g| g.is_finite()) { value.unwrap_or(f64::NAN) } else { f64::NAN }
}

/// An engine error in the words of the model.
fn describe(posterior: &Posterior, error: EngineError) -> FitError {
    let EngineError::NoInitialPoint { tries, rejection, position, .. } = &error else {
        return FitError::Engine(error);
    };
    let culprit = posterior.culprit(position);
    // An argument outside its domain is no pass's fault.
    let argument = culprit.as_ref().is_some_and(|c| matches!(c.fault, Fault::Argument { .. }));
    if !argument && let Some(error) = pass_at_fault(posterior, density_at(posterior, position)) {
        return error;
    }
    if let Some(culprit) = culprit {
        let reason = format!("{culprit} at each of {tries} positions tried");
        return FitError::NoStart { reason, span: Some(culprit.span.start..culprit.span.end) };
    }
    let reason = match rejection {
        Rejection::NonFiniteGradient { coordinate } => match posterior.coordinate(*coordinate) {
            Some(scalar) => {
                let name = crate::draws::scalar_name(&scalar.variable, &scalar.levels);
                format!("the gradient by `{name}` is not finite at each of {tries} positions tried")
            }
            None => rejection.to_string(),
        },
        other => format!("{other} at each of {tries} positions tried"),
    };
    FitError::NoStart { reason, span: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use polya_models::{Model, table::Table};

    /// Where a marginal is not finite and the model as written is, the pass is named; where both are finite, or neither
    /// is, it is not.
    #[test]
    fn a_pass_is_blamed_for_what_it_alone_does() {
        let posterior = |concentration: &str| {
            let text = format!(
                "data k: count\nmu ~ Beta(1, 1)\ntheta ~ Beta(mean = mu, concentration = {concentration})\nk ~ Binomial(9, theta)\n"
            );
            let table = Table::builder("t").numbers("k", vec![3.0]).build().expect("a table");
            Model::parse(&text).and_then(|m| m.bind(Some(&table), &Default::default())?.compile()).expect("a posterior")
        };
        let sound = posterior("5");
        assert!(pass_at_fault(&sound, density_at(&sound, &[0.3])).is_none());
        match pass_at_fault(&sound, f64::NAN) {
            Some(FitError::Pass { variables, .. }) => assert_eq!(variables, ["theta"]),
            other => panic!("{other:?}"),
        }
        let hopeless = posterior("1e-320");
        assert!(pass_at_fault(&hopeless, f64::NAN).is_none());
    }
}
