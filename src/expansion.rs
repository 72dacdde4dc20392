//! From positions to draws of every named value, in parallel and with the same bits on every number of threads.

use polya_engine::{Purpose, Stream};
use polya_models::{ExpandScratch, Posterior, Streams};
use rand::Rng;
use rayon::prelude::*;

/// Draws expanded by one task.
const CHUNK: usize = 32;

/// Numbers of all draws so far: for each chain, draw after draw.
#[derive(Debug, Default)]
pub(crate) struct Expansion {
    /// For each chain the numbers, `width` for each draw.
    chains: Vec<Vec<f64>>,
    width: usize,
}

/// One draw to a row of numbers: position, random streams, scratch, row.
pub(crate) type Write<'a> = dyn Fn(&[f64], &mut dyn Streams, &mut ExpandScratch, &mut [f64]) + Sync + 'a;

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

impl Expansion {
    /// No draws of `chains` chains, each to be `width` numbers.
    pub(crate) fn new(chains: usize, width: usize) -> Self {
        Self { chains: vec![Vec::new(); chains], width }
    }

    /// Expands the draws beyond those already here. The positions of a chain are flat, `dimension` numbers a draw; each
    /// draw has a random stream of its own, so that neither threads nor rounds change it.
    pub(crate) fn extend(
        &mut self,
        posterior: &Posterior,
        positions: &[&[f64]],
        draws: usize,
        seed: u64,
        job: u64,
        write: &Write<'_>,
    ) {
        let width = self.width;
        for (chain, numbers) in self.chains.iter_mut().enumerate() {
            let done = numbers.len().checked_div(width).unwrap_or(draws);
            numbers.resize(draws * width, 0.0);
            let dimension = positions[chain].len().checked_div(draws).unwrap_or(0);
            let fresh = &mut numbers[done * width..];
            fresh.par_chunks_mut((CHUNK * width).max(1)).enumerate().for_each_init(
                || posterior.expand_scratch(),
                |scratch, (chunk, rows)| {
                    for (i, row) in rows.chunks_mut(width).enumerate() {
                        let draw = done + chunk * CHUNK + i;
                        let position = &positions[chain][draw * dimension..(draw + 1) * dimension];
                        let mut streams = DrawStreams::new(seed, job, chain as u64, draw as u64);
                        write(position, &mut streams, scratch, row);
                    }
                },
            );
        }
    }

    /// Draws of each chain so far.
    pub(crate) fn draws(&self) -> usize {
        self.chains.first().map_or(0, |c| c.len().checked_div(self.width).unwrap_or(0))
    }

    /// The numbers scalar by scalar: `[scalar][chain][draw]`.
    pub(crate) fn scalar_major(&self, draws: usize) -> Vec<f64> {
        let chains = self.chains.len();
        let mut values = vec![0.0; self.width * chains * draws];
        // Blocks of scalars, so that a row of numbers is read in runs.
        let block = 16;
        values.par_chunks_mut((block * chains * draws).max(1)).enumerate().for_each(|(b, out)| {
            for (c, chain) in self.chains.iter().enumerate() {
                for draw in 0..draws {
                    let row = &chain[draw * self.width..(draw + 1) * self.width];
                    for (s, value) in row.iter().skip(b * block).take(block).enumerate() {
                        out[(s * chains + c) * draws + draw] = *value;
                    }
                }
            }
        });
        values
    }

    /// Numbers `2 i` and `2 i + 1` of each draw, chain after chain.
    pub(crate) fn pairs(&self, i: usize) -> Vec<[f64; 2]> {
        self.chains.iter().flat_map(|c| c.chunks(self.width).map(move |row| [row[2 * i], row[2 * i + 1]])).collect()
    }

    /// The numbers of one scalar, chain after chain.
    pub(crate) fn scalar(&self, scalar: usize) -> Vec<f64> {
        self.chains.iter().flat_map(|c| c.chunks(self.width).map(move |row| row[scalar])).collect()
    }
}
