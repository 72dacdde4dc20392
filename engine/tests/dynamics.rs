//! Leapfrog: reversible, volume preserving, of second order; and no metric changes the target.

mod support;

use nalgebra::DMatrix;
use polya_engine::metric::{Dense, Diagonal, LowRank};
use polya_engine::{Hamiltonian, LogDensity, Metric, Point, Purpose, Stream};
use support::*;

fn metrics() -> [Metric; 3] {
    let covariance = DMatrix::from_row_slice(2, 2, &[2.0, 0.6, 0.6, 0.5]);
    let diagonal = Diagonal::new(vec![0.5, 2.0]).unwrap();
    let direction = DMatrix::from_column_slice(2, 1, &[0.6, -0.8]);
    let low_rank = LowRank::new(vec![0.5, 2.0], &direction, vec![5.0]).unwrap();
    [Metric::Diagonal(diagonal), Metric::Dense(Dense::new(covariance).unwrap()), Metric::LowRank(low_rank)]
}

fn start<D: LogDensity<Scratch = ()>>(hamiltonian: Hamiltonian<'_, D>, seed: u64) -> Point {
    let mut stream = Stream::new(seed, 0, 0, Purpose::Other, 0);
    let mut point = Point::at(hamiltonian.density, &[0.3, -0.4], &mut ()).unwrap();
    hamiltonian.refresh(&mut point, &mut stream);
    point
}

#[test]
fn leapfrog_is_reversible() {
    let density = banana();
    for metric in &metrics() {
        let hamiltonian = Hamiltonian { density: &density, metric };
        let begin = start(hamiltonian, 1);
        let mut point = begin.clone();
        for _ in 0..50 {
            hamiltonian.leapfrog(&mut point, 0.05, &mut ()).unwrap();
        }
        assert!((point.position[0] - begin.position[0]).abs() > 1e-2);
        for _ in 0..50 {
            hamiltonian.leapfrog(&mut point, -0.05, &mut ()).unwrap();
        }
        for (a, b) in point.position.iter().zip(&begin.position) {
            assert!((a - b).abs() < 1e-10);
        }
        for (a, b) in point.momentum.iter().zip(&begin.momentum) {
            assert!((a - b).abs() < 1e-10);
        }
    }
}

#[test]
fn leapfrog_preserves_volume() {
    let density = banana();
    for metric in &metrics() {
        let hamiltonian = Hamiltonian { density: &density, metric };
        let begin = start(hamiltonian, 2);
        let image = |coordinate: usize, shift: f64| {
            let mut position = begin.position.clone();
            let mut momentum = begin.momentum.clone();
            if coordinate < 2 {
                position[coordinate] += shift;
            } else {
                momentum[coordinate - 2] += shift;
            }
            let mut point = Point::at(&density, &position, &mut ()).unwrap();
            point.momentum = momentum;
            for _ in 0..10 {
                hamiltonian.leapfrog(&mut point, 0.1, &mut ()).unwrap();
            }
            [point.position, point.momentum].concat()
        };
        let h = 1e-5;
        let jacobian =
            DMatrix::from_fn(4, 4, |row, column| (image(column, h)[row] - image(column, -h)[row]) / (2.0 * h));
        let determinant = jacobian.determinant();
        assert!((determinant - 1.0).abs() < 1e-6, "{determinant}");
    }
}

#[test]
fn the_energy_error_is_of_second_order() {
    let density = banana();
    for metric in &metrics() {
        let hamiltonian = Hamiltonian { density: &density, metric };
        let error = |steps: u32| {
            let mut point = start(hamiltonian, 3);
            let energy = point.energy();
            for _ in 0..steps {
                hamiltonian.leapfrog(&mut point, 0.8 / f64::from(steps), &mut ()).unwrap();
            }
            (point.energy() - energy).abs()
        };
        let order = (error(100) / error(200)).log2();
        assert!((order - 2.0).abs() < 0.1, "{order}");
    }
}

#[test]
fn momenta_have_the_covariance_of_the_mass_matrix() {
    let covariance = DMatrix::from_row_slice(2, 2, &[2.0, 0.6, 0.6, 0.5]);
    let metric = Metric::Dense(Dense::new(covariance.clone()).unwrap());
    let mass = covariance.try_inverse().unwrap();
    let mut stream = Stream::new(5, 0, 0, Purpose::Other, 0);
    let (mut p, count) = ([0.0; 2], 100_000);
    let mut sums = DMatrix::zeros(2, 2);
    for _ in 0..count {
        metric.draw_momentum(&mut stream, &mut p);
        sums += DMatrix::from_fn(2, 2, |i, j| p[i] * p[j]);
    }
    let sample = sums / f64::from(count);
    for i in 0..2 {
        for j in 0..2 {
            let error = ((mass[(i, i)] * mass[(j, j)] + mass[(i, j)].powi(2)) / f64::from(count)).sqrt();
            assert!((sample[(i, j)] - mass[(i, j)]).abs() < 5.0 * error);
        }
    }
}
