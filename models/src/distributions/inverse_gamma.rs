//! InverseGamma(shape, scale): 1/x is Gamma(shape, rate = scale); density scale^shape x^(−shape − 1) exp(−scale/x)/Γ(shape).

use rand::Rng;

use super::gamma::normaliser;
use super::random::log_gamma;
use super::{ArgumentList, Distribution, Domain, KernelInputs, Pieces, Scalar, Support};
use crate::fused;
use crate::program::fused::Fused;
use crate::special::{log_gamma_weight, regularised_gamma};

/// InverseGamma(shape, scale): 1/x is Gamma(shape, rate = scale); density scale^shape x^(−shape − 1) exp(−scale/x)/Γ(shape).
#[derive(Clone, Copy, Debug)]
pub struct InverseGamma;

static LISTS: &[ArgumentList] =
    &[ArgumentList { names: &["shape", "scale"], domains: &[Domain::Positive, Domain::Positive] }];

impl Distribution for InverseGamma {
    fn name(&self) -> &'static str {
        "InverseGamma"
    }

    fn argument_lists(&self) -> &'static [ArgumentList] {
        LISTS
    }

    fn support(&self) -> Support {
        Support::Positive
    }

    fn scalar(&self) -> Option<&dyn Scalar> {
        Some(self)
    }
}

impl Scalar for InverseGamma {
    fn log_density_at(&self, x: f64, args: &[f64]) -> f64 {
        log_gamma_weight(args[0], args[1] / x) - x.ln()
    }

    fn cdf_at(&self, x: f64, args: &[f64]) -> f64 {
        regularised_gamma(args[0], args[1] / x).1
    }

    fn draw(&self, args: &[f64], rng: &mut dyn Rng) -> f64 {
        (args[1].ln() - log_gamma(args[0], rng)).exp()
    }

    fn moments(&self, args: &[f64]) -> (f64, f64) {
        let [shape, scale] = [args[0], args[1]];
        if shape <= 1.0 {
            return (f64::INFINITY, f64::NAN);
        }
        let mean = scale / (shape - 1.0);
        (mean, if shape > 2.0 { mean * mean / (shape - 2.0) } else { f64::INFINITY })
    }

    fn pieces(&self) -> Option<Pieces> {
        Some(Pieces { inputs: KernelInputs::XLogX, kernel: &KERNEL, normaliser: &NORMALISER })
    }
}

/// −(shape + 1) log x − scale/x, of (x, log x, shape, scale).
pub static KERNEL: Fused = fused!("inverse gamma kernel", 4, kernel);

/// shape log scale − log Γ(shape), of (shape, scale).
pub static NORMALISER: Fused = fused!("inverse gamma normaliser", 2, normaliser);

#[inline(always)]
fn kernel([x, log_x, shape, scale]: [f64; 4]) -> (f64, [f64; 4]) {
    let inverse = 1.0 / x;
    (-(shape + 1.0) * log_x - scale * inverse, [scale * inverse * inverse, -(shape + 1.0), -log_x, -inverse])
}
