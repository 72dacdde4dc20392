//! What can go wrong in a run, with the data a caller needs to name the culprit.

use crate::density::Rejection;

/// A run that cannot start or cannot go on.
///
/// Interruption is not an error: a cancelled run returns what it has (see
/// [`Outcome`](crate::Outcome)).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// A setting is outside its domain.
    #[error("setting `{field}` {problem}")]
    Settings {
        /// Name of the field of [`Settings`](crate::Settings).
        field: &'static str,
        /// What is wrong with its value, as the end of a sentence.
        problem: String,
    },
    /// No position with a finite log density and gradient was found.
    #[error("chain {chain} cannot start: {rejection} at each of {tries} initial position(s) tried")]
    NoInitialPoint {
        /// The chain, counted from 0.
        chain: usize,
        /// Number of positions tried.
        tries: usize,
        /// Why the last position was rejected.
        rejection: Rejection,
        /// The last position tried.
        position: Vec<f64>,
    },
    /// The density failed in a way that ends the run.
    #[error("the log density failed in chain {chain}: {source}")]
    Density {
        /// The chain, counted from 0.
        chain: usize,
        /// The density's own error.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}
