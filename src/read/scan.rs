//! The scanner of delimited text: bytes become records of cells, in one pass, copying only the cells that are kept.
//!
//! It is written here rather than taken from a library because a table needs what those hide: whether a cell was quoted (a
//! quoted `"NA"` is a label), a quote that is never closed, and text after a closing quote.

use std::io::{self, BufRead, BufReader, Read};

use memchr::memchr2;

use super::error::Fault;

/// The largest number of columns.
pub(super) const MAX_COLUMNS: usize = 1_000_000;

const BUFFER: usize = 1 << 17;

/// Buffered text behind its byte order mark.
pub(super) struct Text<R> {
    reader: BufReader<R>,
    /// The first bytes, which were looked at before the rest.
    head: Vec<u8>,
    taken: usize,
}

impl<R: Read> Text<R> {
    /// Skips a byte order mark, and refuses what is plainly no text in UTF-8.
    pub(super) fn open(reader: R) -> Result<Self, Fault> {
        let mut reader = BufReader::with_capacity(BUFFER, reader);
        let mut head = Vec::with_capacity(8);
        reader.by_ref().take(8).read_to_end(&mut head).map_err(Fault::io)?;
        let found = match head.as_slice() {
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("UTF-16 text"),
            [0x1f, 0x8b, ..] => Some("a gzip file"),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some("a zstd file"),
            [b'P', b'K', 3, 4, ..] => Some("a zip file or spreadsheet"),
            [b'P', b'A', b'R', b'1', 0x15, ..] => Some("a Parquet file"),
            b"ARROW1\0\0" => Some("an Arrow file"),
            _ => None,
        };
        if let Some(found) = found {
            return Err(Fault::OtherFormat { found, expected: "text in UTF-8" });
        }
        let taken = if head.starts_with(&[0xef, 0xbb, 0xbf]) { 3 } else { 0 };
        Ok(Self { reader, head, taken })
    }

    /// The reader, read to its end or as far as it was.
    pub(super) fn into_inner(self) -> R {
        self.reader.into_inner()
    }
}

impl<R: Read> Read for Text<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

impl<R: Read> BufRead for Text<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match self.head.get(self.taken..) {
            Some(rest) if !rest.is_empty() => Ok(rest),
            _ => self.reader.fill_buf(),
        }
    }

    fn consume(&mut self, count: usize) {
        if self.taken < self.head.len() {
            self.taken += count;
        } else {
            self.reader.consume(count);
        }
    }
}

/// One kept cell of a record: its column, where its bytes end, and whether it was quoted.
#[derive(Debug, Clone, Copy)]
struct Kept {
    column: usize,
    end: usize,
    quoted: bool,
}

/// A record: how many cells it has, and the bytes of those that are kept.
#[derive(Debug, Default)]
pub(super) struct Record {
    /// The line on which it starts.
    pub(super) line: usize,
    /// The number of its cells, kept or not.
    pub(super) cells: usize,
    bytes: Vec<u8>,
    kept: Vec<Kept>,
}

impl Record {
    /// The kept cells: column, bytes without quotes, and whether there were quotes.
    pub(super) fn kept(&self) -> impl Iterator<Item = (usize, &[u8], bool)> {
        let mut start = 0;
        self.kept.iter().map(move |cell| {
            let bytes = self.bytes.get(start..cell.end).unwrap_or_default();
            start = cell.end;
            (cell.column, bytes, cell.quoted)
        })
    }

    fn clear(&mut self, line: usize) {
        *self = Self { line, cells: 0, bytes: std::mem::take(&mut self.bytes), kept: std::mem::take(&mut self.kept) };
        self.bytes.clear();
        self.kept.clear();
    }

    fn end_cell(&mut self, keep: bool, quoted: bool) {
        if keep {
            self.kept.push(Kept { column: self.cells, end: self.bytes.len(), quoted });
        }
        self.cells += 1;
    }
}

/// Where in a cell the scanner stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before its text: nothing but blanks so far.
    Before,
    /// In a cell without quotes.
    Plain,
    /// Between its quotes.
    Quoted,
    /// Behind a quote that closes the cell, or is the first of two.
    Quote,
    /// Behind the closing quote and a blank.
    Behind,
}

/// Cuts text into records.
pub(super) struct Scanner<R> {
    reader: R,
    separator: u8,
    /// The line of the next byte, from 1.
    line: usize,
}

impl<R: BufRead> Scanner<R> {
    pub(super) fn new(reader: R, separator: u8) -> Self {
        Self { reader, separator, line: 1 }
    }

    /// The next record that is not a blank line, with the cells that `keep` says by column; `false` at the end.
    pub(super) fn next(&mut self, record: &mut Record, keep: impl Fn(usize) -> bool) -> Result<bool, Fault> {
        loop {
            let (blank, ended) = self.any(record, &keep)?;
            if !blank {
                return Ok(true);
            }
            if ended {
                return Ok(false);
            }
        }
    }

    /// The next line, blank or not: whether it is blank, and whether the text ended.
    fn any(&mut self, record: &mut Record, keep: &impl Fn(usize) -> bool) -> Result<(bool, bool), Fault> {
        record.clear(self.line);
        let separator = self.separator;
        let mut state = State::Before;
        let mut kept = keep(0);
        let mut opened = self.line;
        // Text, a quote or a separator was met.
        let mut content = false;
        loop {
            let chunk = match self.reader.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Fault::io(error)),
            };
            if chunk.is_empty() {
                if state == State::Quoted {
                    return Err(Fault::UnclosedQuote { line: opened });
                }
                if content {
                    record.end_cell(kept, matches!(state, State::Quote | State::Behind));
                }
                return Ok((!content, true));
            }
            let mut at = 0;
            let mut ended = false;
            while let Some(&byte) = chunk.get(at) {
                let ends = match state {
                    State::Before if byte == separator || byte == b'\n' => true,
                    State::Before => {
                        match byte {
                            b' ' | b'\t' | b'\r' => at += 1,
                            b'"' => {
                                (state, opened, content) = (State::Quoted, self.line, true);
                                at += 1;
                            }
                            _ => (state, content) = (State::Plain, true),
                        }
                        false
                    }
                    State::Plain => {
                        let rest = chunk.get(at..).unwrap_or_default();
                        let stop = memchr2(separator, b'\n', rest);
                        let text = rest.get(..stop.unwrap_or(rest.len())).unwrap_or_default();
                        if kept {
                            record.bytes.extend_from_slice(text);
                        }
                        at += text.len();
                        stop.is_some()
                    }
                    State::Quoted => {
                        let rest = chunk.get(at..).unwrap_or_default();
                        let stop = memchr2(b'"', b'\n', rest);
                        let newline = stop.is_some_and(|stop| rest.get(stop) == Some(&b'\n'));
                        let text =
                            rest.get(..stop.map_or(rest.len(), |stop| stop + usize::from(newline))).unwrap_or_default();
                        if kept {
                            record.bytes.extend_from_slice(text);
                        }
                        at += text.len();
                        if newline {
                            self.line += 1;
                        } else if stop.is_some() {
                            state = State::Quote;
                            at += 1;
                        }
                        false
                    }
                    State::Quote | State::Behind => match byte {
                        _ if byte == separator || byte == b'\n' => true,
                        b'"' if state == State::Quote => {
                            if kept {
                                record.bytes.push(b'"');
                            }
                            state = State::Quoted;
                            at += 1;
                            false
                        }
                        b' ' | b'\t' | b'\r' => {
                            state = State::Behind;
                            at += 1;
                            false
                        }
                        _ => return Err(Fault::TextAfterQuote { line: self.line }),
                    },
                };
                if ends {
                    let newline = chunk.get(at) == Some(&b'\n');
                    at += 1;
                    if newline {
                        self.line += 1;
                        ended = true;
                        if content {
                            record.end_cell(kept, matches!(state, State::Quote | State::Behind));
                        }
                        break;
                    }
                    content = true;
                    record.end_cell(kept, matches!(state, State::Quote | State::Behind));
                    if record.kept.len() > MAX_COLUMNS {
                        return Err(Fault::TooManyColumns { line: record.line, limit: MAX_COLUMNS });
                    }
                    state = State::Before;
                    kept = keep(record.cells);
                }
            }
            self.reader.consume(at);
            if ended {
                return Ok((!content, false));
            }
        }
    }
}
