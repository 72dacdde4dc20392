//! The plots, one file a kind.
//!
//! Each is a struct of plain numbers; [`Plot::to_svg`] makes the picture. Numbers that are NaN or
//! infinite, too few or too many, never break a plot: what is left out is said below it.

mod calibration;
mod comparison;
mod density;
mod ecdf;
mod energy;
mod forest;
mod intervals;
mod loo;
mod pairs;
mod pit;
mod ranks;
mod rootogram;
mod sensitivity;
mod trace;

pub use calibration::{Calibration, CalibrationRow};
pub use comparison::{ComparedModel, Comparison};
pub use density::{Density, Prior};
pub use ecdf::{EcdfDifference, EcdfSeries};
pub use energy::{Energy, EnergyChain};
pub use forest::{Forest, ForestIntervals, ForestOrder, ForestRow, Reference};
pub use intervals::{IntervalRow, Intervals};
pub use loo::{LeftOut, Loo, LooRow};
pub use pairs::{PairVariable, Pairs};
pub use pit::PitHistogram;
pub use ranks::RankHistograms;
pub use rootogram::{Rootogram, RootogramBar, RootogramKind};
pub use sensitivity::{Sensitivity, SensitivityRow};
pub use trace::Trace;

use crate::style::Style;

/// Something that can be drawn.
pub trait Plot {
    /// The picture as an SVG document. The same data and style give the same text.
    fn to_svg(&self, style: &Style) -> String;
}

/// About `most` places spread evenly over `0..number`, the first and the last among them; all if there
/// are no more.
fn thinned(number: usize, most: usize) -> Vec<usize> {
    if number <= most || most < 2 {
        return (0..number).collect();
    }
    (0..most).map(|i| i * (number - 1) / (most - 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::thinned;

    #[test]
    fn thinning_keeps_both_ends() {
        assert_eq!(thinned(0, 5), Vec::<usize>::new());
        assert_eq!(thinned(3, 5), [0, 1, 2]);
        assert_eq!(thinned(101, 5), [0, 25, 50, 75, 100]);
    }
}
