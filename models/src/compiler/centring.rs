//! Partial centring of location-scale hierarchies.
//!
//! A level with location m and scale s is sampled as t with t ~ Normal(w m, s^w) and has the value
//! η = m + s^(1 - w) (t - w m): not centred for w = 0, centred for w = 1 (Papaspiliopoulos, Roberts and Sköld 2003). Only
//! coordinates change, never the posterior; the standardised residual z = (η - m)/s = (t - w m) s^(-w) has its standard
//! distribution, of whatever family. The weight of each level is chosen for each chain during warmup
//! (`coordinates.rs`).

use super::graph::NodeId;
use crate::fused;
use crate::program::fused::Fused;
use crate::special::vector;

/// The nodes of a variable that is centred in part.
#[derive(Clone, Copy, Debug)]
pub struct PartialCentring {
    /// How far each level is centred.
    pub weights: NodeId,
    /// The standardised residual of each level.
    pub residual: NodeId,
    /// The location, of each level or of all.
    pub location: NodeId,
    /// The logarithm of the scale, of each level or of all.
    pub log_scale: NodeId,
}

impl PartialCentring {
    /// The same with other nodes.
    pub(super) fn map(self, mut f: impl FnMut(NodeId) -> NodeId) -> Self {
        let Self { weights, residual, location, log_scale } = self;
        Self { weights: f(weights), residual: f(residual), location: f(location), log_scale: f(log_scale) }
    }
}

/// m + s^(1 - w) (t - w m), of (t, m, log s, w); the weight has no derivative.
pub static VALUE: Fused = fused!("partially centred value", 4, value);

/// (t - w m) s^(-w), of (t, m, log s, w); the weight has no derivative.
pub static RESIDUAL: Fused = fused!("standardised residual", 4, residual);

#[inline(always)]
fn value([t, m, log_s, w]: [f64; 4]) -> (f64, [f64; 4]) {
    let factor = vector::exp((1.0 - w) * log_s);
    let deviation = (-w).mul_add(m, t);
    let spread = factor * deviation;
    (m + spread, [factor, 1.0 - w * factor, (1.0 - w) * spread, 0.0])
}

#[inline(always)]
fn residual([t, m, log_s, w]: [f64; 4]) -> (f64, [f64; 4]) {
    let factor = vector::exp(-w * log_s);
    let z = factor * (-w).mul_add(m, t);
    (z, [factor, -w * factor, -w * z, 0.0])
}
