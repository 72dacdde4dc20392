//! Counts that were observed beside those that the model expects.

use crate::canvas::{Canvas, Key, Mark};
use crate::frame::{Axis, Frame};
use crate::plot::Plot;
use crate::scale::Extent;
use crate::style::{Ink, Style};
use crate::svg::{Paint, Path, Rect};
use crate::words::counted;

/// The most bars.
const MOST: usize = 120;

/// How often each count was observed, as square roots, which make the noise of all bars alike.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rootogram {
    /// The heading.
    pub title: String,
    /// What is counted.
    pub axis: String,
    /// The counts, ascending.
    pub bars: Vec<RootogramBar>,
    /// How bars are drawn.
    pub kind: RootogramKind,
    /// Whether the last bar stands for all counts from there on.
    pub open: bool,
    /// The probability of the intervals, such as 0.9.
    pub level: f64,
}

/// One count.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct RootogramBar {
    /// The count.
    pub value: u64,
    /// How many rows of the data have it.
    pub observed: f64,
    /// How many rows of a replication have it on average.
    pub expected: f64,
    /// The lower end of the interval of that number over replications.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// How the bars of a rootogram are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RootogramKind {
    /// Bars of the observed hang from the curve of the expected; they should end near zero.
    #[default]
    Hanging,
    /// Only what is missing or too much is drawn, from zero.
    Suspended,
}

impl RootogramBar {
    /// Where the bar ends: how far the observed falls short of the expected.
    fn gap(&self) -> f64 {
        root(self.expected) - root(self.observed)
    }

    /// Where the bar may end without surprise.
    fn limits(&self) -> (f64, f64) {
        (root(self.expected) - root(self.high), root(self.expected) - root(self.low))
    }

    fn outside(&self) -> bool {
        self.observed < self.low || self.observed > self.high
    }
}

fn root(x: f64) -> f64 {
    x.max(0.0).sqrt()
}

impl Plot for Rootogram {
    fn to_svg(&self, style: &Style) -> String {
        let usable =
            |bar: &&RootogramBar| [bar.observed, bar.expected, bar.low, bar.high].iter().all(|x| x.is_finite());
        let all: Vec<&RootogramBar> = self.bars.iter().filter(usable).collect();
        let bars = &all[..all.len().min(MOST)];
        let outside = bars.iter().filter(|bar| bar.outside()).count();
        let text = format!("Outside their intervals: {outside} of {} bars.", bars.len());
        let mut canvas = Canvas::new(style, &self.title, text.clone());
        if bars.is_empty() {
            return canvas.nothing("There are no finite numbers to show.");
        }
        let percent = crate::numbers::percent(self.level);
        let mut keys = vec![
            Key::new(Mark::Box, Ink::Accent, "observed"),
            Key::new(Mark::Line, Ink::Second, "expected"),
            Key::new(Mark::Box, Ink::Band, format!("{percent} of replications end here")),
        ];
        if outside > 0 {
            keys.push(Key::new(Mark::Box, Ink::Bad, "observed, outside"));
        }
        canvas.legend(&keys);
        self.draw(&mut canvas, bars);
        canvas.note(&text);
        if self.open && bars.len() == all.len() {
            canvas.note("The last bar stands for all counts from there on.");
        }
        if all.len() > bars.len() {
            canvas.note(&format!("{} higher counts are not shown.", all.len() - bars.len()));
        }
        canvas.note_not_finite(self.bars.len() - all.len(), "bar", "bars");
        canvas.finish()
    }
}

impl Rootogram {
    fn draw(&self, canvas: &mut Canvas, bars: &[&RootogramBar]) {
        let hanging = self.kind == RootogramKind::Hanging;
        let mut extent = Extent::of(&[0.0]);
        for bar in bars {
            let (low, high) = bar.limits();
            extent = extent.with(bar.gap()).with(low).with(high);
            if hanging {
                extent = extent.with(root(bar.expected));
            }
        }
        let values = Extent::of(&bars.iter().map(|bar| bar.value as f64).collect::<Vec<_>>()).padded(0.0);
        let range = if bars.len() == 1 {
            (bars[0].value as f64 - 0.6, bars[0].value as f64 + 0.6)
        } else {
            (values.0 - 0.6, values.1 + 0.6)
        };
        let y = if hanging { "√ rows" } else { "√ expected − √ observed" };
        let frame =
            Frame::new(canvas, 190.0, &Axis::new(&self.axis, range).whole(), &Axis::new(y, extent.padded(0.05)));
        let mut band = Path::default();
        for bar in bars {
            let (low, high) = bar.limits();
            let x = bar.value as f64;
            band.block(frame.at(x - 0.5, low), frame.at(x + 0.5, high));
        }
        canvas.svg.clipped(&frame.area, |svg| svg.path(&band, Paint::fill(Ink::Band)));
        for bar in bars {
            self.draw_bar(canvas, &frame, bar, hanging);
        }
        frame.level(canvas, 0.0, Paint::stroke(Ink::Text, 1.0));
        if hanging {
            let points: Vec<(f64, f64)> = bars.iter().map(|bar| (bar.value as f64, root(bar.expected))).collect();
            frame.curve(canvas, points.iter().copied(), Paint::stroke(Ink::Second, 2.0));
            if bars.len() <= 40 {
                let dots: Vec<(f64, f64)> = points.iter().map(|&(x, y)| frame.at(x, y)).collect();
                canvas.dots(&frame.area, dots, 6.0, Ink::Second, 1.0);
            }
        }
    }

    fn draw_bar(&self, canvas: &mut Canvas, frame: &Frame, bar: &RootogramBar, hanging: bool) {
        let x = bar.value as f64;
        let start = if hanging { root(bar.expected) } else { 0.0 };
        let (left, a) = frame.at(x - 0.32, start);
        let (right, b) = frame.at(x + 0.32, bar.gap());
        let rect = Rect { left, top: a.min(b), width: right - left, height: (a - b).abs() };
        let ink = if bar.outside() { Ink::Bad } else { Ink::Accent };
        let words = format!(
            "{}: observed in {}, expected in {} ({} to {})",
            bar.value,
            counted(bar.observed.max(0.0) as usize, "row", "rows"),
            crate::numbers::short(bar.expected, 3),
            crate::numbers::short(bar.low, 3),
            crate::numbers::short(bar.high, 3)
        );
        canvas.svg.titled(&words, |svg| svg.rect(&rect, Paint::fill(ink).opacity(0.75)));
    }
}
