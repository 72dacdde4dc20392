//! The cells of one column of text: one buffer, the length of each cell in it, and which cells are missing.

/// Cells whose start is remembered once: the start of any other is at most so many lengths away.
const BLOCK: usize = 8;
/// In place of a length: the cell is missing.
const MISSING: u8 = u8::MAX;
/// In place of a length: it does not fit into a byte.
const LONG: u8 = u8::MAX - 1;

/// Whether an unquoted cell, already trimmed, stands for a missing value: empty, `NA`, `NaN` or `null`, exactly.
pub fn is_missing_token(trimmed: &str) -> bool {
    matches!(trimmed, "" | "NA" | "NaN" | "null")
}

/// Text cells, trimmed, in one shared buffer: a long column of short cells takes little more memory than its text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextCells {
    text: String,
    /// The length of each cell in bytes, or [`MISSING`] or [`LONG`].
    lengths: Vec<u8>,
    /// Where the text of each block of cells starts.
    starts: Vec<usize>,
    /// The rows of the cells that are [`LONG`], ascending, and their lengths.
    long: Vec<(usize, usize)>,
}

impl TextCells {
    /// No cell yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a cell as it stands in a file without quotes: trimmed, and missing where it is a missing token.
    pub fn push_cell(&mut self, cell: &str) {
        let cell = cell.trim();
        if is_missing_token(cell) { self.push_missing() } else { self.push_trimmed(cell) }
    }

    /// Appends a label: trimmed, and missing only where nothing is left.
    pub fn push_label(&mut self, label: &str) {
        let label = label.trim();
        if label.is_empty() { self.push_missing() } else { self.push_trimmed(label) }
    }

    /// Appends a missing cell.
    pub fn push_missing(&mut self) {
        self.push_length(MISSING);
    }

    fn push_trimmed(&mut self, cell: &str) {
        match u8::try_from(cell.len()) {
            Ok(length) if length < LONG => self.push_length(length),
            _ => {
                self.long.push((self.len(), cell.len()));
                self.push_length(LONG);
            }
        }
        self.text.push_str(cell);
    }

    /// Appends a length, before the text that it is of.
    fn push_length(&mut self, length: u8) {
        if self.len().is_multiple_of(BLOCK) {
            self.starts.push(self.text.len());
        }
        self.lengths.push(length);
    }

    /// The length of the text of a cell.
    fn length(&self, row: usize) -> Option<usize> {
        match *self.lengths.get(row)? {
            MISSING => Some(0),
            LONG => {
                let found = self.long.binary_search_by_key(&row, |&(row, _)| row).ok()?;
                self.long.get(found).map(|&(_, length)| length)
            }
            length => Some(usize::from(length)),
        }
    }

    /// The text of a cell; `None` where it is missing or there is no such row.
    pub fn get(&self, row: usize) -> Option<&str> {
        if self.is_missing(row) {
            return None;
        }
        let block = row / BLOCK;
        let before: usize = (block * BLOCK..row).filter_map(|row| self.length(row)).sum();
        let start = self.starts.get(block)? + before;
        self.text.get(start..start + self.length(row)?)
    }

    /// Whether a cell is missing. A row that does not exist is.
    pub fn is_missing(&self, row: usize) -> bool {
        self.lengths.get(row).is_none_or(|&length| length == MISSING)
    }

    /// The number of cells.
    pub fn len(&self) -> usize {
        self.lengths.len()
    }

    /// Whether there is no cell.
    pub fn is_empty(&self) -> bool {
        self.lengths.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_trimmed_and_tokens_are_missing() {
        let mut cells = TextCells::new();
        for cell in [" a ", "", "NA", "na", "NaN", "nan", "null", "\u{a0}é\u{2003}", "N A"] {
            cells.push_cell(cell);
        }
        cells.push_label(" NA ");
        cells.push_label("  ");
        let got: Vec<_> = (0..cells.len()).map(|row| cells.get(row)).collect();
        let want =
            [Some("a"), None, None, Some("na"), None, Some("nan"), None, Some("é"), Some("N A"), Some("NA"), None];
        assert_eq!(got, want);
        assert_eq!(cells.get(99), None);
        assert!(cells.is_missing(99));
    }

    #[test]
    fn cells_of_any_length_are_found_again() {
        let mut cells = TextCells::new();
        let text = |row: usize| "é".repeat(row * 7 % 150); // up to 298 bytes, and empty every 150 rows
        for row in 0..1000 {
            cells.push_label(&text(row));
        }
        for row in 0..1000 {
            let want = Some(text(row)).filter(|text| !text.is_empty());
            assert_eq!(cells.get(row), want.as_deref(), "row {row}");
        }
        assert_eq!((cells.len(), cells.get(1000)), (1000, None));
    }
}
