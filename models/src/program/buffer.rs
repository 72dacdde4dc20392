//! Groups of eight cells that begin at cache lines.

use crate::special::vector::{LANES, Lanes};
use std::ops::{Deref, DerefMut};

/// Bytes of a cache line, and of a group.
const LINE: usize = 64;

/// A slice of groups, each of which fills a cache line: where a group is read or written as one vector, one that crossed a
/// line would take twice the time.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    numbers: Vec<f64>,
    first: usize,
}

impl Buffer {
    /// So many groups of zeros.
    pub fn new(groups: usize) -> Self {
        let numbers = vec![0.0; (groups + 1) * LANES];
        // That it may say it cannot tell costs time only.
        let first = numbers.as_ptr().align_offset(LINE).min(LANES);
        Self { numbers, first }
    }
}

impl Deref for Buffer {
    type Target = [Lanes];

    #[inline(always)]
    fn deref(&self) -> &[Lanes] {
        self.numbers[self.first..].as_chunks().0
    }
}

impl DerefMut for Buffer {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [Lanes] {
        self.numbers[self.first..].as_chunks_mut().0
    }
}

impl Clone for Buffer {
    fn clone(&self) -> Self {
        let mut copy = Self::new(self.len());
        let groups = self.len().min(copy.len());
        copy[..groups].copy_from_slice(&self[..groups]);
        copy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_begin_at_lines_and_are_all_there() {
        for groups in [0, 1, 2, 3, 100] {
            let mut buffer = Buffer::new(groups);
            assert!(buffer.len() >= groups);
            buffer.iter_mut().enumerate().for_each(|(g, lanes)| *lanes = [g as f64; LANES]);
            let copy = buffer.clone();
            assert_eq!(copy[..groups], buffer[..groups]);
            assert!([&buffer, &copy].iter().all(|b| (b.as_ptr() as usize).is_multiple_of(LINE)));
        }
    }
}
