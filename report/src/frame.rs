//! Two axes and the place between them.

use crate::canvas::Canvas;
use crate::scale::{Scale, Tick};
use crate::style::Ink;
use crate::svg::{Anchor, Font, Paint, Path, Rect};
use crate::words::{elided, width};

/// What an axis shows.
#[derive(Debug, Clone)]
pub(crate) struct Axis<'a> {
    /// What the numbers are.
    pub(crate) label: &'a str,
    /// The numbers at its ends.
    pub(crate) range: (f64, f64),
    /// Whether it has ticks.
    pub(crate) ticks: bool,
    /// Whether its numbers count something.
    pub(crate) whole: bool,
    /// Whether others stand beside it, into whose place no label may reach.
    pub(crate) cramped: bool,
    /// The room for the ticks of an upright axis, where several axes have to be in line.
    pub(crate) gutter: Option<f64>,
}

impl<'a> Axis<'a> {
    pub(crate) fn new(label: &'a str, range: (f64, f64)) -> Self {
        Self { label, range, ticks: true, whole: false, cramped: false, gutter: None }
    }

    /// For numbers that count something.
    pub(crate) fn whole(self) -> Self {
        Self { whole: true, ..self }
    }

    /// With others beside it.
    pub(crate) fn cramped(self) -> Self {
        Self { cramped: true, ..self }
    }

    /// Where only the shape matters.
    pub(crate) fn bare(self) -> Self {
        Self { ticks: false, ..self }
    }

    /// With so much room for ticks.
    pub(crate) fn gutter(self, gutter: f64) -> Self {
        Self { gutter: Some(gutter), ..self }
    }

    /// The room below the data that an axis there needs.
    pub(crate) fn below(&self) -> f64 {
        let label = if self.label.is_empty() { 0.0 } else { 18.0 };
        label + if self.ticks { 22.0 } else { 6.0 }
    }

    /// The room at the left of data of about the given height that an upright axis needs for its ticks.
    pub(crate) fn room(&self, height: f64) -> f64 {
        room_of(&upright_ticks(&Scale::new(self.range, (height, 0.0)), height, self.whole))
    }

    /// The room above the data that the label of an upright axis needs.
    fn above(&self) -> f64 {
        if self.label.is_empty() { 8.0 } else { 22.0 }
    }
}

/// Two axes and the place between them.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    /// Where the data go.
    pub(crate) area: Rect,
    pub(crate) x: Scale,
    pub(crate) y: Scale,
}

impl Frame {
    /// Draws the axes below what is on the canvas, around data of the given height.
    pub(crate) fn new(canvas: &mut Canvas, height: f64, x: &Axis<'_>, y: &Axis<'_>) -> Self {
        let part = canvas.part(y.above() + height + x.below());
        Self::within(canvas, &part, x, y)
    }

    /// Draws the axes within a rectangle.
    pub(crate) fn within(canvas: &mut Canvas, part: &Rect, x: &Axis<'_>, y: &Axis<'_>) -> Self {
        let (top, bottom) = (part.top + y.above(), part.bottom() - x.below());
        let y_scale = Scale::new(y.range, (bottom, top));
        let y_ticks = if y.ticks { upright_ticks(&y_scale, bottom - top, y.whole) } else { Vec::new() };
        let left = y.gutter.unwrap_or(if y.ticks { room_of(&y_ticks) } else { 4.0 });
        let area = Rect { left: part.left + left, top, width: part.width - left - 6.0, height: bottom - top };
        let frame = Self { area, x: Scale::new(x.range, (area.left, area.right())), y: y_scale };

        for tick in &y_ticks {
            let at = frame.y.at(tick.value);
            canvas.svg.line((area.left, at), (area.right(), at), Paint::stroke(Ink::Grid, 1.0));
            canvas.svg.text((area.left - 6.0, at + 4.0), Anchor::End, Font::SMALL, &tick.text);
        }
        draw_x_axis(canvas, &area, &frame.x, x);
        if !y.label.is_empty() {
            let label = elided(y.label, Font::SMALL.size, part.width);
            canvas.svg.text((part.left, part.top + 13.0), Anchor::Start, Font::SMALL, &label);
        }
        frame
    }

    /// The place of a point.
    pub(crate) fn at(&self, x: f64, y: f64) -> (f64, f64) {
        (self.x.at(x), self.y.at(y))
    }

    /// A line through points of the data.
    pub(crate) fn curve(&self, canvas: &mut Canvas, points: impl IntoIterator<Item = (f64, f64)>, paint: Paint) {
        let path = Path::through(points.into_iter().map(|(x, y)| self.at(x, y)));
        canvas.svg.clipped(&self.area, |svg| svg.path(&path, paint));
    }

    /// The region between two lines over the same places.
    pub(crate) fn region(&self, canvas: &mut Canvas, xs: &[f64], low: &[f64], high: &[f64], paint: Paint) {
        let finite = |points: Vec<(f64, f64)>| points.into_iter().filter(|(x, y)| x.is_finite() && y.is_finite());
        let forth = finite(xs.iter().zip(high).map(|(&x, &y)| self.at(x, y)).collect());
        let back = finite(xs.iter().zip(low).map(|(&x, &y)| self.at(x, y)).collect());
        let path = Path::through(forth.chain(back.collect::<Vec<_>>().into_iter().rev())).closed();
        canvas.svg.clipped(&self.area, |svg| svg.path(&path, paint));
    }

    /// A level line across the data.
    pub(crate) fn level(&self, canvas: &mut Canvas, y: f64, paint: Paint) {
        if self.y.holds(y) {
            let at = self.y.at(y);
            canvas.svg.line((self.area.left, at), (self.area.right(), at), paint);
        }
    }

    /// An upright line across the data.
    pub(crate) fn upright(&self, canvas: &mut Canvas, x: f64, paint: Paint) {
        if self.x.holds(x) {
            let at = self.x.at(x);
            canvas.svg.line((at, self.area.top), (at, self.area.bottom()), paint);
        }
    }
}

/// How far labels may reach over the ends of a cramped axis.
const BESIDE: f64 = 4.0;

/// The line below the data, its ticks and its label.
pub(crate) fn draw_x_axis(canvas: &mut Canvas, area: &Rect, scale: &Scale, axis: &Axis<'_>) {
    let bottom = area.bottom();
    canvas.svg.line((area.left, bottom), (area.right(), bottom), Paint::stroke(Ink::Muted, 1.0));
    if axis.ticks {
        for tick in fitting_ticks(scale, area.width, axis.whole) {
            let at = scale.at(tick.value);
            let half = width(&tick.text, Font::SMALL.size) / 2.0;
            canvas.svg.line((at, bottom), (at, bottom + 4.0), Paint::stroke(Ink::Muted, 1.0));
            if axis.cramped && (at - half < area.left - BESIDE || at + half > area.right() + BESIDE) {
                continue;
            }
            // A label at the end must not leave the canvas.
            let centre = at.min(canvas.width - 4.0 - half).max(4.0 + half);
            canvas.svg.text((centre, bottom + 17.0), Anchor::Middle, Font::SMALL, &tick.text);
        }
    }
    if !axis.label.is_empty() {
        let label = elided(axis.label, Font::SMALL.size, area.width);
        let middle = area.left + area.width / 2.0;
        canvas.svg.text((middle, bottom + axis.below() - 6.0), Anchor::Middle, Font::SMALL, &label);
    }
}

/// The ticks of an upright axis: three at least, where round numbers allow.
fn upright_ticks(scale: &Scale, height: f64, whole: bool) -> Vec<Tick> {
    let most = ((height / 36.0) as usize).max(2);
    let ticks = (most..most + 3).map(|most| scale.ticks(most, whole)).find(|ticks| ticks.len() >= 3);
    ticks.unwrap_or_else(|| scale.ticks(most + 2, whole))
}

fn room_of(ticks: &[Tick]) -> f64 {
    let widest = ticks.iter().map(|tick| width(&tick.text, Font::SMALL.size)).fold(0.0, f64::max);
    (widest + 8.0).max(26.0)
}

/// As many ticks as have room beside each other.
fn fitting_ticks(scale: &Scale, room: f64, whole: bool) -> Vec<Tick> {
    let mut ticks = Vec::new();
    for most in (2..=8).rev() {
        ticks = scale.ticks(most, whole);
        let needed: f64 = ticks.iter().map(|tick| width(&tick.text, Font::SMALL.size) + 14.0).sum();
        if needed <= room {
            return ticks;
        }
    }
    ticks.truncate(1);
    ticks
}
