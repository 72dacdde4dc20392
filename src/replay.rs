//! The draws of a fit, run through its posterior once more: what each says of every row of the data.

use crate::expansion::{DrawStreams, Expander, Write};
use crate::fit::{Fit, MATRIX_LIMIT};
use polya_engine::LogDensity;
use polya_models::{Posterior, PredictedRows};
use std::sync::Arc;

/// Draws of a posterior as positions, whether just sampled or read back from a kept fit. Each draw has random streams of
/// its own, so that what it says is the same whenever it is asked.
#[derive(Clone, Debug)]
pub struct Replay<'a> {
    posterior: &'a Posterior,
    positions: Vec<&'a [f64]>,
    draws: usize,
    seed: u64,
    job: u64,
    /// The numbers that the streams of draws are known by, where some were passed over.
    numbers: Option<Arc<[u64]>>,
}

/// Draws of a prior that are tried for one that is possible, on the average of many.
const MOST_TRIES: usize = 1000;

impl<'a> Replay<'a> {
    /// Of positions, `draws` of each chain, one after the other; chains of a posterior of dimension 0 are empty.
    pub fn new(posterior: &'a Posterior, positions: Vec<&'a [f64]>, draws: usize, seed: u64, job: u64) -> Self {
        Self { posterior, positions, draws, seed, job, numbers: None }
    }

    /// Of a fit.
    pub fn of(posterior: &'a Posterior, fit: &'a Fit) -> Self {
        let (settings, draws) = (fit.settings(), fit.draws());
        Self::new(posterior, fit.positions(), draws.draws(), settings.seed, settings.job)
    }

    /// Draws from the prior, by a posterior of [`Bound::compile_prior`](polya_models::Bound::compile_prior). Draws that are
    /// not possible, since an argument is outside its domain, are passed over; fewer than asked for are left where hardly
    /// one in a thousand is possible.
    pub fn of_prior(prior: &'a Posterior, draws: usize, seed: u64) -> Self {
        let all = Self::new(prior, vec![&[]], draws, seed, 0);
        let mut scratch = prior.expand_scratch();
        let tried = (0..draws.saturating_mul(MOST_TRIES) as u64)
            .filter(|number| prior.is_possible(&[], &mut DrawStreams::new(seed, 0, 0, *number), &mut scratch));
        let numbers: Vec<u64> = tried.take(draws).collect();
        let passed_over = numbers.last().is_some_and(|last| *last >= draws as u64) || numbers.len() < draws;
        Self { draws: numbers.len(), numbers: passed_over.then(|| numbers.into()), ..all }
    }

    /// The posterior.
    pub fn posterior(&self) -> &'a Posterior {
        self.posterior
    }

    /// The same draws of the posterior whose rows with a weight stand apart ([`Posterior::rows_apart`]).
    pub(crate) fn rows_apart(&self) -> Result<Self, polya_models::Error> {
        Ok(Self { posterior: self.posterior.rows_apart()?, ..self.clone() })
    }

    /// The positions of each chain, draw after draw.
    pub(crate) fn positions(&self) -> &[&'a [f64]] {
        &self.positions
    }

    /// The seed of the draws' random streams.
    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }

    /// The number of chains.
    pub fn chains(&self) -> usize {
        self.positions.len()
    }

    /// Draws of each chain.
    pub fn draws(&self) -> usize {
        self.draws
    }

    /// Draws of all chains.
    pub fn total(&self) -> usize {
        self.chains() * self.draws
    }

    /// The position of one draw; empty out of range, and where nothing is sampled.
    pub fn position(&self, chain: usize, draw: usize) -> &'a [f64] {
        let positions = self.positions.get(chain).copied().unwrap_or_default();
        let dimension = self.posterior.dimension();
        positions.get(draw * dimension..(draw + 1) * dimension).unwrap_or_default()
    }

    /// How many draws of each chain have `width` numbers within [`MATRIX_LIMIT`].
    fn draws_that_fit(&self, width: usize) -> usize {
        let most = MATRIX_LIMIT / width.saturating_mul(self.chains()).max(1);
        most.min(self.draws)
    }

    /// The same of the first draws of each chain: as many as leave room for `width` numbers of each.
    pub(crate) fn where_all_fit(&self, width: usize) -> Self {
        Self { draws: self.draws_that_fit(width), ..self.clone() }
    }

    /// Numbers of each draw, in the order number, chain, draw; of the first draws of each chain where all are too many.
    fn matrix(&self, width: usize, write: &Write<'_>) -> Matrix {
        let draws = self.draws_that_fit(width);
        let dimension = self.posterior.dimension();
        let positions: Vec<&[f64]> = self.positions.iter().map(|p| &p[..(draws * dimension).min(p.len())]).collect();
        let numbers = self.numbers.as_deref();
        let expander = Expander { posterior: self.posterior, width, seed: self.seed, job: self.job, numbers, write };
        let (values, chains) = (expander.scalar_major(&positions, draws), self.chains());
        values.map_or(Matrix { values: Vec::new(), chains, draws: 0 }, |values| Matrix { values, chains, draws })
    }

    /// Every named value of the model.
    pub fn values(&self) -> Matrix {
        self.matrix(self.posterior.scalar_count(), &|position, streams, scratch, row| {
            self.posterior.expand(position, streams, scratch, row);
        })
    }

    /// The log likelihood of each observed cell.
    pub fn log_lik(&self) -> Matrix {
        self.matrix(self.posterior.observed_count(), &|position, streams, scratch, row| {
            self.posterior.log_lik(position, streams, scratch, row);
        })
    }

    /// The log likelihood of one observed cell of each kind ([`Posterior::alike`]).
    pub fn log_lik_of_kinds(&self) -> Matrix {
        self.matrix(self.posterior.alike().cells.len(), &|position, streams, scratch, row| {
            self.posterior.log_lik_of_kinds(position, streams, scratch, row);
        })
    }

    /// The log likelihood of all observed cells together, by draw; a cell with a weight counts so many times.
    pub fn joint_log_lik(&self) -> Vec<f64> {
        let (kinds, weights) = (self.posterior.alike().cells.len(), self.posterior.row_weights());
        let counts = self.posterior.counted(0..weights.len(), &weights);
        let joint = self.matrix(1, &|position, streams, scratch, row| {
            let mut log_lik = vec![0.0; kinds];
            self.posterior.log_lik_of_kinds(position, streams, scratch, &mut log_lik);
            row[0] = counts.iter().map(|(kind, count)| count * log_lik[*kind as usize]).sum();
        });
        joint.values
    }

    /// The log marginal likelihood of each group whose own parameter was integrated out
    /// ([`Posterior::groups_left_out`]).
    pub fn group_log_lik(&self) -> Matrix {
        let kinds = self.posterior.alike().cells.len();
        let groups = self.posterior.groups_left_out().len();
        self.matrix(groups, &|position, streams, scratch, row| {
            let mut log_lik = vec![0.0; kinds];
            self.posterior.log_lik_of_kinds(position, streams, scratch, &mut log_lik);
            self.posterior.group_log_lik(&log_lik, position, streams, scratch, row);
        })
    }

    /// Replicated data, and the cells that were left out.
    pub fn predictive(&self) -> Matrix {
        self.predictive_of(PredictedRows::All)
    }

    /// The same of some rows.
    pub(crate) fn predictive_of(&self, rows: PredictedRows) -> Matrix {
        self.matrix(self.posterior.predicted_count(rows), &|position, streams, scratch, row| {
            self.posterior.predict(rows, position, streams, scratch, row);
        })
    }

    /// The log density of data that the draws themselves replicate, all columns together; none unless every column is one
    /// number a row. `predictive` is [`Replay::predictive`].
    pub fn log_density_of_replications(&self, predictive: &Matrix) -> Option<Matrix> {
        self.log_density_of(predictive.draws, |cells, draw| (0..cells).map(|i| predictive.column(i)[draw]).collect())
    }

    /// The same of data that are the same for all draws, in the order of [`Posterior::predict`]: how the parameters of each
    /// draw, as they are written, explain them.
    pub(crate) fn log_density_of_data(&self, data: &[f64]) -> Option<Matrix> {
        self.log_density_of(self.draws, |cells, _| data.iter().take(cells).copied().collect())
    }

    /// The log density of so many cells under each of the first `draws` of each chain.
    fn log_density_of(&self, draws: usize, data: impl Fn(usize, usize) -> Vec<f64>) -> Option<Matrix> {
        let observed = self.posterior.observed_columns();
        let known: usize = self.posterior.cdf_columns().iter().map(|c| c.rows.len()).sum();
        if known == 0 || known != observed.iter().map(|c| c.values.len()).sum::<usize>() {
            return None;
        }
        let dimension = self.posterior.dimension();
        let mut scratch = self.posterior.expand_scratch();
        let mut values = Vec::with_capacity(self.chains() * draws);
        for (chain, positions) in self.positions.iter().enumerate() {
            for draw in 0..draws {
                let data = data(known, chain * draws + draw);
                let position = &positions[draw * dimension..(draw + 1) * dimension];
                let number = self.numbers.as_ref().map_or(draw as u64, |numbers| numbers[draw]);
                let mut streams = DrawStreams::new(self.seed, self.job, chain as u64, number);
                values.push(self.posterior.log_density_of(&data, position, &mut streams, &mut scratch));
            }
        }
        Some(Matrix { values, chains: self.chains(), draws })
    }

    /// P(Y < y) of each cell of [`Posterior::cdf_columns`], and then P(Y ≤ y).
    pub fn cdfs(&self) -> Matrix {
        let cells: usize = self.posterior.cdf_columns().iter().map(|c| c.rows.len()).sum();
        self.matrix(2 * cells, &|position, streams, scratch, row| {
            let (below, upto) = row.split_at_mut(cells);
            self.posterior.predictive_cdfs(position, streams, scratch, below, upto);
        })
    }

    /// The same of one cell of each kind; `count` is how many kinds those columns have.
    pub(crate) fn cdfs_of_kinds(&self, count: usize) -> Matrix {
        self.matrix(2 * count, &|position, streams, scratch, row| {
            let (below, upto) = row.split_at_mut(count);
            self.posterior.predictive_cdfs_of_kinds(position, streams, scratch, below, upto);
        })
    }

    /// The same with the parameters of groups drawn anew ([`Posterior::group_cdfs`]).
    pub(crate) fn group_cdfs_of_kinds(&self, count: usize) -> Matrix {
        self.matrix(2 * count, &|position, streams, scratch, row| {
            let (below, upto) = row.split_at_mut(count);
            self.posterior.group_cdfs(position, streams, scratch, below, upto);
        })
    }
}

/// Numbers by draw: for each number its chains, one after the other, each with all its draws.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    /// The values.
    pub values: Vec<f64>,
    /// Chains.
    pub chains: usize,
    /// Draws of each chain.
    pub draws: usize,
}

impl Matrix {
    /// Draws of all chains.
    pub fn total(&self) -> usize {
        self.chains * self.draws
    }

    /// How many numbers each draw has.
    pub fn width(&self) -> usize {
        self.values.len().checked_div(self.total()).unwrap_or(0)
    }

    /// The draws of number `i`, chain after chain.
    pub fn column(&self, i: usize) -> &[f64] {
        let total = self.total();
        self.values.get(i * total..(i + 1) * total).unwrap_or_default()
    }
}
