//! `polya fit`: bind, sample, print the summary, keep the fit.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Instant;

use polya::keep::{self, Columns, Destination, KeptFit, KeptTable, SamplerRow};
use polya::summary::Summary;
use polya::{CancellationToken, Control, Fit, Posterior, Settings, SummaryOptions};
use serde_json::{Map, Value, json};

use crate::args::{DrawsFormat, FitOptions, Format};
use crate::failure::Failure;
use crate::input::{self, Data, ModelText};
use crate::output::Output;
use crate::render::{progress, table};
use crate::{STANDS, UNRELIABLE};

/// Runs the command.
pub fn run(options: &FitOptions, output: &Output) -> Result<u8, Failure> {
    let parsing = Instant::now();
    let text = ModelText::read(&options.model)?;
    let model = text.parse()?;
    let columns = model.columns();
    let parsed = parsing.elapsed();
    input::needs_data(&columns, &options.data)?;
    let mut data = Data::read(&options.data, &columns)?;
    let compiling = Instant::now();
    let bound = model.bind(data.table().0, &input::inputs(&options.settings));
    let kept_table = data.table().0.filter(|_| options.out.is_some() && bound.is_ok());
    let kept_table = kept_table.map(|table| KeptTable::of(table, &text.text)).transpose()?;
    data.forget_cells();
    let posterior = bound.and_then(|bound| bound.compile_with(options.passes.passes()));
    let posterior = posterior.map_err(|error| Failure::of_model(error, &text.path, &text.text, data.table()))?;
    let compiled = parsed + compiling.elapsed();
    let variables: Vec<String> = posterior.compiled().outputs.iter().map(|output| output.name.clone()).collect();
    input::known_names("--show", options.show.as_deref(), &variables)?;
    input::known_names("--keep", options.keep.as_deref(), &variables)?;
    // Before sampling, so that a fit is not made in vain.
    let destination = options.out.as_deref().map(Destination::check).transpose()?;

    let settings = settings(options, output);
    let fit = sample(&posterior, &settings, output);
    let fit = fit.map_err(|error| Failure::of_model(error, &text.path, &text.text, data.table()))?;
    let loaded = data.loaded.as_ref();
    let summary = fit.summary(&SummaryOptions {
        model_path: text.path.clone(),
        model_sha256: text.sha256.clone(),
        data_path: loaded.map_or_else(String::new, |loaded| loaded.table.name().to_owned()),
        data_sha256: loaded.map_or_else(String::new, |loaded| loaded.sha256.clone()),
        show: options.show.clone().unwrap_or_default(),
        read_seconds: data.time.as_secs_f64(),
        compile_seconds: compiled.as_secs_f64(),
    });
    if let Some(destination) = &destination {
        let kept =
            Kept { fit: &fit, posterior: &posterior, summary: &summary, model: &text.text, table: kept_table.as_ref() };
        keep(destination, &kept, options, output)?;
    }
    match options.format {
        Format::Table => output.result(&table::summary(&summary, None))?,
        Format::Json => {
            output.result(&(summary.to_json().map_err(|error| Failure::machine(error.to_string()))? + "\n"))?
        }
    }
    Ok(if summary.verdict.ok { STANDS } else { UNRELIABLE })
}

fn settings(options: &FitOptions, output: &Output) -> Settings {
    let seed = options.seed.unwrap_or_else(|| {
        let seed = picked_seed();
        output.note(&format!("seed {seed} (picked; --seed {seed} repeats this fit)"));
        seed
    });
    Settings {
        chains: options.chains,
        superchains: options.superchains,
        warmup: options.warmup,
        draws: options.draws,
        seed,
        target_accept: options.target_accept,
        max_depth: options.max_depth,
        independence: !options.no_independence,
        until: options.until,
        max_draws: options.max_draws.unwrap_or(options.draws.saturating_mul(10)),
        time_limit: options.time_limit,
        ..Settings::default()
    }
}

/// A seed of 32 bits, short enough to type. The keys of a `RandomState` come from the system.
pub fn picked_seed() -> u64 {
    RandomState::new().build_hasher().finish() >> 32
}

fn sample(posterior: &Posterior, settings: &Settings, output: &Output) -> Result<Fit, polya::FitError> {
    let token = CancellationToken::new();
    on_interrupt(&token, output);
    let bar = progress::Bar::new(output.shows_progress(), settings);
    let control = Control::new().cancelled_by(token).on_progress(|news| bar.update(news));
    let fit = Fit::sample(posterior, settings, &control);
    bar.finish();
    fit
}

/// The first interrupt ends the run with the draws it has; the second ends the program.
fn on_interrupt(token: &CancellationToken, output: &Output) {
    let (token, output) = (token.clone(), *output);
    // Without a handler an interrupt ends the program, as ever.
    let _ = ctrlc::set_handler(move || {
        if token.is_cancelled() {
            std::process::exit(130);
        }
        token.cancel();
        output.note("\nstopping with the draws there are; once more ends at once");
    });
}

/// What is kept of a fit.
struct Kept<'a> {
    fit: &'a Fit,
    posterior: &'a Posterior,
    summary: &'a Summary,
    model: &'a str,
    table: Option<&'a KeptTable>,
}

fn keep(destination: &Destination, kept: &Kept<'_>, options: &FitOptions, output: &Output) -> Result<(), Failure> {
    let Kept { fit, posterior, summary, model, table } = *kept;
    let rows = |chain: &polya::engine::ChainSamples| chain.stats.iter().map(SamplerRow::from).collect();
    let sampler: Vec<Vec<SamplerRow>> =
        fit.samples().map(|samples| samples.chains.iter().map(rows).collect()).unwrap_or_default();
    let log_lik = fit.log_lik(posterior);
    if log_lik.is_none() {
        output.note("log_lik.parquet is left out: it would be too large");
    }
    let predictive = fit.predictive(posterior);
    // Held only where it is written: of a long table it is as large as the table.
    let observed = if options.draws_format == DrawsFormat::Arviz { posterior.observed_columns() } else { Vec::new() };
    let (started, finished) = fit.times();
    destination.write(&KeptFit {
        summary,
        draws: fit.draws(),
        keep: options.keep.as_deref(),
        sampler: &sampler,
        log_lik: log_lik.as_ref().map(|draws| draws as &dyn Columns),
        predictive: predictive.as_ref().map(|draws| draws as &dyn Columns),
        observed: &observed,
        data: table,
        positions: Some(&fit.positions()),
        indices: Some(&indices(posterior)),
        model,
        settings: &recorded(fit.settings(), options),
        started,
        finished,
        format: match options.draws_format {
            DrawsFormat::Parquet => keep::DrawsFormat::Parquet,
            DrawsFormat::Cmdstan => keep::DrawsFormat::CmdStan,
            DrawsFormat::Arrow => keep::DrawsFormat::Arrow,
            DrawsFormat::Arviz => keep::DrawsFormat::Arviz,
        },
    })?;
    output.note(&format!("kept in {}", destination.folder().display()));
    Ok(())
}

/// The names of the indices of each variable.
fn indices(posterior: &Posterior) -> BTreeMap<String, Vec<String>> {
    let name = |index| posterior.bound().levels(index).name.clone();
    let outputs = posterior.compiled().outputs.iter();
    outputs.map(|output| (output.name.clone(), output.shape.indices().into_iter().map(name).collect())).collect()
}

/// The settings as `fit.json` has them.
fn recorded(settings: &Settings, options: &FitOptions) -> Map<String, Value> {
    let until = settings.until.map(|until| json!({"ess": until.ess, "rhat": until.rhat}));
    let values = [
        ("chains", json!(settings.chains)),
        ("superchains", json!(settings.superchains)),
        ("warmup", json!(settings.warmup)),
        ("draws", json!(settings.draws)),
        ("target_accept", json!(settings.target_accept)),
        ("max_depth", json!(settings.max_depth)),
        ("independence", json!(settings.independence)),
        ("max_draws", json!(until.as_ref().map(|_| settings.max_draws))),
        ("until", json!(until)),
        ("time_limit_s", json!(settings.time_limit.map(|limit| limit.as_secs_f64()))),
        ("keep", json!(options.keep)),
        ("integrate", json!(options.passes.passes().integrate)),
        ("collapse", json!(options.passes.passes().collapse)),
    ];
    values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
