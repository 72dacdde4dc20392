//! From positions to draws of every named value, in parallel and with the same bits on every number of threads.

use polya_engine::{Purpose, Stream};
use polya_models::{ExpandScratch, Posterior, Streams};
use rand::Rng;
use rayon::prelude::*;

/// Draws expanded by one task.
const CHUNK: usize = 32;
/// Numbers of a chain that are held before they are put in their places, or those of so many draws.
const HELD: usize = 1 << 18;
const FEWEST_HELD: usize = 256;

/// One draw to a row of numbers: position, random streams, scratch, row.
pub(crate) type Write<'a> = dyn Fn(&[f64], &mut dyn Streams, &mut ExpandScratch, &mut [f64]) + Sync + 'a;

/// How draws become rows of `width` numbers.
pub(crate) struct Expander<'a> {
    pub(crate) posterior: &'a Posterior,
    pub(crate) width: usize,
    pub(crate) seed: u64,
    pub(crate) job: u64,
    /// The numbers that the streams of draws are known by, where these are not their places.
    pub(crate) numbers: Option<&'a [u64]>,
    pub(crate) write: &'a Write<'a>,
}

/// The random streams of one draw of one chain: one for each drawing operation.
pub(crate) struct DrawStreams {
    seed: u64,
    job: u64,
    chain: u64,
    draw: u64,
    current: Stream,
}

impl DrawStreams {
    pub(crate) fn new(seed: u64, job: u64, chain: u64, draw: u64) -> Self {
        Self { seed, job, chain, draw, current: Stream::new(seed, job, chain, Purpose::Predict, draw) }
    }
}

impl Streams for DrawStreams {
    fn stream(&mut self, operation: u32) -> &mut dyn Rng {
        // 2^40 draws of 2^24 operations have addresses of their own.
        let index = self.draw << 24 | u64::from(operation);
        self.current = Stream::new(self.seed, self.job, self.chain, Purpose::Predict, index);
        &mut self.current
    }
}

impl Expander<'_> {
    /// Writes rows of the draws of a chain from the `first` on. The positions of a chain are flat, as many numbers for each
    /// of its draws; each draw has a random stream of its own, so that neither threads nor rounds change it.
    fn fill(&self, chain: usize, positions: &[f64], draws: usize, first: usize, rows: &mut [f64]) {
        let (width, dimension) = (self.width, positions.len().checked_div(draws).unwrap_or(0));
        rows.par_chunks_mut((CHUNK * width).max(1)).enumerate().for_each_init(
            || self.posterior.expand_scratch(),
            |scratch, (chunk, rows)| {
                for (i, row) in rows.chunks_mut(width).enumerate() {
                    let draw = first + chunk * CHUNK + i;
                    let position = &positions[draw * dimension..(draw + 1) * dimension];
                    let number = self.numbers.map_or(draw as u64, |numbers| numbers[draw]);
                    let mut streams = DrawStreams::new(self.seed, self.job, chain as u64, number);
                    (self.write)(position, &mut streams, scratch, row);
                }
            },
        );
    }

    /// The numbers of all draws, scalar by scalar: `[scalar][chain][draw]`. None where they do not fit into memory.
    pub(crate) fn scalar_major(&self, positions: &[&[f64]], draws: usize) -> Option<Vec<f64>> {
        self.scalar_major_while(positions, draws, &|| true).map(|(values, _)| values)
    }

    /// The same of as many draws of each chain, at most so many, as there are when it is no more to go on. A block of draws
    /// of each chain after the other, so that little is held twice.
    pub(crate) fn scalar_major_while(
        &self,
        positions: &[&[f64]],
        draws: usize,
        goes_on: &dyn Fn() -> bool,
    ) -> Option<(Vec<f64>, usize)> {
        let chains = positions.len();
        let mut values = zeros(self.width.checked_mul(chains)?.checked_mul(draws)?)?;
        let block = (HELD / self.width.max(1)).max(FEWEST_HELD).min(draws);
        let mut rows = zeros(self.width * block)?;
        let mut done = 0;
        while done < draws && goes_on() {
            let count = block.min(draws - done);
            for (chain, own) in positions.iter().enumerate() {
                let rows = &mut rows[..count * self.width];
                self.fill(chain, own, draws, done, rows);
                Place { chain, chains, first: done, draws }.put(rows, self.width, &mut values);
            }
            done += count;
        }
        if done < draws {
            for series in 0..self.width * chains {
                values.copy_within(series * draws..series * draws + done, series * done);
            }
            values.truncate(self.width * chains * done);
        }
        Some((values, done))
    }
}

/// So many zeros; none where they do not fit into memory.
fn zeros(count: usize) -> Option<Vec<f64>> {
    let mut room: Vec<f64> = Vec::new();
    std::hint::black_box(&mut room).try_reserve_exact(count).ok()?;
    drop(room);
    Some(vec![0.0; count])
}

/// Where rows of numbers belong in `[scalar][chain][draw]`: the draws of chain number `chain` from the `first` on.
struct Place {
    chain: usize,
    chains: usize,
    first: usize,
    draws: usize,
}

impl Place {
    fn put(&self, rows: &[f64], width: usize, values: &mut [f64]) {
        let Self { chain, chains, first, draws } = *self;
        // Blocks of scalars, so that a row of numbers is read in runs.
        let block = 16;
        values.par_chunks_mut((block * chains * draws).max(1)).enumerate().for_each(|(b, out)| {
            for (draw, row) in rows.chunks_exact(width.max(1)).enumerate() {
                for (s, value) in row.iter().skip(b * block).take(block).enumerate() {
                    out[(s * chains + chain) * draws + first + draw] = *value;
                }
            }
        });
    }
}

/// Numbers of all draws so far, where draws are still being added: for each chain a row of `width` for each draw.
#[derive(Debug)]
pub(crate) struct Expansion {
    chains: Vec<Vec<f64>>,
    width: usize,
}

impl Expansion {
    /// No draws of `chains` chains, each to be `width` numbers.
    pub(crate) fn new(chains: usize, width: usize) -> Self {
        Self { chains: vec![Vec::new(); chains], width }
    }

    /// Expands the draws beyond those already here.
    pub(crate) fn extend(&mut self, expander: &Expander<'_>, positions: &[&[f64]], draws: usize) {
        for (chain, (numbers, own)) in self.chains.iter_mut().zip(positions).enumerate() {
            let done = numbers.len();
            numbers.resize(draws * self.width, 0.0);
            let first = done.checked_div(self.width).unwrap_or(draws);
            expander.fill(chain, own, draws, first, &mut numbers[done..]);
        }
    }

    /// Draws of each chain so far.
    pub(crate) fn draws(&self) -> usize {
        self.chains.first().map_or(0, |c| c.len().checked_div(self.width).unwrap_or(0))
    }

    /// The numbers scalar by scalar: `[scalar][chain][draw]`. None where they do not fit into memory once more.
    pub(crate) fn scalar_major(&self) -> Option<Vec<f64>> {
        let chains = self.chains.len();
        let mut values = zeros(self.chains.iter().map(Vec::len).sum())?;
        for (chain, rows) in self.chains.iter().enumerate() {
            Place { chain, chains, first: 0, draws: self.draws() }.put(rows, self.width, &mut values);
        }
        Some(values)
    }

    /// The numbers of one scalar, chain after chain.
    pub(crate) fn scalar(&self, scalar: usize) -> Vec<f64> {
        self.chains.iter().flat_map(|c| c.chunks(self.width).map(move |row| row[scalar])).collect()
    }
}
