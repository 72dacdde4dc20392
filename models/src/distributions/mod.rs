//! Probability distributions: arguments, support, density and partial derivatives, distribution function, moments and
//! sampler, one file each.
//!
//! A distribution is a unit struct behind `&'static dyn `[`Distribution`]; [`find`] looks it up by name. Its numbers are
//! reached through [`Scalar`] or [`Vector`]. For the compiled density each file also has its pieces as statics of type
//! [`Fused`](crate::program::fused::Fused): a kernel in the variate and the arguments, and a normaliser or a constant in
//! the rest, such that the log density is their sum. No Jacobian is included anywhere.
//!
//! To add a distribution is to add its file and its line in the list below.

mod domain;
pub mod random;
mod support;
mod traits;

pub(crate) use domain::SIMPLEX_TOLERANCE;
pub use domain::{ArgumentList, Domain, Violation};
pub use support::Support;
pub use traits::{Distribution, KernelInputs, Pieces, Scalar, Vector};

/// Declares the modules and the registry from one list.
macro_rules! registry {
    ($($module:ident :: $name:ident),* $(,)?) => {
        $(pub mod $module; pub use $module::$name;)*
        /// Every distribution, in the order of the language's table.
        pub static ALL: &[&dyn Distribution] = &[$(&$module::$name),*];
    };
}

registry! {
    beta::Beta,
    dirichlet::Dirichlet,
    normal::Normal,
    logistic::Logistic,
    laplace::Laplace,
    cauchy::Cauchy,
    student_t::StudentT,
    half_student_t::HalfStudentT,
    half_normal::HalfNormal,
    half_cauchy::HalfCauchy,
    log_normal::LogNormal,
    exponential::Exponential,
    gamma::Gamma,
    inverse_gamma::InverseGamma,
    weibull::Weibull,
    uniform::Uniform,
    pareto::Pareto,
    bernoulli::Bernoulli,
    binomial::Binomial,
    geometric::Geometric,
    negative_binomial::NegativeBinomial,
    poisson::Poisson,
    beta_binomial::BetaBinomial,
    hypergeometric::Hypergeometric,
    categorical::Categorical,
    multinomial::Multinomial,
    dirichlet_multinomial::DirichletMultinomial,
}

/// The distribution of that name, as the language spells it.
pub fn find(name: &str) -> Option<&'static dyn Distribution> {
    ALL.iter().copied().find(|d| d.name() == name)
}
