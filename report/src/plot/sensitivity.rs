//! Is it the prior or the data that speaks: sensitivity to power-scaling of both.

use crate::canvas::{Canvas, Key, Mark};
use crate::frame::Axis;
use crate::numbers::short;
use crate::plot::Plot;
use crate::rows::Rows;
use crate::scale::Extent;
use crate::style::{Ink, Style};
use crate::svg::Paint;

/// The most rows.
const MOST: usize = 40;

/// How much each quantity moves when the prior or the likelihood is raised to a power near 1.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sensitivity {
    /// The heading.
    pub title: String,
    /// The quantities.
    pub rows: Vec<SensitivityRow>,
    /// The sensitivity from which a quantity counts as sensitive.
    pub limit: f64,
}

/// One quantity.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SensitivityRow {
    /// Its name.
    pub label: String,
    /// Its sensitivity to the prior.
    pub prior: f64,
    /// Its sensitivity to the likelihood.
    pub likelihood: f64,
}

impl Plot for Sensitivity {
    fn to_svg(&self, style: &Style) -> String {
        let mut rows: Vec<&SensitivityRow> =
            self.rows.iter().filter(|row| row.prior.is_finite() || row.likelihood.is_finite()).collect();
        let finite = rows.len();
        let sensitive = rows.iter().filter(|row| row.prior >= self.limit).count();
        if rows.len() > MOST {
            rows.sort_by(|a, b| b.prior.total_cmp(&a.prior));
            rows.truncate(MOST);
        }
        let text =
            format!("{sensitive} of {finite} quantities are sensitive to the prior (from {}).", short(self.limit, 3));
        let mut canvas = Canvas::new(style, &self.title, text.clone());
        if rows.is_empty() {
            return canvas.nothing("There are no finite numbers to show.");
        }
        canvas.legend(&[
            Key::new(Mark::Dot, Ink::Second, "to the prior"),
            Key::new(Mark::Ring, Ink::Accent, "to the likelihood"),
            Key::new(Mark::Dashes, Ink::Muted, format!("limit {}", short(self.limit, 3))),
        ]);
        let numbers = rows.iter().flat_map(|row| [row.prior, row.likelihood]);
        let extent = Extent::of(&numbers.collect::<Vec<_>>()).with(0.0).with(self.limit);
        let labels: Vec<&str> = rows.iter().map(|row| row.label.as_str()).collect();
        let height = if rows.len() > 20 { 17.0 } else { 22.0 };
        let axis = Axis::new("sensitivity to power-scaling", (0.0, extent.padded(0.06).1));
        let frame = Rows::new(&mut canvas, &labels, height, &axis, 0.0);
        frame.upright(&mut canvas, self.limit, Paint::stroke(Ink::Muted, 1.5).dashed());
        for (number, row) in rows.iter().enumerate() {
            frame.dot(&mut canvas, number, row.likelihood, 4.5, Paint::fill(Ink::Surface).outlined(Ink::Accent, 2.0));
            frame.dot(&mut canvas, number, row.prior, 4.5, Paint::fill(Ink::Second));
        }
        canvas.note(&text);
        if finite > rows.len() {
            canvas.note(&format!(
                "The {} most sensitive to the prior are shown; {} more are not.",
                rows.len(),
                finite - rows.len()
            ));
        }
        canvas.note_not_finite(self.rows.len() - finite, "quantity", "quantities");
        canvas.finish()
    }
}
