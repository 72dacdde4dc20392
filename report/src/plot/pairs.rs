//! Scatter plots of pairs of quantities, with divergences.

use crate::canvas::{Canvas, Key, Mark};
use crate::frame::{Axis, Frame};
use crate::kde::{Support, density, sorted};
use crate::plot::{Plot, thinned};
use crate::scale::Extent;
use crate::style::{Ink, Style};
use crate::svg::{Anchor, Font, Paint, Rect};
use crate::words::{counted, elided, hidden};

/// The most quantities of a matrix.
const MOST_VARIABLES: usize = 5;
/// The most dots of a scatter plot.
const MOST_DOTS: usize = 800;
/// The most divergences that are marked.
const MOST_MARKS: usize = 400;
/// The least size of a cell of a matrix.
const CELL: f64 = 125.0;

/// Quantities against each other: two as one scatter plot, more, up to five, as a matrix.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Pairs {
    /// The heading.
    pub title: String,
    /// The quantities.
    pub variables: Vec<PairVariable>,
    /// Whether the transition of each draw diverged; may be empty.
    pub divergent: Vec<bool>,
}

/// One quantity.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PairVariable {
    /// Its name.
    pub name: String,
    /// Its draws, those of all chains in the same order for every quantity.
    pub draws: Vec<f64>,
}

/// The draws that are shown.
struct Shown {
    usual: Vec<usize>,
    divergent: Vec<usize>,
}

impl Plot for Pairs {
    fn to_svg(&self, style: &Style) -> String {
        let variables = &self.variables[..self.variables.len().min(MOST_VARIABLES)];
        let draws = variables.iter().map(|variable| variable.draws.len()).min().unwrap_or(0);
        let shown = self.pick(variables, draws);
        let divergences = (0..draws).filter(|&i| self.diverged(i)).count();
        let width = if variables.len() > 2 {
            style.usable_width().max(CELL * variables.len() as f64 + 150.0)
        } else {
            style.usable_width()
        };
        let names = variables.iter().map(|variable| variable.name.as_str()).collect::<Vec<_>>().join(", ");
        let text = format!("{names}: {draws} draws, {}.", counted(divergences, "divergence", "divergences"));
        let mut canvas = Canvas::of_width(style, width, &self.title, text);
        if variables.len() < 2 || shown.usual.is_empty() && shown.divergent.is_empty() {
            return canvas.nothing("There are no finite pairs of draws to show.");
        }
        let mut keys = vec![Key::new(Mark::Dot, Ink::Accent, "draw")];
        if divergences > 0 {
            keys.push(Key::new(Mark::Dot, Ink::Bad, format!("divergent ({divergences})")));
        }
        canvas.legend(&keys);
        if let [x, y] = variables {
            let part = canvas.part(280.0);
            let (across, up) = (Axis::new(&x.name, extent(x, &shown)), Axis::new(&y.name, extent(y, &shown)));
            scatter(&mut canvas, &part, (x, y), (&across, &up), &shown);
        } else {
            self.matrix(&mut canvas, variables, &shown);
        }
        if self.variables.len() > MOST_VARIABLES {
            canvas.note(&hidden(self.variables.len() - MOST_VARIABLES, "quantity", "quantities"));
        }
        let seen = shown.usual.len() + shown.divergent.len();
        if seen < draws {
            let which = if divergences > 0 { "; of divergent ones as many as possible" } else { "" };
            canvas.note(&format!("{seen} of {draws} draws are shown{which}."));
        }
        canvas.finish()
    }
}

impl Pairs {
    fn diverged(&self, draw: usize) -> bool {
        self.divergent.get(draw).copied().unwrap_or(false)
    }

    fn pick(&self, variables: &[PairVariable], draws: usize) -> Shown {
        let finite = |&i: &usize| variables.iter().all(|variable| variable.draws[i].is_finite());
        let (divergent, usual): (Vec<usize>, Vec<usize>) = (0..draws).filter(finite).partition(|&i| self.diverged(i));
        let few = |all: Vec<usize>, most: usize| thinned(all.len(), most).into_iter().map(|i| all[i]).collect();
        Shown { usual: few(usual, MOST_DOTS), divergent: few(divergent, MOST_MARKS) }
    }

    /// Names and densities on the diagonal, scatter plots below it.
    fn matrix(&self, canvas: &mut Canvas, variables: &[PairVariable], shown: &Shown) {
        let size = variables.len();
        let room = |y: &PairVariable| Axis::new("", extent(y, shown)).room(CELL - 34.0);
        let room = variables.iter().skip(1).map(room).fold(0.0, f64::max);
        let cell = (canvas.width - 24.0 - room) / size as f64;
        let part = canvas.part(cell * size as f64 + 22.0);
        for (row, y) in variables.iter().enumerate() {
            for (column, x) in variables.iter().enumerate().take(row + 1) {
                let (first, last) = (column == 0, row + 1 == size);
                let gutter = if first { room } else { 0.0 };
                let part = Rect {
                    left: part.left + column as f64 * cell + room - gutter,
                    top: part.top + row as f64 * cell,
                    width: cell - 6.0 + gutter,
                    height: cell - 6.0 + if last { 16.0 } else { 0.0 },
                };
                let across = Axis { ticks: last, ..Axis::new("", extent(x, shown)).cramped() };
                if row == column {
                    diagonal(canvas, &part, x, &across, gutter);
                } else {
                    let up = Axis { ticks: first, ..Axis::new(" ", extent(y, shown)) }.gutter(gutter);
                    scatter(canvas, &part, (x, y), (&across, &up), shown);
                }
            }
        }
    }
}

fn extent(variable: &PairVariable, shown: &Shown) -> (f64, f64) {
    Extent::of(shown.usual.iter().chain(&shown.divergent).map(|&i| &variable.draws[i])).padded(0.06)
}

fn scatter(
    canvas: &mut Canvas,
    part: &Rect,
    (x, y): (&PairVariable, &PairVariable),
    (across, up): (&Axis<'_>, &Axis<'_>),
    shown: &Shown,
) {
    let frame = Frame::within(canvas, part, across, up);
    let at = |&i: &usize| frame.at(x.draws[i], y.draws[i]);
    let (size, opacity) = if shown.usual.len() > 200 { (3.5, 0.55) } else { (5.0, 0.7) };
    canvas.dots(&frame.area, shown.usual.iter().map(at), size, Ink::Accent, opacity);
    canvas.dots(&frame.area, shown.divergent.iter().map(at), 6.0, Ink::Bad, 1.0);
}

fn diagonal(canvas: &mut Canvas, part: &Rect, variable: &PairVariable, across: &Axis<'_>, gutter: f64) {
    let curve = density(&sorted(&variable.draws), Support::default(), across.range);
    let top = curve.as_ref().map_or(1.0, |curve| curve.highest().max(f64::MIN_POSITIVE)) * 1.05;
    let frame = Frame::within(canvas, part, across, &Axis::new(" ", (0.0, top)).bare().gutter(gutter));
    let at = (frame.area.left + frame.area.width / 2.0, frame.area.top - 6.0);
    let name = elided(&variable.name, Font::LABEL.size, part.width - gutter);
    canvas.svg.text(at, Anchor::Middle, Font::LABEL, &name);
    if let Some(curve) = curve {
        let zeros = vec![0.0; curve.x.len()];
        frame.region(canvas, &curve.x, &zeros, &curve.y, Paint::fill(Ink::Accent).opacity(0.2));
        frame.curve(canvas, curve.points(), Paint::stroke(Ink::Accent, 2.0));
    }
}
