//! Which change of the likelihood explains the rows best, of those that would explain an excess of variation.
//!
//! Zeros, outliers, levels that differ and rows that differ all make the data vary more than a Poisson or Binomial does, and
//! all of them move the same statistics. Each is fitted around the predictive means of the rows, which may shift by a
//! common factor (or odds), and the one with the best Bayesian information criterion (Schwarz 1978) is named.

use polya_models::ObservedColumn;
use polya_models::distributions::{BetaBinomial, Binomial, Geometric, NegativeBinomial, Poisson, Scalar};

/// What explains an excess of variation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Remedy {
    /// Every row has a rate of its own.
    Overdispersion,
    /// A share of the rows is zero for a reason of its own.
    ZeroInflation,
    /// A few rows are anything.
    Outliers,
    /// Each level of a factor has a rate of its own.
    Levels(String),
    /// None of these.
    None,
}

/// Rows that are looked at, evenly spaced.
const MOST_ROWS: usize = 2000;
/// Values of the further parameter of a remedy.
const GRID: usize = 24;
/// Steps of the search for the shift, each of which shortens the range by a third.
const STEPS: usize = 24;
/// The largest shift of the log mean or log odds.
const FARTHEST: f64 = 4.0;

/// One row: its count, its trials if they are known, its predictive mean.
#[derive(Clone, Copy)]
struct Row {
    count: f64,
    trials: Option<f64>,
    mean: f64,
}

/// The best remedy of a Poisson or Binomial column; none for another.
pub(super) fn best(column: &ObservedColumn, mean: &dyn Fn(usize) -> f64) -> Option<Remedy> {
    match (column.distribution, &column.trials) {
        (Some("Poisson"), _) | (Some("Binomial"), Some(_)) => {}
        _ => return None,
    }
    let step = column.values.len().div_ceil(MOST_ROWS).max(1);
    let places: Vec<usize> = (0..column.values.len()).step_by(step).collect();
    let row = |i: usize| Row { count: column.values[i], trials: column.trials.as_ref().map(|n| n[i]), mean: mean(i) };
    // A row without trials says nothing.
    let places: Vec<usize> = places.into_iter().filter(|i| row(*i).trials != Some(0.0)).collect();
    let rows: Vec<Row> = places.iter().map(|i| row(*i)).collect();
    let largest = rows.iter().map(|row| row.count).fold(1.0, f64::max);
    let penalty = (rows.len().max(2) as f64).ln() / 2.0;
    let plain = |row: &Row, shift: f64| row.log_density(shift);
    let with = |range: (f64, f64), density: &dyn Fn(&Row, f64, f64) -> f64| {
        let at = |i: usize| range.0 + (range.1 - range.0) * i as f64 / (GRID - 1) as f64;
        let best = (0..GRID).map(|i| best_shift(&rows, &|row, shift| density(row, shift, at(i))));
        best.fold(f64::NEG_INFINITY, f64::max) - penalty
    };
    let mut candidates = vec![
        (Remedy::None, best_shift(&rows, &plain)),
        // The log of concentration or dispersion.
        (Remedy::Overdispersion, with((-3.0, 9.0), &|row, shift, spread| row.dispersed(shift, spread.exp()))),
        // The logit of the share.
        (Remedy::ZeroInflation, with((-6.0, 4.0), &|row, shift, share| row.inflated(shift, share))),
        (Remedy::Outliers, with((-6.0, -1.5), &|row, shift, share| row.contaminated(shift, share, largest))),
    ];
    for grouping in column.groupings.iter().filter(|g| step == 1 && g.levels.len() < places.len() / 2) {
        let mut levels = vec![Vec::new(); grouping.levels.len()];
        places.iter().for_each(|i| levels[grouping.codes[*i] as usize].push(row(*i)));
        let fitted: f64 = levels.iter().map(|rows| best_shift(rows, &plain)).sum();
        let parameters = levels.iter().filter(|rows| !rows.is_empty()).count() as f64 - 1.0;
        candidates.push((Remedy::Levels(grouping.factor.clone()), fitted - penalty * parameters));
    }
    candidates
        .into_iter()
        .filter(|(_, fitted)| !fitted.is_nan())
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(remedy, _)| remedy)
}

/// The largest log likelihood over a common shift of the means, by sections of its range.
fn best_shift(rows: &[Row], density: &dyn Fn(&Row, f64) -> f64) -> f64 {
    let total = |shift: f64| rows.iter().map(|row| density(row, shift)).sum::<f64>();
    let (mut low, mut high) = (-FARTHEST, FARTHEST);
    for _ in 0..STEPS {
        let third = (high - low) / 3.0;
        if total(low + third) < total(high - third) { low += third } else { high -= third }
    }
    total((low + high) / 2.0)
}

impl Row {
    /// The mean, or the probability, after a shift on its scale.
    fn shifted(&self, shift: f64) -> f64 {
        match self.trials {
            Some(n) => {
                let p = (self.mean / n).clamp(1e-9, 1.0 - 1e-9);
                1.0 / (1.0 + ((1.0 - p) / p) * (-shift).exp())
            }
            None => self.mean.max(1e-9) * shift.exp(),
        }
    }

    fn log_density(&self, shift: f64) -> f64 {
        let at = self.shifted(shift);
        match self.trials {
            Some(n) => Binomial.log_density(self.count, &[n, at]),
            None => Poisson.log_density(self.count, &[at]),
        }
    }

    /// Beta-binomial, or negative binomial.
    fn dispersed(&self, shift: f64, spread: f64) -> f64 {
        let at = self.shifted(shift);
        match self.trials {
            Some(n) => BetaBinomial.log_density(self.count, &[n, at * spread, (1.0 - at) * spread]),
            None => NegativeBinomial.log_density(self.count, &[at, spread]),
        }
    }

    /// Zero with a probability of its own.
    fn inflated(&self, shift: f64, logit: f64) -> f64 {
        let share = 1.0 / (1.0 + (-logit).exp());
        let rest = (1.0 - share) * self.log_density(shift).exp();
        if self.count == 0.0 { (share + rest).ln() } else { (1.0 - share).ln() + self.log_density(shift) }
    }

    /// Anything, with a small probability: of known trials any count, else a geometric one as wide as the data.
    fn contaminated(&self, shift: f64, logit: f64, largest: f64) -> f64 {
        let share = 1.0 / (1.0 + (-logit).exp());
        let wide = match self.trials {
            Some(n) => -(n + 1.0).ln(),
            None => Geometric.log_density(self.count, &[1.0 / (1.0 + largest)]),
        };
        polya_models::special::log_sum_exp(&[(1.0 - share).ln() + self.log_density(shift), share.ln() + wide])
    }
}
