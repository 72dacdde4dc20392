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
    /// What the points are, such as "median".
    pub point: String,
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
    /// Its intervals, where they say something: those of a probability, the mean of zeros and ones, do not.
    pub intervals: Option<ForestIntervals>,
}

/// The intervals of an estimate.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ForestIntervals {
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
        let point = if self.point.is_empty() { "point" } else { &self.point };
        let with_intervals = rows.iter().any(|row| row.intervals.is_some());
        let and = if with_intervals { ", 50% and 90% interval" } else { "" };
        let text = format!("The {point}{and} of {} of {} rows.", rows.len(), self.rows.len());
        let mut canvas = Canvas::new(style, &self.title, text);
        let mut extent = Extent::of(&rows.iter().flat_map(|row| row.numbers()).collect::<Vec<_>>());
        if extent.is_empty() {
            return canvas.nothing("There are no finite numbers to show.");
        }
        let mut keys = vec![Key::new(Mark::Ring, Ink::Accent, point)];
        if with_intervals {
            keys.push(Key::new(Mark::Box, Ink::Accent, "50%"));
            keys.push(Key::new(Mark::Line, Ink::Accent, "90%"));
        }
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
    /// What the axis has to hold.
    fn numbers(&self) -> Vec<f64> {
        let ends = self.intervals.map(|own| [own.inner.0, own.inner.1, own.outer.0, own.outer.1]);
        std::iter::once(self.point).chain(ends.into_iter().flatten()).collect()
    }

    fn draw(&self, canvas: &mut Canvas, frame: &Rows, number: usize) {
        let words = match self.intervals {
            Some(ForestIntervals { inner, outer }) => {
                frame.span(canvas, number, outer, Paint::stroke(Ink::Accent, 1.5));
                frame.span(canvas, number, inner, Paint::stroke(Ink::Accent, 5.0));
                let near = |x: f64| among(x, outer.1 - outer.0);
                format!(
                    "{}: {} (50% from {} to {}, 90% from {} to {})",
                    self.label,
                    near(self.point),
                    near(inner.0),
                    near(inner.1),
                    near(outer.0),
                    near(outer.1)
                )
            }
            None => format!("{}: {}", self.label, short(self.point, 3)),
        };
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
