//! From numbers to places: ranges of data, scales, and round ticks.

use crate::numbers::typeset;

/// The range of finite numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extent {
    low: f64,
    high: f64,
}

impl Extent {
    /// The range of the finite among the numbers.
    pub(crate) fn of<'a>(numbers: impl IntoIterator<Item = &'a f64>) -> Self {
        numbers.into_iter().fold(Self { low: f64::INFINITY, high: f64::NEG_INFINITY }, |extent, &x| extent.with(x))
    }

    /// Wide enough for one more number, if it is finite.
    pub(crate) fn with(self, x: f64) -> Self {
        if x.is_finite() { Self { low: self.low.min(x), high: self.high.max(x) } } else { self }
    }

    /// Whether there was no finite number.
    pub(crate) fn is_empty(&self) -> bool {
        self.low > self.high
    }

    /// The ends, with a margin of the given share of the width on both sides; never empty.
    pub(crate) fn padded(&self, share: f64) -> (f64, f64) {
        const FARTHEST: f64 = 1e300;
        if self.is_empty() {
            return (0.0, 1.0);
        }
        let (low, high) = (self.low.clamp(-FARTHEST, FARTHEST), self.high.clamp(-FARTHEST, FARTHEST));
        let width = high - low;
        // Narrower ranges are rounding.
        if width <= 1e-12 * low.abs().max(high.abs()) {
            let half = if low == 0.0 { 0.5 } else { low.abs() * 0.05 };
            return (low - half, high + half);
        }
        (low - share * width, high + share * width)
    }
}

/// A tick: where it is among the numbers, and what it says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tick {
    pub(crate) value: f64,
    pub(crate) text: String,
}

/// A linear map from numbers to places.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Scale {
    /// The scale that maps `range` to `places`.
    pub(crate) fn new(range: (f64, f64), places: (f64, f64)) -> Self {
        let (low, high) = Extent::of(&[range.0, range.1]).padded(0.0);
        Self { low, high, from: places.0, to: places.1 }
    }

    /// The place of a number; NaN for one that is not finite. What is far outside stays near.
    pub(crate) fn at(&self, x: f64) -> f64 {
        if !x.is_finite() {
            return f64::NAN;
        }
        let share = ((x - self.low) / (self.high - self.low)).clamp(-2.0, 3.0);
        self.from + share * (self.to - self.from)
    }

    /// Whether a number is within the range.
    pub(crate) fn holds(&self, x: f64) -> bool {
        (self.low..=self.high).contains(&x)
    }

    /// Round ticks, at most so many; `whole` for numbers that count.
    pub(crate) fn ticks(&self, most: usize, whole: bool) -> Vec<Tick> {
        let width = self.high - self.low;
        let rough = width / most.max(2) as f64;
        let power = 10_f64.powf(rough.log10().floor());
        let steps = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power);
        let step = steps.into_iter().find(|&step| step >= rough * (1.0 - 1e-9)).unwrap_or(rough);
        let step = if whole { step.max(1.0) } else { step };
        let (first, last) = ((self.low / step - 1e-6).ceil(), (self.high / step + 1e-6).floor());
        if !(step > 0.0 && step.is_finite() && first.is_finite() && last.is_finite() && last - first < 100.0) {
            return Vec::new();
        }
        let count = (last - first) as usize;
        let values: Vec<f64> = (0..=count).map(|i| (first + i as f64) * step).collect();
        let largest = values.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
        values.iter().map(|&value| Tick { value, text: tick_text(value, step, largest) }).collect()
    }
}

/// As many digits as tell the ticks apart.
fn tick_text(value: f64, step: f64, largest: f64) -> String {
    if value.abs() < step * 1e-6 {
        return "0".to_owned();
    }
    let decimals = (-(step * 1.000_001).log10().floor()).max(0.0);
    if largest >= 1e6 || decimals > 5.0 {
        let digits = (value.abs().log10().floor() - (step * 1.000_001).log10().floor()).clamp(0.0, 15.0) as usize;
        // Numbers of many digits are easier to tell apart written out.
        if digits < 5 || largest >= 1e15 || decimals > 12.0 {
            return typeset(&format!("{value:.digits$e}"));
        }
    }
    let decimals = decimals as usize;
    typeset(&format!("{value:.decimals$}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(range: (f64, f64), whole: bool) -> Vec<String> {
        Scale::new(range, (0.0, 1.0)).ticks(6, whole).into_iter().map(|tick| tick.text).collect()
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(texts((0.0, 1.0), false), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"].map(|t| t.replace("0.0", "0")));
        assert_eq!(texts((-1.3, 1.2), false), ["−1.0", "−0.5", "0", "0.5", "1.0"]);
        assert_eq!(texts((0.0, 2.2), true), ["0", "1", "2"]);
        assert_eq!(texts((1e9, 1e9 + 3.0), true), ["1000000000", "1000000001", "1000000002", "1000000003"]);
        assert_eq!(texts((0.0, 3e7), false), ["0", "5e6", "1.0e7", "1.5e7", "2.0e7", "2.5e7", "3.0e7"]);
    }

    #[test]
    fn any_range_has_few_ticks() {
        for (low, high) in [
            (0.0, 0.0),
            (f64::NAN, 1.0),
            (-1e308, 1e308),
            (1.0, 1.0 + 1e-15),
            (5e-324, 1e-323),
            (3.0, 1.0),
            (1e17, 1e17 + 64.0),
        ] {
            let scale = Scale::new((low, high), (0.0, 100.0));
            assert!(scale.ticks(6, false).len() < 12, "{low} {high}");
            assert!(scale.at(low).is_nan() == low.is_nan());
            assert!(scale.at(0.5).is_finite());
        }
    }
}
