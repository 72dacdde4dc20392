//! A sum that keeps what rounding loses.

/// The compensated sum of Neumaier (1974, *Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen*): off by
/// about ε of the sum itself, where a plain one is off by ε of the largest of the partial sums. For terms that are far
/// larger than what they come to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sum {
    sum: f64,
    lost: f64,
}

impl Sum {
    /// Adds a number.
    pub fn add(&mut self, x: f64) {
        let sum = self.sum + x;
        // What the smaller of the two has lost.
        let lost = if self.sum.abs() >= x.abs() { (self.sum - sum) + x } else { (x - sum) + self.sum };
        // Of an infinite sum nothing is lost, and infinity less itself would make it NaN.
        self.lost += if sum.is_finite() { lost } else { 0.0 };
        self.sum = sum;
    }

    /// The sum.
    pub fn value(self) -> f64 {
        self.sum + self.lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_terms_cancel_without_a_trace() {
        let mut sum = Sum::default();
        [1.0, 1e100, 1.0, -1e100].into_iter().for_each(|x| sum.add(x));
        assert_eq!(sum.value(), 2.0);
        [f64::INFINITY, 1.0].into_iter().for_each(|x| sum.add(x));
        assert_eq!(sum.value(), f64::INFINITY);
    }
}
