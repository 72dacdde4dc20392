//! One page that says it all: self-contained HTML, readable on a screen, on a phone and on paper, in
//! light and dark.

mod checks;
mod figures;
mod html;
mod model;
mod parameters;
mod sheet;
mod table;
mod verdict;

pub use checks::{CheckRow, CoverageRow, LooSection, PredictiveChecks};
pub use figures::Section;
pub use model::{Compiled, CompiledVariable, Question};
pub use parameters::{Parameter, Parameters};
pub use verdict::{Finding, Outcome, Verdict};

use html::Html;
use table::{Cell, Column, Table};

use crate::escape::escaped;
use crate::plot::{
    Calibration, Comparison, Density, EcdfDifference, Energy, Forest, Pairs, RankHistograms, Sensitivity, Trace,
};

/// Everything that a page shows. What is empty is left out, heading and all.
///
/// ```
/// use polya_report::page::{Outcome, Page, Verdict};
///
/// let page = Page {
///     title: "Rats".to_owned(),
///     verdict: Some(Verdict { outcome: Outcome::Ok, summary: "The chains agree.".to_owned(), findings: vec![] }),
///     ..Page::default()
/// };
/// assert!(page.to_html().contains("The chains agree."));
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Page {
    /// The heading.
    pub title: String,
    /// A line below it, such as the data and their size; may be empty.
    pub subtitle: String,
    /// What was asked.
    pub question: Option<Question>,
    /// What the compiler made of it.
    pub compiled: Option<Compiled>,
    /// The judgement.
    pub verdict: Option<Verdict>,
    /// The table of parameters.
    pub parameters: Option<Parameters>,
    /// The levels of each index.
    pub forests: Section<Forest>,
    /// Posteriors of single quantities.
    pub densities: Section<Density>,
    /// Rank histograms of chains.
    pub ranks: Section<RankHistograms>,
    /// Rank distributions of chains against the uniform one.
    pub rank_differences: Section<EcdfDifference>,
    /// Chains over draws.
    pub traces: Section<Trace>,
    /// Energies of the sampler.
    pub energy: Option<Energy>,
    /// Pairs of quantities with divergences.
    pub pairs: Section<Pairs>,
    /// Predictive checks.
    pub checks: PredictiveChecks,
    /// Leave-one-out cross-validation.
    pub loo: Option<LooSection>,
    /// Sensitivity to prior and likelihood.
    pub sensitivity: Section<Sensitivity>,
    /// Models side by side.
    pub comparison: Option<Comparison>,
    /// Simulation-based calibration.
    pub calibration: Section<Calibration>,
    /// Where it all comes from: versions, seeds, hashes, times.
    pub provenance: Vec<(String, String)>,
    /// What was left out of the whole, a sentence each.
    pub notes: Vec<String>,
}

/// A section of the page: its id, its heading, its content.
type Part = (&'static str, &'static str, String);

impl Page {
    /// The page, as one HTML document that needs no other file and no network.
    pub fn to_html(&self) -> String {
        let parts = self.parts();
        let mut html = Html::default();
        html.raw("<!DOCTYPE html>\n");
        html.nested("html lang=\"en\"", |html| {
            html.nested("head", |html| self.head(html));
            html.nested("body", |html| {
                html.nested("header", |html| {
                    html.element("h1", &self.title);
                    if !self.subtitle.is_empty() {
                        html.element("p class=\"subtitle\"", &self.subtitle);
                    }
                    if let Some(verdict) = &self.verdict {
                        verdict.badge(html);
                    }
                    html.notes(&self.notes);
                });
                contents(html, &parts);
                html.nested("main", |html| {
                    for (id, heading, content) in &parts {
                        html.section(id, heading, |html| html.raw(content));
                    }
                });
                html.raw(&format!("<script>{}</script>\n", sheet::SCRIPT));
            });
        });
        html.finish()
    }

    fn head(&self, html: &mut Html) {
        html.raw("<meta charset=\"utf-8\"/>\n");
        html.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n");
        html.raw("<meta name=\"color-scheme\" content=\"light dark\"/>\n");
        // A page from a file that someone sent may load nothing and run nothing but its own few lines.
        let script = sheet::SCRIPT_HASH;
        let policy = format!("default-src 'none'; style-src 'unsafe-inline'; script-src '{script}'; img-src data:");
        html.raw(&format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\"/>\n"));
        html.raw("<link rel=\"icon\" href=\"data:,\"/>\n");
        let title = if self.title.trim().is_empty() { "Report" } else { &self.title };
        html.raw(&format!("<title>{}</title>\n", escaped(title)));
        html.raw(&format!("<style>\n{}</style>\n", sheet::style()));
    }

    fn parts(&self) -> Vec<Part> {
        let mut parts: Vec<Part> = Vec::new();
        let mut add = |there: bool, id, heading, write: &dyn Fn(&mut Html)| {
            if there {
                let mut html = Html::default();
                write(&mut html);
                parts.push((id, heading, html.finish()));
            }
        };
        let some = |html: &mut Html, words: &str| html.element("p class=\"lead\"", words);

        add(self.question.is_some(), "question", "The question", &|html| {
            self.question.iter().for_each(|question| question.write(html));
        });
        add(self.compiled.is_some(), "compiled", "What became of the model", &|html| {
            self.compiled.iter().for_each(|compiled| compiled.write(html));
        });
        add(self.verdict.is_some(), "verdict", "The verdict", &|html| {
            self.verdict.iter().for_each(|verdict| verdict.write(html));
        });
        add(self.parameters.is_some(), "parameters", "Parameters", &|html| {
            self.parameters.iter().for_each(|parameters| parameters.write(html));
        });
        add(!self.forests.is_empty(), "levels", "Levels", &|html| {
            some(
                html,
                "Each row is one level: its median, and the intervals that hold it with 50% and 90% probability. What is 0 or 1 has a probability instead.",
            );
            self.forests.write(html);
        });
        add(!self.densities.is_empty(), "marginals", "Single quantities", &|html| {
            some(
                html,
                "The posterior, darker where 90% of it lies; the line is the median. Where it looks like the prior, the data said little.",
            );
            self.densities.write(html);
        });
        self.sampling_parts(&mut add);
        self.model_parts(&mut add);
        add(!self.provenance.is_empty(), "provenance", "Where it comes from", &|html| {
            let table = Table {
                caption: "How to make this again".to_owned(),
                columns: vec![Column::words("what", ""), Column::words("value", "")],
                rows: self.provenance.iter().map(|(key, value)| vec![Cell::words(key), Cell::words(value)]).collect(),
                sortable: false,
            };
            table.write(html);
        });
        parts
    }

    /// What the sampler did.
    fn sampling_parts(&self, add: &mut impl FnMut(bool, &'static str, &'static str, &dyn Fn(&mut Html))) {
        let chains = !(self.ranks.is_empty() && self.rank_differences.is_empty() && self.traces.is_empty());
        add(chains, "chains", "Chains", &|html| {
            html.element(
                "p class=\"lead\"",
                "Chains that explore the same distribution have equal bars and lines that stay in the band; traces cover each other and have no trend.",
            );
            let mut figures = figures::Figures::default();
            figures.add(&self.ranks);
            figures.add(&self.rank_differences);
            figures.add(&self.traces);
            figures.write(html);
        });
        add(self.energy.is_some(), "energy", "Energy", &|html| {
            html.element(
                "p class=\"lead\"",
                "The two curves should be about as wide: then one transition can take the chain anywhere it has to go.",
            );
            self.energy.iter().for_each(|energy| figures::write_plot(energy, html));
        });
        add(!self.pairs.is_empty(), "pairs", "Pairs", &|html| {
            html.element(
                "p class=\"lead\"",
                "Divergences that gather in one place show where the sampler could not follow.",
            );
            figures::write_pairs(&self.pairs, html);
        });
    }

    /// What can be said of the model.
    fn model_parts(&self, add: &mut impl FnMut(bool, &'static str, &'static str, &dyn Fn(&mut Html))) {
        add(!self.checks.is_empty(), "checks", "Predictive checks", &|html| {
            html.element(
                "p class=\"lead\"",
                "Does the data that the model makes look like the data that it was given?",
            );
            self.checks.write(html);
        });
        add(self.loo.is_some(), "loo", "Leaving one out", &|html| {
            self.loo.iter().for_each(|loo| loo.write(html));
        });
        add(!self.sensitivity.is_empty(), "sensitivity", "Prior and data", &|html| {
            html.element(
                "p class=\"lead\"",
                "How much a quantity moves when the prior, or the likelihood, is made a little stronger or weaker.",
            );
            self.sensitivity.write(html);
        });
        add(self.comparison.is_some(), "comparison", "Models compared", &|html| {
            self.comparison.iter().for_each(|comparison| checks::write_comparison(comparison, html));
        });
        add(!self.calibration.is_empty(), "calibration", "Calibration", &|html| {
            html.element(
                "p class=\"lead\"",
                "If the inference is right, true values have any rank among the draws alike.",
            );
            self.calibration.write(html);
        });
    }
}

/// Links to the sections.
fn contents(html: &mut Html, parts: &[Part]) {
    if parts.len() > 2 {
        html.nested("nav aria-label=\"Contents\"", |html| {
            html.nested("ul", |html| {
                for (id, heading, _) in parts {
                    html.nested("li", |html| html.element(&format!("a href=\"#{id}\""), heading));
                }
            });
        });
    }
}
