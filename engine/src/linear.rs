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

/// Whether no number is NaN or infinite: 0 x is then 0, and otherwise NaN, which sums keep.
#[inline]
pub(crate) fn all_finite(x: &[f64]) -> bool {
    let (blocks, rest) = x.as_chunks::<4>();
    let mut sums = [0.0; 4];
    for block in blocks {
        for lane in 0..4 {
            sums[lane] += 0.0 * block[lane];
        }
    }
    let rest: f64 = rest.iter().map(|x| 0.0 * x).sum();
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest == 0.0
}
