//! What the model declares of the columns of its table, read from its text.

use std::collections::BTreeMap;

use polya_models::syntax::{FieldKind, StatementKind, parser};

/// What the cells of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    /// Labels of levels.
    Labels,
    /// Numbers.
    Numbers,
    /// 0 and 1, or `false` and `true`.
    Truth,
}

/// The fields of a model.
#[derive(Debug, Default)]
pub(super) struct Fields {
    headers: BTreeMap<String, Holds>,
}

impl Fields {
    /// The fields of a model's text; none where it is no model.
    pub(super) fn of(model: &str) -> Self {
        let mut fields = Self::default();
        let Ok(syntax) = parser::parse(model) else { return fields };
        let declared = syntax.statements.into_iter().filter_map(|statement| match statement.kind {
            StatementKind::Data(fields) => Some(fields),
            _ => None,
        });
        for field in declared.flatten() {
            match field.kind {
                FieldKind::Factor(_) => fields.declare(field.column.text, Holds::Labels),
                FieldKind::Count | FieldKind::Real | FieldKind::Binary => {
                    let holds = if matches!(field.kind, FieldKind::Binary) { Holds::Truth } else { Holds::Numbers };
                    fields.declare(field.column.text, holds);
                }
                FieldKind::Counts(parts) | FieldKind::Reals(parts) => {
                    parts.into_iter().for_each(|part| fields.declare(part.text, Holds::Numbers));
                }
                FieldKind::CountsBy { count, category } => {
                    fields.declare(count.text, Holds::Numbers);
                    fields.declare(category.text, Holds::Labels);
                }
            }
        }
        fields
    }

    /// Labels stand where a column is declared as more than one thing, because they keep its text.
    fn declare(&mut self, header: String, holds: Holds) {
        let trimmed = header.trim();
        let known = self.headers.entry(trimmed.to_owned()).or_insert(holds);
        if *known != holds {
            *known = Holds::Labels;
        }
    }

    /// What the column under a header holds; `None` where the model does not declare it.
    pub(super) fn holds(&self, header: &str) -> Option<Holds> {
        self.headers.get(header.trim()).copied()
    }

    /// Whether no column is declared.
    pub(super) fn is_empty(&self) -> bool {
        self.headers.is_empty()
    }
}
