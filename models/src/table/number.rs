//! Reading numbers out of cells: reals, counts and binaries, each exact about what it accepts.

use std::borrow::Cow;

/// The largest count: up to here every integer is a number of its own.
pub const MAX_COUNT: u64 = 1 << 53;

/// Why a cell is not the number that its column should hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// The text is no number at all.
    #[error("`{cell}` is no number")]
    NotANumber {
        /// The cell's text.
        cell: String,
    },
    /// The text is a number with a comma, for decimals or for thousands.
    #[error("`{cell}` has a comma in a number")]
    Comma {
        /// The cell's text.
        cell: String,
    },
    /// Infinite, or too large to be a finite number.
    #[error("`{cell}` is not finite")]
    NotFinite {
        /// The cell's text.
        cell: String,
    },
    /// A count below zero.
    #[error("`{cell}` is negative, and a count is 0 or more")]
    Negative {
        /// The cell's text.
        cell: String,
    },
    /// A count with a fraction.
    #[error("`{cell}` is no integer, and a count is")]
    Fraction {
        /// The cell's text.
        cell: String,
    },
    /// A count above 2^53.
    #[error("`{cell}` is above 2^53, the largest count")]
    TooLarge {
        /// The cell's text.
        cell: String,
    },
    /// Neither 0, 1, true nor false.
    #[error("`{cell}` is neither 0 nor 1, true nor false")]
    NotBinary {
        /// The cell's text.
        cell: String,
    },
}

impl NumberError {
    /// What to do about it, where that is not plain from the message.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::Comma { .. } => {
                Some("write numbers with a decimal point and without thousands separators: 1.5, 1500")
            }
            Self::NotANumber { .. } => {
                Some("a missing value is an empty cell, NA, NaN or null; a column of labels is a factor")
            }
            Self::NotFinite { .. } => Some("a real is a finite number, at most about 1.8e308 in size"),
            Self::Fraction { .. } => Some("declare the column `real` if it measures rather than counts"),
            _ => None,
        }
    }
}

/// A finite number in decimal or scientific form.
pub fn parse_real(cell: &str) -> Result<f64, NumberError> {
    let text = cell.trim();
    // Rust's own reader also takes `inf`, `nan` and `infinity`: those start with a letter.
    if !text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-')) {
        return Err(not_a_number(text));
    }
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        Ok(_) => Err(NumberError::NotFinite { cell: shown(text) }),
        Err(_) => Err(not_a_number(text)),
    }
}

/// An integer from 0 to 2^53, also in the forms `5.0` and `1e3`. The text decides: `0.99999999999999999999` is no integer,
/// although the nearest floating-point number is one.
pub fn parse_count(cell: &str) -> Result<u64, NumberError> {
    let text = cell.trim();
    if !text.is_empty() && text.len() <= 15 && text.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(text.bytes().fold(0, |sum, b| sum * 10 + u64::from(b - b'0')));
    }
    if !text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-')) {
        return Err(not_a_number(text));
    }
    parse_real_or_large(text)?;
    let negative = text.starts_with('-');
    let (mantissa, exponent) = text.split_at(text.find(['e', 'E']).unwrap_or(text.len()));
    let exponent = match exponent.get(1..) {
        None | Some("") => 0,
        // An exponent beyond i64 is as good as its bound: the number is 0, a fraction or too large all the same.
        Some(digits) => {
            digits.parse::<i64>().unwrap_or(if digits.starts_with('-') { i64::MIN / 2 } else { i64::MAX / 2 })
        }
    };
    let mantissa = mantissa.trim_start_matches(['+', '-']);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
    let mut power = exponent.saturating_sub(i64::try_from(fraction.len()).unwrap_or(i64::MAX / 2));
    while digits.last() == Some(&b'0') {
        digits.pop();
        power = power.saturating_add(1);
    }
    let leading = digits.iter().take_while(|&&b| b == b'0').count();
    let digits = digits.get(leading..).unwrap_or_default();
    if digits.is_empty() {
        return Ok(0);
    }
    if negative {
        return Err(NumberError::Negative { cell: shown(text) });
    }
    if power < 0 {
        return Err(NumberError::Fraction { cell: shown(text) });
    }
    let too_large = || NumberError::TooLarge { cell: shown(text) };
    if digits.len() > 16 || power > 16 {
        return Err(too_large());
    }
    let value = digits.iter().fold(0_u128, |sum, b| sum * 10 + u128::from(b - b'0'))
        * 10_u128.pow(u32::try_from(power).unwrap_or(16));
    match u64::try_from(value) {
        Ok(count) if count <= MAX_COUNT => Ok(count),
        _ => Err(too_large()),
    }
}

/// `0`, `1`, `true` or `false`, in any case; also `1.0` and the like.
pub fn parse_binary(cell: &str) -> Result<bool, NumberError> {
    let text = cell.trim();
    match text {
        "0" => return Ok(false),
        "1" => return Ok(true),
        _ if text.eq_ignore_ascii_case("true") => return Ok(true),
        _ if text.eq_ignore_ascii_case("false") => return Ok(false),
        _ => {}
    }
    match parse_count(text) {
        Ok(0) => Ok(false),
        Ok(1) => Ok(true),
        Err(error @ NumberError::Comma { .. }) => Err(error),
        _ => Err(NumberError::NotBinary { cell: shown(text) }),
    }
}

/// A number as a label: the shortest text that reads back as the same number.
pub fn shortest(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 {
        "0".to_owned()
    } else if (1e-5..1e16).contains(&size) || !value.is_finite() {
        value.to_string()
    } else {
        format!("{value:e}")
    }
}

/// Checks the form only: `1e999` passes, because a count of that size has an error of its own.
fn parse_real_or_large(text: &str) -> Result<(), NumberError> {
    match parse_real(text) {
        Ok(_) => Ok(()),
        Err(NumberError::NotFinite { .. }) if !text.is_empty() => Ok(()),
        Err(error) => Err(error),
    }
}

fn not_a_number(text: &str) -> NumberError {
    let cell = shown(text);
    let unsigned = text.trim_start_matches(['+', '-']);
    if ["inf", "infinity", "nan"].iter().any(|word| unsigned.eq_ignore_ascii_case(word)) {
        return NumberError::NotFinite { cell };
    }
    let numeric = |b: u8| b.is_ascii_digit() || matches!(b, b',' | b'.' | b'e' | b'E' | b'+' | b'-');
    let with_comma = text.contains(',') && text.bytes().all(numeric) && text.bytes().any(|b| b.is_ascii_digit());
    if with_comma { NumberError::Comma { cell } } else { NumberError::NotANumber { cell } }
}

/// A cell as messages show it: the first 60 characters.
fn shown(text: &str) -> String {
    let cut: Cow<'_, str> = match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()).into(),
        None => text.into(),
    };
    cut.into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reals_are_finite_decimals() {
        for (cell, value) in [
            ("1", 1.0),
            (" -2.5 ", -2.5),
            ("+3", 3.0),
            (".5", 0.5),
            ("1.", 1.0),
            ("1e3", 1000.0),
            ("1E-3", 0.001),
            ("1e-400", 0.0),
        ] {
            assert_eq!(parse_real(cell), Ok(value), "{cell}");
        }
        for cell in ["1e999", "-1e999", "inf", "-Infinity", "nan", "NaN"] {
            assert!(matches!(parse_real(cell), Err(NumberError::NotFinite { .. })), "{cell}");
        }
        for cell in ["1,5", "1,000", "1.000,5", "-0,5"] {
            let error = parse_real(cell).unwrap_err();
            assert!(matches!(error, NumberError::Comma { .. }), "{cell}");
            assert!(error.help().is_some());
        }
        for cell in ["", "a", "1 2", "0x10", "1_000", "--1", "e", "1e", "1e+", "−1", ",", "infinitely"] {
            assert!(matches!(parse_real(cell), Err(NumberError::NotANumber { .. })), "{cell}");
        }
    }

    #[test]
    fn counts_are_exact() {
        let good = [
            ("0", 0),
            ("-0", 0),
            ("007", 7),
            ("5.0", 5),
            ("5.", 5),
            ("1e3", 1000),
            ("1.5e1", 15),
            ("1200e-2", 12),
            ("0e999999999999999999999", 0),
            ("0.0", 0),
            ("9007199254740992", 1 << 53),
            ("9007199254740992.000", 1 << 53),
            ("0.09007199254740992e17", 1 << 53),
            ("000000000000000000000000000012", 12),
        ];
        for (cell, value) in good {
            assert_eq!(parse_count(cell), Ok(value), "{cell}");
        }
        for cell in [
            "9007199254740993",
            "9007199254740993.0",
            "1e16",
            "1e999",
            "1e99999999999999999999",
            "18446744073709551616",
        ] {
            assert!(matches!(parse_count(cell), Err(NumberError::TooLarge { .. })), "{cell}");
        }
        for cell in ["2.5", "0.99999999999999999999", "1e-3", "1e-99999999999999999999999", "9007199254740991.5"] {
            assert!(matches!(parse_count(cell), Err(NumberError::Fraction { .. })), "{cell}");
        }
        assert!(matches!(parse_count("-3"), Err(NumberError::Negative { .. })));
        assert!(matches!(parse_count("1,5"), Err(NumberError::Comma { .. })));
        for cell in ["", "three", "1e", "."] {
            assert!(matches!(parse_count(cell), Err(NumberError::NotANumber { .. })), "{cell}");
        }
    }

    #[test]
    fn binaries_take_words() {
        for (cell, value) in
            [("0", false), ("1", true), ("TRUE", true), ("False", false), (" 1.0 ", true), ("0.0", false)]
        {
            assert_eq!(parse_binary(cell), Ok(value), "{cell}");
        }
        for cell in ["2", "yes", "-1", "0.5", "T"] {
            assert!(matches!(parse_binary(cell), Err(NumberError::NotBinary { .. })), "{cell}");
        }
    }

    #[test]
    fn labels_of_numbers_are_short() {
        for (value, label) in [
            (5.0, "5"),
            (1.5, "1.5"),
            (-0.0, "0"),
            (1e300, "1e300"),
            (0.1, "0.1"),
            (9007199254740992.0, "9007199254740992"),
            (1e-7, "1e-7"),
        ] {
            assert_eq!(shortest(value), label);
        }
    }

    #[test]
    fn long_cells_are_cut_in_messages() {
        let error = parse_real(&"é".repeat(1000)).unwrap_err();
        assert!(error.to_string().chars().count() < 90);
    }
}
