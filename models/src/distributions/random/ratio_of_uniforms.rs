//! Ratio of uniforms for discrete log-concave distributions.

use rand::Rng;
use rand_distr::{Distribution, StandardUniform};

use super::open_uniform;

/// A variate of a binomial, Poisson or hypergeometric distribution with this mean, variance and largest value.
///
/// Stadlober (1990), *The ratio of uniforms approach for generating discrete random variates*, J. Comput. Appl. Math.
/// 31: the hat is centred at mean + ½ with width √(8/e) √(variance + ½) + 3 − 2 √(3/e), valid for each of the three.
/// `log_ratio(k)` is log f(k) − log f(mode). The variate is exact up to the rounding of `log_ratio`; above 2⁵³ it is a
/// multiple of the spacing of `f64`.
pub(super) fn ratio_of_uniforms(
    mean: f64,
    variance: f64,
    largest: f64,
    log_ratio: impl Fn(f64) -> f64,
    rng: &mut dyn Rng,
) -> f64 {
    const WIDTH: f64 = 1.715_527_769_921_413_5;
    const SHIFT: f64 = 0.898_916_162_058_898_8;
    let centre = mean + 0.5;
    let width = WIDTH * (variance + 0.5).sqrt() + SHIFT;
    if !(centre.is_finite() && width.is_finite()) {
        return f64::NAN;
    }
    loop {
        let u = open_uniform(rng);
        let v: f64 = StandardUniform.sample(rng);
        let w = centre + width * (v - 0.5) / u;
        if w < 0.0 || w >= largest + 1.0 {
            continue;
        }
        let k = w.floor();
        let ratio = log_ratio(k);
        if 2.0 * u.ln() <= ratio {
            return k;
        }
        if ratio.is_nan() {
            return f64::NAN;
        }
    }
}
