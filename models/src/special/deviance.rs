//! Logarithms near 1 and the deviance terms built on them.

use super::polynomial::polynomial;

const ATANH_TAIL: [f64; 11] = [
    0.3333333333333333,
    0.19999999999999762,
    0.1428571428580005,
    0.11111111099118386,
    0.09090909948981357,
    0.07692271982430275,
    0.06667589315724629,
    0.05867139530651599,
    0.05422589197440007,
    0.03746071897775383,
    0.07815288900461426,
];

/// log(1 + x) − x, for x ≥ −1.
///
/// For |x| < ½, with r = x/(2 + x): r (2 r² S(r²) − x), where atanh r = r + r³ S(r²) and S is a polynomial of degree
/// 10 (error 4e-18); else the difference itself. Relative error below 8 ε.
#[inline]
pub fn log1pmx(x: f64) -> f64 {
    if x.abs() < 0.5 {
        let r = x / (2.0 + x);
        let s = r * r;
        r * (2.0 * s * polynomial(&ATANH_TAIL, s) - x)
    } else {
        x.ln_1p() - x
    }
}

/// Deviance term x log(x/m) + m − x, for x ≥ 0 and m ≥ 0; 0 log 0 is 0.
///
/// Twice it is the deviance of a Poisson count x of mean m. For m near x it is −x log1pmx((m − x)/x), so that it is
/// accurate relative to itself (Loader 2000). Relative error below 1e-15 where `m` is exact.
#[inline]
pub fn bd0(x: f64, m: f64) -> f64 {
    if x == 0.0 {
        return m;
    }
    if m == f64::INFINITY && x < m {
        return m;
    }
    let v = (m - x) / x;
    if v.abs() < 0.5 {
        return -x * log1pmx(v);
    }
    let ratio = x / m;
    let log_ratio = if ratio > 1e-300 && ratio < 1e300 { ratio.ln() } else { x.ln() - m.ln() };
    m - x + x * log_ratio
}

/// a·b − c·d with one rounding of each product's error (Kahan), within 1.5 ulp.
#[inline(always)]
pub fn difference_of_products(a: f64, b: f64, c: f64, d: f64) -> f64 {
    let cd = c * d;
    let error = (-c).mul_add(d, cd);
    a.mul_add(b, -cd) + error
}
