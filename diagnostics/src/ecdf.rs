//! Is a sample uniform? Simultaneous bands for its empirical distribution function, computed
//! exactly.
//!
//! Säilynoja, Bürkner and Vehtari (2022), *Graphical test for discrete uniformity and its
//! applications in goodness-of-fit evaluation and multiple sample comparison*, Statistics and
//! Computing 32. The use here is simulation-based calibration: the ranks of true parameters among
//! posterior draws are uniform if, and (nearly) only if, inference is right.

use crate::special::ln_poisson;

/// Limits for the counts of a uniform sample up to given points: a uniform sample stays inside all
/// of them at once with at least the wanted probability.
///
/// At each point the limits are the quantiles `γ/2` and `1 - γ/2` of the binomial distribution of
/// the count there, with one `γ` for all points (Säilynoja et al. 2022, section 2). The coverage is
/// a step function of `γ`; taken is the largest `γ` whose coverage does not fall short.
#[derive(Debug, Clone, PartialEq)]
pub struct EcdfBands {
    points: Vec<f64>,
    lower: Vec<usize>,
    upper: Vec<usize>,
    coverage: f64,
}

impl EcdfBands {
    /// The bands for `sample_size` uniform variables at ascending `points` in (0, 1], with at least
    /// probability `wanted` inside.
    ///
    /// `None` without a sample or points, for points that do not ascend within (0, 1], for a sample
    /// of more than 10 000, or unless `0 < wanted < 1`.
    ///
    /// ```
    /// use polya_diagnostics::EcdfBands;
    ///
    /// let bands = EcdfBands::new(50, &[0.25, 0.5, 0.75, 1.0], 0.95).unwrap();
    /// assert!(bands.coverage() >= 0.95);
    /// assert_eq!(bands.lower()[3], 50);
    /// ```
    pub fn new(sample_size: usize, points: &[f64], wanted: f64) -> Option<Self> {
        const LARGEST_SAMPLE: usize = 10_000;
        let starts = std::iter::once(&0.0).chain(points);
        let ascend = starts.zip(points).all(|(a, b)| a < b) && points.last().is_some_and(|&end| end <= 1.0);
        let sensible = (1..=LARGEST_SAMPLE).contains(&sample_size) && wanted > 0.0 && wanted < 1.0;
        (ascend && sensible).then(|| Search::new(sample_size, points).widest(wanted))
    }

    /// The bands at `points` equally spaced points, the last of which is 1. `None` as for
    /// [`EcdfBands::new`].
    pub fn equally_spaced(sample_size: usize, points: usize, wanted: f64) -> Option<Self> {
        let points: Vec<f64> = (1..=points).map(|i| i as f64 / points as f64).collect();
        Self::new(sample_size, &points, wanted)
    }

    /// The points.
    pub fn points(&self) -> &[f64] {
        &self.points
    }

    /// The smallest count up to each point that is inside.
    pub fn lower(&self) -> &[usize] {
        &self.lower
    }

    /// The largest count up to each point that is inside.
    pub fn upper(&self) -> &[usize] {
        &self.upper
    }

    /// The probability that a uniform sample stays inside everywhere.
    pub fn coverage(&self) -> f64 {
        self.coverage
    }

    /// The places among the points where `counts`, the number of sample values up to each point,
    /// are outside.
    pub fn outside(&self, counts: &[usize]) -> Vec<usize> {
        let limits = self.lower.iter().zip(&self.upper);
        let outside = limits.zip(counts).map(|((low, high), count)| !(low..=high).contains(&count));
        outside.enumerate().filter_map(|(place, outside)| outside.then_some(place)).collect()
    }
}

/// The outcome of [`check_ranks`].
#[derive(Debug, Clone, PartialEq)]
pub struct RankCheck {
    /// The bands; their points are shares of the possible ranks.
    pub bands: EcdfBands,
    /// The number of ranks up to each point.
    pub counts: Vec<usize>,
    /// The places of the points at which the counts leave the bands: none if the ranks pass as
    /// uniform.
    pub outside: Vec<usize>,
}

/// Checks that ranks are uniform on `0..=highest`, as those of simulation-based calibration should
/// be (Talts, Betancourt, Simpson, Vehtari and Gelman 2018): each is the number of `highest`
/// independent posterior draws below the true value, ties broken at random.
///
/// A rank `r` counts as `(r + 1) / (highest + 1)`, and the points, at most 100, are such values
/// too, so that the discreteness of ranks does not matter. Uniform ranks fail with a probability of
/// at most `1 - wanted`.
///
/// `None` for a rank above `highest`, and as for [`EcdfBands::new`].
pub fn check_ranks(ranks: &[usize], highest: usize, wanted: f64) -> Option<RankCheck> {
    const MOST_POINTS: usize = 100;
    if ranks.iter().any(|&rank| rank > highest) {
        return None;
    }
    let values = highest.checked_add(1)?;
    let count = values.min(MOST_POINTS);
    let ends: Vec<usize> = (1..=count).map(|i| (i as f64 * values as f64 / count as f64).round() as usize).collect();
    let points: Vec<f64> = ends.iter().map(|&end| end as f64 / values as f64).collect();
    let bands = EcdfBands::new(ranks.len(), &points, wanted)?;
    let counts: Vec<usize> = ends.iter().map(|&end| ranks.iter().filter(|&&rank| rank < end).count()).collect();
    let outside = bands.outside(&counts);
    Some(RankCheck { bands, counts, outside })
}

/// Lower and upper limits, one of each for every point.
type Limits = (Vec<usize>, Vec<usize>);

/// The search for `γ`.
struct Search<'a> {
    points: &'a [f64],
    size: usize,
    /// For each point, the probabilities of counts up to 0, 1, ….
    at_most: Vec<Vec<f64>>,
    /// For each point, the probabilities of counts of at least 0, 1, ….
    at_least: Vec<Vec<f64>>,
    /// For each point, the Poisson probabilities of the number of values since the point before.
    steps: Vec<Vec<f64>>,
    /// The Poisson probability of the whole sample size.
    total: f64,
}

impl<'a> Search<'a> {
    fn new(size: usize, points: &'a [f64]) -> Self {
        let expected = |share: f64| share * size as f64;
        let poisson = |mean: f64| (0..=size).map(|k| ln_poisson(k, mean).exp()).collect::<Vec<f64>>();
        let starts = std::iter::once(&0.0).chain(points);
        let steps = starts.zip(points).map(|(start, end)| poisson(expected(end - start))).collect();
        let total = ln_poisson(size, expected(1.0)).exp();
        // Given the total, the counts of two independent Poisson variables are binomial.
        let binomial = |&point: &f64| -> Vec<f64> {
            let (inside, beyond) = (poisson(expected(point)), poisson(expected(1.0 - point)));
            inside.iter().zip(beyond.iter().rev()).map(|(a, b)| a * b / total).collect()
        };
        let masses: Vec<Vec<f64>> = points.iter().map(binomial).collect();
        let at_most = masses.iter().map(|mass| running_sums(mass.iter())).collect();
        let at_least = masses.iter().map(|mass| running_sums(mass.iter().rev()).into_iter().rev().collect()).collect();
        Self { points, size, at_most, at_least, steps, total }
    }

    /// Bisects to the step of the coverage at which it last suffices.
    fn widest(&self, wanted: f64) -> EcdfBands {
        // By Bonferroni's inequality the first is wide enough, and the second no wider than one
        // point allows.
        let mut low = (1.0 - wanted) / self.points.len() as f64;
        let mut high = 2.0 * (1.0 - wanted);
        let (mut inside, mut beyond) = (self.bands(self.limits(low)), self.limits(high));
        while high - low > 1e-9 * high {
            let middle = 0.5 * (low + high);
            let limits = self.limits(middle);
            if limits == beyond {
                high = middle;
                continue;
            }
            let bands = self.bands(limits);
            if bands.coverage >= wanted {
                (low, inside) = (middle, bands);
            } else {
                (high, beyond) = (middle, (bands.lower, bands.upper));
            }
        }
        inside
    }

    fn limits(&self, gamma: f64) -> Limits {
        let unlikely = |sums: &mut dyn Iterator<Item = &f64>| sums.take_while(|sum| **sum < gamma / 2.0).count();
        let lower = self.at_most.iter().map(|sums| unlikely(&mut sums.iter()));
        let upper = self.at_least.iter().map(|sums| self.size.saturating_sub(unlikely(&mut sums.iter().rev())));
        (lower.collect(), upper.collect())
    }

    fn bands(&self, (lower, upper): Limits) -> EcdfBands {
        let coverage = self.coverage(&lower, &upper);
        EcdfBands { points: self.points.to_vec(), lower, upper, coverage }
    }

    /// The probability of staying inside, by a forward recursion over the points on the
    /// distribution of the count.
    ///
    /// The counts of a uniform sample grow by binomial steps that depend on the count reached.
    /// Those of a Poisson process do not, and given its total it is a uniform sample: so the
    /// recursion runs over Poisson steps, and is divided by the probability of the total at the
    /// end.
    fn coverage(&self, lower: &[usize], upper: &[usize]) -> f64 {
        let mut first = 0;
        let mut masses = vec![1.0];
        for ((&low, &high), step) in lower.iter().zip(upper).zip(&self.steps) {
            let mass = |count: usize| -> f64 {
                let reached = (first..=count).zip(&masses);
                reached.map(|(before, mass)| mass * step[count - before]).sum()
            };
            masses = (low..=high).map(mass).collect();
            first = low;
        }
        let left = 1.0 - self.points.last().copied().unwrap_or(1.0);
        let rest = |count: usize| ln_poisson(self.size - count, left * self.size as f64).exp();
        masses.iter().zip(first..).map(|(mass, count)| mass * rest(count)).sum::<f64>() / self.total
    }
}

fn running_sums<'a>(terms: impl Iterator<Item = &'a f64>) -> Vec<f64> {
    let add = |sum: &mut f64, term: &f64| {
        *sum += term;
        Some(*sum)
    };
    terms.scan(0.0, add).collect()
}
