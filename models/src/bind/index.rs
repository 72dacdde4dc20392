//! Indices and their levels.

use std::borrow::Cow;
use std::collections::HashMap;

/// An index of a bound model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct IndexId(pub(crate) usize);

impl IndexId {
    /// The rows of the table.
    pub const ROWS: IndexId = IndexId(0);
}

/// An index and its levels.
#[derive(Clone, Debug)]
pub struct Index {
    /// Its name.
    pub name: String,
    labels: Labels,
    positions: HashMap<String, u32>,
}

/// The labels of an index.
#[derive(Clone, Debug)]
pub enum Labels {
    /// Written out.
    Listed(Vec<String>),
    /// The numbers from 1 to n.
    Numbered(usize),
}

impl Index {
    /// An index with these labels, in this order.
    pub fn new(name: &str, labels: Vec<String>) -> Self {
        let positions = labels.iter().enumerate().map(|(i, l)| (l.clone(), i as u32)).collect();
        Self { name: name.into(), labels: Labels::Listed(labels), positions }
    }

    /// The index over the rows of a table, `1 … n`.
    pub fn rows(n: usize) -> Self {
        Self { name: "rows".into(), labels: Labels::Numbered(n), positions: HashMap::new() }
    }

    /// Number of levels.
    pub fn len(&self) -> usize {
        match &self.labels {
            Labels::Listed(labels) => labels.len(),
            Labels::Numbered(n) => *n,
        }
    }

    /// Whether it has no level.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The label of level `i`.
    pub fn label(&self, i: usize) -> Cow<'_, str> {
        match &self.labels {
            Labels::Listed(labels) => labels.get(i).map_or(Cow::Borrowed("?"), |l| Cow::Borrowed(l.as_str())),
            Labels::Numbered(_) => Cow::Owned((i + 1).to_string()),
        }
    }

    /// The position of a label.
    pub fn position(&self, label: &str) -> Option<u32> {
        match &self.labels {
            Labels::Listed(_) => self.positions.get(label).copied(),
            Labels::Numbered(n) => {
                let i: usize = label.parse().ok().filter(|i: &usize| i.to_string() == label)?;
                (1..=*n).contains(&i).then(|| i as u32 - 1)
            }
        }
    }

    /// All labels, for "did you mean"; only the first thousand.
    pub fn candidates(&self) -> Vec<String> {
        (0..self.len().min(1000)).map(|i| self.label(i).into_owned()).collect()
    }
}

/// Puts labels in the order of a factor: as numbers where every one is an integer, else by Unicode code point.
pub fn sort_labels(labels: &mut [String]) {
    if labels.iter().all(|l| is_integer(l)) {
        labels.sort_by_key(|label| integer_key(label));
    } else {
        labels.sort();
    }
}

/// Digits, an optional minus, no leading zero.
fn is_integer(label: &str) -> bool {
    let digits = label.strip_prefix('-').unwrap_or(label);
    !digits.is_empty()
        && digits.bytes().all(|b| b.is_ascii_digit())
        && (digits == "0" && digits.len() == label.len() || !digits.starts_with('0'))
}

/// Orders integers of any length: those below 0 by falling length and digits, then those above by rising ones.
fn integer_key(label: &str) -> (bool, i64, Vec<u8>) {
    match label.strip_prefix('-') {
        Some(digits) => (false, -(digits.len() as i64), digits.bytes().map(|b| b'9' - b).collect()),
        None => (true, label.len() as i64, label.bytes().collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(labels: &[&str]) -> Vec<String> {
        let mut labels: Vec<String> = labels.iter().map(|l| l.to_string()).collect();
        sort_labels(&mut labels);
        labels
    }

    #[test]
    fn integers_sort_as_numbers_and_all_else_by_code_point() {
        assert_eq!(sorted(&["10", "9", "-2", "-10", "0"]), ["-10", "-2", "0", "9", "10"]);
        assert_eq!(sorted(&["10", "9", "01"]), ["01", "10", "9"]);
        assert_eq!(sorted(&["b", "A", "é", "a"]), ["A", "a", "b", "é"]);
    }

    #[test]
    fn rows_are_numbered_from_1() {
        let rows = Index::rows(3);
        assert_eq!((rows.position("3"), rows.position("0"), rows.position("4")), (Some(2), None, None));
        assert_eq!((rows.position("03"), rows.label(0).as_ref()), (None, "1"));
    }
}
