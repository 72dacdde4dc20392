//! A fit: draws of every named value, what the sampler did, and the verdict.

use crate::draws::{Draws, Scalar};
use crate::mixture;
use crate::replay::{Matrix, Replay};
use crate::sampling::{self, FitError, Settings};
use crate::summary::{
    self, Algorithm, Centring, Compiled, DataInfo, Finding, IndependenceSteps, Input, Kind, ModelInfo, Parameter,
    Sampler, Severity, Summary, Timing,
};
use polya_diagnostics::verdict::{Evidence, Origin, Row, Scale, Values, judge};
use polya_diagnostics::{Chains, ScalarSummary, e_bfmi, rhat_nested, summarize_many};
use polya_engine::{ChainSamples, Control, DrawStats, LogDensity, Outcome, Samples, Totals};
use polya_models::{Posterior, PredictedRows, Role};
use std::collections::BTreeMap;
use std::time::SystemTime;

/// Draws from a posterior, with their diagnostics.
#[derive(Debug)]
pub struct Fit {
    draws: Draws,
    statistics: Vec<ScalarSummary>,
    samples: Option<Samples>,
    verdict: summary::Verdict,
    settings: Settings,
    compiled: Compiled,
    inputs: BTreeMap<String, Input>,
    rows: Option<usize>,
    rows_left_out: BTreeMap<String, usize>,
    cells: usize,
    centring: BTreeMap<String, Centring>,
    log_evidence: Option<f64>,
    timing: Timing,
    started: SystemTime,
    finished: SystemTime,
}

/// What a summary says of where model and data came from.
#[derive(Clone, Debug, Default)]
pub struct SummaryOptions {
    /// Path of the model.
    pub model_path: String,
    /// SHA-256 of the model text, in hexadecimal.
    pub model_sha256: String,
    /// Path of the data.
    pub data_path: String,
    /// SHA-256 of the data, in hexadecimal.
    pub data_sha256: String,
    /// Variables to list; empty for all.
    pub show: Vec<String>,
    /// Seconds that reading took.
    pub read_seconds: f64,
    /// Seconds that parsing, binding and compiling took.
    pub compile_seconds: f64,
}

/// The largest matrix of log likelihoods or predictions that is made: 50 million numbers, 400 MB.
pub const MATRIX_LIMIT: usize = 50_000_000;

impl Fit {
    /// Samples a posterior.
    ///
    /// # Errors
    /// A setting outside its domain, or a density without a starting point. Interruption and a time limit are no
    /// errors: the fit holds what there is, and its verdict says so.
    pub fn sample(posterior: &Posterior, settings: &Settings, control: &Control<'_>) -> Result<Fit, FitError> {
        let started = SystemTime::now();
        let sampled = sampling::run(posterior, settings, control)?;
        let scalars: Vec<Scalar> =
            posterior.scalars().into_iter().map(|s| Scalar::new(s.variable, s.levels, kind(s.role))).collect();
        let count = scalars.len();
        let draws = Draws::new(scalars, settings.chains, sampled.draws, sampled.values)
            .map_err(|_| FitError::TooLarge { scalars: count, draws: settings.chains * sampled.draws })?;
        let mut statistics = statistics(&draws, settings.superchains);
        let positions = positions(sampled.samples.as_ref(), settings.chains);
        mixture::improve(posterior, settings, &positions, sampled.draws, &mut statistics);
        let mut fit = Fit {
            verdict: summary::Verdict { ok: true, warnings: Vec::new() },
            statistics,
            samples: sampled.samples,
            compiled: compiled(posterior),
            inputs: inputs(posterior),
            rows: posterior.bound().table_rows(),
            rows_left_out: posterior.rows_left_out(),
            cells: posterior.cells(),
            centring: centring(posterior, &sampled.centring),
            log_evidence: log_evidence(posterior),
            timing: Timing { warmup: sampled.warmup_seconds, sample: sampled.sample_seconds, ..Timing::default() },
            settings: settings.clone(),
            draws,
            started,
            finished: SystemTime::now(),
        };
        fit.verdict = fit.judge(posterior, sampled.outcome, sampled.target_missed);
        Ok(fit)
    }

    fn judge(&self, posterior: &Posterior, outcome: Outcome, target_missed: bool) -> summary::Verdict {
        let scales: BTreeMap<String, Scale<'_>> = posterior
            .scales()
            .into_iter()
            .map(|name| {
                let scale = posterior.levels_scaled_by(&name).map_or(Scale::Other, Scale::OfLevels);
                (name, scale)
            })
            .collect();
        let scale = |variable: &str| scales.get(variable).copied();
        let rows = self.draws.scalars().iter().zip(&self.statistics).map(|(scalar, summary)| Row {
            name: &scalar.name,
            origin: match scalar.kind {
                Kind::Sampled => Origin::Sampled,
                Kind::IntegratedOut => Origin::IntegratedOut,
                Kind::Computed | Kind::Predicted => Origin::Computed,
            },
            independent: self.samples.is_none(),
            summary,
        });
        let limit = self.settings.time_limit.filter(|_| outcome == Outcome::TimeLimit);
        let evidence = Evidence {
            rows: rows.collect(),
            chains: self.draws.chains(),
            superchains: self.settings.superchains,
            draws: self.draws.draws(),
            values: self.draws.iter().map(|(s, draws)| Values { draws, scale: scale(&s.variable) }).collect(),
            divergences: self.divergences(),
            trajectories: self.independence_steps().map(|_| self.trajectories()),
            divergent: self.transitions().map(|t| t.divergent).collect(),
            energies: self.transitions().map(|t| t.energy).collect(),
            max_depth_hits: self.max_depth_hits(),
            max_depth: self.settings.max_depth as usize,
            ebfmi: self.ebfmi(),
            time_limit: limit.map(|l| format!("{l:?}")).or((outcome == Outcome::TimeLimit).then(|| "set".to_owned())),
            interrupted: outcome == Outcome::Cancelled,
        };
        let mut verdict = summary::Verdict::from(judge(&evidence));
        if target_missed {
            verdict.warnings.push(Finding {
                code: "until".into(),
                severity: Severity::Note,
                message: format!("the targets of --until were not reached within {} draws a chain", self.draws.draws()),
                advice: "Raise --max-draws, or see what mixes slowly: the scalars with the least ESS.".into(),
                scalars: Vec::new(),
            });
        }
        verdict
    }

    /// The draws of every named value.
    pub fn draws(&self) -> &Draws {
        &self.draws
    }

    /// Whether to trust it, and why not.
    pub fn verdict(&self) -> &summary::Verdict {
        &self.verdict
    }

    /// Mean, quantiles and diagnostics of one scalar by its printed name.
    pub fn summary_of(&self, name: &str) -> Option<&ScalarSummary> {
        self.statistics.get(self.draws.find(name)?)
    }

    /// What the sampler did; none where nothing was left to sample.
    pub fn samples(&self) -> Option<&Samples> {
        self.samples.as_ref()
    }

    /// The settings it was made with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// When it began and ended.
    pub fn times(&self) -> (SystemTime, SystemTime) {
        (self.started, self.finished)
    }

    /// The positions of each chain, draw after draw; empty where nothing was sampled.
    pub fn positions(&self) -> Vec<&[f64]> {
        positions(self.samples.as_ref(), self.settings.chains)
    }

    fn chains(&self) -> &[ChainSamples] {
        self.samples.as_ref().map_or(&[], |s| &s.chains)
    }

    /// What the sampler did for each draw, chain after chain.
    fn transitions(&self) -> impl Iterator<Item = &DrawStats> {
        self.chains().iter().flat_map(|c| &c.stats)
    }

    /// Divergent transitions among the draws.
    pub fn divergences(&self) -> usize {
        self.transitions().filter(|s| s.divergent).count()
    }

    /// Draws that a trajectory made.
    fn trajectories(&self) -> usize {
        self.transitions().filter(|s| s.leapfrogs > 0).count()
    }

    /// The independence steps of all chains while drawing, if there were any.
    fn independence_steps(&self) -> Option<IndependenceSteps> {
        let sum = |count: fn(&Totals) -> u64| self.chains().iter().map(|c| count(&c.sampling)).sum();
        let (proposals, accepted) = (sum(|t| t.proposals), sum(|t| t.accepted));
        (proposals > 0).then_some(IndependenceSteps { proposals, accepted })
    }

    fn max_depth_hits(&self) -> usize {
        self.transitions().filter(|s| s.max_depth_reached).count()
    }

    fn ebfmi(&self) -> Vec<Option<f64>> {
        self.chains().iter().map(|c| e_bfmi(&c.stats.iter().map(|s| s.energy).collect::<Vec<_>>())).collect()
    }

    /// The log likelihood of each observed cell at each draw, named `column[row]`; none where it would hold more than
    /// [`MATRIX_LIMIT`] numbers.
    pub fn log_lik(&self, posterior: &Posterior) -> Option<Draws> {
        if !self.is_kept(posterior.observed_count()) {
            return None;
        }
        let observed = posterior.observed();
        let names = observed
            .iter()
            .flat_map(|o| o.rows.iter().map(|r| Scalar::new(o.name.clone(), vec![r.to_string()], Kind::Computed)));
        Self::named(names.collect(), Replay::of(posterior, self).log_lik())
    }

    /// Draws of the observed columns: replicated data of every row, and the cells that were left out because they are
    /// empty; only the latter where all would be more than [`MATRIX_LIMIT`] numbers, and none where those would be.
    pub fn predictive(&self, posterior: &Posterior) -> Option<Draws> {
        let all = self.is_kept(posterior.predicted_count(PredictedRows::All));
        let rows = if all { PredictedRows::All } else { PredictedRows::LeftOut };
        if !self.is_kept(posterior.predicted_count(rows)) {
            return None;
        }
        let names = posterior.predicted_scalars(rows);
        let names: Vec<Scalar> =
            names.into_iter().map(|s| Scalar::new(s.variable, s.levels, Kind::Predicted)).collect();
        if names.is_empty() {
            return None;
        }
        Self::named(names, Replay::of(posterior, self).predictive_of(rows))
    }

    /// Whether so many numbers a draw are few enough to keep.
    fn is_kept(&self, width: usize) -> bool {
        width.saturating_mul(self.draws.chains() * self.draws.draws()) <= MATRIX_LIMIT
    }

    fn named(names: Vec<Scalar>, matrix: Matrix) -> Option<Draws> {
        Draws::new(names, matrix.chains, matrix.draws, matrix.values).ok()
    }

    /// The summary: the contract for programs, and what the table prints.
    pub fn summary(&self, options: &SummaryOptions) -> Summary {
        let shown = |s: &Scalar| options.show.is_empty() || options.show.contains(&s.variable);
        let parameters = self.draws.scalars().iter().zip(&self.statistics).filter(|(s, _)| shown(s));
        let exact = self.samples.is_none();
        // An independence step evaluates the gradient once, as a leapfrog step does.
        let gradients = |of: fn(&ChainSamples) -> &Totals| -> u64 {
            self.chains().iter().map(of).map(|totals| totals.leapfrogs + totals.proposals).sum()
        };
        let (leapfrogs_warmup, leapfrogs) = (gradients(|chain| &chain.warmup), gradients(|chain| &chain.sampling));
        let timing = Timing { read: options.read_seconds, compile: options.compile_seconds, ..self.timing };
        Summary {
            schema: summary::SCHEMA.into(),
            model: ModelInfo {
                path: options.model_path.clone(),
                sha256: options.model_sha256.clone(),
                inputs: self.inputs.clone(),
            },
            data: self.rows.map(|rows| DataInfo {
                path: options.data_path.clone(),
                sha256: options.data_sha256.clone(),
                rows,
                rows_left_out: self.rows_left_out.clone(),
                cells: self.cells,
            }),
            compiled: Compiled { centring: self.centring.clone(), ..self.compiled.clone() },
            sampler: Sampler {
                algorithm: if exact { Algorithm::Exact } else { Algorithm::Nuts },
                chains: self.draws.chains(),
                superchains: self.settings.superchains.filter(|_| !exact),
                warmup: if exact { 0 } else { self.settings.warmup },
                draws: self.draws.draws(),
                seed: self.settings.seed,
                divergences: self.divergences(),
                max_depth_hits: self.max_depth_hits(),
                leapfrogs,
                leapfrogs_warmup,
                independence: self.independence_steps(),
                step_size: self.chains().iter().map(|c| c.step_size).collect(),
                ebfmi: self.ebfmi(),
                log_evidence: self.log_evidence,
            },
            verdict: self.verdict.clone(),
            timing_s: Timing {
                total: timing.read + timing.compile + self.started.elapsed().map_or(0.0, |e| e.as_secs_f64()),
                ..timing
            },
            parameters: parameters.map(|(scalar, statistics)| Parameter::new(scalar, statistics)).collect(),
        }
    }
}

/// The log marginal likelihood, where it is known: where nothing is sampled, and where nothing is observed.
fn log_evidence(posterior: &Posterior) -> Option<f64> {
    if posterior.dimension() == 0 {
        return Some(posterior.constant());
    }
    (posterior.observed_count() == 0).then_some(0.0)
}

/// The positions of each chain, draw after draw; empty where nothing was sampled.
pub(crate) fn positions(samples: Option<&Samples>, chains: usize) -> Vec<&[f64]> {
    match samples {
        Some(samples) => samples.chains.iter().map(|c| c.positions.as_slice()).collect(),
        None => vec![&[]; chains],
    }
}

pub(crate) fn kind(role: Role) -> Kind {
    match role {
        Role::Parameter => Kind::Sampled,
        Role::IntegratedOut => Kind::IntegratedOut,
        Role::Predicted => Kind::Predicted,
        Role::Computed | Role::Observed | Role::Hidden => Kind::Computed,
    }
}

fn statistics(draws: &Draws, superchains: Option<usize>) -> Vec<ScalarSummary> {
    let views: Vec<Chains<'_>> = draws.iter().filter_map(|(_, values)| Chains::new(values, draws.chains())).collect();
    if views.len() == draws.scalars().len() {
        let mut summaries = summarize_many(&views);
        if let Some(superchains) = superchains {
            for (summary, view) in summaries.iter_mut().zip(&views) {
                summary.rhat_nested = rhat_nested(*view, superchains);
            }
        }
        return summaries;
    }
    // A run that was stopped before its first draw has nothing to summarise.
    vec![ScalarSummary::without_draws(); draws.scalars().len()]
}

fn compiled(posterior: &Posterior) -> Compiled {
    let of = |role: Role| {
        let outputs = posterior.compiled().outputs.iter().filter(move |o| o.role == role);
        outputs.map(|o| o.name.clone()).collect::<Vec<_>>()
    };
    Compiled {
        sampled: of(Role::Parameter),
        integrated_out: of(Role::IntegratedOut),
        computed: of(Role::Computed),
        predicted: of(Role::Predicted),
        dimension: posterior.dimension(),
        centring: BTreeMap::new(),
    }
}

/// How far the levels of each variable are centred.
fn centring(posterior: &Posterior, weights: &[f64]) -> BTreeMap<String, Centring> {
    let mut by_variable: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for (level, weight) in posterior.centred_levels().into_iter().zip(weights) {
        by_variable.entry(level.variable).or_default().push(*weight);
    }
    by_variable.into_iter().filter_map(|(name, weights)| Some((name, Centring::of(weights)?))).collect()
}

fn inputs(posterior: &Posterior) -> BTreeMap<String, Input> {
    let indexed: BTreeMap<&str, bool> = posterior.bound().model().inputs().collect();
    let value = |(name, values): (&String, &Vec<f64>)| {
        let list = indexed.get(name.as_str()).copied().unwrap_or(false);
        let input = match values.as_slice() {
            [one] if !list => Input::Number(*one),
            many => Input::List(many.to_vec()),
        };
        (name.clone(), input)
    };
    posterior.bound().inputs().iter().map(value).collect()
}
