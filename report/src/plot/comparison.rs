//! Models side by side: how well each is expected to predict.

use crate::canvas::{Canvas, Key, Mark};
use crate::frame::Axis;
use crate::numbers::with_error;
use crate::plot::Plot;
use crate::rows::Rows;
use crate::scale::Extent;
use crate::style::{Ink, Style};
use crate::svg::{Anchor, Font, Paint};
use crate::words::hidden;

/// The most models.
const MOST: usize = 40;

/// The expected log predictive densities of models, the best first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Comparison {
    /// The heading.
    pub title: String,
    /// The models.
    pub models: Vec<ComparedModel>,
}

/// One model.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ComparedModel {
    /// Its name.
    pub name: String,
    /// Its expected log predictive density.
    pub elpd: f64,
    /// The standard error of that.
    pub se: f64,
    /// How much worse it predicts than the best: 0 or negative.
    pub difference: f64,
    /// The standard error of the difference, if it is not the best.
    pub se_difference: Option<f64>,
    /// Its weight in a mixture of all, if that was computed.
    pub weight: Option<f64>,
}

impl Plot for Comparison {
    fn to_svg(&self, style: &Style) -> String {
        let text = format!("Expected log predictive density of {} models, with one standard error.", self.models.len());
        let mut canvas = Canvas::new(style, &self.title, text);
        let finite: Vec<&ComparedModel> = self.models.iter().filter(|model| model.elpd.is_finite()).collect();
        let models = &finite[..finite.len().min(MOST)];
        if models.is_empty() {
            return canvas.nothing("There are no finite numbers to show.");
        }
        canvas.legend(&[
            Key::new(Mark::Ring, Ink::Accent, "elpd ± its standard error"),
            Key::new(Mark::Line, Ink::Second, "difference from the best ± its standard error"),
        ]);
        let best = models[0].elpd - models[0].difference;
        let ends = models.iter().flat_map(|model| {
            let other = model.se_difference.unwrap_or(0.0);
            [model.elpd - model.se, model.elpd + model.se, model.elpd, model.elpd - other, model.elpd + other]
        });
        let extent = Extent::of(&ends.collect::<Vec<_>>());
        let labels: Vec<&str> = models.iter().map(|model| model.name.as_str()).collect();
        let axis = Axis::new("elpd (more is better)", extent.padded(0.05));
        let frame = Rows::new(&mut canvas, &labels, 40.0, &axis, 0.0);
        frame.upright(&mut canvas, best, Paint::stroke(Ink::Muted, 1.5).dashed());
        for (number, model) in models.iter().enumerate() {
            model.draw(&mut canvas, &frame, number);
        }
        if finite.len() > models.len() {
            canvas.note(&hidden(finite.len() - models.len(), "model", "models"));
        }
        canvas.note_not_finite(self.models.len() - finite.len(), "model", "models");
        canvas.finish()
    }
}

impl ComparedModel {
    fn draw(&self, canvas: &mut Canvas, frame: &Rows, number: usize) {
        frame.span(canvas, number, (self.elpd - self.se, self.elpd + self.se), Paint::stroke(Ink::Accent, 2.0));
        frame.dot(canvas, number, self.elpd, 4.5, Paint::fill(Ink::Surface).outlined(Ink::Accent, 2.0));
        let Some(error) = self.se_difference.filter(|error| error.is_finite()) else { return };
        let y = frame.middle(number) + 9.0;
        let within = |x: f64| frame.x.at(x).clamp(frame.area.left, frame.area.right());
        let (from, to) = (within(self.elpd - error), within(self.elpd + error));
        canvas.svg.line((from, y), (to, y), Paint::stroke(Ink::Second, 2.0));
        let words = with_error(self.difference, error);
        let middle = (from + to) / 2.0;
        let half = crate::words::width(&words, Font::SMALL.size) / 2.0;
        let x = middle.min(frame.area.right() - half).max(frame.area.left + half);
        canvas.svg.text((x, y - 16.0), Anchor::Middle, Font { ink: Ink::Second, ..Font::SMALL }, &words);
    }
}
