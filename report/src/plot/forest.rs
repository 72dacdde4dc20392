//! One row for each level: point and intervals.

use crate::canvas::{Canvas, Key, Mark};
use crate::frame::Axis;
use crate::numbers::{among, short};
use crate::plot::Plot;
use crate::rows::Rows;
use crate::scale::Extent;
use crate::style::{Ink, Style};
use crate::svg::Paint;
use crate::words::counted;

/// How many rows a person can look at.
const MOST: usize = 50;

/// Estimates side by side, as of the levels of one index.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Forest {
    /// The heading.
    pub title: String,
    /// What the numbers are.
    pub axis: String,
    /// The estimates, from top to bottom.
    pub rows: Vec<ForestRow>,
    /// A number to compare with, such as 0 or the mean over levels.
    pub reference: Option<Reference>,
    /// Which rows are shown where there are more than 50.
    pub order: ForestOrder,
}

/// One estimate.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ForestRow {
    /// Its name.
    pub label: String,
    /// The point, such as the median.
    pub point: f64,
    /// The ends of the interval with 50% of the probability.
    pub inner: (f64, f64),
    /// The ends of the interval with 90% of the probability.
    pub outer: (f64, f64),
}

/// A number to compare with.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reference {
    /// The number.
    pub value: f64,
    /// What it is.
    pub label: String,
}

/// The order of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ForestOrder {
    /// As given; of too many rows, the first are shown.
    #[default]
    AsGiven,
    /// The highest point first; of too many rows, the highest and the lowest are shown.
    ByPoint,
}

impl Plot for Forest {
    fn to_svg(&self, style: &Style) -> String {
        let rows = self.shown();
        let text = format!("Point, 50% and 90% interval of {} of {} rows.", rows.len(), self.rows.len());
        let mut canvas = Canvas::new(style, &self.title, text);
        let numbers = rows.iter().flat_map(|row| [row.point, row.inner.0, row.inner.1, row.outer.0, row.outer.1]);
        let mut extent = Extent::of(&numbers.collect::<Vec<_>>());
        if extent.is_empty() {
            return canvas.nothing("There are no finite numbers to show.");
        }
        let mut keys = vec![
            Key::new(Mark::Ring, Ink::Accent, "point"),
            Key::new(Mark::Box, Ink::Accent, "50%"),
            Key::new(Mark::Line, Ink::Accent, "90%"),
        ];
        if let Some(reference) = &self.reference {
            extent = extent.with(reference.value);
            keys.push(Key::new(
                Mark::Dashes,
                Ink::Second,
                format!("{} ({})", reference.label, short(reference.value, 3)),
            ));
        }
        canvas.legend(&keys);
        let labels: Vec<&str> = rows.iter().map(|row| row.label.as_str()).collect();
        let height = if rows.len() > 20 { 17.0 } else { 22.0 };
        let frame = Rows::new(&mut canvas, &labels, height, &Axis::new(&self.axis, extent.padded(0.04)), 0.0);
        if let Some(reference) = &self.reference {
            frame.upright(&mut canvas, reference.value, Paint::stroke(Ink::Second, 1.5).dashed());
        }
        for (number, row) in rows.iter().enumerate() {
            row.draw(&mut canvas, &frame, number);
        }
        self.notes(&mut canvas, rows.len());
        canvas.finish()
    }
}

impl ForestRow {
    fn draw(&self, canvas: &mut Canvas, frame: &Rows, number: usize) {
        frame.span(canvas, number, self.outer, Paint::stroke(Ink::Accent, 1.5));
        frame.span(canvas, number, self.inner, Paint::stroke(Ink::Accent, 5.0));
        let spread = self.outer.1 - self.outer.0;
        let words = format!(
            "{}: {} (50% from {} to {}, 90% from {} to {})",
            self.label,
            among(self.point, spread),
            among(self.inner.0, spread),
            among(self.inner.1, spread),
            among(self.outer.0, spread),
            among(self.outer.1, spread)
        );
        if frame.x.holds(self.point) {
            let at = (frame.x.at(self.point), frame.middle(number));
            let paint = Paint::fill(Ink::Surface).outlined(Ink::Accent, 2.0);
            canvas.svg.titled(&words, |svg| svg.circle(at, 4.0, paint));
        }
    }
}

impl Forest {
    fn shown(&self) -> Vec<&ForestRow> {
        let mut rows: Vec<&ForestRow> = self.rows.iter().collect();
        if self.order == ForestOrder::ByPoint {
            rows.sort_by(|a, b| b.point.total_cmp(&a.point));
            if rows.len() > MOST {
                rows.drain(MOST / 2..rows.len() - MOST / 2);
            }
        }
        rows.truncate(MOST);
        rows
    }

    fn notes(&self, canvas: &mut Canvas, shown: usize) {
        let hidden = self.rows.len() - shown;
        if hidden > 0 {
            let which = match self.order {
                ForestOrder::AsGiven => "after these",
                ForestOrder::ByPoint => "between the highest and the lowest",
            };
            canvas.note(&format!("Not shown: {} {which}.", counted(hidden, "more row", "more rows")));
        }
        let unknown = self.rows.iter().filter(|row| !row.point.is_finite()).count();
        canvas.note_not_finite(unknown, "point", "points");
    }
}
