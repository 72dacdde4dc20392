//! Autocovariances of several equally long sequences, averaged over the sequences.

use std::fmt;
use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

/// From this lag on the autocovariances of all lags are found together by a Fourier transform:
/// about as much work as this many lags one by one, and well-mixed chains need fewer.
const FOURIER_FROM_LAG: usize = 32;

/// Sequences with their means, centred, and their autocovariances on demand.
#[derive(Debug)]
pub(crate) struct Sequences {
    centred: Vec<f64>,
    means: Vec<f64>,
    length: usize,
    all_lags: Vec<f64>,
    fourier: Fourier,
    fourier_from_lag: usize,
}

impl Default for Sequences {
    fn default() -> Self {
        Self::switching_at(FOURIER_FROM_LAG)
    }
}

impl Sequences {
    fn switching_at(fourier_from_lag: usize) -> Self {
        Self {
            centred: Vec::new(),
            means: Vec::new(),
            length: 0,
            all_lags: Vec::new(),
            fourier: Fourier::default(),
            fourier_from_lag,
        }
    }

    /// Takes over sequences of equal length.
    ///
    /// Each is shifted by its first value before its mean is taken, so that a constant sequence has
    /// a variance of exactly zero.
    pub fn load<'a>(&mut self, sequences: impl Iterator<Item = &'a [f64]>) {
        self.centred.clear();
        self.means.clear();
        self.all_lags.clear();
        self.length = 0;
        for sequence in sequences {
            let first = sequence.first().copied().unwrap_or(0.0);
            let shift = sequence.iter().map(|x| x - first).sum::<f64>() / sequence.len() as f64;
            self.centred.extend(sequence.iter().map(|x| (x - first) - shift));
            self.means.push(first + shift);
            self.length = sequence.len();
        }
    }

    /// The number of sequences.
    pub fn count(&self) -> usize {
        self.means.len()
    }

    /// The length of each sequence.
    pub fn length(&self) -> usize {
        self.length
    }

    /// The variance of the means of the sequences, with one degree of freedom less than there are;
    /// zero for a single sequence.
    pub fn variance_of_means(&self) -> f64 {
        if self.count() < 2 {
            return 0.0;
        }
        let first = self.means[0];
        let count = self.count() as f64;
        let centre = self.means.iter().map(|m| m - first).sum::<f64>() / count;
        let squares: f64 = self.means.iter().map(|m| (m - first - centre).powi(2)).sum();
        squares / (count - 1.0)
    }

    /// The autocovariance at `lag`, below the length: sums of products divided by the full length
    /// (the biased estimate), averaged over the sequences.
    pub fn autocovariance(&mut self, lag: usize) -> f64 {
        if lag >= self.fourier_from_lag && self.all_lags.is_empty() {
            self.fourier.transform(&self.centred, self.length, &mut self.all_lags);
        }
        match self.all_lags.get(lag) {
            Some(&sum) => sum / self.centred.len() as f64,
            None => self.direct(lag) / self.centred.len() as f64,
        }
    }

    fn direct(&self, lag: usize) -> f64 {
        let overlap = self.length - lag;
        self.centred.chunks_exact(self.length).map(|c| dot(&c[..overlap], &c[lag..])).sum()
    }
}

/// The inner product, summed in eight interleaved parts that the processor can add at the same
/// time.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    const LANES: usize = 8;
    let mut sums = [0.0; LANES];
    let (a_lanes, a_rest) = a.as_chunks::<LANES>();
    let (b_lanes, b_rest) = b.as_chunks::<LANES>();
    for (x, y) in a_lanes.iter().zip(b_lanes) {
        for lane in 0..LANES {
            sums[lane] += x[lane] * y[lane];
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(x, y)| x * y).sum();
    sums.iter().sum::<f64>() + rest
}

/// Autocovariance by the Wiener-Khinchin theorem, with plan and buffers kept for one size.
#[derive(Default)]
struct Fourier {
    plan: Option<Plan>,
    padded: Vec<f64>,
    spectrum: Vec<Complex<f64>>,
    power: Vec<Complex<f64>>,
}

struct Plan {
    size: usize,
    forward: Arc<dyn RealToComplex<f64>>,
    backward: Arc<dyn ComplexToReal<f64>>,
}

impl fmt::Debug for Fourier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.plan.as_ref().map(|plan| plan.size);
        f.debug_struct("Fourier").field("size", &size).finish_non_exhaustive()
    }
}

impl Fourier {
    /// Writes the sums of products of all lags, summed over the sequences that follow one another
    /// in `centred`. The power spectra are added before the one transform back.
    fn transform(&mut self, centred: &[f64], length: usize, lags: &mut Vec<f64>) {
        let plan = match self.plan.take().filter(|plan| plan.size == padded_size(length)) {
            Some(plan) => plan,
            None => Plan::new(padded_size(length)),
        };
        self.power.clear();
        self.power.resize(plan.size / 2 + 1, Complex::default());
        self.spectrum.resize(plan.size / 2 + 1, Complex::default());
        self.padded.resize(plan.size, 0.0);
        let mut transformed = Ok(());
        for sequence in centred.chunks_exact(length) {
            self.padded[..length].copy_from_slice(sequence);
            self.padded[length..].fill(0.0);
            transformed = transformed.and(plan.forward.process(&mut self.padded, &mut self.spectrum));
            for (power, value) in self.power.iter_mut().zip(&self.spectrum) {
                power.re += value.norm_sqr();
            }
        }
        transformed = transformed.and(plan.backward.process(&mut self.power, &mut self.padded));
        // The transforms refuse buffers of a wrong size only; the direct sums would then do the
        // work.
        if transformed.is_ok() {
            let scale = 1.0 / plan.size as f64;
            lags.extend(self.padded[..length].iter().map(|sum| sum * scale));
        }
        self.plan = Some(plan);
    }
}

impl Plan {
    fn new(size: usize) -> Self {
        let mut planner = RealFftPlanner::new();
        Self { size, forward: planner.plan_fft_forward(size), backward: planner.plan_fft_inverse(size) }
    }
}

/// An even size with small prime factors, at least twice the length so that the ends do not wrap
/// around.
fn padded_size(length: usize) -> usize {
    let power = (2 * length).next_power_of_two();
    if power / 4 * 3 >= 2 * length { power / 4 * 3 } else { power }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn direct_sums_and_transform_agree() {
        for length in [1, 2, 3, 37, 96, 250] {
            let values: Vec<f64> = (0..3 * length).map(|i| ((i * i) as f64 * 0.7).sin() + 5.0).collect();
            let (mut direct, mut fourier) = (Sequences::switching_at(usize::MAX), Sequences::switching_at(0));
            direct.load(values.chunks(length));
            fourier.load(values.chunks(length));
            let scale = direct.autocovariance(0);
            for lag in 0..length {
                let (a, b) = (direct.autocovariance(lag), fourier.autocovariance(lag));
                assert!((a - b).abs() <= 1e-14 * scale, "length {length}, lag {lag}: {a} and {b}");
            }
        }
    }

    #[test]
    fn a_constant_sequence_has_exactly_no_variance() {
        let mut sequences = Sequences::default();
        sequences.load([0.1; 99].chunks(33));
        assert_eq!(sequences.autocovariance(0), 0.0);
        assert_eq!(sequences.variance_of_means(), 0.0);
    }
}
