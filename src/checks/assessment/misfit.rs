//! Data that the model does not make: one finding for each column, with the cause that explains the rows best.

use super::remedy::{self, Remedy};
use super::{Finding, PREDICTIVE_SIZE, Subject};
use crate::checks::predictive::surprising_levels;
use crate::checks::replicated::Replicated;
use crate::checks::replications::Replications;
use crate::checks::statistics::{StatisticCheck, check_all, standard};
use crate::checks::words::short;
use crate::summary::Severity;
use polya_models::{Error, ObservedColumn};

/// Statistics that a finding names.
const NAMED: usize = 4;
/// Fewer replications are no evidence.
const FEWEST_REPLICATIONS: usize = 100;

/// What is wrong with a column.
struct Cause {
    code: &'static str,
    words: String,
    advice: String,
}

/// A finding for each column that is not like its replications; a row with a weight stands there as many times as it counts.
pub(super) fn find(replications: &Replications<'_>) -> Vec<Finding> {
    let replicated: Vec<(&ObservedColumn, Replicated<'_>)> = replications.replicated().collect();
    let checks: Vec<[Vec<StatisticCheck>; 2]> = replicated
        .iter()
        .map(|(column, replicated)| {
            [check_all(&standard(column), &column.values, replicated), surprising_levels(column, replicated)]
        })
        .collect();
    let share = PREDICTIVE_SIZE / replicated.len().max(1) as f64;
    let mut findings = Vec::new();
    for ((column, replicated), checks) in replicated.iter().zip(&checks) {
        let limits = Limits::of(share, &checks[0], column.groupings.len());
        let mut surprising: Vec<&StatisticCheck> =
            checks.iter().flatten().filter(|check| check.p_value < limits.of_check(check)).collect();
        if surprising.is_empty() || replicated.count() < FEWEST_REPLICATIONS {
            continue;
        }
        surprising.sort_by(|a, b| a.p_value.total_cmp(&b.p_value));
        findings.push(finding(column, replicated, &surprising));
    }
    findings
}

/// Data that were not looked at: weights that stand for too many rows.
pub(super) fn unchecked(error: &Error) -> Finding {
    Finding {
        code: "data_unchecked".to_owned(),
        about: Subject::Likelihood,
        severity: Severity::Note,
        message: format!("Whether the data look like those of the model was not checked: {}.", error.message()),
        advice: error.help().unwrap_or_default(),
        scalars: Vec::new(),
        columns: Vec::new(),
    }
}

/// The statistics that an excess of variation moves first.
const DISPERSION: [&str; 2] = ["dispersion", "variance/mean"];

/// How small a p-value must be: half of a column's share is that of its dispersion, if it has one.
struct Limits {
    dispersion: f64,
    others: f64,
}

impl Limits {
    fn of(share: f64, statistics: &[StatisticCheck], factors: usize) -> Self {
        let dispersions = statistics.iter().filter(|check| DISPERSION.contains(&check.name.as_str())).count();
        let dispersion = if dispersions == 0 { 0.0 } else { share / 2.0 };
        // The p-value of a level already allows for the number of levels.
        let others = (statistics.len() - dispersions + factors).max(1);
        Self { dispersion: dispersion / dispersions.max(1) as f64, others: (share - dispersion) / others as f64 }
    }

    fn of_check(&self, check: &StatisticCheck) -> f64 {
        if DISPERSION.contains(&check.name.as_str()) { self.dispersion } else { self.others }
    }
}

fn finding(column: &ObservedColumn, replicated: &Replicated<'_>, surprising: &[&StatisticCheck]) -> Finding {
    let Cause { code, words, advice } = cause(column, replicated, surprising);
    let name = &column.name;
    let one = |check: &&&StatisticCheck| {
        let [observed, low, high] = [check.observed, check.low, check.high].map(short);
        format!("{} is {observed}, in replications {low} to {high}", check.name)
    };
    let named: Vec<String> = surprising.iter().take(NAMED).map(|check| one(&check)).collect();
    let more = surprising.len().saturating_sub(NAMED);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    Finding {
        code: code.to_owned(),
        about: Subject::Likelihood,
        severity: Severity::Warning,
        message: format!("`{name}` {words}: {}{more}.", named.join("; ")),
        advice,
        scalars: Vec::new(),
        columns: vec![name.clone()],
    }
}

fn cause(column: &ObservedColumn, replicated: &Replicated<'_>, surprising: &[&StatisticCheck]) -> Cause {
    if let Some(remedy) = remedy::best(column, &|row| replicated.mean(row)) {
        return of_remedy(column, remedy);
    }
    let higher =
        |names: &[&str]| surprising.iter().any(|c| names.contains(&c.name.as_str()) && c.observed > c.replicated);
    let lower =
        |names: &[&str]| surprising.iter().any(|c| names.contains(&c.name.as_str()) && c.observed < c.replicated);
    let factor = surprising.iter().find_map(|check| check.name.strip_prefix("mean at ")?.split('=').next());
    if higher(&["zeros"]) {
        zero_inflation(column)
    } else if let Some(factor) = factor {
        levels(factor)
    } else if higher(&DISPERSION) {
        overdispersion(column)
    } else if lower(&DISPERSION) {
        Cause {
            code: "underdispersion",
            words: "varies less than the model lets it".to_owned(),
            advice: "Rows are more alike than independent ones of this likelihood: are they independent, and counted once? A Binomial whose trials \
                     are known, or a Multinomial, varies less than a Poisson."
                .to_owned(),
        }
    } else if !column.is_count && (higher(&["sd", "max"]) || lower(&["min"])) {
        outliers(column)
    } else {
        misfit()
    }
}

fn of_remedy(column: &ObservedColumn, remedy: Remedy) -> Cause {
    match remedy {
        Remedy::Overdispersion => overdispersion(column),
        Remedy::ZeroInflation => zero_inflation(column),
        Remedy::Outliers => outliers(column),
        Remedy::Levels(factor) => levels(&factor),
        Remedy::None => misfit(),
    }
}

fn overdispersion(column: &ObservedColumn) -> Cause {
    let remedy = match column.distribution {
        Some("Poisson") => "NegativeBinomial(mean = …, dispersion = …) with the same mean",
        Some("Binomial" | "Bernoulli") => {
            "a rate of its own for each row or group, theta[group] ~ Beta(mean = mu, concentration = kappa), or BetaBinomial"
        }
        _ if column.width > 1 => {
            "shares of its own for each row or group, theta[group] ~ Dirichlet(mean = phi, concentration = kappa)"
        }
        _ => "a parameter of its own for each row or group",
    };
    Cause {
        code: "overdispersion",
        words: "varies more than the model lets it, over all rows".to_owned(),
        advice: format!("Let the rows differ: {remedy}. Intervals of this fit are too narrow."),
    }
}

fn zero_inflation(column: &ObservedColumn) -> Cause {
    Cause {
        code: "zero_inflation",
        words: "has more zeros than the model makes, and is otherwise as it should be".to_owned(),
        advice: format!(
            "Some rows may be zero for a reason of their own: find what tells them (a column, a filter), leave them out or let the rate of `{}` depend \
             on it; else let the rate vary so far that it comes near zero.",
            column.name
        ),
    }
}

fn outliers(column: &ObservedColumn) -> Cause {
    let remedy = match column.distribution {
        Some("Normal") => "StudentT instead of Normal",
        _ => "a likelihood with a heavier tail (BetaBinomial, NegativeBinomial)",
    };
    Cause {
        code: "outliers",
        words: "has a few rows that the model does not make, while the rest are as they should be".to_owned(),
        advice: format!(
            "Look at the extreme rows: are they mistakes, or of another kind? If they belong to the data, take {remedy}."
        ),
    }
}

fn levels(factor: &str) -> Cause {
    Cause {
        code: "level_misfit",
        words: format!("differs between levels of `{factor}` by more than the model lets it"),
        advice: format!(
            "Give each level a parameter of its own, such as b[{factor}] ~ Normal(0, s), or another shape of what is there."
        ),
    }
}

fn misfit() -> Cause {
    Cause {
        code: "likelihood_misfit",
        words: "is not like the data that the model makes".to_owned(),
        advice:
            "Look at `polya ppc`: is the distribution the right one, and does the mean follow the columns it should?"
                .to_owned(),
    }
}
