//! The draws of one scalar quantity, arranged as chains.

/// All draws of one scalar: `chains` Markov chains of equal length, one after the other.
///
/// The view is chain-major: the draws of the first chain in the order they were made, then those of
/// the second, and so on. It borrows the draws and is as cheap to copy as a slice.
///
/// ```
/// use polya_diagnostics::Chains;
///
/// let draws = [0.1, 0.4, 0.3, /* second chain */ 0.2, 0.5, 0.1];
/// let chains = Chains::new(&draws, 2).expect("six draws make two chains of three");
/// assert_eq!(chains.length(), 3);
/// assert!(Chains::new(&draws, 4).is_none());
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Chains<'a> {
    draws: &'a [f64],
    chains: usize,
}

impl<'a> Chains<'a> {
    /// Views `draws` as `chains` chains of equal length.
    ///
    /// `None` where that is impossible: no draws, no chains, a number of draws that is no multiple
    /// of the number of chains, or more than `u32::MAX` draws.
    pub fn new(draws: &'a [f64], chains: usize) -> Option<Self> {
        let divides = chains > 0 && draws.len().is_multiple_of(chains);
        let countable = u32::try_from(draws.len()).is_ok();
        (divides && countable && !draws.is_empty()).then_some(Self { draws, chains })
    }

    /// The number of chains.
    pub fn count(self) -> usize {
        self.chains
    }

    /// The number of draws in each chain.
    pub fn length(self) -> usize {
        self.draws.len() / self.chains
    }

    /// All draws, pooled.
    pub fn draws(self) -> &'a [f64] {
        self.draws
    }

    /// The chains, one slice each.
    pub fn iter(self) -> impl Iterator<Item = &'a [f64]> + Clone {
        self.draws.chunks_exact(self.length())
    }

    /// Every chain cut into its first and its last half, so that a drift within a chain shows as a
    /// difference between two.
    ///
    /// The middle draw of a chain of odd length belongs to neither half; a single draw is not cut.
    pub fn halves(self) -> impl Iterator<Item = &'a [f64]> + Clone {
        let half = self.half_length();
        let parts = if self.length() > 1 { 2 } else { 1 };
        self.iter().flat_map(move |chain| {
            let ends = [&chain[..half], &chain[chain.len() - half..]];
            ends.into_iter().take(parts)
        })
    }

    /// The number of draws in each of [`Chains::halves`].
    pub fn half_length(self) -> usize {
        (self.length() / 2).max(1)
    }

    /// The place within a chain of the draw that no half contains, if there is one.
    pub(crate) fn dropped_draw(self) -> Option<usize> {
        let length = self.length();
        (length > 1 && length % 2 == 1).then_some(length / 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impossible_shapes_are_refused() {
        assert!(Chains::new(&[], 1).is_none());
        assert!(Chains::new(&[1.0], 0).is_none());
        assert!(Chains::new(&[1.0, 2.0, 3.0], 2).is_none());
    }

    #[test]
    fn the_middle_of_an_odd_chain_is_in_neither_half() {
        let draws = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0];
        let chains = Chains::new(&draws, 2).unwrap();
        let halves: Vec<&[f64]> = chains.halves().collect();
        assert_eq!(halves, [&[1.0, 2.0], &[4.0, 5.0], &[6.0, 7.0], &[9.0, 10.0]]);
        assert_eq!(chains.dropped_draw(), Some(2));
    }

    #[test]
    fn a_single_draw_is_not_cut() {
        let chains = Chains::new(&[1.0, 2.0], 2).unwrap();
        assert_eq!(chains.halves().count(), 2);
        assert_eq!(chains.half_length(), 1);
        assert_eq!(chains.dropped_draw(), None);
    }
}
