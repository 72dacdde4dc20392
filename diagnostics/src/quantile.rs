//! Sample quantiles.

/// The quantile of type 7 (Hyndman and Fan 1996, definition 7; the default of R and NumPy) of sorted
/// draws.
///
/// With `S` draws it interpolates linearly between the order statistics around the place
/// `1 + (S - 1) p`. `sorted` must ascend and hold no NaN. Infinities are values like others, and
/// never make the result NaN: an interpolation that meets one infinity is infinite, and between minus
/// and plus infinity the nearer of the two is taken.
///
/// `None` for no draws, or for `probability` outside 0 to 1.
///
/// ```
/// use polya_diagnostics::quantile;
///
/// assert_eq!(quantile(&[1.0, 2.0, 4.0], 0.75), Some(3.0));
/// assert_eq!(quantile(&[1.0, 2.0, f64::INFINITY], 0.5), Some(2.0));
/// ```
pub fn quantile(sorted: &[f64], probability: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    if !(0.0..=1.0).contains(&probability) {
        return None;
    }
    // R's rounding guard: a place that misses an order statistic by a few ulp is that order
    // statistic.
    const FUZZ: f64 = 4.0 * f64::EPSILON;
    let place = last as f64 * probability;
    let below = ((place + FUZZ).floor() as usize).min(last);
    let weight = place - below as f64;
    let (low, high) = (sorted[below], sorted[(below + 1).min(last)]);
    if weight.abs() < FUZZ || low == high {
        return Some(low);
    }
    if low == f64::NEG_INFINITY && high == f64::INFINITY {
        return Some(if weight < 0.5 { low } else { high });
    }
    Some((1.0 - weight) * low + weight * high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_the_extremes() {
        let sorted = [-1.0, 0.5, 7.0];
        assert_eq!(quantile(&sorted, 0.0), Some(-1.0));
        assert_eq!(quantile(&sorted, 1.0), Some(7.0));
        assert_eq!(quantile(&[3.0], 0.3), Some(3.0));
    }

    #[test]
    fn nothing_to_answer_with() {
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!(quantile(&[1.0], 1.5), None);
        assert_eq!(quantile(&[1.0], f64::NAN), None);
    }

    #[test]
    fn infinities_make_no_nan() {
        let sorted = [f64::NEG_INFINITY, f64::NEG_INFINITY, 1.0, f64::INFINITY, f64::INFINITY];
        let at = |p| quantile(&sorted, p).unwrap();
        assert_eq!(at(0.1), f64::NEG_INFINITY);
        assert_eq!(at(0.4), f64::NEG_INFINITY);
        assert_eq!(at(0.5), 1.0);
        assert_eq!(at(0.6), f64::INFINITY);
        let torn = [f64::NEG_INFINITY, f64::INFINITY];
        assert_eq!(quantile(&torn, 0.4), Some(f64::NEG_INFINITY));
        assert_eq!(quantile(&torn, 0.5), Some(f64::INFINITY));
    }

    #[test]
    fn equal_neighbours_are_returned_exactly() {
        let sorted = [0.1; 7];
        assert_eq!(quantile(&sorted, 0.33), Some(0.1));
    }
}
