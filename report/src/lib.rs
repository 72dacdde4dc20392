//! Numbers in, pictures and one page out.
//!
//! Each plot is a struct of plain numbers whose [`Plot::to_svg`] draws it; a [`Page`] puts plots,
//! tables and words into one HTML document that needs no other file and no network. The crate knows
//! neither models nor samplers nor files, and computes nothing that a judgement rests on: bands,
//! limits and summaries come from the caller.
//!
//! ```
//! use polya_report::plot::{Forest, ForestIntervals, ForestRow};
//! use polya_report::{Page, Plot, Style};
//!
//! let intervals = ForestIntervals { inner: (0.1, 0.14), outer: (0.07, 0.18) };
//! let row = ForestRow { label: "Nebraska".to_owned(), point: 0.12, intervals: Some(intervals) };
//! let forest = Forest { title: "rate by state".to_owned(), rows: vec![row], ..Forest::default() };
//!
//! let alone = forest.to_svg(&Style::default());
//! assert!(alone.starts_with("<svg"));
//!
//! let page = Page { title: "Rates".to_owned(), forests: vec![forest].into(), ..Page::default() };
//! assert!(page.to_html().contains("Nebraska"));
//! ```
//!
//! | question | plots |
//! | --- | --- |
//! | What are the numbers? | [`plot::Forest`], [`plot::Density`] |
//! | Do the chains agree? | [`plot::RankHistograms`], [`plot::EcdfDifference`], [`plot::Trace`] |
//! | Did the sampler get everywhere? | [`plot::Energy`], [`plot::Pairs`] |
//! | Does the model make data like those it was given? | [`plot::Rootogram`], [`plot::Intervals`], [`plot::EcdfDifference`], [`plot::PitHistogram`] |
//! | Does a row, or the prior, decide too much? | [`plot::Loo`], [`plot::Sensitivity`] |
//! | Which model predicts best? | [`plot::Comparison`] |
//! | Is the inference right at all? | [`plot::Calibration`] |
//!
//! # What every plot keeps to
//!
//! - Whatever the numbers, NaN, infinite, none or a million, there is a picture of at most some hundred
//!   elements. What is cut, thinned or left out is said below it.
//! - Every text is escaped: a level called `<script>` is shown as such.
//! - The same data and [`Style`] give the same text.
//! - Colours are written into the shapes, so that a plot saved alone looks right; each shape also names
//!   the part it plays as a class, and the style sheet of a page colours that by the reader's choice of
//!   light or dark, and light on paper.
//! - No judgement rests on colour alone, and text has a contrast of at least 4.5 to 1.
//!
//! With the feature `png`, `to_png` turns a plot into dots, with a font that comes along.

// Tests may panic; what input can reach must not.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable))]
#![forbid(unsafe_code)]

mod canvas;
mod escape;
mod frame;
mod kde;
mod numbers;
pub mod page;
pub mod plot;
#[cfg(feature = "png")]
mod png;
mod rows;
mod scale;
mod style;
mod svg;
mod words;

pub use kde::Support;
pub use page::Page;
pub use plot::Plot;
#[cfg(feature = "png")]
pub use png::{PngError, to_png};
pub use style::{Style, Theme};
