//! `polya report` and `polya plot`: a kept fit as one page, and each of its plots alone.

mod checks;
mod figures;
mod left_out;
mod places;

use std::collections::HashSet;

use polya::checks::assessment::{Assessment, Prediction, assess_with};
use polya::checks::replications::Replications;
use polya_report::page::{
    Compiled, CompiledVariable, Finding, Outcome, Page, Parameter, Parameters, Question, Section, Verdict,
};
use polya_report::{Plot, Style, to_png};

use crate::STANDS;
use crate::args::{PlotKind, PlotOptions, ReportOptions};
use crate::failure::Failure;
use crate::file::write;
use crate::kept::Kept;
use crate::left_out::LeftOut;
use crate::output::Output;
use crate::render::numbers::plain;
use crate::render::unnamed;

/// Runs `polya report`.
pub fn run(options: &ReportOptions, output: &Output) -> Result<u8, Failure> {
    let kept = Kept::open(&options.folder)?;
    let html = page(&kept).to_html();
    write(&options.html, html.as_bytes())?;
    output.note(&format!("written to {}", options.html.display()));
    Ok(STANDS)
}

/// Runs `polya plot`.
pub fn plot(options: &PlotOptions, output: &Output) -> Result<u8, Failure> {
    let kept = Kept::open(&options.folder)?;
    let page = page(&kept);
    let found = plots(&page, options.kind);
    let chosen = match &options.name {
        Some(name) => found.iter().find(|(title, _)| title.contains(name.as_str())),
        None => found.first(),
    };
    let Some((_, plot)) = chosen else {
        let titles: Vec<&str> = found.iter().map(|(title, _)| title.as_str()).collect();
        let help = if let Some(name) = left_out_by_keep(&kept, options.name.as_deref()) {
            format!("the fit was made without the draws of `{name}`: --keep left it out; fit again and keep it too")
        } else if titles.is_empty() {
            "the fit has none of that kind".to_owned()
        } else {
            format!("there are: {}", titles.join(", "))
        };
        return Err(Failure::request("there is no such plot").help(help));
    };
    let svg = plot.to_svg(&Style { width: options.width, ..Style::default() });
    let ending = options.out.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
    match ending.as_str() {
        "svg" => write(&options.out, svg.as_bytes())?,
        "png" => write(&options.out, &to_png(&svg, 2.0).map_err(|error| Failure::machine(error.to_string()))?)?,
        _ => return Err(Failure::request(format!("{} ends in neither .svg nor .png", options.out.display()))),
    }
    output.note(&format!("written to {}", options.out.display()));
    Ok(STANDS)
}

/// A variable whose draws `--keep` left out: the one that is asked for, or the first where all are.
fn left_out_by_keep<'a>(kept: &'a Kept, name: Option<&str>) -> Option<&'a str> {
    let is_kept = |variable: &str| kept.opened.draws.scalars().iter().any(|scalar| scalar.variable == variable);
    let outputs = kept.posterior.compiled().outputs.iter().map(|output| output.name.as_str());
    let mut left_out = outputs.filter(|variable| !is_kept(variable));
    left_out.find(|variable| name.is_none_or(|name| name == *variable || name.starts_with(&format!("{variable}["))))
}

/// The plots of a kind with their titles.
fn plots(page: &Page, kind: PlotKind) -> Vec<(String, &dyn Plot)> {
    fn all<P: Plot>(plots: &[P], title: impl Fn(&P) -> &String) -> Vec<(String, &dyn Plot)> {
        plots.iter().map(|plot| (title(plot).clone(), plot as &dyn Plot)).collect()
    }
    match kind {
        PlotKind::Forest => all(&page.forests.plots, |p| &p.title),
        PlotKind::Density => all(&page.densities.plots, |p| &p.title),
        PlotKind::Ranks => all(&page.ranks.plots, |p| &p.title),
        PlotKind::Trace => all(&page.traces.plots, |p| &p.title),
        PlotKind::Energy => all(page.energy.as_slice(), |p| &p.title),
        PlotKind::Pairs => all(&page.pairs.plots, |p| &p.title),
        PlotKind::Rootogram => all(&page.checks.rootograms, |p| &p.title),
        PlotKind::Pit => all(&page.checks.pit, |p| &p.title),
        PlotKind::Intervals => all(&page.checks.intervals, |p| &p.title),
        PlotKind::Loo => page.loo.iter().map(|l| (l.plot.title.clone(), &l.plot as &dyn Plot)).collect(),
        PlotKind::Sensitivity => all(&page.sensitivity.plots, |p| &p.title),
    }
}

/// Parameters of the table at most.
const MOST_ROWS: usize = 500;

fn page(kept: &Kept) -> Page {
    let summary = &kept.opened.summary;
    let figures = figures::Figures::of(kept);
    let replay = kept.replay();
    let replications = Replications::of(&replay);
    let left_out = LeftOut::of(&replay).ok();
    let prediction = left_out.as_ref().map(LeftOut::prediction).or_else(|| Prediction::of(&replay));
    let assessment = assess_with(&replay, &replications, prediction.as_ref(), &kept.opened.draws, &summary.verdict);
    let data = summary.data.as_ref();
    Page {
        title: format!("Report of {}", summary.model.path),
        subtitle: data.map_or_else(String::new, |d| format!("{}: {} rows in {} cells", d.path, d.rows, d.cells)),
        question: Some(Question { paragraphs: Vec::new(), model: kept.opened.model.clone() }),
        compiled: Some(compiled(kept)),
        verdict: Some(verdict(kept, &assessment)),
        parameters: Some(parameters(kept, &assessment)),
        forests: figures.forests(),
        densities: figures.densities(),
        ranks: figures.ranks(),
        rank_differences: Section::default(),
        traces: figures.traces(),
        energy: figures.energy(),
        pairs: figures.pairs(),
        checks: checks::predictive(&replications, left_out.as_ref()),
        loo: left_out.as_ref().map(left_out::section),
        sensitivity: checks::sensitivity(kept, &assessment),
        comparison: None,
        calibration: Section::default(),
        provenance: provenance(kept),
        notes: Vec::new(),
    }
}

fn compiled(kept: &Kept) -> Compiled {
    let explanation = kept.posterior.explain();
    let variable = |row: polya::models::compiler::explain::ExplainRow| CompiledVariable {
        name: if row.indices.is_empty() { row.variable } else { format!("{}[{}]", row.variable, row.indices) },
        role: row.role.to_owned(),
        size: row.size,
        distribution: row.distribution.unwrap_or_default(),
        reason: row.reason,
    };
    Compiled {
        derivation: explanation.notes,
        variables: explanation.rows.into_iter().map(variable).collect(),
        notes: Vec::new(),
    }
}

/// The verdict over everything, in words.
fn verdict(kept: &Kept, assessment: &Assessment) -> Verdict {
    let finding = |finding: &polya::checks::assessment::Finding| Finding {
        outcome: match finding.severity {
            polya::summary::Severity::Warning => Outcome::Warn,
            polya::summary::Severity::Note => Outcome::Ok,
        },
        message: finding.message.clone(),
        advice: finding.advice.clone(),
        scalars: unnamed(&finding.message, finding.scalars.iter().chain(&finding.columns)),
    };
    let outcome = if assessment.ok { Outcome::Ok } else { Outcome::Fail };
    let summary = crate::verdict::headline(kept, assessment).to_owned();
    Verdict { outcome, summary, findings: assessment.findings.iter().map(finding).collect() }
}

/// A finding of a check as a sentence.
fn sentence(finding: &str) -> String {
    let mut letters = finding.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", letters.as_str())
}

fn parameters(kept: &Kept, assessment: &Assessment) -> Parameters {
    let all = &kept.opened.summary.parameters;
    let kind = |kind: polya::summary::Kind| match kind {
        polya::summary::Kind::Sampled => "sampled",
        polya::summary::Kind::IntegratedOut => "integrated out",
        polya::summary::Kind::Computed => "computed",
        polya::summary::Kind::Predicted => "predicted",
    };
    let flagged: HashSet<&String> = assessment.findings.iter().flat_map(|finding| &finding.scalars).collect();
    // Those that the verdict speaks against are not among what is left out.
    let (first, others): (Vec<_>, Vec<_>) =
        all.iter().partition(|p| all.len() > MOST_ROWS && flagged.contains(&p.name));
    let rows = first.into_iter().chain(others).take(MOST_ROWS).map(|p| Parameter {
        name: p.name.clone(),
        kind: kind(p.kind).to_owned(),
        mean: p.mean,
        sd: p.sd,
        q5: p.q5,
        median: p.median,
        q95: p.q95,
        mcse_mean: p.mcse_mean,
        ess_bulk: p.ess_bulk,
        ess_tail: p.ess_tail,
        rhat: p.rhat_nested.or(p.rhat),
        flagged: flagged.contains(&p.name),
    });
    let notes = (all.len() > MOST_ROWS)
        .then(|| format!("{MOST_ROWS} of {} are shown; `polya summary DIR --format json` lists all.", all.len()));
    Parameters { rows: rows.collect(), notes: notes.into_iter().collect() }
}

fn provenance(kept: &Kept) -> Vec<(String, String)> {
    let (summary, record) = (&kept.opened.summary, &kept.opened.record);
    let sampler = &summary.sampler;
    let mut lines = vec![("Model".to_owned(), format!("{} (SHA-256 {})", summary.model.path, summary.model.sha256))];
    if let Some(data) = &summary.data {
        lines.push(("Data".to_owned(), format!("{} (SHA-256 {})", data.path, data.sha256)));
    }
    lines.push((
        "Sampler".to_owned(),
        format!(
            "{} chains of {} draws after {} of warmup, seed {}, {} gradients, {} divergences",
            sampler.chains, sampler.draws, sampler.warmup, sampler.seed, sampler.leapfrogs, sampler.divergences
        ),
    ));
    lines.push(("Version".to_owned(), format!("polya {}", record.versions.polya)));
    lines.push(("Finished".to_owned(), record.times.finished.clone()));
    lines.push(("Seconds".to_owned(), plain(summary.timing_s.total)));
    lines
}
