//! Text for people.

pub mod error;
pub mod explain;
pub mod grid;
pub mod numbers;
pub mod progress;
pub mod table;

/// A text without the control characters that a terminal would obey.
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
