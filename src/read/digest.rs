//! The fingerprint of what was read, taken while it is read.

use std::io::{self, Read};

use sha2::{Digest, Sha256};

/// A SHA-256 in lower-case hexadecimal: 64 characters.
pub type Sha256Text = String;

/// The SHA-256 of a text, in hexadecimal.
pub fn sha256(bytes: &[u8]) -> Sha256Text {
    hexadecimal(&Sha256::digest(bytes))
}

/// A reader that digests the bytes that pass through it.
pub(super) struct Digested<R> {
    inner: R,
    hash: Sha256,
    bytes: u64,
}

impl<R> Digested<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { inner, hash: Sha256::new(), bytes: 0 }
    }

    /// The fingerprint and the number of the bytes read so far.
    pub(super) fn finish(self) -> (Sha256Text, u64) {
        (hexadecimal(&self.hash.finalize()), self.bytes)
    }
}

impl<R: Read> Read for Digested<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hash.update(buffer.get(..count).unwrap_or_default());
        self.bytes += count as u64;
        Ok(count)
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(u32::from(digit), 16))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_sha256() {
        let mut reader = Digested::new(&b"abc"[..]);
        let mut sink = Vec::new();
        assert!(reader.read_to_end(&mut sink).is_ok());
        let want = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(reader.finish(), (want.to_owned(), 3));
        assert_eq!(sha256(b"abc"), want);
    }
}
