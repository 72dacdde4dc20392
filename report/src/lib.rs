//! Numbers in, pictures and one page out.

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
