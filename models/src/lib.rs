//! The language of Pólya, its compiler and its distributions.
//!
//! A model's way through this crate, each step one type:
//!
//! text → [`syntax::Syntax`] → [`Model`] (checked without data) → [`Bound`] (with its table) → [`Posterior`] (what
//! inference sees).
//!
//! ```
//! use polya_models::{Model, table::Table};
//!
//! let model = Model::parse("data k: count, n: count\np ~ Beta(1, 1)\nk ~ Binomial(n, p)\n")?;
//! let table = Table::builder("trial").numbers("k", vec![3.0]).numbers("n", vec![10.0]).build()?;
//! let posterior = model.bind(Some(&table), &Default::default())?.compile()?;
//! assert_eq!(posterior.scalars().len(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

// Tests may panic; what input can reach must not.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable))]

mod alike;
pub mod bind;
mod by_row;
mod cdfs;
pub mod compiler;
mod coordinates;
mod culprit;
pub mod distributions;
pub mod error;
pub mod functions;
mod groups;
mod mixture;
mod observed;
mod posterior;
mod prior;
pub mod program;
pub mod resolve;
pub mod special;
pub mod syntax;
pub mod table;

pub use alike::Alike;
pub use bind::Bound;
pub use compiler::compiled::Passes;
pub use coordinates::Scratch;
pub use culprit::{Culprit, Fault};
pub use error::{Error, ErrorKind};
pub use groups::Group;
pub use mixture::{Event, Mixture};
pub use observed::{Grouping, ObservedColumn};
pub use posterior::{ExpandScratch, Observed, Posterior, PredictedRows, ScalarName};
pub use prior::Prior;
pub use program::sampler::Streams;
pub use resolve::{Model, Role};
