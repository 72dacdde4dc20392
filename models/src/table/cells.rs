//! The cells of one column of text: one buffer, where each cell ends in it, and which cells are missing.

/// Whether an unquoted cell, already trimmed, stands for a missing value: empty, `NA`, `NaN` or `null`, exactly.
pub fn is_missing_token(trimmed: &str) -> bool {
    matches!(trimmed, "" | "NA" | "NaN" | "null")
}

/// Text cells, trimmed, in one shared buffer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextCells {
    text: String,
    /// Where each cell ends, in 32 bits: half the memory of a long column of short cells.
    ends: Vec<u32>,
    /// The first cell that ends beyond each further 4 GiB.
    wraps: Vec<usize>,
    missing: Vec<bool>,
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
        self.push_end();
        self.missing.push(true);
    }

    fn push_trimmed(&mut self, cell: &str) {
        self.text.push_str(cell);
        self.push_end();
        self.missing.push(false);
    }

    fn push_end(&mut self) {
        let end = self.text.len() as u64;
        while (self.wraps.len() as u64) < end >> 32 {
            self.wraps.push(self.ends.len());
        }
        self.ends.push(end as u32); // the low bits
    }

    /// Where the text of a cell ends.
    fn end(&self, row: usize) -> Option<usize> {
        let wraps = self.wraps.partition_point(|first| *first <= row);
        usize::try_from(((wraps as u64) << 32) + u64::from(*self.ends.get(row)?)).ok()
    }

    /// The text of a cell; `None` where it is missing or there is no such row.
    pub fn get(&self, row: usize) -> Option<&str> {
        if self.is_missing(row) {
            return None;
        }
        let start = match row.checked_sub(1) {
            Some(before) => self.end(before)?,
            None => 0,
        };
        self.text.get(start..self.end(row)?)
    }

    /// Whether a cell is missing. A row that does not exist is.
    pub fn is_missing(&self, row: usize) -> bool {
        self.missing.get(row).copied().unwrap_or(true)
    }

    /// The number of cells.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no cell.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
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
}
