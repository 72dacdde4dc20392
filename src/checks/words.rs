//! Numbers in sentences.

/// A number with at most four significant digits, and no trailing zeros.
pub(super) fn short(value: f64) -> String {
    const DIGITS: i32 = 4;
    let exponent: i32 = format!("{value:.3e}").split('e').nth(1).and_then(|e| e.parse().ok()).unwrap_or(0);
    if !value.is_finite() || !(-5..15).contains(&exponent) {
        return format!("{value:.3e}");
    }
    let decimals = usize::try_from(DIGITS - 1 - exponent).unwrap_or(0);
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A p-value: `p = 0.0031`, and `p < 0.0001` where its digits say no more.
pub(super) fn p_value(p: f64) -> String {
    if p < 1e-4 { "p < 0.0001".to_owned() } else { format!("p = {p:.4}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        for (value, text) in [
            (30.0, "30"),
            (0.0, "0"),
            (21.77424, "21.77"),
            (-0.04167, "-0.04167"),
            (123_456.7, "123457"),
            (9.99996, "10"),
            (1e-9, "1.000e-9"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(short(value), text);
        }
        assert_eq!([p_value(0.0031), p_value(1e-7)], ["p = 0.0031", "p < 0.0001"]);
    }
}
