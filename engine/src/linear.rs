//! Small kernels over slices, with a fixed order of summation.

/// Σ aᵢ bᵢ in four interleaved partial sums, combined as (s₀ + s₁) + (s₂ + s₃).
#[inline]
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (a_blocks, a_rest) = a.as_chunks::<4>();
    let (b_blocks, b_rest) = b.as_chunks::<4>();
    let mut sums = [0.0; 4];
    for (x, y) in a_blocks.iter().zip(b_blocks) {
        for lane in 0..4 {
            sums[lane] += x[lane] * y[lane];
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(x, y)| x * y).sum();
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
}

/// y ← y + a x.
#[inline]
pub(crate) fn add_scaled(y: &mut [f64], a: f64, x: &[f64]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += a * x;
    }
}

/// out = y + a x.
#[inline]
pub(crate) fn sum_scaled(y: &[f64], a: f64, x: &[f64], out: &mut [f64]) {
    for ((out, y), x) in out.iter_mut().zip(y).zip(x) {
        *out = y + a * x;
    }
}

/// Half a kick and a drift: p' = p + ½ε g and q' = q + ε σ² p', from [p, g, q, σ²].
#[inline]
pub(crate) fn kick_drift(from: [&[f64]; 4], step: f64, momentum: &mut [f64], position: &mut [f64]) {
    let [p, g, q, variances] = from;
    let out = momentum.iter_mut().zip(position);
    for (((((momentum, position), p), g), q), variance) in out.zip(p).zip(g).zip(q).zip(variances) {
        *momentum = p + 0.5 * step * g;
        *position = q + step * (variance * *momentum);
    }
}
