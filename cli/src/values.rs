//! Values of options that have a grammar of their own.

use std::time::Duration;

use polya::Until;
use polya::models::table::parse_real;
use polya_report::Style;

/// The value of an input: `--set NAME=VALUE`.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// The input.
    pub name: String,
    /// Its numbers; one for an input without index.
    pub values: Vec<f64>,
}

/// Reads `NAME=NUMBER` or `NAME=[NUMBER,…]`.
pub fn setting(text: &str) -> Result<Setting, String> {
    let form = "write NAME=NUMBER or NAME=[NUMBER,…], such as slo=0.999 or prior=[2,1,1]";
    let (name, value) = text.split_once('=').ok_or(form)?;
    let (name, value) = (name.trim(), value.trim());
    if name.is_empty() || value.is_empty() {
        return Err(form.to_owned());
    }
    let inner = match (value.strip_prefix('['), value.ends_with(']')) {
        (None, false) => return Ok(Setting { name: name.to_owned(), values: vec![number(value)?] }),
        (Some(open), true) => open.trim_end_matches(']'),
        _ => return Err(form.to_owned()),
    };
    let values: Result<Vec<f64>, String> = inner.split(',').map(number).collect();
    Ok(Setting { name: name.to_owned(), values: values? })
}

fn number(text: &str) -> Result<f64, String> {
    match text.trim() {
        "true" => Ok(1.0),
        "false" => Ok(0.0),
        signed if signed.starts_with('+') => {
            Err(format!("`{signed}` has a plus sign; write {}", signed.trim_start_matches('+')))
        }
        other => parse_real(other).map_err(|error| error.to_string()),
    }
}

/// Reads `ess=400,rhat=1.01`, either or both.
pub fn target(text: &str) -> Result<Until, String> {
    let mut target = Until { ess: None, rhat: None };
    for part in text.split(',') {
        let (name, value) = part.split_once('=').ok_or("write ess=400, rhat=1.01 or both")?;
        let value = parse_real(value).map_err(|error| error.to_string())?;
        let (slot, fits, domain) = match name.trim() {
            "ess" => (&mut target.ess, value > 0.0, "ess is above 0"),
            "rhat" => (&mut target.rhat, value > 1.0, "rhat is above 1"),
            other => return Err(format!("`{other}` is neither ess nor rhat")),
        };
        if !fits {
            return Err(domain.to_owned());
        }
        if slot.replace(value).is_some() {
            return Err(format!("{} stands twice", name.trim()));
        }
    }
    Ok(target)
}

/// Reads a probability that is neither 0 nor 1.
pub fn probability(text: &str) -> Result<f64, String> {
    let value = parse_real(text).map_err(|error| error.to_string())?;
    if value > 0.0 && value < 1.0 { Ok(value) } else { Err("it lies between 0 and 1, such as 0.8 or 0.95".to_owned()) }
}

/// Reads the width of a plot.
pub fn width(text: &str) -> Result<f64, String> {
    let (value, widths) = (parse_real(text).map_err(|error| error.to_string())?, Style::WIDTHS);
    if widths.contains(&value) {
        Ok(value)
    } else {
        Err(format!("plots are {} to {} wide", widths.start(), widths.end()))
    }
}

/// Reads a time with its unit: `500ms`, `30s`, `1.5m`, `2h`.
pub fn time(text: &str) -> Result<Duration, String> {
    let form = "write a number with its unit ms, s, m or h, such as 30s";
    let text = text.trim();
    let at = text.find(|c: char| c.is_ascii_alphabetic() && !matches!(c, 'e' | 'E')).ok_or(form)?;
    let (amount, unit) = text.split_at(at);
    let seconds = match unit {
        "ms" => 1e-3,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return Err(form.to_owned()),
    };
    let amount = parse_real(amount).map_err(|_| form)?;
    Duration::try_from_secs_f64(amount * seconds)
        .ok()
        .filter(|time| !time.is_zero())
        .ok_or_else(|| "the time is above 0 and no longer than centuries".to_owned())
}

/// The name nearest to one that is not known, if any is near.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let distance = |other: &str| strsim::damerau_levenshtein(&name.to_lowercase(), &other.to_lowercase());
    let (distance, other) =
        known.into_iter().map(|other| (distance(other), other)).min_by_key(|&(distance, _)| distance)?;
    (distance <= 1 + name.chars().count() / 3).then_some(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_numbers_or_lists() {
        let values = |text: &str| setting(text).map(|setting| setting.values);
        assert_eq!(values("a=3"), Ok(vec![3.0]));
        assert_eq!(values(" a = -.5 "), Ok(vec![-0.5]));
        assert_eq!(values("a=[2, -1,1e3]"), Ok(vec![2.0, -1.0, 1000.0]));
        assert_eq!(values("a=true"), Ok(vec![1.0]));
        for wrong in ["a", "=3", "a=", "a=[", "a=[]", "a=[1", "a=1]", "a=[1,]", "a=x", "a=+1", "a=inf", "a=1e999"] {
            assert!(values(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn times_have_units() {
        assert_eq!(time("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(time("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(time("1.5h"), Ok(Duration::from_secs(5400)));
        for wrong in ["30", "s", "30x", "-1s", "0s", "1e300h", "", "1m30s"] {
            assert!(time(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn targets_name_what_they_limit() {
        assert_eq!(target("ess=400,rhat=1.01"), Ok(Until { ess: Some(400.0), rhat: Some(1.01) }));
        for wrong in ["", "ess", "ess=0", "rhat=1", "rhat=0.9", "ess=1,ess=2", "speed=3", "ess=nan"] {
            assert!(target(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_near_names_are_named() {
        assert_eq!(nearest("thta", ["mu", "theta"]), Some("theta"));
        assert_eq!(nearest("zzzz", ["mu", "theta"]), None);
    }
}
