//! Programs of random operations on arrays small and large: their gradient is the derivative of their value.

use polya_models::compiler::graph::{Graph, NodeId, Segments};
use polya_models::distributions::normal::VARIANCE_DENSITY;
use polya_models::program::execute::{Workspace, log_density_gradient};
use polya_models::program::instruction::Weight;
use polya_models::program::ops::{Binary, Reduction, Unary};
use polya_models::program::schedule::{Wanted, schedule};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;

/// Sizes of arrays: single numbers, less than a group of eight, one whole, several.
const SIZES: [usize; 5] = [1, 3, 8, 11, 24];

/// A graph that grows at random; whatever it holds is of ordinary size.
struct Growing {
    graph: Graph,
    rng: ChaCha8Rng,
    nodes: Vec<NodeId>,
}

impl Growing {
    fn new(seed: u64) -> Self {
        let mut own = Self { graph: Graph::default(), rng: ChaCha8Rng::seed_from_u64(seed), nodes: Vec::new() };
        for size in SIZES {
            let parameter = own.graph.parameter(size);
            let constant: Vec<f64> = (0..size).map(|_| own.rng.random_range(-1.0..1.0)).collect();
            let constant = own.graph.constant(constant);
            own.nodes.extend([parameter, constant]);
        }
        own
    }

    fn any(&mut self) -> NodeId {
        self.nodes[self.rng.random_range(0..self.nodes.len())]
    }

    /// Any array that goes with another elementwise.
    fn beside(&mut self, other: NodeId) -> NodeId {
        let size = self.graph.size(other);
        loop {
            let own = self.any();
            if size == 1 || [1, size].contains(&self.graph.size(own)) {
                return own;
            }
        }
    }

    /// Between 0 and 1, away from both.
    fn fraction(&mut self, x: NodeId) -> NodeId {
        let inside = self.graph.unary(Unary::InvLogit, x);
        let (slope, least) = (self.graph.scalar(0.8), self.graph.scalar(0.1));
        let scaled = self.graph.binary(Binary::Multiply, slope, inside);
        self.graph.binary(Binary::Add, least, scaled)
    }

    fn grow(&mut self) {
        let a = self.any();
        let b = self.beside(a);
        let positive = self.fraction(b);
        let unary = [Unary::Negate, Unary::InvLogit, Unary::Softplus, Unary::LogInvLogit, Unary::Abs];
        let of_positive = [Unary::Log, Unary::Sqrt, Unary::Log1p, Unary::Expm1, Unary::Lgamma, Unary::Exp];
        let binary = [Binary::Add, Binary::Subtract, Binary::Multiply, Binary::Maximum, Binary::Minimum];
        let new = match self.rng.random_range(0..9) {
            0 => self.graph.unary(unary[self.rng.random_range(0..unary.len())], a),
            1 => self.graph.unary(of_positive[self.rng.random_range(0..of_positive.len())], positive),
            2 | 3 => self.graph.binary(binary[self.rng.random_range(0..binary.len())], a, b),
            4 => self.graph.binary(Binary::Divide, a, positive),
            5 => self.graph.fused(&VARIANCE_DENSITY, vec![a, b, positive]),
            6 => {
                let condition = self.graph.binary(Binary::Less, a, b);
                self.graph.select(condition, a, b)
            }
            7 => {
                let (size, wanted) = (self.graph.size(a), SIZES[self.rng.random_range(0..SIZES.len())]);
                let places: Arc<[u32]> = (0..wanted).map(|_| self.rng.random_range(0..size) as u32).collect();
                self.graph.gather(a, &places)
            }
            _ => self.reduced_or_stacked(a, b),
        };
        // Squashed, so that nothing grows without bounds.
        let new = if self.rng.random_bool(0.5) { self.fraction(new) } else { new };
        if SIZES.contains(&self.graph.size(new)) {
            self.nodes.push(new);
        }
    }

    fn reduced_or_stacked(&mut self, a: NodeId, b: NodeId) -> NodeId {
        let size = self.graph.size(a);
        match self.rng.random_range(0..4) {
            0 => {
                let how = [Reduction::Sum, Reduction::LogSumExp][self.rng.random_range(0..2)];
                self.graph.reduce(how, a, Segments::Ragged([size as u32].into()), 1)
            }
            1 if size.is_multiple_of(8) => self.graph.reduce(Reduction::Sum, a, Segments::Equal(size / 8), 8),
            2 => {
                let vector: Vec<f64> = (0..3 * size).map(|_| self.rng.random_range(-0.5..0.5)).collect();
                self.graph.linear(vector.into(), size, a)
            }
            _ => {
                // Interleaved, and taken apart again to a size that others have.
                let stacked = self.graph.stack(vec![a, b, a]);
                let size = self.graph.size(stacked);
                let places: Arc<[u32]> = (0..8).map(|_| self.rng.random_range(0..size) as u32).collect();
                self.graph.gather(stacked, &places)
            }
        }
    }

    /// Some nodes as terms, with weights.
    fn terms(&mut self) -> Vec<(NodeId, Weight)> {
        let nodes: Vec<NodeId> = (0..6).map(|_| self.any()).collect();
        let mut weighted = |id: NodeId| {
            let size = self.graph.size(id);
            let weights: Vec<f64> = (0..size).map(|_| self.rng.random_range(0.0..2.0)).collect();
            let weight =
                if self.rng.random_bool(0.5) { Weight::Uniform(weights[0]) } else { Weight::Each(weights.into()) };
            (id, weight)
        };
        nodes.into_iter().map(&mut weighted).collect()
    }
}

#[test]
fn gradients_of_random_programs_are_derivatives() {
    let (mut compared, step) = (0, 1e-5);
    for seed in 0..400 {
        let mut growing = Growing::new(seed);
        (0..3 + seed % 30).for_each(|_| growing.grow());
        let terms = growing.terms();
        let program = schedule(&growing.graph, &Wanted { terms: &terms, outputs: &[] });
        let mut work = Workspace::new(&program);
        let d = growing.graph.dimension();
        let mut position: Vec<f64> = (0..d).map(|_| growing.rng.random_range(-1.0..1.0)).collect();
        let (mut gradient, mut other) = (vec![0.0; d], vec![0.0; d]);
        let value = log_density_gradient(&program, &mut work, &position, &mut gradient);
        assert!(value.is_finite(), "{seed}");
        let again = log_density_gradient(&program, &mut work, &position, &mut other);
        assert_eq!(
            (value.to_bits(), &gradient),
            (again.to_bits(), &other),
            "{seed}: nothing is left from one run to the next"
        );
        for i in 0..d {
            let kept = position[i];
            let mut at = |x: f64| {
                position[i] = x;
                log_density_gradient(&program, &mut work, &position, &mut other)
            };
            let [far, near, after, beyond] = [-2.0, -1.0, 1.0, 2.0].map(|k| at(kept + k * step));
            position[i] = kept;
            let (narrow, wide) = ((after - near) / (2.0 * step), (beyond - far) / (4.0 * step));
            // Where they differ there is a corner nearby: of an absolute value, a maximum or a choice.
            let scale = 1.0 + narrow.abs() + value.abs();
            if (narrow - wide).abs() < 1e-6 * scale {
                assert!((gradient[i] - narrow).abs() < 1e-5 * scale, "{seed}, {i}: {} but {narrow}", gradient[i]);
                compared += 1;
            }
        }
    }
    assert!(compared > 10_000, "{compared}");
}
