//! Parameters: from unconstrained reals to the support of their distribution, with the Jacobian, and draws of
//! predictions on the same scales.

use super::arguments::Arguments;
use super::centring::{self, PartialCentring};
use super::density::{Part, Variate};
use super::graph::NodeId;
use super::statements::Compiler;
use crate::distributions::{Support, beta, uniform};
use crate::fused;
use crate::program::fused::Fused;
use crate::program::ops::{Binary, Unary};
use crate::program::sampler::Sampler;
use crate::special::vector;
use crate::syntax::Centring;

/// scale · log(1 + eᵘ), of (u, scale): one function, so that conjugate rules still see the variable as it is.
pub(super) static SOFTPLUS: Fused = fused!("softplus", 2, scaled_softplus);

#[inline(always)]
fn scaled_softplus([u, scale]: [f64; 2]) -> (f64, [f64; 2]) {
    let (softplus, inv_logit) = vector::softplus_and_inv_logit(u);
    (scale * softplus, [scale * inv_logit, softplus])
}

/// How a parameter is laid out in unconstrained space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameterisation {
    /// The variable itself, on its unconstrained scale.
    Centred,
    /// Its standardised residual: location + scale · z.
    Noncentred,
    /// In between, level by level, as each chain chooses during warmup.
    Partial,
}

/// A parameter in the graph.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its value.
    pub node: NodeId,
    /// Its log density with the log Jacobian.
    pub parts: Vec<Part>,
    /// How it is laid out.
    pub parameterisation: Parameterisation,
    /// The nodes of its working coordinates, where each chain chooses how far to centre.
    pub partial: Option<PartialCentring>,
}

impl Parameter {
    /// A parameter that is laid out in one way.
    fn fixed(node: NodeId, parts: Vec<Part>, parameterisation: Parameterisation) -> Self {
        Self { node, parts, parameterisation, partial: None }
    }
}

/// Distributions of location and scale, whose last two canonical arguments these are.
const LOCATION_SCALE: &[&str] = &["Normal", "StudentT", "Cauchy", "Logistic", "Laplace", "LogNormal"];

/// Whether a distribution can be centred or not.
pub fn is_location_scale(name: &str) -> bool {
    LOCATION_SCALE.contains(&name)
}

impl Compiler<'_> {
    /// How a variable is laid out: centred in part where its location or scale is sampled, unless the text says
    /// otherwise.
    fn layout(&self, arguments: &Arguments, canonical: &[NodeId], centring: Option<Centring>) -> Parameterisation {
        if !is_location_scale(arguments.distribution.name()) {
            return Parameterisation::Centred;
        }
        match centring {
            Some(Centring::Centred) => Parameterisation::Centred,
            Some(Centring::Noncentred) => Parameterisation::Noncentred,
            Some(Centring::Auto) | None if canonical.iter().any(|c| self.graph.constant_of(*c).is_none()) => {
                Parameterisation::Partial
            }
            Some(Centring::Auto) | None => Parameterisation::Centred,
        }
    }

    /// Makes a scalar parameter at each of `cells` cells.
    pub(super) fn scalar_parameter(
        &mut self,
        arguments: &Arguments,
        cells: usize,
        centring: Option<Centring>,
    ) -> Parameter {
        let canonical = self.canonical(arguments);
        match self.layout(arguments, &canonical, centring) {
            Parameterisation::Centred => {}
            Parameterisation::Noncentred => return self.noncentred_parameter(arguments, &canonical, cells),
            Parameterisation::Partial => return self.partial_parameter(arguments, &canonical, cells),
        }
        let u = self.graph.parameter(cells);
        let part = |node| Part::cells(node, 1);
        let centred = |node, parts| Parameter::fixed(node, parts, Parameterisation::Centred);
        match arguments.distribution.support() {
            Support::Positive | Support::NonNegative => {
                let (x, log, jacobian) = match self.linear_above(arguments, &canonical) {
                    Some(scale) => self.softplus(u, scale),
                    None => (self.graph.unary(Unary::Exp, u), u, vec![u]),
                };
                let mut parts = self.continuous_density(arguments, Variate { x, log: Some(log), log1m: None });
                parts.extend(jacobian.into_iter().map(part));
                centred(x, parts)
            }
            // Beta, the one distribution on the unit interval.
            Support::Unit => {
                let x = self.graph.unary(Unary::InvLogit, u);
                let [alpha, beta] = [canonical[0], canonical[1]];
                let kernel = self.graph.fused(&beta::LOGIT_KERNEL, vec![u, alpha, beta]);
                let normaliser = self.graph.fused(&beta::NORMALISER, vec![alpha, beta]);
                centred(x, vec![part(kernel), part(normaliser)])
            }
            Support::Between { lower, upper } => {
                let (lower, upper) = (canonical[lower], canonical[upper]);
                let width = self.graph.binary(Binary::Subtract, upper, lower);
                let unit = self.graph.unary(Unary::InvLogit, u);
                let scaled = self.graph.binary(Binary::Multiply, unit, width);
                let x = self.graph.binary(Binary::Add, lower, scaled);
                let jacobian = self.logistic_jacobian(u);
                let log_width = self.graph.log(width);
                let normaliser = self.graph.fused(&uniform::NORMALISER, vec![lower, upper]);
                centred(x, vec![part(jacobian), part(log_width), part(normaliser)])
            }
            Support::Above { lower } => {
                let excess = self.graph.unary(Unary::Exp, u);
                let x = self.graph.binary(Binary::Add, canonical[lower], excess);
                let mut parts = self.continuous_density(arguments, Variate { x, log: None, log1m: None });
                parts.push(part(u));
                centred(x, parts)
            }
            _ => {
                let parts = self.continuous_density(arguments, Variate { x: u, log: None, log1m: None });
                centred(u, parts)
            }
        }
    }

    /// Above which number a positive variable is sampled as it is rather than as its logarithm: a scale of a prior whose
    /// density falls off exponentially or faster, which over the logarithm is a wall that trajectories break on. None where
    /// the scale is itself sampled.
    fn linear_above(&mut self, arguments: &Arguments, canonical: &[NodeId]) -> Option<NodeId> {
        let scale = match (arguments.distribution.name(), canonical) {
            ("HalfNormal", &[scale]) | ("Weibull", &[_, scale]) => scale,
            ("Exponential", &[rate]) => {
                let one = self.graph.scalar(1.0);
                self.graph.binary(Binary::Divide, one, rate)
            }
            ("Gamma", &[shape, rate]) => self.graph.binary(Binary::Divide, shape, rate),
            _ => return None,
        };
        self.graph.constant_of(scale).is_some().then_some(scale)
    }

    /// scale · log(1 + eᵘ): near scale · eᵘ below the scale, and near scale · u above it. Its value, its logarithm, and the
    /// terms of the log Jacobian.
    fn softplus(&mut self, u: NodeId, scale: NodeId) -> (NodeId, NodeId, Vec<NodeId>) {
        let x = self.graph.fused(&SOFTPLUS, vec![u, scale]);
        let log = self.graph.log(x);
        let slope = self.graph.unary(Unary::LogInvLogit, u);
        let log_scale = self.graph.log(scale);
        (x, log, vec![slope, log_scale])
    }

    fn noncentred_parameter(&mut self, arguments: &Arguments, canonical: &[NodeId], cells: usize) -> Parameter {
        let z = self.graph.parameter(cells);
        let parts = self.standard_density(arguments, z);
        let n = canonical.len();
        let (location, scale) = (canonical[n - 2], canonical[n - 1]);
        let scaled = self.graph.binary(Binary::Multiply, scale, z);
        let shifted = self.graph.binary(Binary::Add, location, scaled);
        let log_scale = arguments.distribution.name() == "LogNormal";
        let node = if log_scale { self.graph.unary(Unary::Exp, shifted) } else { shifted };
        Parameter::fixed(node, parts, Parameterisation::Noncentred)
    }

    /// A parameter whose levels are centred as far as the weights of a chain say.
    fn partial_parameter(&mut self, arguments: &Arguments, canonical: &[NodeId], cells: usize) -> Parameter {
        let working = self.graph.parameter(cells);
        let weights = self.graph.centring_weights(cells);
        let n = canonical.len();
        let (location, scale) = (canonical[n - 2], canonical[n - 1]);
        let log_scale = self.graph.log(scale);
        let inputs = vec![working, location, log_scale, weights];
        let residual = self.graph.fused(&centring::RESIDUAL, inputs.clone());
        let shifted = self.graph.fused(&centring::VALUE, inputs);
        let mut parts = self.standard_density(arguments, residual);
        let weighted = self.graph.binary(Binary::Multiply, weights, log_scale);
        let jacobian = self.graph.unary(Unary::Negate, weighted);
        parts.push(Part::cells(jacobian, 1));
        let log_scaled = arguments.distribution.name() == "LogNormal";
        let node = if log_scaled { self.graph.unary(Unary::Exp, shifted) } else { shifted };
        let partial = Some(PartialCentring { weights, residual, location, log_scale });
        Parameter { node, parts, parameterisation: Parameterisation::Partial, partial }
    }

    /// Makes a simplex at each of `cells` cells.
    pub(super) fn simplex_parameter(&mut self, arguments: &Arguments, cells: usize) -> Parameter {
        let k = arguments.width.map_or(1, |w| w.length);
        if k < 2 {
            // A simplex of one part is 1, whatever its concentration.
            let node = self.graph.constant(vec![1.0; cells * k]);
            return Parameter::fixed(node, Vec::new(), Parameterisation::Centred);
        }
        let u = self.graph.parameter(cells * (k - 1));
        let logits = self.graph.simplex_logits(u, k);
        let log_x = self.graph.log_softmax(logits, k);
        let mut parts = self.dirichlet_density(arguments, log_x);
        // The volume of the isometric log-ratio map is the product of the parts, up to a constant.
        parts.push(Part::cells(log_x, k));
        let node = self.graph.unary(Unary::Exp, log_x);
        Parameter::fixed(node, parts, Parameterisation::Centred)
    }

    /// Draws a variable at each of `cells` cells, given its arguments.
    pub(super) fn draw(&mut self, arguments: &Arguments, cells: usize) -> NodeId {
        let node = self.draw_anyway(arguments, cells);
        // The arguments of these are lost in those that their samplers look at.
        let name = arguments.distribution.name();
        if arguments.list == 0 || !matches!(name, "Beta" | "Gamma" | "Dirichlet" | "DirichletMultinomial") {
            return node;
        }
        self.nan_outside(arguments, node)
    }

    /// The same whatever the arguments: samplers return NaN where those they look at are outside of their domain.
    fn draw_anyway(&mut self, arguments: &Arguments, cells: usize) -> NodeId {
        let k = arguments.width.map_or(1, |w| w.length);
        let canonical = self.canonical(arguments);
        match arguments.distribution.name() {
            "Beta" => {
                let logit = self.graph.draw(Sampler::LogitBeta, canonical, cells);
                self.graph.unary(Unary::InvLogit, logit)
            }
            "Gamma" => {
                let log = self.graph.draw(Sampler::LogGamma, vec![canonical[0]], cells);
                let log_rate = self.graph.log(canonical[1]);
                let log = self.graph.binary(Binary::Subtract, log, log_rate);
                self.graph.unary(Unary::Exp, log)
            }
            "InverseGamma" => {
                let log = self.graph.draw(Sampler::LogGamma, vec![canonical[0]], cells);
                let log_scale = self.graph.log(canonical[1]);
                let log = self.graph.binary(Binary::Subtract, log_scale, log);
                self.graph.unary(Unary::Exp, log)
            }
            "Dirichlet" => {
                let alpha = if self.graph.size(canonical[0]) == k {
                    self.graph.tile(canonical[0], cells)
                } else {
                    canonical[0]
                };
                let log = self.graph.draw(Sampler::LogGamma, vec![alpha], cells * k);
                let log = self.graph.log_softmax(log, k);
                self.graph.unary(Unary::Exp, log)
            }
            _ => match (arguments.distribution.scalar(), arguments.distribution.vector()) {
                (Some(scalar), _) => self.graph.draw(Sampler::Scalar(scalar), canonical, cells),
                (None, Some(vector)) if arguments.distribution.support() == Support::Category => {
                    self.graph.draw(Sampler::Category(vector, k), canonical, cells)
                }
                (None, Some(vector)) => self.graph.draw(Sampler::Vector(vector, k), canonical, cells * k),
                (None, None) => self.graph.scalar(f64::NAN),
            },
        }
    }
}
