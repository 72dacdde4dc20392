//! The histogram of PIT values: flat where predictions are as sure as they should be.

use crate::canvas::{Canvas, Key, Mark};
use crate::frame::{Axis, Frame};
use crate::plot::Plot;
use crate::scale::Extent;
use crate::style::{Ink, Style};
use crate::svg::{Paint, Path};
use crate::words::hidden;

/// The most bars.
const MOST: usize = 200;

/// How often the probability integral transform of an observation is in equal parts of 0 to 1. High at
/// both ends: predictions too sure; high in the middle: too unsure; a slope: off to one side.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PitHistogram {
    /// The heading.
    pub title: String,
    /// The height of each bar, relative to a flat histogram: the mean is 1.
    pub heights: Vec<f64>,
    /// The limits within which a height is not surprising, if they are known.
    pub band: Option<(f64, f64)>,
}

impl Plot for PitHistogram {
    fn to_svg(&self, style: &Style) -> String {
        let mut canvas =
            Canvas::new(style, &self.title, format!("{} bars, flat if well calibrated.", self.heights.len()));
        let heights = &self.heights[..self.heights.len().min(MOST)];
        if Extent::of(heights).is_empty() {
            return canvas.nothing("There are no finite numbers to show.");
        }
        let mut keys = vec![Key::new(Mark::Dashes, Ink::Muted, "flat")];
        if self.band.is_some() {
            keys.push(Key::new(Mark::Box, Ink::Band, "not surprising"));
        }
        canvas.legend(&keys);
        let limits = self.band.map(|(low, high)| [low, high]);
        let top = Extent::of(heights.iter().chain(limits.iter().flatten())).with(0.0).with(1.0).padded(0.08).1;
        let x = Axis::new("probability that a prediction is below the observed", (0.0, 1.0));
        let frame = Frame::new(&mut canvas, 150.0, &x, &Axis::new("relative frequency", (0.0, top)));
        if let Some((low, high)) = self.band {
            frame.region(&mut canvas, &[0.0, 1.0], &[low; 2], &[high; 2], Paint::fill(Ink::Band));
        }
        let share = 1.0 / heights.len() as f64;
        let mut path = Path::default();
        for (bar, &height) in heights.iter().enumerate().filter(|bar| *bar.1 > 0.0 && bar.1.is_finite()) {
            let corner = frame.at((bar as f64 + 0.04) * share, 0.0);
            path.block(corner, frame.at((bar as f64 + 0.96) * share, height));
        }
        canvas.svg.clipped(&frame.area, |svg| svg.path(&path, Paint::fill(Ink::Accent).opacity(0.75)));
        for limit in self.band.iter().flat_map(|(low, high)| [*low, *high]) {
            frame.level(&mut canvas, limit, Paint::stroke(Ink::Muted, 0.8));
        }
        frame.level(&mut canvas, 1.0, Paint::stroke(Ink::Muted, 1.5).dashed());
        if self.heights.len() > MOST {
            canvas.note(&hidden(self.heights.len() - MOST, "bar", "bars"));
        }
        canvas.note_not_finite(heights.iter().filter(|height| !height.is_finite()).count(), "bar", "bars");
        canvas.finish()
    }
}
