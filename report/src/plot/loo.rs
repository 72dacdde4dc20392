//! How much the fit depends on each row: the Pareto k of leave-one-out cross-validation.

use crate::canvas::{Canvas, Key, Mark};
use crate::frame::{Axis, Frame};
use crate::numbers::significant;
use crate::plot::{Plot, thinned};
use crate::scale::Extent;
use crate::style::{Ink, Style};
use crate::svg::{Anchor, Font, Paint};
use crate::words::{counted, elided};

/// The most rows below the limit that are shown.
const MOST_LOW: usize = 1000;
/// The most rows above it.
const MOST_HIGH: usize = 300;
/// How many of the worst rows are named.
const NAMED: usize = 5;

/// The Pareto k of each row, or group of rows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Loo {
    /// The heading.
    pub title: String,
    /// The rows.
    pub rows: Vec<LooRow>,
    /// The highest k that can be trusted.
    pub limit: f64,
    /// What is left out: rows of the data, or groups of rows.
    pub left_out: LeftOut,
}

/// What is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LeftOut {
    /// Rows of the data.
    #[default]
    Rows,
    /// Groups of rows.
    Groups,
}

impl LeftOut {
    fn one(self) -> &'static str {
        match self {
            Self::Rows => "row",
            Self::Groups => "group",
        }
    }

    fn many(self) -> &'static str {
        match self {
            Self::Rows => "rows",
            Self::Groups => "groups",
        }
    }
}

/// One row of data, or one group.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LooRow {
    /// Its number or its name.
    pub label: String,
    /// Its Pareto k, if there is one.
    pub k: Option<f64>,
}

impl Plot for Loo {
    fn to_svg(&self, style: &Style) -> String {
        let known: Vec<(usize, f64)> =
            self.rows.iter().enumerate().filter_map(|(i, row)| Some((i, row.k.filter(|k| k.is_finite())?))).collect();
        let (mut high, low): (Vec<_>, Vec<_>) = known.iter().copied().partition(|&(_, k)| k > self.limit);
        high.sort_by(|a, b| b.1.total_cmp(&a.1));
        let (one, many) = (self.left_out.one(), self.left_out.many());
        let limit = significant(self.limit, 2);
        let text = format!("Above the limit of {limit}: {} of {}.", high.len(), counted(known.len(), one, many));
        let mut canvas = Canvas::new(style, &self.title, text.clone());
        if known.is_empty() {
            return canvas.nothing("There is no Pareto k to show.");
        }
        let mut keys = vec![Key::new(Mark::Dot, Ink::Accent, one)];
        if !high.is_empty() {
            keys.push(Key::new(Mark::Dot, Ink::Bad, "above the limit"));
        }
        keys.push(Key::new(Mark::Dashes, Ink::Second, format!("limit {limit}")));
        keys.push(Key::new(Mark::Dashes, Ink::Muted, "1: beyond, no mean exists"));
        canvas.legend(&keys);
        let extent =
            Extent::of(&known.iter().map(|row| row.1).collect::<Vec<_>>()).with(0.0).with(self.limit).with(1.0);
        let x = Axis::new(one, (0.5, self.rows.len() as f64 + 0.5)).whole();
        let frame = Frame::new(&mut canvas, 190.0, &x, &Axis::new("Pareto k", extent.padded(0.05)));
        frame.level(&mut canvas, self.limit, Paint::stroke(Ink::Second, 1.5).dashed());
        frame.level(&mut canvas, 1.0, Paint::stroke(Ink::Muted, 1.5).dashed());
        let at = |&(row, k): &(usize, f64)| frame.at(row as f64 + 1.0, k);
        let seen: Vec<(f64, f64)> = thinned(low.len(), MOST_LOW).into_iter().map(|i| at(&low[i])).collect();
        canvas.dots(&frame.area, seen, if low.len() > 200 { 3.5 } else { 5.0 }, Ink::Accent, 0.7);
        canvas.dots(&frame.area, high.iter().take(MOST_HIGH).map(at), 6.5, Ink::Bad, 1.0);
        self.name_worst(&mut canvas, &frame, &high);
        canvas.note(&text);
        if low.len() > MOST_LOW || high.len() > MOST_HIGH {
            canvas.note(&format!("At most {MOST_LOW} {many} below and {MOST_HIGH} above the limit are shown."));
        }
        let unknown = self.rows.len() - known.len();
        if unknown > 0 {
            canvas.note(&format!("{} without a finite k not shown.", counted(unknown, one, many)));
        }
        canvas.finish()
    }
}

impl Loo {
    /// Writes the names of the worst rows beside them, where they do not cover each other.
    fn name_worst(&self, canvas: &mut Canvas, frame: &Frame, high: &[(usize, f64)]) {
        let mut taken: Vec<(f64, f64)> = Vec::new();
        for &(row, k) in high.iter().take(NAMED) {
            let (x, y) = frame.at(row as f64 + 1.0, k);
            if taken.iter().any(|(a, b)| (a - x).abs() < 120.0 && (b - y).abs() < 14.0) {
                continue;
            }
            taken.push((x, y));
            let label = elided(&self.rows[row].label, Font::SMALL.size, 110.0);
            let left = x > frame.area.left + frame.area.width / 2.0;
            let (anchor, x) = if left { (Anchor::End, x - 7.0) } else { (Anchor::Start, x + 7.0) };
            let y = (y + 4.0).max(frame.area.top + 10.0);
            canvas.svg.text_over((x, y), anchor, Font { ink: Ink::Text, ..Font::SMALL }, &label);
        }
    }
}
