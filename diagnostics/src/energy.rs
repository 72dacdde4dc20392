//! The energy diagnostic of Hamiltonian Monte Carlo.

/// The energy Bayesian fraction of missing information of one chain (Betancourt 2016, *Diagnosing
/// suboptimal cotangent disintegrations in Hamiltonian Monte Carlo*): `mean((E[t] - E[t-1])²) /
/// Var(E)`.
///
/// `energies` are the total energies of the draws, after the momentum was drawn anew. Below 0.3 the
/// momenta change the energy too little to reach the tails of the posterior in the draws that were
/// made.
///
/// `None` for fewer than 2 draws, for an energy that is not finite, or for constant energies.
///
/// ```
/// use polya_diagnostics::e_bfmi;
///
/// let creeping: Vec<f64> = (0..100).map(f64::from).collect();
/// assert!(e_bfmi(&creeping).unwrap() < 0.01);
/// ```
pub fn e_bfmi(energies: &[f64]) -> Option<f64> {
    let first = *energies.first()?;
    let steps = energies.len() - 1;
    if steps == 0 || energies.iter().any(|e| !e.is_finite()) {
        return None;
    }
    // Relative to the first energy, so that a large offset costs no digits.
    let shift = energies.iter().map(|e| e - first).sum::<f64>() / energies.len() as f64;
    let squares: f64 = energies.iter().map(|e| (e - first - shift).powi(2)).sum();
    let changes: f64 = energies.windows(2).map(|pair| (pair[1] - pair[0]).powi(2)).sum();
    // The mean change and the variance both divide by one less than the number of draws.
    let ratio = changes / squares;
    ratio.is_finite().then_some(ratio)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_little_to_judge() {
        assert_eq!(e_bfmi(&[]), None);
        assert_eq!(e_bfmi(&[1.0]), None);
        assert_eq!(e_bfmi(&[1.0; 5]), None);
        assert_eq!(e_bfmi(&[1.0, f64::NAN, 2.0]), None);
    }
}
