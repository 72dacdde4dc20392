//! The density as a static program: a fixed list of array operations, run forward and backward in blocks.
//!
//! [`schedule`] lays a graph out in loops once; [`execute`] runs them. No tape is built while it runs, and nothing is
//! allocated.

pub mod execute;
pub mod fused;
pub mod ops;
pub mod sampler;
pub mod schedule;
