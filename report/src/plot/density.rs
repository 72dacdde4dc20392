//! The posterior of one quantity, with its prior behind it.

use crate::canvas::{Canvas, Key, Mark};
use crate::frame::{Axis, Frame};
use crate::kde::{self, Curve, Support, quantile, sorted};
use crate::numbers::{among, percent, short};
use crate::plot::Plot;
use crate::plot::forest::Reference;
use crate::scale::Extent;
use crate::style::{Ink, Style};
use crate::svg::{Paint, Path, Rect};
use crate::words::counted;

/// The most bars of a count; more values share bars.
const MOST_BARS: usize = 60;
/// The width of a bar where there are few.
const WIDEST_BAR: f64 = 60.0;

/// The marginal distribution of one quantity.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Density {
    /// The heading.
    pub title: String,
    /// What the numbers are.
    pub axis: String,
    /// The draws of the posterior.
    pub draws: Vec<f64>,
    /// The prior, if it is to be seen.
    pub prior: Option<Prior>,
    /// Where the quantity can be.
    pub support: Support,
    /// Whether the quantity is a count, which is shown as bars.
    pub counts: bool,
    /// A number to compare with.
    pub reference: Option<Reference>,
}

/// A prior.
#[derive(Debug, Clone, PartialEq)]
pub enum Prior {
    /// Draws from it.
    Draws(Vec<f64>),
    /// Its density, or the probabilities of a count, at ascending places.
    Curve(Vec<(f64, f64)>),
}

impl Plot for Density {
    fn to_svg(&self, style: &Style) -> String {
        let draws = sorted(&self.draws);
        let [low, median, high] = [0.05, 0.5, 0.95].map(|p| quantile(&draws, p));
        let [from, middle, to] = [low, median, high].map(|x| among(x, high - low));
        let (median, interval) = (format!("median {middle}"), format!("90% from {from} to {to}"));
        let mut canvas = Canvas::new(style, &self.title, format!("Distribution of the draws: {median}, {interval}."));
        if draws.is_empty() {
            return canvas.nothing("There are no finite draws to show.");
        }
        let mut keys = vec![Key::new(Mark::Box, Ink::Accent, interval), Key::new(Mark::Line, Ink::Accent, median)];
        if self.prior.is_some() {
            keys.push(Key::new(Mark::Line, Ink::Second, "prior"));
        }
        if let Some(reference) = &self.reference {
            keys.push(Key::new(
                Mark::Dashes,
                Ink::Text,
                format!("{} ({})", reference.label, short(reference.value, 3)),
            ));
        }
        canvas.legend(&keys);
        let seen = self.range(&draws);
        if self.counts {
            self.draw_bars(&mut canvas, &draws, seen);
        } else {
            self.draw_curve(&mut canvas, &draws, seen);
        }
        let outside = draws.iter().filter(|x| **x < seen.0 || **x > seen.1).count();
        if outside > 0 {
            let share = percent(outside as f64 / draws.len() as f64);
            canvas.note(&format!("{} far out ({share}) not shown.", counted(outside, "draw", "draws")));
        }
        canvas.note_not_finite(self.draws.len() - draws.len(), "draw", "draws");
        canvas.finish()
    }
}

impl Density {
    /// The range of the draws, or of all but the farthest where those would squeeze the rest.
    fn range(&self, draws: &[f64]) -> (f64, f64) {
        let [first, low, high, last] = [0.0, 0.05, 0.95, 1.0].map(|p| quantile(draws, p));
        let body = high - low;
        if body > 0.0 && body.is_finite() { ((low - body).max(first), (high + body).min(last)) } else { (first, last) }
    }

    fn draw_curve(&self, canvas: &mut Canvas, draws: &[f64], seen: (f64, f64)) {
        let (low, high) = Extent::of(&[seen.0, seen.1]).padded(0.08);
        let range =
            (self.support.low.map_or(low, |end| end.max(low)), self.support.high.map_or(high, |end| end.min(high)));
        let range = if range.0 < range.1 { range } else { (low, high) };
        let posterior = kde::density(draws, self.support, range);
        let prior = self.prior_curve(range);
        let top = [&posterior, &prior].into_iter().flatten().map(Curve::highest).fold(0.0, f64::max);
        let top = if top > 0.0 && top.is_finite() { top } else { 1.0 };
        let frame = Frame::new(canvas, 150.0, &Axis::new(&self.axis, range), &Axis::new("", (0.0, top * 1.06)).bare());
        if let Some(curve) = &posterior {
            let zeros = vec![0.0; curve.x.len()];
            frame.region(canvas, &curve.x, &zeros, &curve.y, Paint::fill(Ink::Accent).opacity(0.18));
            let [low, high] = [0.05, 0.95].map(|p| quantile(draws, p));
            let inside = |i: &usize| (low..=high).contains(&curve.x[*i]);
            let places: Vec<usize> = (0..curve.x.len()).filter(inside).collect();
            let pick = |from: &[f64]| places.iter().map(|&i| from[i]).collect::<Vec<f64>>();
            frame.region(
                canvas,
                &pick(&curve.x),
                &pick(&zeros),
                &pick(&curve.y),
                Paint::fill(Ink::Accent).opacity(0.3),
            );
            frame.curve(canvas, curve.points(), Paint::stroke(Ink::Accent, 2.0));
        }
        if let Some(curve) = &prior {
            frame.curve(canvas, curve.points(), Paint::stroke(Ink::Second, 2.0));
        }
        self.draw_lines(canvas, &frame, draws);
        if posterior.is_none() {
            canvas.note("All draws are equal.");
        }
    }

    fn draw_lines(&self, canvas: &mut Canvas, frame: &Frame, draws: &[f64]) {
        frame.upright(canvas, quantile(draws, 0.5), Paint::stroke(Ink::Accent, 2.0));
        if let Some(reference) = &self.reference {
            frame.upright(canvas, reference.value, Paint::stroke(Ink::Text, 1.5).dashed());
        }
    }

    fn prior_curve(&self, range: (f64, f64)) -> Option<Curve> {
        match self.prior.as_ref()? {
            Prior::Draws(draws) => kde::density(&sorted(draws), self.support, range),
            Prior::Curve(points) => {
                let most = super::thinned(points.len(), 400);
                let finite: Vec<(f64, f64)> =
                    most.into_iter().map(|i| points[i]).filter(|(x, y)| x.is_finite() && y.is_finite()).collect();
                Some(Curve { x: finite.iter().map(|p| p.0).collect(), y: finite.iter().map(|p| p.1).collect() })
            }
        }
    }

    fn draw_bars(&self, canvas: &mut Canvas, draws: &[f64], seen: (f64, f64)) {
        let (low, high) = (seen.0.floor(), seen.1.ceil());
        let values = high - low + 1.0;
        // Values that share a bar.
        let shared = (values / MOST_BARS as f64).ceil().max(1.0);
        let bars = ((values / shared).ceil() as usize).clamp(1, MOST_BARS);
        let place = |x: f64| {
            let place = ((x.round() - low) / shared).floor();
            (place >= 0.0 && place < bars as f64).then_some(place as usize)
        };
        let mut posterior = vec![0.0; bars];
        for bar in draws.iter().filter_map(|&x| place(x)) {
            posterior[bar] += 1.0 / draws.len() as f64;
        }
        let prior = self.prior.as_ref().map(|prior| bar_heights(prior, bars, place));
        let tallest = posterior.iter().chain(prior.iter().flatten()).copied().fold(0.0, f64::max);
        let range = (low - 0.5, low - 0.5 + bars as f64 * shared);
        let y = Axis::new("probability", (0.0, (tallest * 1.06).max(1e-9)));
        let frame = Frame::new(canvas, 150.0, &Axis::new(&self.axis, range).whole(), &y);
        let ends = |bar: usize| (range.0 + bar as f64 * shared, range.0 + (bar + 1) as f64 * shared);
        for (bar, &height) in posterior.iter().enumerate().filter(|bar| *bar.1 > 0.0) {
            let (from, to) = ends(bar);
            let (left, right) = (frame.x.at(from), frame.x.at(to));
            let gap = ((right - left) * 0.1).min(2.0).max((right - left - WIDEST_BAR) / 2.0);
            let top = frame.y.at(height);
            let rect =
                Rect { left: left + gap, top, width: right - left - 2.0 * gap, height: frame.area.bottom() - top };
            canvas.svg.rect(&rect, Paint::fill(Ink::Accent).opacity(0.75));
        }
        if let Some(prior) = prior {
            let mut path = Path::default();
            for (bar, &height) in prior.iter().enumerate() {
                let (from, to) = ends(bar);
                path.segment(frame.at(from, height), frame.at(to, height));
            }
            canvas.svg.clipped(&frame.area, |svg| svg.path(&path, Paint::stroke(Ink::Second, 2.0)));
        }
        self.draw_lines(canvas, &frame, draws);
        if shared > 1.0 {
            canvas.note(&format!("Each bar stands for {shared} values."));
        }
    }
}

/// The probabilities of the bars under a prior.
fn bar_heights(prior: &Prior, bars: usize, place: impl Fn(f64) -> Option<usize>) -> Vec<f64> {
    let mut heights = vec![0.0; bars];
    match prior {
        Prior::Draws(draws) => {
            let finite = draws.iter().filter(|x| x.is_finite()).count().max(1);
            for bar in draws.iter().filter(|x| x.is_finite()).filter_map(|&x| place(x)) {
                heights[bar] += 1.0 / finite as f64;
            }
        }
        Prior::Curve(points) => {
            for &(x, y) in points.iter().filter(|(x, y)| x.is_finite() && y.is_finite()) {
                if let Some(bar) = place(x) {
                    heights[bar] += y;
                }
            }
        }
    }
    heights
}
