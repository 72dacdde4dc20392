//! What was asked, and what the compiler made of it.

use crate::page::html::Html;
use crate::page::table::{Cell, Column, Table};
use crate::words::hidden;

/// What was asked.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Question {
    /// The question in words, a paragraph each; may be empty.
    pub paragraphs: Vec<String>,
    /// The text of the model.
    pub model: String,
}

/// What the compiler made of the model.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Compiled {
    /// How it came to it, a sentence each.
    pub derivation: Vec<String>,
    /// The variables.
    pub variables: Vec<CompiledVariable>,
    /// What was left out, a sentence each.
    pub notes: Vec<String>,
}

/// What became of one variable.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CompiledVariable {
    /// Its name with its indices.
    pub name: String,
    /// The part it plays: sampled, integrated out, computed, predicted, observed.
    pub role: String,
    /// Its scalars, if that is known.
    pub size: Option<usize>,
    /// Its distribution; may be empty.
    pub distribution: String,
    /// Why it plays that part; may be empty.
    pub reason: String,
}

/// The most variables of the table.
const MOST: usize = 200;

impl Question {
    pub(super) fn write(&self, html: &mut Html) {
        for paragraph in &self.paragraphs {
            html.prose("p", paragraph);
        }
        if !self.model.trim().is_empty() {
            html.nested("pre tabindex=\"0\" aria-label=\"The model\"", |html| {
                html.element("code", self.model.trim_end())
            });
        }
    }
}

impl Compiled {
    pub(super) fn write(&self, html: &mut Html) {
        if !self.derivation.is_empty() {
            html.nested("ul", |html| self.derivation.iter().for_each(|line| html.prose("li", line)));
        }
        if !self.variables.is_empty() {
            let table = Table {
                caption: "The variables of the model".to_owned(),
                columns: vec![
                    Column::words("variable", ""),
                    Column::words("role", "The part it plays"),
                    Column::number("size", "How many scalars it has"),
                    Column::words("distribution", ""),
                    Column::words("why", "Why it plays that part"),
                ],
                rows: self.variables.iter().take(MOST).map(CompiledVariable::cells).collect(),
                sortable: false,
            };
            table.write(html);
        }
        if self.variables.len() > MOST {
            html.notes(&[hidden(self.variables.len() - MOST, "variable", "variables")]);
        }
        html.notes(&self.notes);
    }
}

impl CompiledVariable {
    fn cells(&self) -> Vec<Cell> {
        let size = self.size.map_or_else(|| "–".to_owned(), |size| size.to_string());
        vec![
            Cell::words(&self.name),
            Cell::words(&self.role),
            Cell::number(size, self.size.map(|size| size as f64)),
            Cell::words(&self.distribution),
            Cell::prose(&self.reason),
        ]
    }
}
