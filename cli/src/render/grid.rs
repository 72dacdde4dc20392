//! Columns of aligned text.

use unicode_width::UnicodeWidthStr;

use super::printable;

/// Which side of a column the text stands at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// Rows of cells under a heading. A row of one cell is a remark, and widens no column.
#[derive(Debug)]
pub struct Grid {
    sides: Vec<Side>,
    rows: Vec<Vec<String>>,
}

impl Grid {
    /// A grid with its heading.
    pub fn new(heading: &[(&str, Side)]) -> Self {
        Self {
            sides: heading.iter().map(|&(_, side)| side).collect(),
            rows: vec![heading.iter().map(|&(text, _)| text.to_owned()).collect()],
        }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells.iter().map(|cell| printable(cell)).collect());
    }

    /// The aligned text, each line ended.
    pub fn text(&self) -> String {
        let tabular = || self.rows.iter().filter(|row| row.len() > 1);
        let width =
            |column: usize| tabular().filter_map(|row| row.get(column)).map(|cell| cell.width()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..self.sides.len()).map(width).collect();
        let rule = "─".repeat(widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1));
        let mut lines: Vec<String> = Vec::new();
        for (number, row) in self.rows.iter().enumerate() {
            lines.push(if let [remark] = row.as_slice() { remark.clone() } else { self.line(row, &widths) });
            if number == 0 {
                lines.push(rule.clone());
            }
        }
        lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
    }

    fn line(&self, row: &[String], widths: &[usize]) -> String {
        let cells = row.iter().zip(widths).zip(&self.sides).map(|((cell, &width), side)| {
            let space = " ".repeat(width.saturating_sub(cell.width()));
            if *side == Side::Left { format!("{cell}{space}") } else { format!("{space}{cell}") }
        });
        cells.collect::<Vec<_>>().join("  ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_aligned_by_their_width_on_screen() {
        let mut grid = Grid::new(&[("name", Side::Left), ("n", Side::Right)]);
        grid.row(vec!["日本".to_owned(), "1".to_owned()]);
        grid.row(vec!["a\u{1b}[31mb".to_owned(), "1000".to_owned()]);
        grid.row(vec!["a remark longer than the columns".to_owned()]);
        assert_eq!(
            grid.text(),
            "name        n\n─────────────\n日本        1\na\u{fffd}[31mb  1000\na remark longer than the columns\n"
        );
    }
}
