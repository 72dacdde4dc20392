//! From a bound model to what inference sees.
//!
//! [`statements`] walks the statements and lets the elaborator turn each expression into nodes of the [`graph`]: arrays
//! over the [`context`] of the statement. A random variable that something observed depends on becomes unconstrained
//! parameters behind a [`transform`]; its [`density`] and the [`likelihood`] of observed columns become terms; every other
//! random variable is drawn forward. Arguments that might leave their domain get a [`guard`]. Then the passes:
//! [`conjugate`] finds what can be integrated out, a second walk builds the model with its marginals, `normal` does the
//! same for normal variables by rewriting the graph, and `collapse` makes cells of rows. [`centring`] lays hierarchies out
//! between centred and not. [`terms`] simplifies the sum, and the program lays it out in loops; [`explain`] says in words
//! what was done.

pub mod arguments;
mod calls;
pub mod centring;
pub(crate) mod collapse;
mod columns;
pub mod compiled;
pub mod conjugate;
pub mod context;
pub mod density;
pub mod explain;
mod exposure;
mod expression;
pub mod graph;
pub mod guard;
pub mod likelihood;
mod lookup;
mod marginal;
mod normal;
mod observed;
mod order;
mod range;
mod reasons;
mod rewrite;
pub mod rows;
pub mod shape;
pub mod statements;
pub mod terms;
mod trace;
pub mod transform;
mod urn;
pub mod value;
