//! One column of a table: a header and its cells, as text or as numbers.

use std::borrow::Cow;

use super::cells::TextCells;
use super::number::{self, NumberError};

/// The cells of a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Cells {
    /// Text, as in CSV.
    Text(TextCells),
    /// Numbers, NaN where missing.
    Numbers(Vec<f64>),
}

/// A column: its header and its cells. Rows count from 0 here; messages to people count from 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    name: String,
    cells: Cells,
}

impl Column {
    /// A column of text.
    pub fn from_text(name: impl Into<String>, cells: TextCells) -> Self {
        Self { name: name.into(), cells: Cells::Text(cells) }
    }

    /// A column of numbers, NaN where missing.
    pub fn from_numbers(name: impl Into<String>, values: Vec<f64>) -> Self {
        Self { name: name.into(), cells: Cells::Numbers(values) }
    }

    /// The header.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The cells as they are stored.
    pub fn cells(&self) -> &Cells {
        &self.cells
    }

    /// The number of cells.
    pub fn len(&self) -> usize {
        match &self.cells {
            Cells::Text(cells) => cells.len(),
            Cells::Numbers(values) => values.len(),
        }
    }

    /// Whether there is no cell.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether a cell is missing. A row that does not exist is.
    pub fn is_missing(&self, row: usize) -> bool {
        match &self.cells {
            Cells::Text(cells) => cells.is_missing(row),
            Cells::Numbers(values) => values.get(row).is_none_or(|value| value.is_nan()),
        }
    }

    /// The text of a cell, trimmed, `None` where it is missing. A number has its shortest text: `5`, `1.5`.
    pub fn text(&self, row: usize) -> Option<Cow<'_, str>> {
        match &self.cells {
            Cells::Text(cells) => cells.get(row).map(Cow::Borrowed),
            Cells::Numbers(values) => {
                values.get(row).filter(|value| !value.is_nan()).map(|&value| number::shortest(value).into())
            }
        }
    }

    /// A cell as a finite number, `None` where it is missing.
    pub fn real(&self, row: usize) -> Result<Option<f64>, NumberError> {
        match &self.cells {
            Cells::Text(cells) => cells.get(row).map(number::parse_real).transpose(),
            Cells::Numbers(values) => match values.get(row) {
                Some(value) if value.is_infinite() => Err(NumberError::NotFinite { cell: value.to_string() }),
                other => Ok(other.copied().filter(|value| !value.is_nan())),
            },
        }
    }

    /// A cell as an integer from 0 to 2^53, `None` where it is missing.
    pub fn count(&self, row: usize) -> Result<Option<u64>, NumberError> {
        self.parsed(row, number::parse_count)
    }

    /// A cell as 0/1 or true/false, `None` where it is missing.
    pub fn binary(&self, row: usize) -> Result<Option<bool>, NumberError> {
        self.parsed(row, number::parse_binary)
    }

    fn parsed<T>(&self, row: usize, parse: impl Fn(&str) -> Result<T, NumberError>) -> Result<Option<T>, NumberError> {
        if let Cells::Numbers(values) = &self.cells
            && let Some(value) = values.get(row).filter(|value| value.is_infinite())
        {
            return Err(NumberError::NotFinite { cell: value.to_string() });
        }
        self.text(row).map(|text| parse(&text)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_like_text() {
        let column = Column::from_numbers("n", vec![5.0, 1.5, f64::NAN, 1.0, f64::INFINITY, -2.0, 1e20]);
        assert_eq!(column.text(0).as_deref(), Some("5"));
        assert_eq!(column.text(2), None);
        assert!(column.is_missing(2) && column.is_missing(99) && !column.is_missing(0));
        assert_eq!(column.count(0), Ok(Some(5)));
        assert!(matches!(column.count(1), Err(NumberError::Fraction { .. })));
        assert_eq!(column.count(2), Ok(None));
        assert_eq!(column.binary(3), Ok(Some(true)));
        assert!(matches!(column.real(4), Err(NumberError::NotFinite { .. })));
        assert!(matches!(column.count(4), Err(NumberError::NotFinite { .. })));
        assert!(matches!(column.count(5), Err(NumberError::Negative { .. })));
        assert!(matches!(column.count(6), Err(NumberError::TooLarge { .. })));
    }
}
