//! Polynomials of fixed degree, the building block of the rational approximations.

/// `c[0] + c[1] x + … `, evaluated as two interleaved Horner chains in x² so that the chains run side by side.
#[inline(always)]
pub(super) fn polynomial<const N: usize>(c: &[f64; N], x: f64) -> f64 {
    let square = x * x;
    let (mut even, mut odd) = (0.0, 0.0);
    for i in (0..N).rev() {
        if i % 2 == 0 {
            even = even * square + c[i];
        } else {
            odd = odd * square + c[i];
        }
    }
    even + x * odd
}

#[cfg(test)]
mod tests {
    use super::polynomial;

    #[test]
    fn agrees_with_horner() {
        assert_eq!(polynomial(&[1.0, 2.0, 3.0], 2.0), 17.0);
        assert_eq!(polynomial(&[1.0, 2.0, 3.0, 4.0], 2.0), 49.0);
        assert_eq!(polynomial(&[5.0], 2.0), 5.0);
    }
}
