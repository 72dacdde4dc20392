//! The sorted draws of one scalar: found once, and shared by quantiles, ranks and folded ranks.

use crate::chains::Chains;

/// A draw and its place among the pooled draws.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Placed {
    pub value: f64,
    pub index: u32,
}

/// What kind of draws a scalar has, which decides what can be said about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Some draws are NaN.
    Missing,
    /// Some draws are infinite, none is NaN.
    Infinite,
    /// All draws are equal, up to the rounding of their magnitude.
    Constant,
    /// Finite draws that vary.
    Ordinary,
}

/// The pooled draws in ascending order, with the buffers to find it.
#[derive(Debug, Default)]
pub(crate) struct Order {
    keys: Vec<(u64, u32)>,
    placed: Vec<Placed>,
    values: Vec<f64>,
    folded: Vec<Placed>,
}

impl Order {
    /// Sorts the draws and says what kind they are. Draws with NaN are left unsorted.
    pub fn sort(&mut self, chains: Chains<'_>) -> Kind {
        self.keys.clear();
        self.placed.clear();
        self.values.clear();
        if chains.draws().iter().any(|x| x.is_nan()) {
            return Kind::Missing;
        }
        self.keys.extend(chains.draws().iter().zip(0..).map(|(&x, index)| (ascending_key(x), index)));
        self.keys.sort_unstable_by_key(|&(key, _)| key);
        let draw = |index: u32| chains.draws()[index as usize];
        self.placed.extend(self.keys.iter().map(|&(_, index)| Placed { value: draw(index), index }));
        self.values.extend(self.placed.iter().map(|p| p.value));
        self.kind()
    }

    fn kind(&self) -> Kind {
        let (low, high) = self.extremes();
        if low == high {
            Kind::Constant
        } else if low.is_infinite() || high.is_infinite() {
            Kind::Infinite
        } else if nearly_equal(low, high) {
            Kind::Constant
        } else {
            Kind::Ordinary
        }
    }

    /// The draws in ascending order, with their places.
    pub fn placed(&self) -> &[Placed] {
        &self.placed
    }

    /// The draws in ascending order.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The least and the greatest draw.
    pub fn extremes(&self) -> (f64, f64) {
        match (self.values.first(), self.values.last()) {
            (Some(&low), Some(&high)) => (low, high),
            _ => (f64::NAN, f64::NAN),
        }
    }

    /// The median: the middle draw, or half way between the middle two; NaN without draws.
    pub fn median(&self) -> f64 {
        let count = self.values.len();
        if count == 0 {
            return f64::NAN;
        }
        let (low, high) = (self.values[(count - 1) / 2], self.values[count / 2]);
        let middle = low.midpoint(high);
        // There is nothing half way between minus and plus infinity.
        if middle.is_nan() { high } else { middle }
    }

    /// The distances of the draws from their median, in ascending order with their places; `None`
    /// where half the draws are infinite, so that there is no distance to speak of.
    ///
    /// The draws are sorted already, so that two walks outward from the median merge into this
    /// order.
    pub fn folded(&mut self) -> Option<&[Placed]> {
        let median = self.median();
        if !median.is_finite() {
            return None;
        }
        let fold = |p: &Placed| Placed { value: (p.value - median).abs(), index: p.index };
        let (below, above) = self.placed.split_at(self.placed.len() / 2);
        let mut left = below.iter().rev().map(fold).peekable();
        let mut right = above.iter().map(fold).peekable();
        self.folded.clear();
        loop {
            let next = match (left.peek(), right.peek()) {
                (Some(a), Some(b)) if a.value <= b.value => left.next(),
                (_, Some(_)) => right.next(),
                _ => left.next(),
            };
            match next {
                Some(placed) => self.folded.push(placed),
                None => return Some(&self.folded),
            }
        }
    }
}

/// Whether two numbers differ by no more than the rounding of a few operations on their magnitude.
pub(crate) fn nearly_equal(low: f64, high: f64) -> bool {
    high / 4.0 - low / 4.0 <= f64::EPSILON * low.abs().max(high.abs())
}

/// An integer that orders as the number does; both zeros have the same.
fn ascending_key(x: f64) -> u64 {
    let bits = (x + 0.0).to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(draws: &[f64]) -> (Order, Kind) {
        let mut order = Order::default();
        let kind = order.sort(Chains::new(draws, 1).unwrap());
        (order, kind)
    }

    #[test]
    fn keys_order_as_numbers_do() {
        let ascending = [f64::NEG_INFINITY, -3.0, -1e-310, 0.0, 1e-310, 2.5, f64::INFINITY];
        assert!(ascending.windows(2).all(|w| ascending_key(w[0]) < ascending_key(w[1])));
        assert_eq!(ascending_key(-0.0), ascending_key(0.0));
    }

    #[test]
    fn kinds_are_told_apart() {
        assert_eq!(sorted(&[1.0, f64::NAN]).1, Kind::Missing);
        assert_eq!(sorted(&[1.0, f64::INFINITY]).1, Kind::Infinite);
        assert_eq!(sorted(&[f64::INFINITY; 3]).1, Kind::Constant);
        assert_eq!(sorted(&[0.1 + 0.2, 0.3]).1, Kind::Constant);
        assert_eq!(sorted(&[1e-30, 2e-30]).1, Kind::Ordinary);
        assert_eq!(sorted(&[-f64::MAX, f64::MAX]).1, Kind::Ordinary);
    }

    #[test]
    fn folding_merges_outward_from_the_median() {
        let (mut order, _) = sorted(&[5.0, 1.0, 2.0, 9.0, 4.0]);
        assert_eq!(order.median(), 4.0);
        let folded: Vec<(f64, u32)> = order.folded().unwrap().iter().map(|p| (p.value, p.index)).collect();
        assert_eq!(folded, [(0.0, 4), (1.0, 0), (2.0, 2), (3.0, 1), (5.0, 3)]);
    }
}
