//! Plots in a section.

use crate::page::html::Html;
use crate::plot::{Pairs, Plot};
use crate::style::{Style, Theme};
use crate::words::hidden;

/// The most plots of one kind in a section.
const MOST: usize = 24;

/// Plots of one kind, and what was left out.
#[derive(Debug, Clone, PartialEq)]
pub struct Section<P> {
    /// The plots; the first 24 are shown.
    pub plots: Vec<P>,
    /// What was left out or is worth knowing, a sentence each.
    pub notes: Vec<String>,
}

impl<P> Default for Section<P> {
    fn default() -> Self {
        Self { plots: Vec::new(), notes: Vec::new() }
    }
}

impl<P> From<Vec<P>> for Section<P> {
    fn from(plots: Vec<P>) -> Self {
        Self { plots, notes: Vec::new() }
    }
}

impl<P> Section<P> {
    pub(super) fn is_empty(&self) -> bool {
        self.plots.is_empty() && self.notes.is_empty()
    }
}

impl<P: Plot> Section<P> {
    pub(super) fn write(&self, html: &mut Html) {
        let mut figures = Figures::default();
        figures.add(self);
        figures.write(html);
    }
}

/// Plots of several kinds side by side, with what is to be said of them below.
#[derive(Default)]
pub(super) struct Figures {
    plots: Vec<String>,
    notes: Vec<String>,
}

impl Figures {
    /// Adds the plots of a section and its notes.
    pub(super) fn add<P: Plot>(&mut self, section: &Section<P>) {
        self.add_plots(&section.plots);
        // What is to be said of sections side by side is often the same.
        for note in &section.notes {
            if !self.notes.contains(note) {
                self.notes.push(note.clone());
            }
        }
    }

    /// Adds plots of one kind.
    pub(super) fn add_plots<P: Plot>(&mut self, plots: &[P]) {
        self.plots.extend(plots.iter().take(MOST).map(|plot| plot.to_svg(&inline())));
        if plots.len() > MOST {
            self.notes.push(hidden(plots.len() - MOST, "plot", "plots"));
        }
    }

    pub(super) fn write(&self, html: &mut Html) {
        if !self.plots.is_empty() {
            html.nested("div class=\"figures\"", |html| {
                for plot in &self.plots {
                    html.nested("figure", |html| html.raw(plot));
                }
            });
        }
        html.notes(&self.notes);
    }
}

/// One plot.
pub(super) fn write_plot(plot: &impl Plot, html: &mut Html) {
    let mut figures = Figures::default();
    figures.add_plots(std::slice::from_ref(plot));
    figures.write(html);
}

/// Pairs: a matrix is too wide for a column, and for a phone.
pub(super) fn write_pairs(section: &Section<Pairs>, html: &mut Html) {
    let (wide, narrow): (Vec<&Pairs>, Vec<&Pairs>) =
        section.plots.iter().take(MOST).partition(|pairs| pairs.variables.len() > 2);
    let mut figures = Figures::default();
    narrow.into_iter().for_each(|plot| figures.add_plots(std::slice::from_ref(plot)));
    figures.write(html);
    for plot in wide {
        html.nested("figure class=\"wide\" tabindex=\"0\" aria-label=\"Matrix of pairs\"", |html| {
            html.raw(&plot.to_svg(&inline()))
        });
    }
    if section.plots.len() > MOST {
        html.element("p class=\"note\"", &hidden(section.plots.len() - MOST, "plot", "plots"));
    }
    html.notes(&section.notes);
}

/// How plots look on a page: narrow, so that their words can be read on a phone.
fn inline() -> Style {
    Style { width: 420.0, theme: Theme::Light, background: false }
}
