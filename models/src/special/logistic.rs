//! The logistic function, its inverse, and their logarithms.

/// log(1 + x), from the standard library.
#[inline]
pub fn log1p(x: f64) -> f64 {
    x.ln_1p()
}

/// exp(x) − 1, from the standard library.
#[inline]
pub fn expm1(x: f64) -> f64 {
    x.exp_m1()
}

/// log(1 + exp(x)), for every x: max(x, 0) + log1p(exp(−|x|)). Relative error below 4 ε.
#[inline]
pub fn softplus(x: f64) -> f64 {
    x.max(0.0) + log1p_of_fraction((-x.abs()).exp())
}

/// log(1 + e) for e from 0 to 1, to a few ulp: the rounding of 1 + e is put back to first order (Kahan), which costs half
/// of what the library's log1p does.
#[inline(always)]
fn log1p_of_fraction(e: f64) -> f64 {
    let u = 1.0 + e;
    u.ln() + (e - (u - 1.0)) / u
}

/// 1/(1 + exp(−x)), the logistic function. Relative error below 4 ε, down to exp(−745).
#[inline]
pub fn inv_logit(x: f64) -> f64 {
    let e = (-x.abs()).exp();
    if x >= 0.0 { 1.0 / (1.0 + e) } else { e / (1.0 + e) }
}

/// log of [`inv_logit`]: −log(1 + exp(−x)). Relative error below 4 ε.
#[inline]
pub fn log_inv_logit(x: f64) -> f64 {
    -softplus(-x)
}

/// log(p/(1 − p)), for p in [0, 1] (infinite at the ends). Relative error below 4 ε, near ½ too.
#[inline]
pub fn logit(p: f64) -> f64 {
    if (0.25..=0.75).contains(&p) {
        // 2 atanh(2p − 1); 2p − 1 is exact here.
        let d = 2.0 * p - 1.0;
        (2.0 * d / (1.0 - d)).ln_1p()
    } else {
        p.ln() - (-p).ln_1p()
    }
}

/// log(1 − exp(x)), for x ≤ 0 (Mächler 2012). Relative error below 4 ε.
#[inline]
pub fn log1m_exp(x: f64) -> f64 {
    if x > -std::f64::consts::LN_2 { (-x.exp_m1()).ln() } else { (-x.exp()).ln_1p() }
}

/// logit of the probability whose logarithm is `log_p`, for log_p ≤ 0.
#[inline]
pub fn logit_from_log(log_p: f64) -> f64 {
    log_p - log1m_exp(log_p)
}
