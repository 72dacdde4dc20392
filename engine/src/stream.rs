//! Random streams addressed by what they are for, so that results depend neither on the number of
//! threads nor on the order in which jobs run.
//!
//! A stream is ChaCha8 (Bernstein, 2008) in counter mode: the 256-bit key is the four words (seed,
//! job, chain, purpose) and the 64-bit nonce is an index, such as the number of a draw. Distinct
//! addresses give distinct keystreams by construction, and any of them can be made at any time.

use rand::{Rng, SeedableRng, TryRng};
use rand_chacha::ChaCha8Rng;
use std::convert::Infallible;

/// What a stream's numbers are used for; the discriminants are part of the stream's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u64)]
pub enum Purpose {
    /// Starting positions.
    Initial = 0,
    /// Transitions while adaptation goes on, and the search for a first step size.
    Warmup = 1,
    /// Transitions that make draws.
    Sample = 2,
    /// Variables integrated out of the density, drawn from their conditionals; indexed by draw.
    Expand = 3,
    /// Predictions; indexed by draw.
    Predict = 4,
    /// Simulated data and parameters, as in calibration.
    Simulate = 5,
    /// Anything else.
    Other = 6,
}

/// A reproducible source of random bits; implements [`rand::Rng`].
///
/// ```
/// use polya_engine::{Purpose, Stream};
/// use rand::RngExt;
///
/// let mut draw_17 = Stream::new(1, 0, 3, Purpose::Predict, 17);
/// let mut again = Stream::new(1, 0, 3, Purpose::Predict, 17);
/// assert_eq!(draw_17.random::<f64>(), again.random::<f64>());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream(ChaCha8Rng);

impl Stream {
    /// The stream at an address: the user's `seed`, the `job` within a batch, the `chain` within a
    /// job, the purpose, and an `index` within the purpose (0 where there is only one).
    pub fn new(seed: u64, job: u64, chain: u64, purpose: Purpose, index: u64) -> Self {
        let mut key = [0; 32];
        for (bytes, word) in key.chunks_exact_mut(8).zip([seed, job, chain, purpose as u64]) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        let mut generator = ChaCha8Rng::from_seed(key);
        generator.set_stream(index);
        Self(generator)
    }
}

impl TryRng for Stream {
    type Error = Infallible;

    #[inline]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.0.next_u32())
    }

    #[inline]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.0.next_u64())
    }

    #[inline]
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill_bytes(bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_word_of_the_address_changes_the_stream() {
        let mut first = HashSet::new();
        for word in 0..5 {
            for value in [1, 2, u64::MAX] {
                let mut address = [0; 5];
                address[word] = value;
                let [seed, job, chain, purpose, index] = address;
                let purpose = match purpose {
                    0 => Purpose::Initial,
                    1 => Purpose::Warmup,
                    2 => Purpose::Sample,
                    _ => Purpose::Predict,
                };
                let mut stream = Stream::new(seed, job, chain, purpose, index);
                assert!(first.insert(stream.next_u64()), "{address:?} repeats a stream");
            }
        }
    }

    #[test]
    fn streams_are_stable_across_releases() {
        let mut stream = Stream::new(1, 2, 3, Purpose::Predict, 4);
        let words = [stream.next_u64(), stream.next_u64(), stream.next_u64()];
        assert_eq!(words, [5818426522278667323, 11905700382168694371, 230930696563913690]);
    }
}
