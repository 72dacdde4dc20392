//! Findings about the run as a whole.

use super::{Code, Evidence, Severity, Warning};

/// The share of divergent draws that is still put up with.
const MOST_DIVERGENCES: f64 = 0.001;
/// The least E-BFMI at which energies explore the tails (Betancourt 2016; the limit of CmdStan and
/// ArviZ).
const LEAST_EBFMI: f64 = 0.3;

pub(super) fn interruption(evidence: &Evidence<'_>) -> Option<Warning> {
    evidence.interrupted.then(|| Warning {
        code: Code::Interrupted,
        severity: Severity::Warning,
        message: format!(
            "The run was interrupted after {} draws in each of {} chains.",
            evidence.draws, evidence.chains
        ),
        advice: "Run it again to the end; these results rest on fewer draws than were asked for.".to_owned(),
        scalars: Vec::new(),
    })
}

pub(super) fn time_limit(evidence: &Evidence<'_>) -> Option<Warning> {
    evidence.time_limit.as_ref().map(|limit| Warning {
        code: Code::TimeLimit,
        severity: Severity::Warning,
        message: format!(
            "The time limit of {limit} was reached after {} draws in each of {} chains.",
            evidence.draws, evidence.chains
        ),
        advice: "Allow more time (--time-limit), or ask for fewer draws.".to_owned(),
        scalars: Vec::new(),
    })
}

/// The transitions that could diverge.
struct Transitions {
    total: usize,
    /// How many divergences are no evidence, however few the transitions are.
    forgiven: usize,
    /// What they are called.
    what: &'static str,
}

impl Transitions {
    fn of(evidence: &Evidence<'_>) -> Self {
        match evidence.trajectories {
            // Of few trajectories a single one is more than its share.
            Some(trajectories) => Self { total: trajectories, forgiven: 1, what: "trajectories" },
            None => Self { total: evidence.total_draws(), forgiven: 0, what: "draws" },
        }
    }

    /// The most divergences that are put up with.
    fn limit(&self) -> f64 {
        f64::max(self.forgiven as f64, MOST_DIVERGENCES * self.total.max(1) as f64)
    }

    /// The limit in words.
    fn rule(&self) -> String {
        let share = format!("{}% of the {}", 100.0 * MOST_DIVERGENCES, self.what);
        if self.forgiven > 0 { format!("the larger of {share} and a single one") } else { share }
    }
}

/// Whether more draws diverged than is put up with.
pub(super) fn diverges(evidence: &Evidence<'_>) -> bool {
    evidence.divergences as f64 > Transitions::of(evidence).limit()
}

/// Whether the energies of a chain change too slowly.
pub(super) fn lacks_energy(evidence: &Evidence<'_>) -> bool {
    evidence.ebfmi.iter().flatten().any(|value| *value < LEAST_EBFMI)
}

pub(super) fn divergences(evidence: &Evidence<'_>) -> Option<Warning> {
    let count = evidence.divergences;
    if count == 0 {
        return None;
    }
    let transitions = Transitions::of(evidence);
    let Transitions { total, what, .. } = transitions;
    let share = count as f64 / total.max(1) as f64;
    let many = diverges(evidence);
    let consequence = if many { "the posterior may be biased there" } else { "few enough to put up with" };
    Some(Warning {
        code: Code::Divergences,
        severity: if many { Severity::Warning } else { Severity::Note },
        message: format!(
            "{count} of {total} {what} ({:.2}%) diverged, where the sampler could not follow the curvature of the posterior: {consequence} \
             (limit: {}).",
            100.0 * share,
            transitions.rule()
        ),
        advice: "Take smaller steps (--target-accept 0.95, then 0.99). If divergences stay, a scale near zero or a weak prior is the usual \
                 cause: tighten that prior, or write the model so that it varies less."
            .to_owned(),
        scalars: Vec::new(),
    })
}

pub(super) fn energy(evidence: &Evidence<'_>) -> Option<Warning> {
    let known = evidence.ebfmi.iter().flatten();
    let low = known.clone().filter(|&&value| value < LEAST_EBFMI).count();
    let least = known.copied().min_by(f64::total_cmp)?;
    (low > 0).then(|| Warning {
        code: Code::Ebfmi,
        severity: Severity::Warning,
        message: format!(
            "E-BFMI is {least:.2} at the lowest (limit {LEAST_EBFMI}), and too low in {low} of {} chains: the sampler moves too slowly between \
             the centre and the tails of the posterior.",
            evidence.ebfmi.len()
        ),
        advice: "Look for a quantity with very heavy tails, or a scale that the data hardly bound: give it a tighter prior, or write it on \
                 another scale. A longer warmup (--warmup 2000) sometimes helps."
            .to_owned(),
        scalars: Vec::new(),
    })
}

pub(super) fn depth(evidence: &Evidence<'_>) -> Option<Warning> {
    (evidence.max_depth_hits > 0).then(|| Warning {
        code: Code::MaxDepth,
        severity: Severity::Note,
        message: format!(
            "{} of {} trajectories reached the maximum depth of {}: the draws are valid, but cost more than they need.",
            evidence.max_depth_hits,
            evidence.total_draws(),
            evidence.max_depth
        ),
        advice: format!("If sampling is slow, try --max-depth {}, or a longer warmup.", evidence.max_depth + 2),
        scalars: Vec::new(),
    })
}
