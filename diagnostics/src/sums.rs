//! Sums that several diagnostics share. They run in the order of the values, so that the same values
//! give the same bits.

/// `ln Σ exp(x)`, without overflow; minus infinity for no values.
pub(crate) fn log_sum_exp(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let greatest = values.clone().fold(f64::NEG_INFINITY, f64::max);
    if greatest.is_infinite() {
        return greatest;
    }
    greatest + values.map(|x| (x - greatest).exp()).sum::<f64>().ln()
}

/// The mean; NaN for no values.
pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The variance with one degree of freedom less than values; NaN for fewer than two.
pub(crate) fn variance(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return f64::NAN;
    }
    let centre = mean(values);
    values.iter().map(|x| (x - centre).powi(2)).sum::<f64>() / (values.len() - 1) as f64
}

/// The standard error of the sum of independent values, `sqrt(n Var)`; NaN for fewer than two.
pub(crate) fn error_of_sum(values: &[f64]) -> f64 {
    (values.len() as f64 * variance(values)).sqrt()
}

/// The greatest and the least value; `None` for no values, or where one is NaN.
pub(crate) fn range(values: &[f64]) -> Option<(f64, f64)> {
    let (&first, rest) = values.split_first()?;
    let start = (!first.is_nan()).then_some((first, first))?;
    rest.iter().try_fold(start, |(low, high), &x| (!x.is_nan()).then_some((low.min(x), high.max(x))))
}

/// The sum of weights; `None` unless they are finite, not negative and not all zero.
pub(crate) fn total_weight(weights: &[f64]) -> Option<f64> {
    let sensible = weights.iter().all(|w| w.is_finite() && *w >= 0.0);
    let total: f64 = weights.iter().sum();
    (sensible && total > 0.0 && total.is_finite()).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponents_of_any_size_can_be_summed() {
        let sum = |values: &[f64]| log_sum_exp(values.iter().copied());
        assert!((sum(&[1000.0, 1000.0]) - (1000.0 + 2.0_f64.ln())).abs() < 1e-12);
        assert!((sum(&[-1000.0, -1000.0, f64::NEG_INFINITY]) - (2.0_f64.ln() - 1000.0)).abs() < 1e-12);
        assert_eq!(sum(&[]), f64::NEG_INFINITY);
        assert_eq!(sum(&[f64::NEG_INFINITY]), f64::NEG_INFINITY);
    }

    #[test]
    fn variances_need_two_values() {
        assert!(variance(&[1.0]).is_nan());
        assert_eq!(variance(&[1.0, 3.0]), 2.0);
        assert_eq!(error_of_sum(&[1.0, 3.0]), 2.0);
    }

    #[test]
    fn ranges_do_not_hide_a_nan() {
        assert_eq!(range(&[2.0, -1.0, 5.0]), Some((-1.0, 5.0)));
        assert_eq!(range(&[2.0, f64::NAN]), None);
        assert_eq!(range(&[f64::NAN, 2.0]), None);
        assert_eq!(range(&[]), None);
    }
}
