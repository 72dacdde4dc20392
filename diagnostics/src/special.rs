//! The special functions that the diagnostics need: the normal quantile, and the incomplete beta
//! function with its inverse.

use std::f64::consts::PI;

/// The polynomial whose coefficients ascend, by Horner's rule.
fn polynomial(x: f64, coefficients: &[f64]) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, c| sum * x + c)
}

/// The quantile function of the standard normal distribution, to full double precision.
///
/// Algorithm AS 241 (PPND16) of Wichura (1988), relative accuracy about 1e-16. NaN outside 0 to 1.
pub fn normal_quantile(probability: f64) -> f64 {
    let q = probability - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180625 - q * q;
        return q * polynomial(r, &CENTRE.0) / polynomial(r, &CENTRE.1);
    }
    let tail = probability.min(1.0 - probability);
    let r = (-tail.ln()).sqrt();
    if r.is_infinite() {
        return r.copysign(q);
    }
    let size = if r <= 5.0 {
        polynomial(r - 1.6, &SHOULDER.0) / polynomial(r - 1.6, &SHOULDER.1)
    } else {
        polynomial(r - 5.0, &TAIL.0) / polynomial(r - 5.0, &TAIL.1)
    };
    size.copysign(q)
}

type Rational = ([f64; 8], [f64; 8]);

const CENTRE: Rational = (
    [
        3.387_132_872_796_366_5,
        133.141_667_891_784_38,
        1_971.590_950_306_551_3,
        13_731.693_765_509_46,
        45_921.953_931_549_87,
        67_265.770_927_008_7,
        33_430.575_583_588_13,
        2_509.080_928_730_122_7,
    ],
    [
        1.0,
        42.313_330_701_600_91,
        687.187_007_492_057_9,
        5_394.196_021_424_751,
        21_213.794_301_586_597,
        39_307.895_800_092_71,
        28_729.085_735_721_943,
        5_226.495_278_852_854,
    ],
);

const SHOULDER: Rational = (
    [
        1.423_437_110_749_683_5,
        4.630_337_846_156_546,
        5.769_497_221_460_691,
        3.647_848_324_763_204_5,
        1.270_458_252_452_368_4,
        0.241_780_725_177_450_6,
        0.022_723_844_989_269_184,
        7.745_450_142_783_414e-4,
    ],
    [
        1.0,
        2.053_191_626_637_759,
        1.676_384_830_183_803_8,
        0.689_767_334_985_1,
        0.148_103_976_427_480_08,
        0.015_198_666_563_616_457,
        5.475_938_084_995_345e-4,
        1.050_750_071_644_416_9e-9,
    ],
);

const TAIL: Rational = (
    [
        6.657_904_643_501_103,
        5.463_784_911_164_114,
        1.784_826_539_917_291_3,
        0.296_560_571_828_504_87,
        0.026_532_189_526_576_124,
        1.242_660_947_388_078_4e-3,
        2.711_555_568_743_487_6e-5,
        2.010_334_399_292_288_1e-7,
    ],
    [
        1.0,
        0.599_832_206_555_888,
        0.136_929_880_922_735_8,
        0.014_875_361_290_850_615,
        7.868_691_311_456_133e-4,
        1.846_318_317_510_054_8e-5,
        1.421_511_758_316_446e-7,
        2.044_263_103_389_94e-15,
    ],
);

/// What Stirling's formula leaves of the log-gamma function:
/// `ln Γ(x) = (x - 1/2) ln x - x + ln(2π)/2 + stirling_error(x)`, for `x > 0`.
fn stirling_error(x: f64) -> f64 {
    let (mut x, mut shift) = (x, 0.0);
    while x < 12.0 {
        shift += (x + 0.5) * (1.0 / x).ln_1p() - 1.0;
        x += 1.0;
    }
    const SERIES: [f64; 8] = [
        1.0 / 12.0,
        -1.0 / 360.0,
        1.0 / 1260.0,
        -1.0 / 1680.0,
        1.0 / 1188.0,
        -691.0 / 360_360.0,
        1.0 / 156.0,
        -3617.0 / 122_400.0,
    ];
    shift + polynomial(1.0 / (x * x), &SERIES) / x
}

/// The logarithm of the Poisson probability of `count` where `mean` are expected.
pub(crate) fn ln_poisson(count: usize, mean: f64) -> f64 {
    let k = count as f64;
    match (count, mean == 0.0) {
        (0, _) => -mean,
        (_, true) => f64::NEG_INFINITY,
        _ => -k * (k / mean).ln() + (k - mean) - 0.5 * (2.0 * PI * k).ln() - stirling_error(k),
    }
}

/// `x^a (1 - x)^b / B(a, b)`, written around the mean so that nothing cancels for large `a` and
/// `b`.
fn beta_weight(x: f64, a: f64, b: f64) -> f64 {
    let sum = a + b;
    let excess = x * sum - a;
    // a ln(x sum / a), by ln_1p near the mean only: far from it the quotient itself is accurate.
    let term = |c: f64, excess: f64, part: f64| {
        let relative = excess / c;
        c * if relative.abs() < 0.5 { relative.ln_1p() } else { (part * sum / c).ln() }
    };
    let exponent = term(a, excess, x) + term(b, -excess, 1.0 - x);
    let correction = stirling_error(sum) - stirling_error(a) - stirling_error(b);
    (a * b / (2.0 * PI * sum)).sqrt() * (exponent + correction).exp()
}

/// The regularised incomplete beta function `I_x(a, b)`: the distribution function of Beta(a, b) at
/// `x`.
///
/// By its continued fraction (DLMF 8.17.22), evaluated by Lentz's method on the side of the mean
/// where it converges fast. NaN unless `a > 0`, `b > 0` and `0 <= x <= 1`.
pub fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    if !(a > 0.0 && b > 0.0 && (0.0..=1.0).contains(&x)) {
        return f64::NAN;
    }
    if x == 0.0 || x == 1.0 {
        return x;
    }
    let weight = beta_weight(x, a, b);
    if x < (a + 1.0) / (a + b + 2.0) {
        weight * beta_fraction(x, a, b) / a
    } else {
        1.0 - weight * beta_fraction(1.0 - x, b, a) / b
    }
}

fn beta_fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let away_from_zero = |v: f64| if v.abs() < TINY { TINY } else { v };
    let mut numerator = 1.0;
    let mut denominator = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut value = denominator;
    for m in 1..100_000 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut factor = 1.0;
        for coefficient in [even, odd] {
            denominator = 1.0 / away_from_zero(1.0 + coefficient * denominator);
            numerator = away_from_zero(1.0 + coefficient / numerator);
            factor = denominator * numerator;
            value *= factor;
        }
        if (factor - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    value
}

/// The quantile function of Beta(a, b): the `x` with `I_x(a, b) = probability`.
///
/// Newton's method from the normal approximation, kept inside a shrinking bracket. NaN unless `a >
/// 0`, `b > 0` and `0 <= probability <= 1`.
pub fn inverse_incomplete_beta(probability: f64, a: f64, b: f64) -> f64 {
    if !(a > 0.0 && b > 0.0 && (0.0..=1.0).contains(&probability)) {
        return f64::NAN;
    }
    if probability == 0.0 || probability == 1.0 {
        return probability;
    }
    let (mut low, mut high) = (0.0, 1.0);
    let mean = a / (a + b);
    let sd = (mean * (1.0 - mean) / (a + b + 1.0)).sqrt();
    let mut x = mean + sd * normal_quantile(probability);
    for _ in 0..1100 {
        // The bracket covers the exponents of all doubles, so that tiny quantiles are reached as
        // well.
        if !(x > low && x < high) {
            x = if high > 4.0 * low && low > 0.0 { (low * high).sqrt() } else { 0.5 * (low + high) };
        }
        let miss = incomplete_beta(x, a, b) - probability;
        if miss > 0.0 {
            high = x;
        } else {
            low = x;
        }
        let density = beta_weight(x, a, b) / (x * (1.0 - x));
        let step = miss / density;
        if step.abs() <= 4.0 * f64::EPSILON * x || high - low <= f64::EPSILON * x {
            return x - if step.is_finite() { step } else { 0.0 };
        }
        x -= step;
    }
    x
}

/// The point that an F distribution with `numerator` and `denominator` degrees of freedom exceeds
/// with the given probability.
pub(crate) fn f_upper_quantile(probability: f64, numerator: f64, denominator: f64) -> f64 {
    let rest = inverse_incomplete_beta(probability, denominator / 2.0, numerator / 2.0);
    denominator / numerator * (1.0 - rest) / rest
}
