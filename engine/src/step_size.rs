//! The step size: a first guess by doubling, then dual averaging toward a target acceptance.

use crate::density::{DensityError, LogDensity};
use crate::hamiltonian::Hamiltonian;
use crate::point::Point;
use crate::stream::Stream;

/// Nesterov's dual averaging of log ε (Hoffman and Gelman, 2014, section 3.2, eq. 6).
///
/// ```text
/// x  = μ - √m/γ · s̄,   s̄ ← (1 - 1/(m + t₀)) s̄ + (δ - α)/(m + t₀)
/// x̄ ← m^-κ x + (1 - m^-κ) x̄
/// ```
/// with x = log ε, μ = log 10ε₀, γ = 0.1, t₀ = 10, κ = 0.75. The paper has γ = 0.05, with which log ε wanders by about 0.24 around where it should be, and every excursion to a smaller step is paid for with longer
/// trees: on five models a tenth to a fifth more gradients in warmup.
#[derive(Debug, Clone, PartialEq)]
pub struct DualAveraging {
    /// δ, the acceptance to reach.
    target: f64,
    /// ε₀.
    initial: f64,
    /// m.
    count: u32,
    /// s̄.
    mean_error: f64,
    /// x.
    log_step: f64,
    /// x̄.
    log_average: f64,
}

impl DualAveraging {
    /// γ, which scales how far the iterates wander.
    pub const GAMMA: f64 = 0.1;
    /// t₀, which steadies the first iterations.
    pub const T0: f64 = 10.0;
    /// κ, the power with which old iterates are forgotten.
    pub const KAPPA: f64 = 0.75;
    /// Fewest updates before the average is trusted.
    const TRUSTED: u32 = 20;

    /// Starts at a first guess of the step size.
    pub fn new(initial: f64, target: f64) -> Self {
        let log_step = initial.ln();
        Self { target, initial, count: 0, mean_error: 0.0, log_step, log_average: log_step }
    }

    /// Starts again at another guess.
    pub fn restart(&mut self, initial: f64) {
        *self = Self::new(initial, self.target);
    }

    /// Learns from the acceptance statistic α of one transition; NaN counts as 0.
    pub fn update(&mut self, acceptance: f64) {
        let acceptance = acceptance.clamp(0.0, 1.0);
        let acceptance = if acceptance.is_nan() { 0.0 } else { acceptance };
        self.count += 1;
        let m = f64::from(self.count);
        let weight = 1.0 / (m + Self::T0);
        self.mean_error += weight * (self.target - acceptance - self.mean_error);
        let center = (10.0 * self.initial).ln();
        self.log_step = center - m.sqrt() / Self::GAMMA * self.mean_error;
        let forget = m.powf(-Self::KAPPA);
        self.log_average += forget * (self.log_step - self.log_average);
    }

    /// ε for the next transition of warmup.
    pub fn current(&self) -> f64 {
        bounded(self.log_step.exp())
    }

    /// ε to keep: the averaged iterate, or after fewer than 20 updates half the first guess, since
    /// the first iterates wander over orders of magnitude.
    pub fn adapted(&self) -> f64 {
        if self.count < Self::TRUSTED {
            return bounded(0.5 * self.initial);
        }
        bounded(self.log_average.exp())
    }
}

/// Smallest and largest step size.
const RANGE: (f64, f64) = (1e-16, 1e7);

fn bounded(step: f64) -> f64 {
    step.clamp(RANGE.0, RANGE.1)
}

/// A step size at which one leapfrog step has an acceptance of about 0.8: doubled or halved from
/// `guess` until the acceptance crosses that (Hoffman and Gelman, 2014, algorithm 4, with the
/// threshold of Stan). `trial` is overwritten.
///
/// Returns the step size and the number of leapfrog steps spent.
pub fn first_guess<D: LogDensity>(
    hamiltonian: Hamiltonian<'_, D>,
    point: &Point,
    trial: &mut Point,
    guess: f64,
    stream: &mut Stream,
    scratch: &mut D::Scratch,
) -> Result<(f64, u64), DensityError> {
    let threshold = 0.8_f64.ln();
    let mut step = bounded(guess);
    let mut growing = None;
    for spent in 0..128 {
        trial.copy_from(point);
        hamiltonian.refresh(trial, stream);
        let start = trial.energy();
        let gain = match hamiltonian.leapfrog(trial, step, scratch) {
            Ok(()) => start - trial.energy(),
            Err(DensityError::Rejected(_)) => f64::NEG_INFINITY,
            Err(failed) => return Err(failed),
        };
        let accepted = gain > threshold;
        if growing.is_some_and(|growing| growing != accepted) {
            return Ok((step, spent + 1));
        }
        growing = Some(accepted);
        let next = bounded(if accepted { 2.0 * step } else { 0.5 * step });
        if next == step {
            break;
        }
        step = next;
    }
    Ok((step, 128))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dual_averaging_finds_the_step_size_of_a_known_response() {
        // Acceptance e^-ε reaches 0.8 at ε = -ln 0.8. First guesses by doubling are far better than the outer two.
        for (initial, tolerance) in [(1e-4, 0.1), (0.1, 0.02), (100.0, 0.1)] {
            let mut averaging = DualAveraging::new(initial, 0.8);
            for _ in 0..1000 {
                averaging.update((-averaging.current()).exp());
            }
            let ratio = averaging.adapted() / -(0.8_f64.ln());
            assert!((ratio - 1.0).abs() < tolerance, "{initial}: {ratio}");
        }
    }

    #[test]
    fn few_updates_keep_to_the_first_guess() {
        let mut averaging = DualAveraging::new(0.5, 0.8);
        averaging.update(f64::NAN);
        assert_eq!(averaging.adapted(), 0.25);
    }
}
