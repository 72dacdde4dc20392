//! Logarithms, also of quotients and near 1.

use super::exponential::{LN_2_HIGH, LN_2_LOW};
use super::polynomial;

/// 2 (atanh r − r)/r³ in r² for (1 + r)/(1 − r) between √½ and √2, relative error 5e-16.
const ATANH_TAIL: [f64; 7] = [
    0.666666666666667,
    0.39999999999899444,
    0.2857142862600327,
    0.22222211130259878,
    0.18182889455674947,
    0.15331710618210773,
    0.14616585424888623,
];

const ROOT_HALF_BITS: u64 = std::f64::consts::FRAC_1_SQRT_2.to_bits();
const SQRT_2: f64 = std::f64::consts::SQRT_2;
const TWO_52: f64 = 4_503_599_627_370_496.0;

/// A positive number as mantissa times 2 to a whole exponent.
#[derive(Clone, Copy)]
pub(crate) struct Split {
    /// From √½ to √2.
    pub(crate) mantissa: f64,
    pub(crate) exponent: f64,
}

impl Split {
    /// Of a positive normal number; anything finite for any other.
    #[inline(always)]
    pub(crate) fn of_normal(x: f64) -> Split {
        let shifted = x.to_bits().wrapping_sub(ROOT_HALF_BITS).wrapping_add(1023 << 52);
        let mantissa = f64::from_bits((shifted & ((1 << 52) - 1)).wrapping_add(ROOT_HALF_BITS));
        // The exponent, still biased, as the low bits of a number whose high bits are those of 2⁵².
        let exponent = f64::from_bits((shifted >> 52) | TWO_52.to_bits()) - (TWO_52 + 1023.0);
        Split { mantissa, exponent }
    }

    /// Of a positive finite number; NaN for a negative number, 0 and NaN.
    #[inline(always)]
    pub(crate) fn of(x: f64) -> Split {
        let tiny = x < f64::MIN_POSITIVE;
        let s = Split::of_normal(if tiny { x * (4.0 * TWO_52) } else { x });
        let exponent = if tiny { s.exponent - 54.0 } else { s.exponent };
        Split { mantissa: s.mantissa, exponent: if x > 0.0 { exponent } else { f64::NAN } }
    }
}

/// A quotient p/q = 2ᵉ (1 + r)/(1 − r), r = difference/sum.
#[derive(Clone, Copy)]
pub(crate) struct Quotient {
    difference: f64,
    sum: f64,
    exponent: f64,
}

impl Quotient {
    /// Of numbers whose mantissas are from √½ to √2.
    #[inline(always)]
    pub(crate) fn new(p: Split, q: Split) -> Quotient {
        let (large, small) = (p.mantissa > SQRT_2 * q.mantissa, p.mantissa * SQRT_2 < q.mantissa);
        let factor = if large { 0.5 } else { 1.0 };
        let factor = if small { 2.0 } else { factor };
        let step = if large { 1.0 } else { 0.0 };
        let step = if small { -1.0 } else { step };
        let m = p.mantissa * factor;
        Quotient { difference: m - q.mantissa, sum: m + q.mantissa, exponent: (p.exponent - q.exponent) + step }
    }

    /// The logarithm. Scaled error below 3e-16.
    #[inline(always)]
    pub(crate) fn log(self) -> f64 {
        self.log_by(self.difference / self.sum)
    }

    /// The logarithms of two and one over a third number, by one division.
    #[inline(always)]
    pub(crate) fn logs(one: Quotient, other: Quotient, third: f64) -> [f64; 3] {
        let [by_one, by_other, by_third] = reciprocals(one.sum, other.sum, third);
        [one.log_by(one.difference * by_one), other.log_by(other.difference * by_other), by_third]
    }

    #[inline(always)]
    fn log_by(self, r: f64) -> f64 {
        far(self.exponent, r, tail(r))
    }
}

/// One over each of three numbers, whose product is in range, by one division.
#[inline(always)]
fn reciprocals(p: f64, q: f64, s: f64) -> [f64; 3] {
    let pq = p * q;
    let inverse = 1.0 / (pq * s);
    let by_pq = s * inverse;
    [q * by_pq, p * by_pq, pq * inverse]
}

/// 2 (atanh r − r)/r.
#[inline(always)]
fn tail(r: f64) -> f64 {
    let s = r * r;
    s * polynomial(&ATANH_TAIL, s)
}

/// e log 2 + 2 atanh r.
#[inline(always)]
fn far(e: f64, r: f64, tail: f64) -> f64 {
    e.mul_add(LN_2_HIGH, 2.0 * r + r.mul_add(tail, e * LN_2_LOW))
}

/// f − log(1 + f) for f from √½ − 1 to √2 − 1, relative to itself.
#[inline(always)]
fn deficit(f: f64) -> f64 {
    let r = f / (2.0 + f);
    deficit_by(f, r, tail(r))
}

#[inline(always)]
fn deficit_by(f: f64, r: f64, tail: f64) -> f64 {
    let h = 0.5 * f * f;
    (-r).mul_add(h + tail, h)
}

/// e log 2 + log(1 + f) for f from √½ − 1 to √2 − 1.
#[inline(always)]
fn assembled(e: f64, f: f64) -> f64 {
    e.mul_add(LN_2_HIGH, f + e.mul_add(LN_2_LOW, -deficit(f)))
}

/// Whether 1 + x is between √½ and √2.
#[inline(always)]
fn is_near(x: f64) -> bool {
    (x > std::f64::consts::FRAC_1_SQRT_2 - 1.0) & (x < SQRT_2 - 1.0)
}

/// Whether 1 + x is beyond √½ and √2.
#[inline(always)]
fn is_far(x: f64) -> bool {
    (x <= std::f64::consts::FRAC_1_SQRT_2 - 1.0) | (x >= SQRT_2 - 1.0)
}

/// log x; −∞ at 0, NaN below. Relative error below 3e-16.
#[inline(always)]
pub fn log(x: f64) -> f64 {
    let s = Split::of(x);
    let y = assembled(s.exponent, s.mantissa - 1.0);
    let y = if x == 0.0 { f64::NEG_INFINITY } else { y };
    if x == f64::INFINITY { x } else { y }
}

/// log(1 + x); −∞ at −1, NaN below. Relative error below 4e-16.
#[inline(always)]
pub fn log1p(x: f64) -> f64 {
    let (near, u) = (is_near(x), 1.0 + x);
    // What the rounding of 1 + x left out; both forms are exact.
    let lost = if x < 1.0 { x - (u - 1.0) } else { 1.0 - (u - x) };
    let s = Split::of(u);
    let e = if near { 0.0 } else { s.exponent };
    let f = if near { x } else { s.mantissa - 1.0 };
    let lost = if near { 0.0 } else { lost };
    let y = assembled(e, f) + lost / u;
    let y = if u == 0.0 { f64::NEG_INFINITY } else { y };
    if x == f64::INFINITY { x } else { y }
}

/// log(1 + e) for e from 0 to 1. Relative error below 4e-16.
#[inline(always)]
pub fn log1p_of_fraction(e: f64) -> f64 {
    let far = e > SQRT_2 - 1.0;
    let f = if far { 0.5 * (e - 1.0) } else { e };
    assembled(if far { 1.0 } else { 0.0 }, f)
}

/// log(1 + x) − x, for x ≥ −1. Relative error below 2e-15.
#[inline(always)]
pub fn log1pmx(x: f64) -> f64 {
    if is_near(x) { -deficit(x) } else { log1p(x) - x }
}

/// Whether x is near 0, and then log(1 + x) − x relative to itself.
#[inline(always)]
pub(crate) fn log1pmx_near(x: f64) -> (bool, f64) {
    (is_near(x), -deficit(x))
}

/// log(1 + x) where x and 1 + x are both known, up to a division: log(1 + x) = e log 2 + log(1 + f), r = f/(2 + f).
#[derive(Clone, Copy)]
pub(crate) struct Log1p {
    near: bool,
    exponent: f64,
    f: f64,
}

impl Log1p {
    /// Of x, and of 1 + x as `sum` · 2^`exponent`, `sum` being normal, which is looked at where x is not near 0.
    #[inline(always)]
    pub(crate) fn new(x: f64, sum: f64, exponent: f64) -> Self {
        // NaN is near, so that what comes of it is NaN: the bits of a NaN sum would give a number.
        let near = !is_far(x);
        let s = Split::of_normal(sum);
        let exponent = if near { 0.0 } else { s.exponent + exponent };
        Log1p { near, exponent, f: if near { x } else { s.mantissa - 1.0 } }
    }

    /// Of two at once, by one division: whether 1 + x is near 1, the logarithm, and where it is near log(1 + x) − x.
    #[inline(always)]
    pub(crate) fn values(one: Log1p, other: Log1p) -> [(bool, f64, f64); 2] {
        let (p, q) = (2.0 + one.f, 2.0 + other.f);
        let inverse = 1.0 / (p * q);
        [one.value(one.f * (q * inverse)), other.value(other.f * (p * inverse))]
    }

    #[inline(always)]
    fn value(self, r: f64) -> (bool, f64, f64) {
        let deficit = deficit_by(self.f, r, tail(r));
        let e = self.exponent;
        (self.near, e.mul_add(LN_2_HIGH, self.f + e.mul_add(LN_2_LOW, -deficit)), -deficit)
    }
}

/// log(1 + x) where 1 + x is given as a quotient too, and whether it is near 1, where the second number is
/// log(1 + x) − x.
#[inline(always)]
pub(crate) fn log1p_by(x: f64, q: Quotient) -> (bool, f64, f64) {
    let near = is_near(x);
    let r = if near { x } else { q.difference } / if near { 2.0 + x } else { q.sum };
    let tail = tail(r);
    let excess = -deficit_by(x, r, tail);
    (near, if near { x + excess } else { far(q.exponent, r, tail) }, excess)
}

/// log(p/q) for p, q > 0, where the quotient itself may overflow. Scaled error below 3e-16.
#[inline(always)]
pub fn log_ratio(p: f64, q: f64) -> f64 {
    Quotient::new(Split::of(p), Split::of(q)).log()
}

/// log(1 − e) where e is `small`, in [0, 1], and 1 − e is `rest`, each to full accuracy.
#[inline(always)]
pub(crate) fn log_of_complement(small: f64, rest: f64) -> f64 {
    let near = is_near(-small);
    let s = Split::of(rest);
    let y = assembled(if near { 0.0 } else { s.exponent }, if near { -small } else { s.mantissa - 1.0 });
    if rest == 0.0 { f64::NEG_INFINITY } else { y }
}
