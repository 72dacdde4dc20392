//! Pólya: Bayesian inference for count data. A model of a few lines becomes a posterior with its verdict.
//!
//! ```
//! use polya::{Control, Fit, Model, Settings, Table};
//!
//! let model = Model::parse("
//!     data group: factor, tumours: count, rats: count
//!     mu    ~ Beta(1, 1)
//!     kappa ~ LogNormal(3, 1)
//!     theta[group] ~ Beta(mean = mu, concentration = kappa)
//!     tumours ~ Binomial(rats, theta[group])
//!     risky[group] = theta[group] > 0.25
//! ")?;
//! let table = Table::builder("rats")
//!     .labels("group", ["a", "b", "c"])
//!     .numbers("tumours", vec![0.0, 4.0, 9.0])
//!     .numbers("rats", vec![20.0, 22.0, 24.0])
//!     .build()?;
//! let posterior = model.bind(Some(&table), &Default::default())?.compile()?;
//! let settings = Settings { warmup: 300, draws: 300, seed: 7, ..Settings::default() };
//! let fit = Fit::sample(&posterior, &settings, &Control::default())?;
//! let risky = fit.summary_of("risky[c]").ok_or("no such scalar")?;
//! assert!(risky.mean > 0.5);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A model's way through the house, each step one type: text → [`Model`] → [`Bound`](models::Bound) → [`Posterior`] →
//! [`Fit`] → [`Summary`](summary::Summary). The crates behind it are re-exported as [`models`], [`engine`] and
//! [`diagnostics`].

// Tests may panic; what input can reach must not.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable))]

pub mod checks;
pub mod draws;
mod expansion;
pub mod fit;
#[cfg(feature = "parquet")]
pub mod keep;
mod mixture;
pub mod read;
pub mod replay;
mod sampling;
pub mod summary;

pub use polya_diagnostics as diagnostics;
pub use polya_engine as engine;
pub use polya_models as models;

pub use draws::Draws;
pub use fit::{Fit, SummaryOptions};
pub use polya_engine::{CancellationToken, Control};
pub use polya_models::syntax::builder::ModelBuilder;
pub use polya_models::table::Table;
pub use polya_models::{Error, Model, Posterior};
pub use replay::Replay;
pub use sampling::{FitError, Settings, Until};
pub use summary::Verdict;
