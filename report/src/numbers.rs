//! Numbers for people.

/// Between a number and its error, which no line break parts.
const PLUS_MINUS: &str = "\u{a0}±\u{a0}";

/// A number with so many significant digits.
pub(crate) fn significant(value: f64, digits: usize) -> String {
    if value.is_nan() {
        return "–".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "∞".to_owned() } else { "−∞".to_owned() };
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    let precision = digits.max(1) - 1;
    let exponent = magnitude(value);
    let plain = (-5..9).contains(&exponent) || (9..15).contains(&exponent) && precision as i32 >= exponent;
    let text = if plain {
        let decimals = usize::try_from(i32::try_from(precision).unwrap_or(0) - exponent).unwrap_or(0);
        format!("{value:.decimals$}")
    } else {
        format!("{value:.precision$e}")
    };
    typeset(&text)
}

/// An estimate, down to the first digit of its Monte Carlo standard error, with 3 to 6 digits.
pub(crate) fn estimate(value: f64, error: Option<f64>) -> String {
    match error {
        Some(error) if error.is_finite() && error > 0.0 && value.is_finite() && value != 0.0 => {
            let digits = magnitude(value) - magnitude(error) + 1;
            significant(value, usize::try_from(digits.clamp(3, 6)).unwrap_or(3))
        }
        Some(_) => significant(value, 4),
        None => short(value, 6),
    }
}

/// A number with at most so many significant digits, and no trailing zeros.
pub(crate) fn short(value: f64, digits: usize) -> String {
    trimmed(&significant(value, digits))
}

/// A number and its standard error, both down to the second digit of the error.
pub(crate) fn with_error(value: f64, error: f64) -> String {
    let error_text = significant(error, 2);
    if !(error.is_finite() && error > 0.0 && value.is_finite() && value != 0.0) {
        return format!("{}{PLUS_MINUS}{error_text}", short(value, 4));
    }
    let digits = usize::try_from(magnitude(value) - magnitude(error) + 2).unwrap_or(1);
    format!("{}{PLUS_MINUS}{error_text}", significant(value, digits.clamp(1, 9)))
}

/// A number among others that spread so wide: at least 3 digits, and enough to tell them apart.
pub(crate) fn among(value: f64, spread: f64) -> String {
    if !(value.is_finite() && value != 0.0 && spread.is_finite() && spread > 0.0) {
        return short(value, 3);
    }
    let digits = (magnitude(value) - magnitude(spread) + 2).clamp(3, 15);
    short(value, usize::try_from(digits).unwrap_or(3))
}

/// A share as a percentage.
pub(crate) fn percent(share: f64) -> String {
    format!("{}%", short(share * 100.0, 3))
}

fn trimmed(text: &str) -> String {
    if text.contains('.') && !text.contains('e') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text.to_owned()
    }
}

/// The exponent of the leading digit, after rounding to the digits that may be shown.
fn magnitude(value: f64) -> i32 {
    format!("{:.5e}", value.abs()).split('e').nth(1).and_then(|exponent| exponent.parse().ok()).unwrap_or(0)
}

/// With a minus sign in place of a hyphen.
pub(crate) fn typeset(text: &str) -> String {
    text.replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_follow_the_error() {
        assert_eq!(estimate(0.143_612, Some(0.0002)), "0.1436");
        assert_eq!(estimate(18.123, Some(0.15)), "18.1");
        assert_eq!(estimate(-4.0, None), "−4");
        assert_eq!(estimate(f64::NAN, Some(0.1)), "–");
        assert_eq!(estimate(0.0, Some(0.1)), "0");
    }

    #[test]
    fn values_go_as_far_as_their_errors() {
        assert_eq!(with_error(-153.72, 6.4), "−153.7\u{a0}±\u{a0}6.4");
        assert_eq!(with_error(-7.6, 3.1), "−7.6\u{a0}±\u{a0}3.1");
        assert_eq!(with_error(0.01, 25.0), "0.01\u{a0}±\u{a0}25");
        assert_eq!(with_error(f64::NAN, f64::INFINITY), "–\u{a0}±\u{a0}∞");
        assert_eq!(with_error(0.0, 2.0), "0\u{a0}±\u{a0}2.0");
    }

    #[test]
    fn neighbours_can_be_told_apart() {
        assert_eq!(among(1e9 + 1.0, 2.0), "1000000001");
        assert_eq!(among(0.1436, 0.05), "0.144");
        assert_eq!(among(12_345.678, 0.01), "12345.678");
        assert_eq!(among(3.0, 0.0), "3");
    }

    #[test]
    fn extremes_are_short() {
        assert_eq!(significant(1.23456e-9, 3), "1.23e−9");
        assert_eq!(significant(1.0e300, 2), "1.0e300");
        assert_eq!(significant(f64::NEG_INFINITY, 3), "−∞");
        assert_eq!(short(0.05, 3), "0.05");
        assert_eq!(percent(0.901), "90.1%");
    }
}
