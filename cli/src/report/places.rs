//! The places of rows in their predictive distributions: without the rows where they can be left out, else with them.

use polya::checks::places::PlacesLeftOut;
use polya::checks::predictive::ColumnChecks;
use polya::diagnostics::{EcdfBands, PitInterval, pit_distribution, pit_histogram};
use polya_report::plot::{EcdfDifference, EcdfSeries, PitHistogram};

use crate::left_out::LeftOut;

/// Places at which distribution functions are compared.
const POINTS: usize = 50;
/// Bins of a histogram.
const BINS: usize = 20;
/// The probability of a uniform sample to stay in its band.
const COVERAGE: f64 = 0.95;
/// The largest sample whose band is computed; of larger ones it narrows as the standard error does.
const LARGEST_SAMPLE: usize = 10_000;

/// The places of one column.
pub struct Places<'a> {
    column: &'a str,
    rows: &'a [PitInterval],
    /// What the predictions are without, and the test of the places.
    left_out: Option<(&'static str, &'a PlacesLeftOut)>,
}

impl<'a> Places<'a> {
    /// Those left out where they are to be relied on, else those of the predictive checks.
    pub fn of(checks: &'a ColumnChecks, left_out: Option<&'a LeftOut>) -> Option<Self> {
        let column = checks.column.as_str();
        let found = left_out.and_then(|left_out| {
            let (by, all) = left_out.relied_on_places();
            let own = all.iter().find(|places| places.column == column && places.p_value.is_some())?;
            own.reliable().then_some((by, own))
        });
        let rows = match found {
            Some((_, places)) => places.places.as_slice(),
            None => checks.pit.as_ref()?.rows.as_slice(),
        };
        (!rows.is_empty()).then_some(Self { column, rows, left_out: found })
    }

    fn called(&self) -> &'static str {
        if self.left_out.is_some() { "LOO-PIT" } else { "PIT" }
    }

    /// How far the distribution function of the places is from that of the uniform. Of a discrete row the place is spread
    /// over its interval: the mean distribution function, without random numbers.
    pub fn ecdf(&self) -> EcdfDifference {
        let points: Vec<f64> = (1..=POINTS).map(|i| i as f64 / POINTS as f64).collect();
        let differences = points.iter().map(|u| pit_distribution(self.rows, *u) - u).collect();
        // No band with the rows: the model has seen them, and their places crowd in the middle where all is well.
        let band = self.left_out.and_then(|_| band(self.rows.len(), &points));
        let words = band.as_ref().map_or_else(String::new, |_| format!("{:.0}% simultaneous band", 100.0 * COVERAGE));
        let (lower, upper) = band.unwrap_or_default();
        EcdfDifference {
            title: format!("{}-ECDF of {}", self.called(), self.column),
            axis: "probability integral transform".to_owned(),
            lower,
            upper,
            band: words,
            series: vec![EcdfSeries { name: self.column.to_owned(), differences }],
            points,
        }
    }

    /// The shares of bins of equal width.
    pub fn histogram(&self) -> Option<PitHistogram> {
        let heights = pit_histogram(self.rows, BINS)?;
        Some(PitHistogram { title: format!("{} of {}", self.called(), self.column), heights, band: None })
    }

    /// What the places say.
    pub fn note(&self) -> Option<String> {
        let Some((by, places)) = self.left_out else {
            return Some(format!(
                "The model has seen the rows of {}: with a parameter for each, their places crowd in the middle, which is no \
                 fault.",
                self.column
            ));
        };
        let tested = match &places.finding {
            Some(finding) => format!("Without their {by}, {finding}."),
            None => format!(
                "The places of {} in predictions without their {by} pass as uniform (p = {:.2}, of at most 0.50).",
                self.column, places.p_value?
            ),
        };
        Some(tested)
    }
}

/// The limits of the differences at all points at once.
fn band(size: usize, points: &[f64]) -> Option<(Vec<f64>, Vec<f64>)> {
    let computed = size.min(LARGEST_SAMPLE);
    let bands = EcdfBands::new(computed, points, COVERAGE)?;
    let narrower = (computed as f64 / size as f64).sqrt();
    let limits = |counts: &[usize]| {
        counts.iter().zip(points).map(|(count, u)| narrower * (*count as f64 / computed as f64 - u)).collect()
    };
    Some((limits(bands.lower()), limits(bands.upper())))
}
