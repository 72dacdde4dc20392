//! Predictive intervals beside what was observed.

use crate::canvas::{Canvas, Key, Mark};
use crate::frame::{Axis, Frame};
use crate::numbers::percent;
use crate::plot::{Plot, thinned};
use crate::scale::Extent;
use crate::style::{Ink, Style};
use crate::svg::{Paint, Path};

/// The most rows that are shown.
const MOST: usize = 200;

/// What the model predicts for each row, with what was observed, ordered by the prediction.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Intervals {
    /// The heading.
    pub title: String,
    /// What is predicted.
    pub axis: String,
    /// Whether it counts something.
    pub counts: bool,
    /// The rows of the data.
    pub rows: Vec<IntervalRow>,
}

/// One row of data.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct IntervalRow {
    /// What was observed.
    pub observed: f64,
    /// The median of its prediction.
    pub median: f64,
    /// The ends of the interval with 50% of the probability.
    pub inner: (f64, f64),
    /// The ends of the interval with 90% of the probability.
    pub outer: (f64, f64),
}

impl IntervalRow {
    fn is_finite(&self) -> bool {
        [self.observed, self.median, self.inner.0, self.inner.1, self.outer.0, self.outer.1]
            .iter()
            .all(|x| x.is_finite())
    }

    fn outside(&self) -> bool {
        self.observed < self.outer.0 || self.observed > self.outer.1
    }
}

impl Plot for Intervals {
    fn to_svg(&self, style: &Style) -> String {
        let mut rows: Vec<&IntervalRow> = self.rows.iter().filter(|row| row.is_finite()).collect();
        rows.sort_by(|a, b| a.median.total_cmp(&b.median).then(a.observed.total_cmp(&b.observed)));
        let outside = rows.iter().filter(|row| row.outside()).count();
        let share = percent(outside as f64 / rows.len().max(1) as f64);
        let text = format!("Outside their 90% intervals: {outside} of {} rows ({share}).", rows.len());
        let mut canvas = Canvas::new(style, &self.title, text.clone());
        if rows.is_empty() {
            return canvas.nothing("There are no finite rows to show.");
        }
        let mut keys = vec![
            Key::new(Mark::Line, Ink::Muted, "90% and 50% of predictions"),
            Key::new(Mark::Dot, Ink::Accent, "observed"),
        ];
        if outside > 0 {
            keys.push(Key::new(Mark::Dot, Ink::Bad, "observed, outside"));
        }
        canvas.legend(&keys);
        let shown: Vec<&IntervalRow> = thinned(rows.len(), MOST).into_iter().map(|i| rows[i]).collect();
        let ends = shown.iter().flat_map(|row| [row.observed, row.outer.0, row.outer.1]);
        let extent = Extent::of(&ends.collect::<Vec<_>>());
        let x = Axis::new("rows, ordered by prediction", (-0.8, shown.len() as f64 - 0.2)).bare();
        let y = Axis { whole: self.counts, ..Axis::new(&self.axis, extent.padded(0.04)) };
        let frame = Frame::new(&mut canvas, 200.0, &x, &y);
        let (mut outer, mut inner) = (Path::default(), Path::default());
        for (place, row) in shown.iter().enumerate() {
            let x = place as f64;
            outer.segment(frame.at(x, row.outer.0), frame.at(x, row.outer.1));
            inner.segment(frame.at(x, row.inner.0), frame.at(x, row.inner.1));
        }
        let room = frame.area.width / shown.len() as f64;
        let thick = (room * 0.6).clamp(1.0, 6.0);
        canvas.svg.clipped(&frame.area, |svg| {
            svg.path(&outer, Paint::stroke(Ink::Muted, (thick / 3.0).max(0.7)).opacity(0.6));
            svg.path(&inner, Paint::stroke(Ink::Muted, thick).opacity(0.6));
        });
        for (ink, wanted) in [(Ink::Accent, false), (Ink::Bad, true)] {
            let seen = shown.iter().enumerate().filter(|(_, row)| row.outside() == wanted);
            let dots: Vec<(f64, f64)> = seen.map(|(place, row)| frame.at(place as f64, row.observed)).collect();
            canvas.dots(&frame.area, dots, room.clamp(3.5, 7.0), ink, 1.0);
        }
        canvas.note(&text);
        if shown.len() < rows.len() {
            canvas.note(&format!("{} rows are shown, evenly spaced in this order.", shown.len()));
        }
        canvas.note_not_finite(self.rows.len() - rows.len(), "row", "rows");
        canvas.finish()
    }
}
