//! Random numbers taken from a source by the block.

use rand::{Rng, TryRng};
use std::convert::Infallible;

/// Numbers that are taken at a time.
const NUMBERS: usize = 32;

/// A source of random numbers behind a pointer, of which many are wanted: it is called once for [`NUMBERS`] of them, and
/// what draws from this one is compiled into one piece with it.
pub struct Buffered<'a> {
    source: &'a mut dyn Rng,
    numbers: [u8; 8 * NUMBERS],
    used: usize,
}

impl<'a> Buffered<'a> {
    /// Takes nothing yet.
    pub fn new(source: &'a mut dyn Rng) -> Self {
        Self { source, numbers: [0; 8 * NUMBERS], used: NUMBERS }
    }

    #[inline]
    fn next(&mut self) -> u64 {
        if self.used == NUMBERS {
            self.source.fill_bytes(&mut self.numbers);
            self.used = 0;
        }
        let number = self.numbers.as_chunks::<8>().0[self.used];
        self.used += 1;
        u64::from_le_bytes(number)
    }
}

impl TryRng for Buffered<'_> {
    type Error = Infallible;

    #[inline]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.next() as u32)
    }

    #[inline]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.next())
    }

    #[inline]
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.next().to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn gives_the_numbers_of_the_source_in_order() {
        let (mut source, mut direct) = (ChaCha8Rng::seed_from_u64(5), ChaCha8Rng::seed_from_u64(5));
        let mut buffered = Buffered::new(&mut source);
        for _ in 0..3 * NUMBERS {
            assert_eq!(buffered.next_u64(), direct.next_u64());
        }
    }
}
