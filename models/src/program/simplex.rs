//! An orthonormal image of k - 1 reals in the k numbers that sum to 0 (Helmert's basis; Egozcue et al. 2003, isometric
//! log-ratio): column j is `sqrt(j / (j + 1)) * (1/j, …, 1/j, -1, 0, …)`, with 1/j standing j times.

/// Writes the k numbers of each group of k - 1.
pub(super) fn forward(k: usize, x: &[f64], out: &mut [f64]) {
    for (out, x) in out.chunks_exact_mut(k).zip(x.chunks_exact(k - 1)) {
        // From the last part to the first, `tail` is what the columns beyond add to every part before theirs.
        let mut tail = 0.0;
        for part in (0..k).rev() {
            let own = if part == 0 { 0.0 } else { -x[part - 1] * helmert(part) };
            out[part] = own + tail;
            if part > 0 {
                tail += x[part - 1] * helmert(part) / part as f64;
            }
        }
    }
}

/// Adds the transposed image of an adjoint.
pub(super) fn backward(k: usize, adjoint: &[f64], out: &mut [f64]) {
    for (adjoint, out) in adjoint.chunks_exact(k).zip(out.chunks_exact_mut(k - 1)) {
        let mut before = 0.0;
        for part in 1..k {
            before += adjoint[part - 1];
            out[part - 1] += helmert(part) * (before / part as f64 - adjoint[part]);
        }
    }
}

#[inline]
fn helmert(j: usize) -> f64 {
    let j = j as f64;
    (j / (j + 1.0)).sqrt()
}
