//! Rows with a weight, `weight COLUMN`: each counts as so many equal ones.

use super::{Bound, Column};
use crate::error::{Error, ErrorKind};
use crate::posterior::Posterior;
use crate::resolve::{Definition, Role};
use crate::syntax::Name;
use std::sync::Arc;

/// The rows that weights may stand for, where each of them must stand alone.
pub const MOST_ROWS_APART: usize = 100_000;

impl Bound {
    /// The observed columns with a weight, each with the column of its weights.
    fn weighted(&self) -> impl Iterator<Item = (&Name, &Name)> {
        self.model.variables.iter().filter(|v| v.role == Role::Observed).filter_map(|variable| {
            let Definition::Random { modifiers, .. } = &variable.definition else { return None };
            Some((&variable.name, modifiers.weight.as_ref()?))
        })
    }

    /// The first observed column some of whose rows count more or less than once.
    pub fn first_weighted(&self) -> Option<&str> {
        let mut weighted = self.weighted();
        let weight_of = |weight: &Name| self.weights(weight).is_some_and(|w| w.iter().any(|w| *w != 1.0));
        weighted.find(|(_, weight)| weight_of(weight)).map(|(column, _)| column.text.as_str())
    }

    /// The numbers of a column of weights, for each row of the model.
    pub(crate) fn weights(&self, weight: &Name) -> Option<&Arc<[f64]>> {
        match self.columns.get(&weight.text) {
            Some(Column::Number(values)) => Some(values),
            _ => None,
        }
    }

    /// The same with each row of a column with a weight as many times as it counts, each time with a weight of one: the
    /// same posterior, and data of which every row can be replicated and left out alone. None where nothing has a weight.
    fn with_rows_apart(&self) -> Result<Option<Bound>, Error> {
        let mut any = false;
        for (_, weight) in self.weighted() {
            let rows: f64 = self.weights(weight).map_or(0.0, |weights| weights.iter().sum());
            if rows > MOST_ROWS_APART as f64 {
                let kind = ErrorKind::TooManyApart { column: weight.text.clone(), rows, most: MOST_ROWS_APART };
                return Err(Error::new(kind, weight.span));
            }
            any = true;
        }
        Ok((any && !self.rows_apart).then(|| Bound { rows_apart: true, ..self.clone() }))
    }
}

impl Posterior {
    /// The same posterior with each row of a column with a weight as many times as it counts, so that what is said of rows
    /// ([`Posterior::predict`], [`Posterior::log_lik`], [`Posterior::observed_columns`]) is said as if the table were
    /// written out. Positions of one are positions of the other. It is compiled when it is first asked for.
    ///
    /// # Errors
    /// Weights that stand for more than [`MOST_ROWS_APART`] rows.
    pub fn rows_apart(&self) -> Result<&Posterior, Error> {
        if let Some(apart) = self.apart.get() {
            return Ok(apart);
        }
        let Some(bound) = self.bound().with_rows_apart()? else { return Ok(self) };
        let apart = if self.is_prior { bound.compile_prior() } else { bound.compile_with(self.passes()) }?;
        Ok(self.apart.get_or_init(|| Box::new(apart)))
    }
}
