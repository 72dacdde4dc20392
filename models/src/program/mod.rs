//! The density as a static program: a fixed list of array operations, run forward and backward in blocks.
//!
//! [`schedule`] lays a graph out in loops of [`instruction`]s once; [`execute`] runs them. No tape is built while it runs, and nothing is
//! allocated.

mod adjoints;
mod backward;
mod buffer;
pub mod execute;
mod forward;
pub mod fused;
pub mod instruction;
pub mod ops;
pub mod sampler;
pub mod schedule;
mod simplex;
mod small;
pub mod term_sum;

/// The number of a cell, of an array that has one for each cell or one for all.
#[inline(always)]
pub(crate) fn of_cell<T: Copy>(values: &[T], cell: usize) -> T {
    values[if values.len() == 1 { 0 } else { cell }]
}
