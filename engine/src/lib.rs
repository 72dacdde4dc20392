//! Hamiltonian Monte Carlo for any differentiable log density.
//!
//! A closure that writes a gradient and returns a log density is enough:
//!
//! ```
//! use polya_engine::{Control, EngineError, Settings, from_fn, sample};
//!
//! let density = from_fn(2, |x, gradient| {
//!     gradient.copy_from_slice(&[-x[0], -x[1] / 100.0]);
//!     -0.5 * (x[0] * x[0] + x[1] * x[1] / 100.0)
//! });
//! let samples = sample(&density, &Settings::default(), &Control::default())?;
//! let mean = samples.coordinate(0, 1).sum::<f64>() / samples.draws as f64;
//! # assert!(mean.abs() < 3.0);
//! # Ok::<(), EngineError>(())
//! ```
//!
//! A model implements [`LogDensity`]. From there up, each part usable alone:
//!
//! - [`Hamiltonian`]: a density with a [`Metric`]; draws momenta, takes leapfrog
//!   steps from [`Point`] to [`Point`];
//! - [`Nuts`], [`Hmc`]: a transition maps a point to the next and a [`Transition`], the record of
//!   what happened; the doubling [`tree`] knows nothing of Hamiltonians;
//! - [`Adaptation`]: watches transitions as a [`Schedule`] says, and proposes a step size and a metric;
//! - independence steps between trajectories, of all coordinates where these are few, else of those that move slowly
//!   ([`Settings::independence`]);
//! - [`Chain`]: all of these with a random [`Stream`];
//! - [`Run`]: chains in parallel, in rounds, under a [`Control`]; [`sample`] is a run in one call.

// Tests may panic; what input can reach must not.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable))]
#![forbid(unsafe_code)]

mod adaptation;
mod chain;
mod control;
mod coordinates;
mod density;
mod error;
mod hamiltonian;
mod hmc;
mod independence;
mod initial;
mod linear;
pub mod metric;
mod moments;
mod nuts;
mod point;
mod rows;
mod run;
mod samples;
mod schedule;
mod settings;
mod state;
mod step_size;
mod stream;
mod transition;
pub mod tree;

pub use adaptation::{Adaptation, Change};
pub use chain::{Chain, DIVERGENCES_KEPT};
pub use control::{CancellationToken, Control, Outcome, Phase, Progress};
pub use coordinates::{WARMUP_WINDOW, WarmupWindow};
pub use density::{DensityError, FromFn, LogDensity, Rejection, RejectionCounts, evaluate, from_fn};
pub use error::EngineError;
pub use hamiltonian::Hamiltonian;
pub use hmc::{Hmc, Length, MAX_STEPS};
pub use initial::{TRIES, initial_point};
pub use metric::Metric;
pub use moments::Moments;
pub use nuts::Nuts;
pub use point::Point;
pub use run::{Run, sample};
pub use samples::{ChainSamples, DivergenceRecord, DrawStats, Samples, Totals};
pub use schedule::Schedule;
pub use settings::{Algorithm, Initial, MetricEstimator, MetricShape, Settings};
pub use step_size::{DualAveraging, first_guess};
pub use stream::{Purpose, Stream};
pub use transition::{Divergence, Ending, Transition};
