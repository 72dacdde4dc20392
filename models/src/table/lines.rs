//! Where each row of a table stands in its file, stored as the few places where the distance between row and line changes.

/// Line numbers of the rows of a table.
///
/// In most files row `r` stands on a line a fixed distance below it; only rows that span several lines or follow blank
/// ones change that distance. Only those changes are stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lines {
    rows: usize,
    /// (first row, line minus row), ascending in the row.
    shifts: Vec<(usize, usize)>,
}

impl Lines {
    /// No row yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a row that starts on `line` (the first line of a file is 1). Lines must not decrease.
    pub fn push(&mut self, line: usize) {
        let shift = line.saturating_sub(self.rows);
        if self.shifts.last().is_none_or(|&(_, last)| last != shift) {
            self.shifts.push((self.rows, shift));
        }
        self.rows += 1;
    }

    /// The line of a row, counted from 0.
    pub fn get(&self, row: usize) -> Option<usize> {
        if row >= self.rows {
            return None;
        }
        let after = self.shifts.partition_point(|&(first, _)| first <= row);
        let (_, shift) = self.shifts.get(after.checked_sub(1)?)?;
        Some(row + shift)
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_remember_their_lines() {
        let lines_in = [2, 3, 4, 7, 8, 20, 21, 22];
        let mut lines = Lines::new();
        for line in lines_in {
            lines.push(line);
        }
        let back: Vec<_> = (0..lines.len()).filter_map(|row| lines.get(row)).collect();
        assert_eq!(back, lines_in);
        assert_eq!(lines.shifts.len(), 3);
        assert_eq!(lines.get(8), None);
        assert!(Lines::new().is_empty());
    }
}
