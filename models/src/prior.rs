//! Priors whose arguments are known: what power scaling makes stronger and weaker (Kallioinen, Paananen, Bürkner and
//! Vehtari 2024). In a hierarchy these are the priors at its top; those below belong to the model of the data.

use crate::bind::Bound;
use crate::compiler::compiled::Compiled;
use crate::compiler::statements::compile_prior;
use crate::distributions::{Distribution, Support};
use crate::error::Error;
use crate::posterior::Posterior;
use std::sync::Arc;

/// The prior of one variable, all of its arguments known before sampling.
#[derive(Clone, Debug)]
pub struct Prior {
    /// The variable.
    pub name: String,
    /// Its tag, `@prior("TAG")`.
    pub tag: Option<String>,
    /// Its distribution.
    pub distribution: &'static dyn Distribution,
    /// Its canonical arguments, vectors last: one number for all scalars, or one for each; of a vector its elements.
    pub arguments: Vec<Arc<[f64]>>,
    /// The length of a vector variable.
    pub width: Option<usize>,
}

impl Prior {
    /// What it is scaled as: its tag, or where it has none the name of its variable.
    pub fn scaled_as(&self) -> &str {
        self.tag.as_deref().unwrap_or(&self.name)
    }

    /// The log density of the variable's scalars in the order they are kept, on the scale they are kept on: no Jacobian of
    /// a transform enters. NaN where there are not as many as the arguments are for. A value that was rounded to an end of an
    /// open support is taken as the nearest number within it.
    pub fn log_density(&self, values: &[f64]) -> f64 {
        let pick = |a: &[f64], i: usize| a.get(if a.len() == 1 { 0 } else { i }).copied().unwrap_or(f64::NAN);
        if let Some(scalar) = self.distribution.scalar() {
            let mut arguments = vec![0.0; self.arguments.len()];
            let each = values.iter().enumerate().map(|(i, x)| {
                arguments.iter_mut().zip(&self.arguments).for_each(|(slot, a)| *slot = pick(a, i));
                scalar.log_density(within(self.distribution.support(), *x), &arguments)
            });
            return each.sum();
        }
        let (Some(vector), Some(k)) = (self.distribution.vector(), self.width) else { return f64::NAN };
        let groups = values.chunks(k.max(1)).enumerate();
        let each = groups.map(|(group, x)| {
            let arguments: Vec<&[f64]> = self
                .arguments
                .iter()
                .map(|a| match a.len() {
                    n if n == k || n == 1 => &a[..],
                    n if n >= (group + 1) * k => &a[group * k..(group + 1) * k],
                    _ => &[],
                })
                .collect();
            vector.log_density(x, &arguments)
        });
        each.sum()
    }
}

/// The value, or the number nearest to it within an open support: what a draw that was rounded stands for.
fn within(support: Support, x: f64) -> f64 {
    match support {
        Support::Positive => x.max(f64::MIN_POSITIVE),
        Support::Unit => x.clamp(f64::MIN_POSITIVE, 1.0 - f64::EPSILON / 2.0),
        _ => x,
    }
}

impl Posterior {
    /// The priors whose arguments are known, in the order of the model.
    pub fn priors(&self) -> &[Prior] {
        &self.compiled().priors
    }
}

impl Bound {
    /// Compiles the model as if nothing were observed, for prior predictive checks and for simulation: it has dimension 0,
    /// [`Posterior::expand`] draws every variable forward from its prior, and [`Posterior::predict`] the observed columns
    /// given those.
    ///
    /// # Errors
    /// As [`Bound::compile`], but for data outside their support, which are not looked at.
    pub fn compile_prior(self) -> Result<Posterior, Error> {
        let compiled: Compiled = compile_prior(&self)?;
        let mut prior = Posterior::of(self, compiled, crate::Passes::default());
        prior.is_prior = true;
        Ok(prior)
    }
}
