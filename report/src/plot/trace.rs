//! Chains over their draws.

use crate::canvas::{Canvas, Key, Mark};
use crate::frame::{Axis, Frame};
use crate::plot::{Plot, thinned};
use crate::scale::Extent;
use crate::style::{Ink, Style};
use crate::svg::Paint;
use crate::words::hidden;

/// The most draws of a chain that are shown.
const MOST_DRAWS: usize = 500;
/// The most chains that are shown.
const MOST_CHAINS: usize = 8;

/// The draws of one quantity in their order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Trace {
    /// The heading.
    pub title: String,
    /// What the numbers are.
    pub axis: String,
    /// The draws of each chain.
    pub chains: Vec<Vec<f64>>,
    /// The numbers of the draws whose transition diverged, for each chain; may be empty.
    pub divergent: Vec<Vec<usize>>,
}

impl Plot for Trace {
    fn to_svg(&self, style: &Style) -> String {
        let longest = self.chains.iter().map(Vec::len).max().unwrap_or(0);
        let text = format!("{} chains of {longest} draws in their order.", self.chains.len());
        let mut canvas = Canvas::new(style, &self.title, text);
        let shown = &self.chains[..self.chains.len().min(MOST_CHAINS)];
        let extent = Extent::of(shown.iter().flatten());
        if extent.is_empty() {
            return canvas.nothing("There are no finite draws to show.");
        }
        let mut keys: Vec<Key> =
            (0..shown.len()).map(|i| Key::new(Mark::Line, Ink::Series(i), format!("chain {}", i + 1))).collect();
        let divergent = self.divergent.iter().take(shown.len()).map(Vec::len).sum::<usize>();
        if divergent > 0 {
            keys.push(Key::new(Mark::Dot, Ink::Bad, "divergent"));
        }
        canvas.legend(&keys);
        let x = Axis::new("draw", (0.0, longest.max(1) as f64)).whole();
        let frame = Frame::new(&mut canvas, 150.0, &x, &Axis::new(&self.axis, extent.padded(0.04)));
        for (number, chain) in shown.iter().enumerate() {
            let points = thinned(chain.len(), MOST_DRAWS).into_iter().map(|i| (i as f64, chain[i]));
            frame.curve(&mut canvas, points, Paint::stroke(Ink::Series(number), 1.0).opacity(0.7));
        }
        let marked = self.divergent.iter().zip(shown).flat_map(|(draws, chain)| {
            draws.iter().filter_map(|&draw| Some((draw as f64, *chain.get(draw)?))).take(MOST_DRAWS)
        });
        let marks: Vec<(f64, f64)> = marked.map(|(x, y)| frame.at(x, y)).collect();
        canvas.dots(&frame.area, marks, 6.0, Ink::Bad, 1.0);
        if longest > MOST_DRAWS {
            canvas.note(&format!("{MOST_DRAWS} draws of each chain are shown, evenly spaced, of {longest}."));
        }
        if self.chains.len() > MOST_CHAINS {
            canvas.note(&hidden(self.chains.len() - MOST_CHAINS, "chain", "chains"));
        }
        canvas.note_not_finite(shown.iter().flatten().filter(|x| !x.is_finite()).count(), "draw", "draws");
        canvas.finish()
    }
}
