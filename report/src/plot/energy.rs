//! Energies of the sampler: where it is, and how far one transition takes it.

use crate::canvas::{Canvas, Key, Mark};
use crate::frame::{Axis, Frame};
use crate::kde::{Curve, Support, density, sorted};
use crate::numbers::significant;
use crate::plot::Plot;
use crate::scale::Extent;
use crate::style::{Ink, Style};
use crate::svg::{Paint, Rect};
use crate::words::hidden;

/// The most chains that are shown.
const MOST_CHAINS: usize = 8;

/// The energies of all chains. Where transitions are much narrower than the energies themselves, the
/// tails are reached too slowly.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Energy {
    /// The heading.
    pub title: String,
    /// The chains.
    pub chains: Vec<EnergyChain>,
    /// The E-BFMI below which a chain is marked.
    pub limit: f64,
}

/// The energies of one chain.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EnergyChain {
    /// The energy of each draw, in order.
    pub energies: Vec<f64>,
    /// The Bayesian fraction of missing information, if it exists.
    pub ebfmi: Option<f64>,
}

/// What is drawn of one chain.
struct Panel {
    label: String,
    energies: Option<Curve>,
    transitions: Option<Curve>,
}

impl Plot for Energy {
    fn to_svg(&self, style: &Style) -> String {
        let low = self.chains.iter().filter(|chain| self.is_low(chain)).count();
        let text = format!("Energies of {} chains, {low} with an E-BFMI below {}.", self.chains.len(), self.limit);
        let mut canvas = Canvas::new(style, &self.title, text);
        let panels: Vec<Panel> =
            self.chains.iter().take(MOST_CHAINS).enumerate().map(|(i, c)| self.panel(i, c)).collect();
        let curves = || panels.iter().flat_map(|panel| [&panel.energies, &panel.transitions]).flatten();
        let extent = Extent::of(curves().flat_map(|curve| &curve.x));
        if extent.is_empty() {
            return canvas.nothing("There are no energies that vary to show.");
        }
        canvas.legend(&[
            Key::new(Mark::Line, Ink::Accent, "energy, centred"),
            Key::new(Mark::Line, Ink::Second, "change in one transition"),
        ]);
        for pair in panels.chunks(2) {
            let part = canvas.part(128.0);
            for (side, panel) in pair.iter().enumerate() {
                let width = part.width / 2.0 - 6.0;
                let height = part.height - 6.0;
                let part = Rect { left: part.left + side as f64 * (width + 12.0), width, height, ..part };
                panel.draw(&mut canvas, &part, extent.padded(0.0));
            }
        }
        if low > 0 {
            canvas
                .note(&format!("▲ marks chains with an E-BFMI below {}: they reach the tails too slowly.", self.limit));
        }
        if self.chains.len() > MOST_CHAINS {
            canvas.note(&hidden(self.chains.len() - MOST_CHAINS, "chain", "chains"));
        }
        let finite = |chain: &EnergyChain| chain.energies.iter().filter(|x| !x.is_finite()).count();
        canvas.note_not_finite(self.chains.iter().map(finite).sum(), "energy", "energies");
        canvas.finish()
    }
}

impl Energy {
    fn is_low(&self, chain: &EnergyChain) -> bool {
        chain.ebfmi.is_some_and(|ebfmi| ebfmi < self.limit)
    }

    fn panel(&self, number: usize, chain: &EnergyChain) -> Panel {
        let centred = {
            let finite = sorted(&chain.energies);
            let mean = finite.iter().map(|x| x / finite.len() as f64).sum::<f64>();
            finite.iter().map(|x| x - mean).collect::<Vec<f64>>()
        };
        let changes: Vec<f64> = chain.energies.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let everywhere = (f64::MIN, f64::MAX);
        let low = self.is_low(chain);
        let ebfmi = chain.ebfmi.map_or_else(|| "unknown".to_owned(), |ebfmi| significant(ebfmi, 2));
        Panel {
            label: format!("{}chain {}: E-BFMI {ebfmi}", if low { "▲ " } else { "" }, number + 1),
            energies: density(&centred, Support::default(), everywhere),
            transitions: density(&sorted(&changes), Support::default(), everywhere),
        }
    }
}

impl Panel {
    fn draw(&self, canvas: &mut Canvas, part: &Rect, range: (f64, f64)) {
        let top =
            [&self.energies, &self.transitions].into_iter().flatten().map(Curve::highest).fold(0.0, f64::max) * 1.05;
        let frame = Frame::within(canvas, part, &Axis::new("", range), &Axis::new(&self.label, (0.0, top)).bare());
        for (curve, ink) in [(&self.energies, Ink::Accent), (&self.transitions, Ink::Second)] {
            if let Some(curve) = curve {
                let zeros = vec![0.0; curve.x.len()];
                frame.region(canvas, &curve.x, &zeros, &curve.y, Paint::fill(ink).opacity(0.15));
                frame.curve(canvas, curve.points(), Paint::stroke(ink, 2.0));
            }
        }
    }
}
