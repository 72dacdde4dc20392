//! Sums and differences of exponentials on the log scale.

/// log Σ exp(xᵢ); −∞ for an empty slice. Scaled error below 1e-15 for short slices.
pub fn log_sum_exp(x: &[f64]) -> f64 {
    let largest = x.iter().copied().fold(f64::NEG_INFINITY, |m, v| if v > m || v.is_nan() { v } else { m });
    if !largest.is_finite() {
        return largest;
    }
    largest + x.iter().map(|v| (v - largest).exp()).sum::<f64>().ln()
}

/// log(exp(a) + exp(b)).
#[inline]
pub fn log_sum_exp_pair(a: f64, b: f64) -> f64 {
    if a == b {
        return a + std::f64::consts::LN_2;
    }
    let (large, small) = if a > b { (a, b) } else { (b, a) };
    large + (small - large).exp().ln_1p()
}

/// log(exp(a) − exp(b)), for a ≥ b (−∞ where equal, NaN where a < b).
#[inline]
pub fn log_diff_exp(a: f64, b: f64) -> f64 {
    if a == b {
        return f64::NEG_INFINITY;
    }
    if a < b {
        return f64::NAN;
    }
    a + super::log1m_exp(b - a)
}
