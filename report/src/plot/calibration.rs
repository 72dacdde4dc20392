//! Simulation-based calibration: the ranks of true values among the draws of many fits.

use crate::plot::{EcdfDifference, EcdfSeries, Plot};
use crate::style::Style;

/// The ranks of the true values of parameters, which are uniform if the inference is right.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Calibration {
    /// The heading.
    pub title: String,
    /// How many data sets were simulated and fitted.
    pub simulations: usize,
    /// Where the distribution functions are compared, ascending in (0, 1].
    pub points: Vec<f64>,
    /// The lower limits of the number of ranks up to each point; empty without a band.
    pub lower: Vec<f64>,
    /// The upper limits.
    pub upper: Vec<f64>,
    /// The probability with which a right inference stays in the band everywhere, such as 0.95.
    pub level: f64,
    /// The parameters.
    pub rows: Vec<CalibrationRow>,
}

/// The ranks of one parameter.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CalibrationRow {
    /// Its name.
    pub name: String,
    /// The number of ranks up to each point.
    pub counts: Vec<usize>,
}

impl Plot for Calibration {
    fn to_svg(&self, style: &Style) -> String {
        let size = self.simulations.max(1) as f64;
        let difference =
            |counts: &[f64]| counts.iter().zip(&self.points).map(|(count, at)| count / size - at).collect();
        let series =
            self.rows.iter().map(|row| EcdfSeries::from_counts(&row.name, &self.points, &row.counts, self.simulations));
        EcdfDifference {
            title: self.title.clone(),
            axis: format!("rank among the draws, as a share ({} simulations)", self.simulations),
            points: self.points.clone(),
            lower: difference(&self.lower),
            upper: difference(&self.upper),
            band: format!("{} simultaneous band", crate::numbers::percent(self.level)),
            series: series.collect(),
        }
        .to_svg(style)
    }
}
