//! Rows with labels at their left and one axis of numbers below.

use crate::canvas::Canvas;
use crate::frame::{Axis, draw_x_axis};
use crate::scale::Scale;
use crate::style::Ink;
use crate::svg::{Anchor, Font, Paint, Rect};
use crate::words::{elided, width};

/// The largest share of the width that labels take.
const LABEL_SHARE: f64 = 0.42;

/// Rows with labels at their left and one axis of numbers below.
#[derive(Debug)]
pub(crate) struct Rows {
    /// Where the data go.
    pub(crate) area: Rect,
    pub(crate) x: Scale,
    height: f64,
}

impl Rows {
    /// Draws labels and axis below what is on the canvas. `right` is kept free at the right of the data.
    pub(crate) fn new(canvas: &mut Canvas, labels: &[&str], height: f64, axis: &Axis<'_>, right: f64) -> Self {
        let part = canvas.part(6.0 + height * labels.len() as f64 + axis.below());
        let room = part.width * LABEL_SHARE;
        let names: Vec<String> = labels.iter().map(|label| elided(label, Font::LABEL.size, room)).collect();
        let widest = names.iter().map(|label| width(label, Font::LABEL.size)).fold(0.0, f64::max);
        let left = widest.min(room) + 12.0;
        let area = Rect {
            left: part.left + left,
            top: part.top + 6.0,
            width: part.width - left - 6.0 - right,
            height: height * labels.len() as f64,
        };
        let rows = Self { area, x: Scale::new(axis.range, (area.left, area.right())), height };
        for (number, (name, label)) in names.iter().zip(labels).enumerate() {
            let y = rows.middle(number);
            let at = (area.left - 10.0, y + 4.5);
            if name == label {
                canvas.svg.text(at, Anchor::End, Font::LABEL, name);
            } else {
                canvas.svg.titled(label, |svg| svg.text(at, Anchor::End, Font::LABEL, name));
            }
            canvas.svg.line((area.left, y), (area.right(), y), Paint::stroke(Ink::Grid, 1.0));
        }
        draw_x_axis(canvas, &area, &rows.x, axis);
        rows
    }

    /// The height of the middle of a row.
    pub(crate) fn middle(&self, row: usize) -> f64 {
        self.area.top + (row as f64 + 0.5) * self.height
    }

    /// An upright line across all rows.
    pub(crate) fn upright(&self, canvas: &mut Canvas, x: f64, paint: Paint) {
        if self.x.holds(x) {
            let at = self.x.at(x);
            canvas.svg.line((at, self.area.top), (at, self.area.bottom()), paint);
        }
    }

    /// A level line in a row from number to number, cut where the axis ends; nothing if one is NaN.
    pub(crate) fn span(&self, canvas: &mut Canvas, row: usize, ends: (f64, f64), paint: Paint) {
        let place = |x: f64| match x {
            f64::INFINITY => self.area.right(),
            f64::NEG_INFINITY => self.area.left,
            x => self.x.at(x),
        };
        let (from, to) = (place(ends.0), place(ends.1));
        if from.is_finite() && to.is_finite() {
            let within = |x: f64| x.clamp(self.area.left, self.area.right());
            let y = self.middle(row);
            canvas.svg.line((within(from), y), (within(to), y), paint);
        }
    }

    /// A dot in a row.
    pub(crate) fn dot(&self, canvas: &mut Canvas, row: usize, x: f64, radius: f64, paint: Paint) {
        if self.x.holds(x) {
            canvas.svg.circle((self.x.at(x), self.middle(row)), radius, paint);
        }
    }
}
