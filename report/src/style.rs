//! How plots look: their width, and the colours of each part they play.
//!
//! A plot writes its colours into its elements, so that it looks right saved alone, and names the part
//! that each plays as a class, so that the style sheet of a page can follow the reader's choice of
//! light or dark.

/// How a plot looks.
#[derive(Debug, Clone, PartialEq)]
pub struct Style {
    /// The width in pixels, within [`Style::WIDTHS`]; heights follow from what is shown.
    pub width: f64,
    /// The colours that are written into the plot.
    pub theme: Theme,
    /// Whether the plot paints its own background.
    pub background: bool,
}

impl Default for Style {
    /// Light, 480 pixels wide, on a background: right for a plot that stands alone.
    fn default() -> Self {
        Self { width: 480.0, theme: Theme::Light, background: true }
    }
}

impl Style {
    /// The widths that plots are made for; beyond them the nearest is used.
    pub const WIDTHS: std::ops::RangeInclusive<f64> = 240.0..=4000.0;

    /// The width that plots work with.
    pub(crate) fn usable_width(&self) -> f64 {
        if self.width.is_finite() { self.width.clamp(*Self::WIDTHS.start(), *Self::WIDTHS.end()) } else { 480.0 }
    }
}

/// Which colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// Dark on white.
    #[default]
    Light,
    /// Light on nearly black.
    Dark,
}

/// The part that a colour plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ink {
    /// The background.
    Surface,
    /// Words.
    Text,
    /// Words and lines of less weight.
    Muted,
    /// Lines behind the data.
    Grid,
    /// Regions where nothing is wrong.
    Band,
    /// What the plot is about: the posterior, the observed.
    Accent,
    /// What it is compared with: the prior, the expected.
    Second,
    /// What speaks against the fit.
    Bad,
    /// What speaks for it.
    Good,
    /// The chain or series of this number.
    Series(usize),
}

/// How many series have a colour of their own.
pub(crate) const SERIES: usize = 8;

const SERIES_NAMES: [&str; SERIES] = ["c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7"];
const SERIES_LIGHT: [&str; SERIES] =
    ["#1f5fa8", "#b35900", "#1b7a4b", "#8a3a9b", "#007c89", "#a3325c", "#6b6a00", "#5a5f6b"];
const SERIES_DARK: [&str; SERIES] =
    ["#7db4f2", "#f2a65a", "#6fcf97", "#d59ce6", "#5ccfd8", "#f28fb1", "#d6d25c", "#b4bac6"];

impl Ink {
    /// All parts.
    pub(crate) fn all() -> Vec<Self> {
        let mut all = vec![
            Self::Surface,
            Self::Text,
            Self::Muted,
            Self::Grid,
            Self::Band,
            Self::Accent,
            Self::Second,
            Self::Bad,
            Self::Good,
        ];
        all.extend((0..SERIES).map(Self::Series));
        all
    }

    /// Its name among the classes and variables of style sheets.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Surface => "surface",
            Self::Text => "text",
            Self::Muted => "muted",
            Self::Grid => "grid",
            Self::Band => "band",
            Self::Accent => "accent",
            Self::Second => "second",
            Self::Bad => "bad",
            Self::Good => "good",
            Self::Series(number) => SERIES_NAMES[number % SERIES],
        }
    }

    /// Its colour.
    pub(crate) fn colour(self, theme: Theme) -> &'static str {
        let (light, dark) = match self {
            Self::Surface => ("#ffffff", "#15181d"),
            Self::Text => ("#1c2128", "#e8eaed"),
            Self::Muted => ("#57606a", "#a9b1bb"),
            Self::Grid => ("#e1e4e8", "#30363d"),
            Self::Band => ("#dfe7f1", "#2a3644"),
            Self::Accent => ("#1f5fa8", "#7db4f2"),
            Self::Second => ("#b35900", "#f2a65a"),
            Self::Bad => ("#b3202a", "#ff8f87"),
            Self::Good => ("#1b7a4b", "#6fcf97"),
            Self::Series(number) => (SERIES_LIGHT[number % SERIES], SERIES_DARK[number % SERIES]),
        };
        match theme {
            Theme::Light => light,
            Theme::Dark => dark,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The relative luminance of WCAG 2.
    fn luminance(colour: &str) -> f64 {
        let channel = |at: usize| {
            let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    fn contrast(a: Ink, b: Ink, theme: Theme) -> f64 {
        let (a, b) = (luminance(a.colour(theme)), luminance(b.colour(theme)));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn words_and_marks_stand_out() {
        for theme in [Theme::Light, Theme::Dark] {
            for ink in Ink::all() {
                let seen = contrast(ink, Ink::Surface, theme);
                match ink {
                    Ink::Surface | Ink::Grid | Ink::Band => {}
                    _ => assert!(seen >= 4.5, "{ink:?} in {theme:?}: {seen}"),
                }
            }
            assert!(contrast(Ink::Text, Ink::Band, theme) >= 4.5);
            assert!(contrast(Ink::Muted, Ink::Band, theme) >= 4.5);
        }
    }

    #[test]
    fn any_width_is_usable() {
        for width in [f64::NAN, f64::INFINITY, -1.0, 0.0, 1e9] {
            let width = Style { width, ..Style::default() }.usable_width();
            assert!(Style::WIDTHS.contains(&width));
        }
    }
}
