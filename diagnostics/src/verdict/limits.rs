//! How large may R-hat be, and how small the ESS?

use crate::special::f_upper_quantile;

/// The limits beyond which a scalar is held against a fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// The largest R-hat that passes.
    pub rhat: f64,
    /// The smallest bulk and tail ESS that passes, over all chains.
    pub ess: f64,
}

impl Limits {
    /// The limits of sampled scalars: an R-hat of 1.01 and an ESS of 100 per chain (Vehtari et al.
    /// 2021, section 5).
    pub fn of_sampled(chains: usize) -> Self {
        Self { rhat: 1.01, ess: 100.0 * chains as f64 }
    }

    /// The limits where chains form superchains and may be short (Margossian et al. 2024), for `count` scalars: an ESS of
    /// 100 per superchain, and a nested R-hat of 1.01.
    ///
    /// With `K` superchains of `M` chains of `N` draws nested R-hat is not near 1 in equilibrium, but near `sqrt(1 + 1 / (M
    /// N))` for independent draws: the mean of a superchain has a variance of its own, the *persistent* one. Where the
    /// upper 1% point for independent draws of all scalars (Bonferroni) exceeds 1.01 it takes its place: `M N B / W` has
    /// an F distribution with `K - 1` and `K (M N - 1)` degrees of freedom.
    pub fn of_superchains(superchains: usize, chains: usize, draws: usize, count: usize) -> Self {
        let plain = Self::of_sampled(superchains);
        let size = (chains * draws).checked_div(superchains).unwrap_or(0) as f64;
        if superchains < 2 || size < 2.0 {
            return Self { rhat: f64::INFINITY, ..plain };
        }
        let chance = 0.01 / count.max(1) as f64;
        let groups = superchains as f64;
        let ratio = f_upper_quantile(chance, groups - 1.0, groups * (size - 1.0));
        Self { rhat: plain.rhat.max((1.0 + ratio / size).sqrt()), ..plain }
    }

    /// The limits of the other scalars, of which there may be very many: those of sampled scalars,
    /// widened so far that independent draws of all `count` of them trip any with a probability of
    /// at most 1%.
    ///
    /// Each scalar has four statistics that may fail by chance: the two parts of R-hat, the bulk
    /// and the tail ESS. By Bonferroni's inequality each may do so with probability `p = 0.01 / (4
    /// count)`.
    ///
    /// - *R-hat.* For independent normal draws in `M` halves of `N`, the ratio `B / W` has an F
    ///   distribution with `M - 1` and `M (N - 1)` degrees of freedom, and so `N (R-hat² - 1) + 1`
    ///   has it. Normal scores of ranks are such draws, but for the light dependence that ranks
    ///   have.
    /// - *ESS.* Independent draws have an estimate `S / τ` with `τ` around 1. It strays by about `1
    ///   / sqrt(S)` for every pair of lags that chance keeps positive, and a long run of them is as
    ///   likely as a geometric variable is large. In simulations of up to 100 000 repetitions, with
    ///   1 to 8 chains of 20 to 1000 draws, continuous or rare 0/1, the upper `p` quantile of `(τ -
    ///   1) sqrt(S)` was below `0.9 ln(p)²` for `p` from 0.01 to 0.0001, and below `1.6 ln(p)²` for
    ///   a single chain, whose two halves disagree more easily; further out this is an
    ///   extrapolation. (`tests/null.rs` repeats the simulation.)
    ///
    /// In runs of 4 chains of 1000 draws both are inside the limits of sampled scalars for 100 000
    /// scalars and more: only short runs have wider ones.
    pub fn of_others(chains: usize, draws: usize, count: usize) -> Self {
        let plain = Self::of_sampled(chains);
        let half = (draws / 2) as f64;
        if chains == 0 || half < 2.0 {
            return Self { rhat: f64::INFINITY, ess: 0.0 };
        }
        let chance = 0.01 / (4.0 * count.max(1) as f64);
        let halves = 2.0 * chains as f64;
        let ratio = f_upper_quantile(chance, halves - 1.0, halves * (half - 1.0));
        let size = halves * half;
        let spread = if chains == 1 { 1.6 } else { 0.9 };
        let time = 1.0 + spread * chance.ln().powi(2) / size.sqrt();
        Self { rhat: plain.rhat.max((1.0 + (ratio - 1.0) / half).sqrt()), ess: plain.ess.min(size / time) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_the_default_length_have_the_plain_limits() {
        for count in [0, 1, 100, 24_000, 100_000] {
            assert_eq!(Limits::of_others(4, 1000, count), Limits::of_sampled(4));
        }
    }

    #[test]
    fn short_runs_widen_with_the_number_of_scalars() {
        let few = Limits::of_others(2, 100, 1);
        let many = Limits::of_others(2, 100, 1000);
        assert!(1.01 < few.rhat && few.rhat < many.rhat && many.rhat < 1.3);
        assert!(200.0 > few.ess && few.ess > many.ess && many.ess > 5.0);
    }

    #[test]
    fn superchains_of_few_draws_may_differ() {
        // F tables: the upper 1% point with 7 and 8 · 9 = 72 degrees of freedom is 2.90.
        let short = Limits::of_superchains(8, 80, 1, 1);
        assert!((short.rhat - (1.0_f64 + 2.90 / 10.0).sqrt()).abs() < 1e-3, "{short:?}");
        assert_eq!(Limits::of_superchains(4, 64, 1000, 10), Limits { rhat: 1.01, ess: 400.0 });
        assert!(Limits::of_superchains(8, 80, 1, 100).rhat > short.rhat);
    }

    #[test]
    fn nothing_is_asked_of_runs_without_halves() {
        assert_eq!(Limits::of_others(0, 1000, 5).rhat, f64::INFINITY);
        assert_eq!(Limits::of_others(4, 3, 5).ess, 0.0);
    }
}
