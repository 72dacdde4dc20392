//! Normal variables under Normal likelihoods: integrated out from the leaves up.
//!
//! With y_i ~ Normal(c_i + a_i θ_l(i), σ_i) and θ_l ~ Normal(m_l, s_l), the precision and the estimate that the data give
//! of θ_l are
//!
//! ```text
//! P_l = Σ a_i² / σ_i²        T_l = Σ a_i (y_i - c_i) / σ_i²        θ̂_l = T_l / P_l
//! ```
//!
//! (sums over the cells of the level, with their weights). The likelihood is its value at θ̂ times a normal density of θ̂
//! about θ, so that θ leaves the density by
//!
//! ```text
//! Π N(y_i; c_i + a_i θ_l, σ_i)  →  Π N(y_i; c_i + a_i θ̂_l, σ_i) · N(θ̂_l; m_l, √(s_l² + 1/P_l)) · √(2π / P_l)
//! ```
//!
//! and is drawn from Normal(m_l + s_l² (T_l - P_l m_l) / (1 + s_l² P_l), s_l / √(1 + s_l² P_l)). (Gelman et al., *Bayesian
//! Data Analysis*, 3rd ed., section 5.4.) The density of θ̂ is again a normal likelihood, of whatever m is made of, so
//! that the pass goes up level by level until nothing changes. A part of c_i that is the same for all cells of a level
//! stays on the side of m_l.
//!
//! [`mod@children`] takes the locations of likelihoods apart, [`cells`] finds the rows that agree in them, [`marginal`]
//! writes the model without the variable.

mod cells;
mod children;
mod marginal;
mod sum;

use self::children::children;
use self::marginal::without;
use super::arguments::Arguments;
use super::compiled::Compiled;
use super::graph::{Graph, NodeId};
use super::likelihood::Observations;
use std::collections::HashSet;

/// Cells with a normal density: nodes of one number each, or one for all.
#[derive(Clone, Copy, Debug)]
pub struct NormalLikelihood {
    /// What is observed, or computed of what is.
    pub value: NodeId,
    /// Its location.
    pub location: NodeId,
    /// How it spreads.
    pub spread: Spread,
}

/// The spread of a normal density, as it is known.
#[derive(Clone, Copy, Debug)]
pub enum Spread {
    /// The standard deviation.
    Scale(NodeId),
    /// The variance.
    Variance(NodeId),
}

impl Spread {
    /// The node.
    pub fn node(self) -> NodeId {
        match self {
            Spread::Scale(node) | Spread::Variance(node) => node,
        }
    }

    /// The same of another node.
    pub(in crate::compiler) fn with(self, node: NodeId) -> Self {
        match self {
            Spread::Scale(_) => Spread::Scale(node),
            Spread::Variance(_) => Spread::Variance(node),
        }
    }
}

/// An observed statement as a normal likelihood, where it is one.
pub(in crate::compiler) fn of_observed(
    graph: &mut Graph,
    arguments: &Arguments,
    observed: &Observations,
) -> Option<NormalLikelihood> {
    match (arguments.distribution.name(), observed) {
        ("Normal", Observations::Numbers(y)) => Some(NormalLikelihood {
            value: graph.constant(y.clone()),
            location: arguments.node(0)?,
            spread: Spread::Scale(arguments.node(1)?),
        }),
        _ => None,
    }
}

/// Integrates out every normal variable whose children are all normal; with `collapse` over cells in place of rows.
pub(in crate::compiler) fn integrate(mut compiled: Compiled, collapse: bool) -> Compiled {
    let mut refused = HashSet::new();
    loop {
        let candidates = compiled.sampled.iter().filter(|b| !refused.contains(&b.name));
        let candidates = candidates.filter_map(|b| children(&compiled, b).map(|c| (b.clone(), c)));
        // Of two that share a child only one can leave: the larger.
        let Some((block, mut children)) = candidates.max_by_key(|(b, _)| b.size) else { return compiled };
        if collapse {
            children.iter_mut().for_each(|child| cells::collapse(&compiled, child));
        }
        match without(&compiled, &block, &children) {
            Some(next) => compiled = next,
            None => drop(refused.insert(block.name)),
        }
    }
}
