//! Checks of a model against its data, of models against each other, and of the inference against itself.
//!
//! Each takes a [`Replay`](crate::replay::Replay): the draws of a fit, just made or read back, with the posterior they are
//! of. [`replications`] are data that the model makes; [`predictive`] asks whether they look like those it was given, [`statistics`] by
//! any function of them and [`by_groups`] in all parts of them; [`loo`] how well it predicts
//! rows that it has not seen, and [`places`] where they fall in their predictions; [`evidence`] how
//! probable the data were; [`sensitivity`] how much of the answer is the prior; [`calibration`] whether the inference
//! finds what it should on data from the model itself. [`assessment`] is the verdict over all that is known of a fit.

pub mod assessment;
pub mod by_groups;
pub mod calibration;
pub mod evidence;
pub mod loo;
pub mod places;
pub mod predictive;
pub mod prior;
mod replicated;
pub mod replications;
pub mod sensitivity;
pub mod statistics;
mod words;
