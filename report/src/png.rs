//! Pictures of dots, for where SVG is not understood.

use std::fmt;
use std::sync::Arc;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

/// The most dots on a side.
const LARGEST: f64 = 16_000.0;

/// Why a picture cannot be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PngError {
    /// The text is not an SVG document; why.
    NotSvg(String),
    /// The picture would have no dots, or more than 16 000 on a side.
    Size,
    /// The picture cannot be written; why.
    Encoding(String),
}

impl fmt::Display for PngError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSvg(why) => write!(f, "this is not an SVG document: {why}"),
            Self::Size => write!(f, "the picture would have no dots, or more than {LARGEST} on a side"),
            Self::Encoding(why) => write!(f, "the picture cannot be written: {why}"),
        }
    }
}

impl std::error::Error for PngError {}

/// The PNG of a plot, with `scale` dots for each of its pixels. Text is set in DejaVu Sans, which comes
/// along: the picture is the same on every machine. (The font has the free licence of Bitstream Vera, which asks
/// that its notice goes with it; the crate `dejavu` holds both.)
pub fn to_png(svg: &str, scale: f64) -> Result<Vec<u8>, PngError> {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(dejavu::sans::regular().to_vec());
    fonts.load_font_data(dejavu::sans::bold().to_vec());
    fonts.set_sans_serif_family("DejaVu Sans");
    let options = Options { fontdb: Arc::new(fonts), font_family: "DejaVu Sans".to_owned(), ..Options::default() };
    let tree = Tree::from_str(svg, &options).map_err(|error| PngError::NotSvg(error.to_string()))?;
    let side = |length: f32| {
        let dots = (f64::from(length) * scale).ceil();
        (1.0..=LARGEST).contains(&dots).then_some(dots as u32).ok_or(PngError::Size)
    };
    let (width, height) = (side(tree.size().width())?, side(tree.size().height())?);
    let mut picture = Pixmap::new(width, height).ok_or(PngError::Size)?;
    resvg::render(&tree, Transform::from_scale(scale as f32, scale as f32), &mut picture.as_mut());
    picture.encode_png().map_err(|error| PngError::Encoding(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::{Forest, ForestRow};
    use crate::{Plot, Style};

    #[test]
    fn words_are_drawn_without_fonts_of_the_machine() {
        let dark = |label: &str| {
            let row = ForestRow { label: label.to_owned(), ..ForestRow::default() };
            let svg = Forest { rows: vec![row], ..Forest::default() }.to_svg(&Style::default());
            to_png(&svg, 1.0).unwrap().len()
        };
        assert!(dark("theta θ[日本] mu") > dark(" ") + 200);
    }

    #[test]
    fn what_cannot_be_drawn_is_refused() {
        assert!(matches!(to_png("<p>no</p>", 1.0), Err(PngError::NotSvg(_))));
        let svg = Forest::default().to_svg(&Style::default());
        for scale in [0.0, -1.0, f64::NAN, 1e9] {
            assert_eq!(to_png(&svg, scale), Err(PngError::Size));
        }
    }
}
