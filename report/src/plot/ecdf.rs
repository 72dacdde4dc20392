//! How far an empirical distribution is from the uniform one, with the band it should stay in.

use crate::canvas::{Canvas, Key, Mark};
use crate::frame::{Axis, Frame};
use crate::plot::{Plot, thinned};
use crate::scale::Extent;
use crate::style::{Ink, SERIES, Style};
use crate::svg::Paint;
use crate::words::{counted, hidden};

/// The most places along a line.
const MOST_PLACES: usize = 300;
/// The most lines.
const MOST_SERIES: usize = 60;
/// The most lines of a colour of their own.
const MOST_COLOURS: usize = 6;

/// Differences between empirical distribution functions and that of the uniform distribution: of the
/// ranks of chains, of PIT values, of the ranks of calibration.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EcdfDifference {
    /// The heading.
    pub title: String,
    /// What is uniform if all is well.
    pub axis: String,
    /// Where the functions are compared, ascending in (0, 1].
    pub points: Vec<f64>,
    /// The lower limits of the differences there, for all at once; empty without a band.
    pub lower: Vec<f64>,
    /// The upper limits.
    pub upper: Vec<f64>,
    /// What the band is, such as "95% simultaneous band".
    pub band: String,
    /// The differences.
    pub series: Vec<EcdfSeries>,
}

/// The differences of one sample.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EcdfSeries {
    /// What it is a sample of, such as "chain 1".
    pub name: String,
    /// The difference at each point.
    pub differences: Vec<f64>,
}

impl EcdfSeries {
    /// From the number of values up to each point, of a sample of the given size.
    ///
    /// ```
    /// use polya_report::plot::EcdfSeries;
    ///
    /// let series = EcdfSeries::from_counts("chain 1", &[0.5, 1.0], &[3, 4], 4);
    /// assert_eq!(series.differences, [0.25, 0.0]);
    /// ```
    pub fn from_counts(name: &str, points: &[f64], counts: &[usize], size: usize) -> Self {
        let size = size.max(1) as f64;
        let differences = points.iter().zip(counts).map(|(point, &count)| count as f64 / size - point).collect();
        Self { name: name.to_owned(), differences }
    }
}

impl EcdfDifference {
    /// Whether a series leaves the band somewhere.
    pub(crate) fn leaves(&self, series: &EcdfSeries) -> bool {
        let limits = self.lower.iter().zip(&self.upper);
        series.differences.iter().zip(limits).any(|(d, (low, high))| d < &(low - 1e-9) || d > &(high + 1e-9))
    }
}

impl Plot for EcdfDifference {
    fn to_svg(&self, style: &Style) -> String {
        let outside = self.series.iter().filter(|series| self.leaves(series)).count();
        let words = match (self.lower.is_empty(), outside) {
            (true, _) => format!("{}, no band.", counted(self.series.len(), "line", "lines")),
            (false, 0) if self.series.len() == 1 => "The line stays in the band.".to_owned(),
            (false, 1) if self.series.len() == 1 => "The line leaves the band.".to_owned(),
            (false, 0) => format!("All {} lines stay in the band.", self.series.len()),
            (false, _) => format!(
                "{outside} of {} lines {} the band.",
                self.series.len(),
                if outside == 1 { "leaves" } else { "leave" }
            ),
        };
        let mut canvas = Canvas::new(style, &self.title, words.clone());
        let all = self.series.iter().flat_map(|series| &series.differences);
        if self.points.is_empty() || Extent::of(all.clone()).is_empty() {
            return canvas.nothing("There are no finite numbers to show.");
        }
        let shown = self.shown();
        canvas.legend(&self.keys(&shown));
        let extent = Extent::of(all.chain(&self.lower).chain(&self.upper)).with(0.0);
        let y = Axis::new("empirical − uniform", extent.padded(0.08));
        let frame = Frame::new(&mut canvas, 160.0, &Axis::new(&self.axis, (0.0, 1.0)), &y);
        let places = thinned(self.points.len(), MOST_PLACES);
        let pick =
            |from: &[f64]| places.iter().map(|&i| from.get(i).copied().unwrap_or(f64::NAN)).collect::<Vec<f64>>();
        let with_start = |mut numbers: Vec<f64>| {
            numbers.insert(0, 0.0);
            numbers
        };
        let xs = with_start(pick(&self.points));
        let (lower, upper) = (with_start(pick(&self.lower)), with_start(pick(&self.upper)));
        frame.region(&mut canvas, &xs, &lower, &upper, Paint::fill(Ink::Band));
        frame.level(&mut canvas, 0.0, Paint::stroke(Ink::Muted, 1.0));
        for &(series, ink) in &shown {
            let ys = with_start(pick(&series.differences));
            let paint = Paint::stroke(ink, if ink == Ink::Muted { 1.0 } else { 2.0 });
            frame.curve(&mut canvas, xs.iter().copied().zip(ys), paint);
        }
        if !self.lower.is_empty() {
            canvas.note(&words);
        }
        if self.series.len() > shown.len() {
            canvas.note(&hidden(self.series.len() - shown.len(), "line", "lines"));
        }
        if self.points.len() > MOST_PLACES {
            canvas.note(&format!("Drawn at {MOST_PLACES} of {} places.", self.points.len()));
        }
        canvas.finish()
    }
}

impl EcdfDifference {
    /// The lines with their colours. Of many, those that leave the band are shown first and stand out.
    fn shown(&self) -> Vec<(&EcdfSeries, Ink)> {
        if self.series.len() <= MOST_COLOURS {
            return self.series.iter().enumerate().map(|(i, series)| (series, self.ink(i))).collect();
        }
        let (outside, inside): (Vec<&EcdfSeries>, Vec<_>) = self.series.iter().partition(|series| self.leaves(series));
        let red = outside.into_iter().take(MOST_SERIES / 2).enumerate().map(|(i, series)| (series, self.loud(i)));
        let red: Vec<_> = red.collect();
        let grey = inside.into_iter().take(MOST_SERIES - red.len()).map(|series| (series, Ink::Muted));
        // The loud ones are drawn last, on top.
        grey.chain(red).collect()
    }

    fn ink(&self, number: usize) -> Ink {
        if self.series.len() == 1 {
            if self.series.iter().any(|series| self.leaves(series)) { Ink::Bad } else { Ink::Accent }
        } else {
            Ink::Series(number)
        }
    }

    fn loud(&self, number: usize) -> Ink {
        if number < SERIES { Ink::Series(number) } else { Ink::Bad }
    }

    fn keys(&self, shown: &[(&EcdfSeries, Ink)]) -> Vec<Key> {
        let mut keys = Vec::new();
        if !self.lower.is_empty() {
            keys.push(Key::new(Mark::Box, Ink::Band, self.band.clone()));
        }
        let loud = shown.iter().filter(|(series, ink)| *ink != Ink::Muted && !series.name.is_empty());
        keys.extend(loud.map(|(series, ink)| {
            let leaves = if self.leaves(series) { " (leaves the band)" } else { "" };
            Key::new(Mark::Line, *ink, format!("{}{leaves}", series.name))
        }));
        if shown.iter().any(|(_, ink)| *ink == Ink::Muted) {
            keys.push(Key::new(Mark::Line, Ink::Muted, "inside the band"));
        }
        keys
    }
}
