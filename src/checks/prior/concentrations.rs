//! Concentrations: how alike the priors make the levels of a hierarchy.
//!
//! A concentration counts as much as so many observations. From ten times all data on, a level with all data to itself
//! would still vary by less than a tenth more than with the common mean alone: the model can no more tell levels apart.

use super::PROBABILITIES;
use crate::replay::Replay;
use polya_diagnostics::quantile;
use polya_models::resolve::Definition;
use polya_models::syntax::{Argument, Call, Expr, ExprKind};
use serde::Serialize;

/// So many times all data are more than any data can tell.
const BEYOND_DATA: f64 = 10.0;
/// The share of prior mass beyond the data that is worth a warning.
const MOST_BEYOND: f64 = 0.5;

/// Where the priors put a variable that is the `concentration` of a distribution.
#[derive(Clone, Debug, Serialize)]
pub struct PriorConcentration {
    /// The variable.
    pub variable: String,
    /// The 5%, 25%, 50%, 75% and 95% quantiles over draws and levels.
    pub quantiles: [f64; 5],
    /// Ten times all trials or counts of the data together.
    pub bound: f64,
    /// The share of prior mass above the bound.
    pub beyond: f64,
    /// What is worth a thought, in words.
    pub warning: Option<String>,
}

/// Describes each kept variable that stands as a `concentration` beside a `mean`, under the prior; the replay is
/// [`Replay::of_prior`]. None where nothing is counted.
pub fn describe_concentrations(replay: &Replay<'_>) -> Vec<PriorConcentration> {
    let bound = BEYOND_DATA * counted(replay);
    let wanted = concentrations(replay);
    if wanted.is_empty() || bound <= 0.0 {
        return Vec::new();
    }
    let (values, scalars) = (replay.values(), replay.posterior().scalars());
    let describe = |variable: String| {
        let own = (0..scalars.len()).filter(|i| scalars[*i].variable == variable);
        let mut drawn: Vec<f64> = own.flat_map(|i| values.column(i)).copied().filter(|x| !x.is_nan()).collect();
        drawn.sort_unstable_by(f64::total_cmp);
        let quantiles = PROBABILITIES.map(|p| quantile(&drawn, p).unwrap_or(f64::NAN));
        let beyond = (drawn.len() - drawn.partition_point(|x| *x <= bound)) as f64 / drawn.len().max(1) as f64;
        let warning = (beyond > MOST_BEYOND).then(|| warning(&variable, beyond, bound));
        (!drawn.is_empty()).then_some(PriorConcentration { variable, quantiles, bound, beyond, warning })
    };
    wanted.into_iter().filter_map(describe).collect()
}

fn warning(variable: &str, beyond: f64, bound: f64) -> String {
    format!(
        "the priors put {:.0}% of the concentration `{variable}` above {bound}, ten times all data: there the levels are \
         all but equal, whatever the data say; a prior without bound does that; is it meant?",
        100.0 * beyond
    )
}

/// All trials of the data together, or counts where there are none: of the column with most.
fn counted(replay: &Replay<'_>) -> f64 {
    let columns = replay.posterior().observed_columns();
    let counts = columns.iter().filter(|column| column.is_count);
    counts.map(|column| column.trials.as_ref().unwrap_or(&column.values).iter().sum()).fold(0.0, f64::max)
}

/// The variables that stand as a concentration, in the order of the model.
fn concentrations(replay: &Replay<'_>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for variable in replay.posterior().bound().model().variables() {
        let Definition::Random { distribution, .. } = &variable.definition else { continue };
        if let Some(name) = concentration(distribution).filter(|name| !found.iter().any(|own| own == name)) {
            found.push(name.to_owned());
        }
    }
    found
}

/// The variable that is the concentration of a distribution by mean.
fn concentration(distribution: &Call) -> Option<&str> {
    let argument = |wanted: &str| {
        let is_wanted = |argument: &&Argument| argument.name.as_ref().is_some_and(|name| name.text == wanted);
        distribution.arguments.iter().find(is_wanted)
    };
    argument("mean")?;
    name_of(&argument("concentration")?.value)
}

/// The variable that an expression is, or is a level of.
fn name_of(value: &Expr) -> Option<&str> {
    match &value.kind {
        ExprKind::Name(name) => Some(name),
        ExprKind::Index { base, .. } => name_of(base),
        _ => None,
    }
}
