//! A plot from top to bottom: title, legend, the picture, notes.

use crate::style::{Ink, Style};
use crate::svg::{Anchor, Font, Paint, Path, Rect, Svg};
use crate::words::{counted, shortened, width, wrapped};

/// The margin of a plot that stands alone; on a page it is aligned with the words around it.
const MARGIN: f64 = 12.0;
const MOST_KEYS: usize = 9;
/// How much wider bold letters are.
const BOLD: f64 = 1.1;

/// How a key of a legend is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    Line,
    Dashes,
    Box,
    Dot,
    Ring,
}

/// One key of a legend.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    mark: Mark,
    ink: Ink,
    text: String,
}

impl Key {
    pub(crate) fn new(mark: Mark, ink: Ink, text: impl Into<String>) -> Self {
        Self { mark, ink, text: text.into() }
    }
}

/// A plot under construction.
#[derive(Debug)]
pub(crate) struct Canvas {
    pub(crate) svg: Svg,
    pub(crate) width: f64,
    background: bool,
    margin: f64,
    title: String,
    description: String,
    /// Where the next part begins.
    top: f64,
}

impl Canvas {
    /// A plot with its title. The description is read to those who do not see the plot.
    pub(crate) fn new(style: &Style, title: &str, description: impl Into<String>) -> Self {
        Self::of_width(style, style.usable_width(), title, description)
    }

    /// A plot of another width than the style says.
    pub(crate) fn of_width(style: &Style, width: f64, title: &str, description: impl Into<String>) -> Self {
        let mut canvas = Self {
            svg: Svg::new(style.theme),
            width,
            background: style.background,
            margin: if style.background { MARGIN } else { 1.0 },
            title: title.to_owned(),
            description: description.into(),
            top: 6.0,
        };
        for line in wrapped(title, BOLD * Font::TITLE.size, canvas.room(), 2) {
            canvas.top += 14.0;
            canvas.svg.text((canvas.margin, canvas.top), Anchor::Start, Font::TITLE, &line);
            canvas.top += 4.0;
        }
        canvas.top += 4.0;
        canvas
    }

    fn room(&self) -> f64 {
        self.width - 2.0 * self.margin
    }

    /// Adds keys below what is there.
    pub(crate) fn legend(&mut self, keys: &[Key]) {
        if keys.is_empty() {
            return;
        }
        let (mut x, mut y) = (self.margin, self.top + 11.0);
        let hidden = keys.len().saturating_sub(MOST_KEYS);
        let more = (hidden > 0).then(|| format!("and {hidden} more"));
        for key in keys.iter().take(MOST_KEYS) {
            let text = shortened(&key.text, Font::SMALL.size, self.room() - 26.0);
            let needed = 24.0 + width(&text, Font::SMALL.size);
            if x > self.margin && x + needed > self.width - self.margin {
                (x, y) = (self.margin, y + 18.0);
            }
            self.key(key, x, y - 4.0);
            self.svg.text((x + 23.0, y), Anchor::Start, Font::SMALL, &text);
            x += needed + 14.0;
        }
        if let Some(more) = more {
            if x + width(&more, Font::SMALL.size) > self.width - self.margin {
                (x, y) = (self.margin, y + 18.0);
            }
            self.svg.text((x, y), Anchor::Start, Font::SMALL, &more);
        }
        self.top = y + 8.0;
    }

    fn key(&mut self, key: &Key, x: f64, y: f64) {
        let svg = &mut self.svg;
        match key.mark {
            Mark::Line => svg.line((x, y), (x + 18.0, y), Paint::stroke(key.ink, 2.0)),
            Mark::Dashes => svg.line((x, y), (x + 18.0, y), Paint::stroke(key.ink, 1.5).dashed()),
            Mark::Box => {
                let rect = Rect { left: x, top: y - 5.0, width: 18.0, height: 10.0 };
                svg.rect(&rect, Paint::fill(key.ink));
            }
            Mark::Dot => svg.circle((x + 9.0, y), 4.0, Paint::fill(key.ink)),
            Mark::Ring => {
                svg.circle((x + 9.0, y), 4.0, Paint::fill(Ink::Surface).outlined(key.ink, 2.0));
            }
        }
    }

    /// Reserves the next part, of the given height.
    pub(crate) fn part(&mut self, height: f64) -> Rect {
        let rect = Rect { left: self.margin, top: self.top, width: self.room(), height };
        self.top += height;
        rect
    }

    /// A sentence below what is there.
    pub(crate) fn note(&mut self, text: &str) {
        self.top += 4.0;
        for line in wrapped(text, Font::SMALL.size, self.room(), 4) {
            self.top += 13.0;
            self.svg.text((self.margin, self.top), Anchor::Start, Font::SMALL, &line);
            self.top += 3.0;
        }
    }

    /// Says how many numbers are not shown because they are NaN or infinite, if there are any.
    pub(crate) fn note_not_finite(&mut self, number: usize, one: &str, many: &str) {
        if number > 0 {
            let verb = if number == 1 { "is" } else { "are" };
            self.note(&format!("{} {verb} not finite and not shown.", counted(number, one, many)));
        }
    }

    /// Says that there is nothing to show, and ends the plot.
    pub(crate) fn nothing(mut self, why: &str) -> String {
        let rect = self.part(60.0);
        let middle = (rect.left + rect.width / 2.0, rect.top + 34.0);
        let why = shortened(why, Font::LABEL.size, rect.width);
        self.svg.text(middle, Anchor::Middle, Font { ink: Ink::Muted, ..Font::LABEL }, &why);
        self.finish()
    }

    /// The plot.
    pub(crate) fn finish(self) -> String {
        let size = (self.width, self.top + self.margin);
        self.svg.finish(size, self.background, &self.title, &self.description)
    }

    /// Draws dots of one size in a rectangle, as one shape.
    pub(crate) fn dots(
        &mut self,
        area: &Rect,
        points: impl IntoIterator<Item = (f64, f64)>,
        size: f64,
        paint: Ink,
        opacity: f64,
    ) {
        let mut path = Path::default();
        for (x, y) in points {
            if x.is_finite() && y.is_finite() {
                path.dot(x, y);
            }
        }
        self.svg.clipped(area, |svg| svg.path(&path, Paint::stroke(paint, size).opacity(opacity)));
    }
}
