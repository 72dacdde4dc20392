//! A writer of SVG: shapes in, text out, everything escaped and finite.

use std::fmt::Write;

use crate::escape::escaped;
use crate::style::{Ink, Theme};

/// A rectangle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rect {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

impl Rect {
    pub(crate) fn right(&self) -> f64 {
        self.left + self.width
    }

    pub(crate) fn bottom(&self) -> f64 {
        self.top + self.height
    }
}

/// How a shape is painted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paint {
    fill: Option<Ink>,
    stroke: Option<Ink>,
    width: f64,
    opacity: f64,
    dashed: bool,
}

impl Paint {
    /// Filled.
    pub(crate) fn fill(ink: Ink) -> Self {
        Self { fill: Some(ink), stroke: None, width: 0.0, opacity: 1.0, dashed: false }
    }

    /// A line of the given width.
    pub(crate) fn stroke(ink: Ink, width: f64) -> Self {
        Self { fill: None, stroke: Some(ink), width, opacity: 1.0, dashed: false }
    }

    /// With an outline besides.
    pub(crate) fn outlined(self, ink: Ink, width: f64) -> Self {
        Self { stroke: Some(ink), width, ..self }
    }

    /// Seen through.
    pub(crate) fn opacity(self, opacity: f64) -> Self {
        Self { opacity, ..self }
    }

    /// As a dashed line.
    pub(crate) fn dashed(self) -> Self {
        Self { dashed: true, ..self }
    }

    fn attributes(&self, theme: Theme) -> String {
        let mut classes = Vec::new();
        let mut out = String::new();
        match self.fill {
            Some(ink) => {
                classes.push(format!("f-{}", ink.name()));
                let _ = write!(out, " fill=\"{}\"", ink.colour(theme));
            }
            None => out.push_str(" fill=\"none\""),
        }
        if let Some(ink) = self.stroke {
            classes.push(format!("s-{}", ink.name()));
            let _ = write!(out, " stroke=\"{}\" stroke-width=\"{}\"", ink.colour(theme), number(self.width));
        }
        if self.opacity < 1.0 {
            let _ = write!(out, " opacity=\"{}\"", number(self.opacity));
        }
        if self.dashed {
            out.push_str(" stroke-dasharray=\"5 4\"");
        }
        format!(" class=\"{}\"{out}", classes.join(" "))
    }
}

/// Where a text stands in relation to its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// How a text looks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Font {
    pub(crate) size: f64,
    pub(crate) ink: Ink,
    pub(crate) bold: bool,
}

impl Font {
    /// Labels of rows and values.
    pub(crate) const LABEL: Self = Self { size: 13.0, ink: Ink::Text, bold: false };
    /// Ticks, names of axes, notes.
    pub(crate) const SMALL: Self = Self { size: 12.0, ink: Ink::Muted, bold: false };
    /// The title of a plot.
    pub(crate) const TITLE: Self = Self { size: 14.0, ink: Ink::Text, bold: true };
}

/// A path under construction.
#[derive(Debug, Clone, Default)]
pub(crate) struct Path {
    data: String,
}

impl Path {
    /// Lines through points; a point that is not finite interrupts them.
    pub(crate) fn through(points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let mut path = Self::default();
        let mut down = false;
        for (x, y) in points {
            let seen = x.is_finite() && y.is_finite();
            if seen {
                path.step(if down { 'L' } else { 'M' }, x, y);
            }
            down = seen;
        }
        path
    }

    fn step(&mut self, command: char, x: f64, y: f64) {
        let _ = write!(self.data, "{command}{} {}", number(x), number(y));
    }

    /// A dot, as large as the line is wide.
    pub(crate) fn dot(&mut self, x: f64, y: f64) {
        self.step('M', x, y);
        self.data.push_str("h.01");
    }

    /// A line between two points.
    pub(crate) fn segment(&mut self, from: (f64, f64), to: (f64, f64)) {
        self.step('M', from.0, from.1);
        self.step('L', to.0, to.1);
    }

    /// A rectangle with the given opposite corners.
    pub(crate) fn block(&mut self, from: (f64, f64), to: (f64, f64)) {
        self.step('M', from.0, from.1);
        let _ = write!(self.data, "H{}V{}H{}Z", number(to.0), number(to.1), number(from.0));
    }

    /// Back to where it began.
    pub(crate) fn closed(mut self) -> Self {
        if !self.data.is_empty() {
            self.data.push('Z');
        }
        self
    }

    fn is_empty(&self) -> bool {
        self.data.is_empty()
    }
}

/// The inside of a picture under construction.
#[derive(Debug)]
pub(crate) struct Svg {
    theme: Theme,
    body: String,
}

impl Svg {
    pub(crate) fn new(theme: Theme) -> Self {
        Self { theme, body: String::new() }
    }

    pub(crate) fn line(&mut self, from: (f64, f64), to: (f64, f64), paint: Paint) {
        let (x1, y1, x2, y2) = (number(from.0), number(from.1), number(to.0), number(to.1));
        let paint = paint.attributes(self.theme);
        let _ = write!(self.body, "<line x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\"{paint}/>");
    }

    pub(crate) fn rect(&mut self, rect: &Rect, paint: Paint) {
        let [x, y, width, height] = [rect.left, rect.top, rect.width.max(0.0), rect.height.max(0.0)].map(number);
        let paint = paint.attributes(self.theme);
        let _ = write!(self.body, "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"{paint}/>");
    }

    pub(crate) fn circle(&mut self, centre: (f64, f64), radius: f64, paint: Paint) {
        let [x, y, radius] = [centre.0, centre.1, radius].map(number);
        let _ = write!(self.body, "<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\"{}/>", paint.attributes(self.theme));
    }

    pub(crate) fn path(&mut self, path: &Path, paint: Paint) {
        if !path.is_empty() {
            let paint = paint.attributes(self.theme);
            let _ = write!(
                self.body,
                "<path d=\"{}\"{paint} stroke-linecap=\"round\" stroke-linejoin=\"round\"/>",
                path.data
            );
        }
    }

    pub(crate) fn text(&mut self, at: (f64, f64), anchor: Anchor, font: Font, text: &str) {
        self.write(at, anchor, font, Paint::fill(font.ink), text);
    }

    /// A text among lines and dots, which stay away from its letters.
    pub(crate) fn text_over(&mut self, at: (f64, f64), anchor: Anchor, font: Font, text: &str) {
        self.write(at, anchor, font, Paint::fill(font.ink).outlined(Ink::Surface, 4.0), text);
    }

    fn write(&mut self, at: (f64, f64), anchor: Anchor, font: Font, paint: Paint, text: &str) {
        let [x, y, size] = [at.0, at.1, font.size].map(number);
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let weight = if font.bold { " font-weight=\"600\"" } else { "" };
        // The outline is painted first, below the letters.
        let order = if paint.stroke.is_some() { " paint-order=\"stroke\" stroke-linejoin=\"round\"" } else { "" };
        let paint = paint.attributes(self.theme);
        let _ = write!(
            self.body,
            "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\"{anchor}{weight}{order}{paint}>{}</text>",
            escaped(text)
        );
    }

    /// Draws something with a title of its own, which a pointer that rests on it shows.
    pub(crate) fn titled(&mut self, title: &str, draw: impl FnOnce(&mut Self)) {
        let _ = write!(self.body, "<g><title>{}</title>", escaped(title));
        draw(self);
        self.body.push_str("</g>");
    }

    /// Draws within a rectangle; what reaches beyond it is not seen. An inner `svg` clips without
    /// needing a name, which would have to be unique on a page.
    pub(crate) fn clipped(&mut self, rect: &Rect, draw: impl FnOnce(&mut Self)) {
        let [x, y, width, height] = [rect.left, rect.top, rect.width.max(1.0), rect.height.max(1.0)].map(number);
        let _ = write!(
            self.body,
            "<svg x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" viewBox=\"{x} {y} {width} {height}\" \
             overflow=\"hidden\">"
        );
        draw(self);
        self.body.push_str("</svg>");
    }

    /// The whole picture.
    pub(crate) fn finish(self, size: (f64, f64), background: bool, title: &str, description: &str) -> String {
        let [width, height] = [size.0, size.1.ceil()].map(number);
        let surface = if background {
            let paint = Paint::fill(Ink::Surface).attributes(self.theme);
            format!("<rect width=\"{width}\" height=\"{height}\"{paint}/>")
        } else {
            String::new()
        };
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" font-family=\"system-ui, sans-serif\"><title>{}</title><desc>{}</desc>\
             {surface}{}</svg>\n",
            escaped(title),
            escaped(description),
            self.body
        )
    }
}

/// A coordinate: two decimals at most, always finite.
fn number(x: f64) -> String {
    let x = if x.is_finite() { x.clamp(-1e5, 1e5) } else { 0.0 };
    let text = format!("{x:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_short_and_finite() {
        for (x, want) in [
            (1.0, "1"),
            (-0.001, "0"),
            (2.505, "2.5"),
            (100.0, "100"),
            (f64::NAN, "0"),
            (f64::INFINITY, "0"),
            (-1e300, "-100000"),
        ] {
            assert_eq!(number(x), want);
        }
    }

    #[test]
    fn lines_break_where_a_point_is_missing() {
        let path = Path::through([(0.0, 0.0), (1.0, 1.0), (2.0, f64::NAN), (3.0, 3.0)]);
        assert_eq!(path.data, "M0 0L1 1M3 3");
    }
}
