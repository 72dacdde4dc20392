//! Tables that scroll, and sort where scripts run.

use crate::escape::escaped;
use crate::page::html::Html;

/// A column.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    /// What it means, for those who do not know the name.
    pub(crate) meaning: &'static str,
    pub(crate) numeric: bool,
}

impl Column {
    pub(crate) const fn words(name: &'static str, meaning: &'static str) -> Self {
        Self { name, meaning, numeric: false }
    }

    pub(crate) const fn number(name: &'static str, meaning: &'static str) -> Self {
        Self { name, meaning, numeric: true }
    }
}

/// A cell.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    text: String,
    /// What a number sorts by.
    value: Option<f64>,
    /// Whether it is beyond a limit.
    bad: bool,
    /// Whether it is a sentence, which may have code in it.
    prose: bool,
}

impl Cell {
    pub(crate) fn words(text: impl Into<String>) -> Self {
        Self { text: text.into(), value: None, bad: false, prose: false }
    }

    pub(crate) fn prose(text: impl Into<String>) -> Self {
        Self { prose: true, ..Self::words(text) }
    }

    pub(crate) fn number(text: impl Into<String>, value: Option<f64>) -> Self {
        Self { value, ..Self::words(text) }
    }

    pub(crate) fn marked(self, bad: bool) -> Self {
        Self { bad, ..self }
    }
}

/// A table. The first column names the rows.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) caption: String,
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Vec<Cell>>,
    pub(crate) sortable: bool,
}

impl Table {
    pub(crate) fn write(&self, html: &mut Html) {
        let label = escaped(&self.caption);
        html.nested(&format!("div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{label}\""), |html| {
            html.nested(if self.sortable { "table class=\"sortable\"" } else { "table" }, |html| {
                html.element("caption", &self.caption);
                html.nested("thead", |html| html.nested("tr", |html| self.columns.iter().for_each(|c| head(html, c))));
                html.nested("tbody", |html| {
                    for row in &self.rows {
                        html.nested("tr", |html| self.row(html, row));
                    }
                });
            });
        });
    }

    fn row(&self, html: &mut Html, row: &[Cell]) {
        for (number, (cell, column)) in row.iter().zip(&self.columns).enumerate() {
            let tag = if number == 0 { "th scope=\"row\"" } else { "td" };
            let class = match (column.numeric, cell.bad) {
                (true, true) => " class=\"number bad\"",
                (true, false) => " class=\"number\"",
                (false, true) => " class=\"bad\"",
                (false, false) => "",
            };
            let value = match cell.value {
                Some(value) if value.is_finite() => format!(" data-v=\"{value}\""),
                _ if column.numeric => " data-v=\"\"".to_owned(),
                _ => String::new(),
            };
            // Not by colour alone.
            let text = if cell.bad { format!("▲ {}", cell.text) } else { cell.text.clone() };
            let tag = format!("{tag}{class}{value}");
            if cell.prose { html.prose(&tag, &text) } else { html.element(&tag, &text) }
        }
    }
}

fn head(html: &mut Html, column: &Column) {
    let class = if column.numeric { " class=\"number\"" } else { "" };
    let title =
        if column.meaning.is_empty() { String::new() } else { format!(" title=\"{}\"", escaped(column.meaning)) };
    html.element(&format!("th scope=\"col\"{class}{title}"), column.name);
}
