//! Rank histograms: chains that explore the same distribution have equal bars.

use crate::canvas::{Canvas, Key, Mark};
use crate::frame::{Axis, Frame};
use crate::plot::Plot;
use crate::scale::Extent;
use crate::style::{Ink, Style};
use crate::svg::{Paint, Path, Rect};
use crate::words::{counted, hidden};

/// The most chains that are shown.
const MOST_CHAINS: usize = 8;
/// The most bars of a chain; more share bars.
const MOST_BARS: usize = 50;

/// How often the draws of each chain have a rank within equal parts of all ranks.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RankHistograms {
    /// The heading.
    pub title: String,
    /// The number of draws in each part, for each chain.
    pub chains: Vec<Vec<u64>>,
    /// The limits within which a number is not surprising, if they are known.
    pub band: Option<(f64, f64)>,
}

impl Plot for RankHistograms {
    fn to_svg(&self, style: &Style) -> String {
        let text =
            format!("Ranks of the draws of {} among those of all.", counted(self.chains.len(), "chain", "chains"));
        let mut canvas = Canvas::new(style, &self.title, text);
        let shown: Vec<Vec<f64>> = self.chains.iter().take(MOST_CHAINS).map(|chain| merged(chain)).collect();
        let total: u64 = self.chains.iter().flatten().fold(0, |sum, &count| sum.saturating_add(count));
        if total == 0 {
            return canvas.nothing("There are no ranks to show.");
        }
        let merges = self.chains.iter().any(|chain| chain.len() > MOST_BARS);
        let band = self.band.filter(|_| !merges);
        let mut keys = vec![Key::new(Mark::Dashes, Ink::Muted, "expected")];
        if band.is_some() {
            keys.push(Key::new(Mark::Box, Ink::Band, "not surprising"));
        }
        canvas.legend(&keys);
        let limits = band.map(|(low, high)| [low, high]);
        let top = Extent::of(shown.iter().flatten().chain(limits.iter().flatten())).with(0.0).padded(0.08).1;
        for (pair, chains) in shown.chunks(2).enumerate() {
            let part = canvas.part(118.0);
            for (side, chain) in chains.iter().enumerate() {
                let number = 2 * pair + side;
                let width = part.width / 2.0 - 4.0;
                let height = part.height - 8.0;
                let part = Rect { left: part.left + side as f64 * (width + 8.0), width, height, ..part };
                draw_chain(&mut canvas, &part, number, chain, band, top);
            }
        }
        if self.chains.len() > MOST_CHAINS {
            canvas.note(&hidden(self.chains.len() - MOST_CHAINS, "chain", "chains"));
        }
        if merges {
            canvas.note(&format!("Neighbouring bars were joined, so that there are at most {MOST_BARS}."));
        }
        canvas.finish()
    }
}

fn draw_chain(canvas: &mut Canvas, part: &Rect, number: usize, bars: &[f64], band: Option<(f64, f64)>, top: f64) {
    let label = format!("chain {}", number + 1);
    let frame = Frame::within(
        canvas,
        part,
        &Axis::new("", (0.0, bars.len().max(1) as f64)).bare(),
        &Axis::new(&label, (0.0, top)).whole(),
    );
    if let Some((low, high)) = band {
        let ends = [0.0, bars.len() as f64];
        frame.region(canvas, &ends, &[low; 2], &[high; 2], Paint::fill(Ink::Band));
    }
    let mut path = Path::default();
    for (bar, &count) in bars.iter().enumerate().filter(|bar| *bar.1 > 0.0) {
        let (left, bottom) = frame.at(bar as f64 + 0.06, 0.0);
        path.block((left, bottom), frame.at(bar as f64 + 0.94, count));
    }
    canvas.svg.path(&path, Paint::fill(Ink::Series(number)).opacity(0.75));
    for limit in band.iter().flat_map(|(low, high)| [*low, *high]) {
        frame.level(canvas, limit, Paint::stroke(Ink::Muted, 0.8));
    }
    let mean = bars.iter().sum::<f64>() / bars.len().max(1) as f64;
    frame.level(canvas, mean, Paint::stroke(Ink::Muted, 1.5).dashed());
}

/// Neighbouring bars joined until there are few enough. What is left over at the end, which would be a
/// lower bar for no reason, is spread.
fn merged(bars: &[u64]) -> Vec<f64> {
    let joined = bars.len().div_ceil(MOST_BARS).max(1);
    bars.chunks(joined)
        .map(|chunk| chunk.iter().map(|&count| count as f64).sum::<f64>() * joined as f64 / chunk.len() as f64)
        .collect()
}
