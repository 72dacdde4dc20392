//! Density estimates from draws, which respect where a quantity can be at all.

/// How many places a density is known at.
pub(crate) const PLACES: usize = 200;

/// Where a quantity can be.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Support {
    /// The lower end, if there is one, such as 0 for a rate.
    pub low: Option<f64>,
    /// The upper end, if there is one, such as 1 for a probability.
    pub high: Option<f64>,
}

/// A density at equally spaced places.
#[derive(Debug, Clone)]
pub(crate) struct Curve {
    pub(crate) x: Vec<f64>,
    pub(crate) y: Vec<f64>,
}

impl Curve {
    pub(crate) fn points(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.x.iter().copied().zip(self.y.iter().copied())
    }

    pub(crate) fn highest(&self) -> f64 {
        self.y.iter().copied().filter(|y| y.is_finite()).fold(0.0, f64::max)
    }
}

/// The finite among the draws, ascending.
pub(crate) fn sorted(draws: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<f64> = draws.iter().copied().filter(|x| x.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// The quantile of ascending numbers, by linear interpolation (type 7); NaN without numbers.
pub(crate) fn quantile(sorted: &[f64], p: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = p.clamp(0.0, 1.0) * last as f64;
    let below = place.floor() as usize;
    let (a, b) = (sorted[below.min(last)], sorted[(below + 1).min(last)]);
    a + (place - below as f64) * (b - a)
}

/// The density of ascending draws over a range, by a Gaussian kernel of Silverman's width
/// `0.9 min(sd, s) n^(-1/5)`, with `s` the spread at the highest mode. What the kernel spreads beyond an end of the support is
/// reflected there, so that a density that is high at 0 is not drawn as if it fell off.
///
/// `None` for fewer than two different draws.
pub(crate) fn density(sorted: &[f64], support: Support, range: (f64, f64)) -> Option<Curve> {
    let (&first, &last) = (sorted.first()?, sorted.last()?);
    let width = bandwidth(sorted)?;
    // Nothing is drawn where the quantity cannot be, nor where there are no draws for several widths.
    let low = support.low.map_or(first - 3.0 * width, |end| (first - 3.0 * width).max(end)).max(range.0);
    let high = support.high.map_or(last + 3.0 * width, |end| (last + 3.0 * width).min(end)).min(range.1);
    let step = (high - low) / (PLACES - 1) as f64;
    if !(step > 0.0 && step.is_finite()) {
        return None;
    }
    let x: Vec<f64> = (0..PLACES).map(|i| low + i as f64 * step).collect();
    // Draws beyond the range count where the kernel carries them into it.
    let start = low - 4.0 * width;
    let bin = (high + 4.0 * width - start) / (PLACES - 1) as f64;
    let centres: Vec<f64> = (0..PLACES).map(|i| start + i as f64 * bin).collect();
    let mut mass = vec![0.0; PLACES];
    let each = 1.0 / sorted.len() as f64;
    for &draw in sorted {
        let place = (draw - start) / bin;
        if (0.0..=(PLACES - 1) as f64).contains(&place) {
            let below = (place.floor() as usize).min(PLACES - 2);
            let share = place - below as f64;
            mass[below] += each * (1.0 - share);
            mass[below + 1] += each * share;
        }
    }
    let kernel = |distance: f64| (-0.5 * (distance / width).powi(2)).exp() / (width * std::f64::consts::TAU.sqrt());
    let seen = |x: f64, centre: f64| {
        let mut sum = kernel(x - centre);
        if let Some(end) = support.low {
            sum += kernel(x - (2.0 * end - centre));
        }
        if let Some(end) = support.high {
            sum += kernel(x - (2.0 * end - centre));
        }
        sum
    };
    let y =
        x.iter().map(|&at| centres.iter().zip(&mass).map(|(&centre, &mass)| mass * seen(at, centre)).sum()).collect();
    Some(Curve { x, y })
}

/// The standard deviation of the normal distribution whose shortest interval with a quarter of the
/// draws is as wide. In a distribution with several modes that is the width of a mode, not the distance
/// between them. Where draws are few, that whose quartiles are as far apart.
fn spread_at_mode(sorted: &[f64]) -> f64 {
    const FEW: usize = 200;
    if sorted.len() < FEW {
        return (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / 1.349;
    }
    let quarter = sorted.len() / 4;
    sorted.iter().zip(&sorted[quarter..]).map(|(low, high)| high - low).fold(f64::INFINITY, f64::min) / 0.637
}

fn bandwidth(sorted: &[f64]) -> Option<f64> {
    let n = sorted.len() as f64;
    if sorted.len() < 2 {
        return None;
    }
    let mean = sorted.iter().map(|x| x / n).sum::<f64>();
    let sd = (sorted.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
    let spread = spread_at_mode(sorted);
    let spread = if spread > 0.0 { spread.min(sd) } else { sd };
    let width = 0.9 * spread * n.powf(-0.2);
    (width.is_finite() && width > 1e-12 * mean.abs()).then_some(width)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn even(n: usize) -> Vec<f64> {
        (0..n).map(|i| (i as f64 + 0.5) / n as f64).collect()
    }

    fn mass(curve: &Curve) -> f64 {
        let step = curve.x[1] - curve.x[0];
        curve.y.windows(2).map(|pair| (pair[0] + pair[1]) / 2.0 * step).sum()
    }

    #[test]
    fn the_ends_of_the_support_are_respected() {
        let support = Support { low: Some(0.0), high: Some(1.0) };
        let curve = density(&even(4000), support, (0.0, 1.0)).unwrap();
        assert!((mass(&curve) - 1.0).abs() < 0.01);
        assert!(curve.y.iter().all(|y| (y - 1.0).abs() < 0.05), "{:?}", curve.y);
        let free = density(&even(4000), Support::default(), (-1.0, 2.0)).unwrap();
        assert!(free.y[0] < 0.05 && (mass(&free) - 1.0).abs() < 0.01);
    }

    #[test]
    fn modes_far_apart_are_as_narrow_as_they_are() {
        // Two of spread 1, 100 apart.
        let draws: Vec<f64> = even(1000).into_iter().chain(even(1000).into_iter().map(|x| x + 100.0)).collect();
        let curve = density(&draws, Support::default(), (-50.0, 150.0)).unwrap();
        let between = curve.points().filter(|(x, _)| (20.0..80.0).contains(x)).map(|(_, y)| y).fold(0.0, f64::max);
        assert!(between < 1e-6 && curve.highest() > 0.2, "{between} {}", curve.highest());
    }

    #[test]
    fn too_few_draws_have_no_density() {
        for draws in [&[][..], &[1.0], &[2.0; 50], &[1e300, -1e300, 1e308]] {
            let curve = density(&sorted(draws), Support::default(), (-1e308, 1e308));
            assert!(curve.is_none_or(|curve| curve.points().all(|(x, _)| x.is_finite())));
        }
    }
}
