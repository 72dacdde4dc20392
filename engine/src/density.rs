//! The one thing the engine asks of a model: a log density with its gradient.
//!
//! A density is shared by all chains (`&self`); what it needs to write on is a scratch value that
//! each chain allocates once. The engine calls densities only through [`evaluate`], which turns
//! every non-finite answer into a [`Rejection`], so that NaN never travels in silence.

use crate::coordinates::WarmupWindow;
use crate::linear::all_finite;
use crate::stream::Stream;
use rand::RngExt;

/// A differentiable log density over unconstrained reals, up to an additive constant.
///
/// ```
/// use polya_engine::{DensityError, LogDensity};
///
/// /// Normal with mean 0 and one standard deviation.
/// struct Normal { deviation: f64 }
///
/// impl LogDensity for Normal {
///     type Scratch = ();
///     fn dimension(&self) -> usize { 1 }
///     fn scratch(&self) {}
///     fn log_density(&self, x: &[f64], gradient: &mut [f64], _: &mut ()) -> Result<f64, DensityError> {
///         let z = x[0] / self.deviation;
///         gradient[0] = -z / self.deviation;
///         Ok(-0.5 * z * z)
///     }
/// }
/// ```
///
/// # Coordinates
///
/// A density may choose, for each chain apart, the coordinates in which it is sampled: such as how
/// far a hierarchy is centred. Two sets of coordinates are then told apart. The *working* ones are
/// held by the scratch value and change during warmup; [`log_density`](Self::log_density) is that
/// of the posterior in them, with the Jacobian, and trajectories and the metric live there. The
/// *reported* ones never change; starting positions are given in them and draws are kept in them.
/// A density that does not say it [adapts](Self::adapts_coordinates) has only one set, and none of
/// the other methods on coordinates is ever called.
pub trait LogDensity: Sync {
    /// Working memory of one chain, allocated once by [`scratch`](Self::scratch).
    type Scratch: Send;

    /// Number of coordinates of a position; may be 0.
    fn dimension(&self) -> usize;

    /// Allocates the working memory of one chain, with the working coordinates of the start. These
    /// need not be the reported ones.
    fn scratch(&self) -> Self::Scratch;

    /// Returns the log density at `position` and writes its gradient.
    ///
    /// Both slices have length [`dimension`](Self::dimension). The density may be unnormalised. It
    /// must write every coordinate of `gradient` when it returns `Ok`, and must be a function of
    /// `position` and of the working coordinates alone: the same position gives the same bits.
    fn log_density(
        &self,
        position: &[f64],
        gradient: &mut [f64],
        scratch: &mut Self::Scratch,
    ) -> Result<f64, DensityError>;

    /// Writes a starting position, in reported coordinates; called with `attempt` = 0, 1, … until one has a finite value and
    /// gradient.
    ///
    /// The default is uniform on (-r, r) in each coordinate, with r = 2 for the first ten attempts, then ten each with
    /// r = 1, 4, 1/2, 8, 1/4 and so on: a density may be finite near 0 alone, or far from it alone.
    fn initial_position(&self, stream: &mut Stream, attempt: usize, position: &mut [f64]) {
        let round = (attempt / 10) as i32;
        let halvings = if round % 2 == 0 { -round / 2 } else { (round + 1) / 2 };
        let radius = 2.0 * 0.5_f64.powi(halvings);
        for x in position {
            *x = stream.random_range(-radius..radius);
        }
    }

    /// Whether the density chooses coordinates during warmup; the answer must not change. The
    /// default does not.
    fn adapts_coordinates(&self) -> bool {
        false
    }

    /// Chooses new working coordinates from recent warmup states of one chain, given in the present
    /// ones; writes them into `scratch` and returns true if they changed.
    ///
    /// Called a few times early in warmup, as the [`Schedule`](crate::Schedule) says, and never
    /// after it. The window may hold as little as one state. Whatever the coordinates become, every
    /// state of the window should have a finite density in them: others are forgotten, and if none
    /// is left the run ends.
    fn adapt_coordinates(&self, window: WarmupWindow<'_>, scratch: &mut Self::Scratch) -> bool {
        let _ = (window, scratch);
        false
    }

    /// Writes the reported coordinates of a position in working ones.
    ///
    /// Both slices have length [`dimension`](Self::dimension). The default copies.
    fn to_reported(&self, position: &[f64], scratch: &mut Self::Scratch, reported: &mut [f64]) {
        let _ = scratch;
        reported.copy_from_slice(position);
    }

    /// Writes the working coordinates of a position in reported ones: the inverse of
    /// [`to_reported`](Self::to_reported), up to rounding. The default copies.
    fn to_working(&self, reported: &[f64], scratch: &mut Self::Scratch, position: &mut [f64]) {
        let _ = scratch;
        position.copy_from_slice(reported);
    }

    /// Carries along what follows a move of some coordinates, all in working ones: where `position` differs from `from` in
    /// the scale of a hierarchy, say, its levels go where they are about as likely as before. Returns the log Jacobian of
    /// what was carried.
    ///
    /// For given places of the others before and after, where a carried coordinate goes must be a smooth increasing
    /// function of where it stands in `position`, undone by the same call for the move back. The default carries nothing.
    fn carry(&self, from: &[f64], position: &mut [f64], scratch: &mut Self::Scratch) -> f64 {
        let _ = (from, position, scratch);
        0.0
    }
}

impl<D: LogDensity + ?Sized> LogDensity for &D {
    type Scratch = D::Scratch;

    fn dimension(&self) -> usize {
        (**self).dimension()
    }

    fn scratch(&self) -> Self::Scratch {
        (**self).scratch()
    }

    fn log_density(
        &self,
        position: &[f64],
        gradient: &mut [f64],
        scratch: &mut Self::Scratch,
    ) -> Result<f64, DensityError> {
        (**self).log_density(position, gradient, scratch)
    }

    fn initial_position(&self, stream: &mut Stream, attempt: usize, position: &mut [f64]) {
        (**self).initial_position(stream, attempt, position);
    }

    fn adapts_coordinates(&self) -> bool {
        (**self).adapts_coordinates()
    }

    fn adapt_coordinates(&self, window: WarmupWindow<'_>, scratch: &mut Self::Scratch) -> bool {
        (**self).adapt_coordinates(window, scratch)
    }

    fn to_reported(&self, position: &[f64], scratch: &mut Self::Scratch, reported: &mut [f64]) {
        (**self).to_reported(position, scratch, reported);
    }

    fn to_working(&self, reported: &[f64], scratch: &mut Self::Scratch, position: &mut [f64]) {
        (**self).to_working(reported, scratch, position);
    }

    fn carry(&self, from: &[f64], position: &mut [f64], scratch: &mut Self::Scratch) -> f64 {
        (**self).carry(from, position, scratch)
    }
}

/// Why a log density has no usable value at a position.
#[derive(Debug, thiserror::Error)]
pub enum DensityError {
    /// The position is refused; the trajectory that met it ends there and the chain goes on.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The density cannot be evaluated at all; the run ends.
    #[error("{0}")]
    Failed(Box<dyn std::error::Error + Send + Sync>),
}

impl DensityError {
    /// An error that ends the run, from a message or another error.
    pub fn failed(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Failed(source.into())
    }
}

/// Why a position is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The log density is -∞.
    #[error("the density is zero")]
    ZeroDensity,
    /// The log density is NaN or +∞.
    #[error("the log density is not finite")]
    NonFiniteValue,
    /// A coordinate of the gradient is NaN or infinite.
    #[error("the gradient is not finite in coordinate {coordinate}")]
    NonFiniteGradient {
        /// The first such coordinate, counted from 0.
        coordinate: usize,
    },
    /// The density refused the position for a reason of its own.
    #[error("{0}")]
    Domain(&'static str),
}

/// Number of rejections for each reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RejectionCounts {
    /// [`Rejection::ZeroDensity`].
    pub zero_density: u64,
    /// [`Rejection::NonFiniteValue`].
    pub non_finite_value: u64,
    /// [`Rejection::NonFiniteGradient`].
    pub non_finite_gradient: u64,
    /// [`Rejection::Domain`].
    pub domain: u64,
}

impl RejectionCounts {
    /// Counts one rejection.
    pub fn record(&mut self, rejection: Rejection) {
        match rejection {
            Rejection::ZeroDensity => self.zero_density += 1,
            Rejection::NonFiniteValue => self.non_finite_value += 1,
            Rejection::NonFiniteGradient { .. } => self.non_finite_gradient += 1,
            Rejection::Domain(_) => self.domain += 1,
        }
    }

    /// Rejections for any reason.
    pub fn total(&self) -> u64 {
        self.zero_density + self.non_finite_value + self.non_finite_gradient + self.domain
    }
}

/// Evaluates a density and rejects a value or gradient that is not finite.
#[inline]
pub fn evaluate<D: LogDensity>(
    density: &D,
    position: &[f64],
    gradient: &mut [f64],
    scratch: &mut D::Scratch,
) -> Result<f64, DensityError> {
    let value = density.log_density(position, gradient, scratch)?;
    if !value.is_finite() {
        let zero = value == f64::NEG_INFINITY;
        let rejection = if zero { Rejection::ZeroDensity } else { Rejection::NonFiniteValue };
        return Err(rejection.into());
    }
    if all_finite(gradient) {
        return Ok(value);
    }
    let coordinate = gradient.iter().position(|g| !g.is_finite()).unwrap_or(0);
    Err(Rejection::NonFiniteGradient { coordinate }.into())
}

/// A closure as a density; made by [`from_fn`].
#[derive(Clone, Copy)]
pub struct FromFn<F> {
    dimension: usize,
    function: F,
}

impl<F> std::fmt::Debug for FromFn<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FromFn").field("dimension", &self.dimension).finish_non_exhaustive()
    }
}

/// Makes a density of a closure that writes the gradient and returns the log density.
///
/// ```
/// let standard_normal = polya_engine::from_fn(1, |x, gradient| {
///     gradient[0] = -x[0];
///     -0.5 * x[0] * x[0]
/// });
/// ```
pub fn from_fn<F>(dimension: usize, function: F) -> FromFn<F>
where
    F: Fn(&[f64], &mut [f64]) -> f64 + Sync,
{
    FromFn { dimension, function }
}

impl<F> LogDensity for FromFn<F>
where
    F: Fn(&[f64], &mut [f64]) -> f64 + Sync,
{
    type Scratch = ();

    fn dimension(&self) -> usize {
        self.dimension
    }

    fn scratch(&self) {}

    #[inline]
    fn log_density(&self, position: &[f64], gradient: &mut [f64], (): &mut ()) -> Result<f64, DensityError> {
        Ok((self.function)(position, gradient))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rejection(value: f64, gradient: [f64; 2]) -> Option<Rejection> {
        let density = from_fn(2, move |_, g| {
            g.copy_from_slice(&gradient);
            value
        });
        match evaluate(&density, &[0.0; 2], &mut [0.0; 2], &mut ()) {
            Ok(_) => None,
            Err(DensityError::Rejected(rejection)) => Some(rejection),
            Err(DensityError::Failed(_)) => unreachable!(),
        }
    }

    #[test]
    fn values_and_gradients_that_are_not_finite_are_rejected_with_their_reason() {
        assert_eq!(rejection(1.0, [0.0; 2]), None);
        assert_eq!(rejection(f64::NAN, [0.0; 2]), Some(Rejection::NonFiniteValue));
        assert_eq!(rejection(f64::INFINITY, [0.0; 2]), Some(Rejection::NonFiniteValue));
        assert_eq!(rejection(f64::NEG_INFINITY, [0.0; 2]), Some(Rejection::ZeroDensity));
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let expected = Some(Rejection::NonFiniteGradient { coordinate: 1 });
            assert_eq!(rejection(1.0, [0.0, bad]), expected);
        }
    }
}
