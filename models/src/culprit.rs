//! Why a density is not finite at a position, for messages.

use crate::compiler::graph::NodeId;
use crate::compiler::guard::Guard;
use crate::distributions::Domain;
use crate::posterior::Posterior;
use crate::program::execute::{self, Workspace};
use crate::program::schedule::{Wanted, schedule};
use crate::syntax::Span;

/// Where a density is not finite.
#[derive(Clone, Debug)]
pub struct Culprit {
    /// The variable or column.
    pub name: String,
    /// Its statement.
    pub span: Span,
    /// The row of the table, from 1, of an observed column.
    pub place: Option<String>,
    /// The numbers of that row that its statement names.
    pub numbers: Vec<(String, f64)>,
    /// What is not as it must be.
    pub fault: Fault,
}

/// Why a density is not finite.
#[derive(Clone, Debug)]
pub enum Fault {
    /// The value of the log density.
    Density(f64),
    /// An argument outside its domain.
    Argument {
        /// The distribution.
        distribution: &'static str,
        /// Its argument.
        argument: &'static str,
        /// The number; of a vector whose parts are in the domain, their sum.
        value: f64,
        /// Where it must be.
        domain: Domain,
    },
}

impl std::fmt::Display for Culprit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.fault {
            Fault::Density(value) => write!(f, "the log density of `{}` is {value}", self.name)?,
            Fault::Argument { distribution, argument, value, .. } => {
                write!(f, "{argument} of {distribution} (`{}`) is {value}", self.name)?;
            }
        }
        if let Some(place) = &self.place {
            write!(f, " at {place}")?;
            let numbers: Vec<String> = self.numbers.iter().map(|(column, x)| format!("`{column}` is {x}")).collect();
            if !numbers.is_empty() {
                write!(f, ", where {},", numbers.join(" and "))?;
            }
        }
        match &self.fault {
            Fault::Argument { domain, .. } => write!(f, " and must be {},", domain.phrase()),
            Fault::Density(_) => Ok(()),
        }
    }
}

impl Posterior {
    /// The numbers of some nodes at a position.
    fn computed<const N: usize>(&self, nodes: [NodeId; N], position: &[f64]) -> [Vec<f64>; N] {
        let own = schedule(&self.compiled().graph, &Wanted { terms: &[], outputs: &nodes });
        let mut work = Workspace::forward_only(&own);
        execute::forward(&own, &mut work, position);
        std::array::from_fn(|i| work.array(&own, &own.outputs[i]).to_vec())
    }

    /// Where a row stands in the table, and its numbers that a statement names.
    fn place(&self, statement: &str, row: Option<u32>) -> (Option<String>, Vec<(String, f64)>) {
        let place = row.map(|r| format!("row {}", self.bound().table_row(r)));
        (place, row.map_or_else(Vec::new, |r| self.bound().numbers_named_by(statement, r as usize)))
    }

    /// The first argument that is outside its domain at a position.
    fn argument_outside(&self, position: &[f64]) -> Option<Culprit> {
        self.compiled().guards.iter().find_map(|guard| {
            let [terms, values] = self.computed([guard.term, guard.value], position);
            let cell = terms.iter().position(|term| *term != 0.0)?;
            let own = &values[cell * guard.width..(cell + 1) * guard.width];
            let outside = own.iter().find(|x| !guard.domain.contains(**x));
            let value = outside.copied().unwrap_or_else(|| own.iter().sum());
            let rows = self.compiled().densities.iter().find(|d| d.name == guard.name).and_then(|d| d.rows.as_ref());
            let row = rows.filter(|rows| rows.len() == terms.len()).and_then(|rows| rows.get(cell));
            let (place, numbers) = self.place(&guard.name, row);
            let Guard { distribution, argument, domain, .. } = *guard;
            let fault = Fault::Argument { distribution, argument, value, domain };
            Some(Culprit { name: guard.name.clone(), span: guard.span, place, numbers, fault })
        })
    }

    /// The first argument outside its domain at a position, or the first statement whose log density is not finite there.
    pub fn culprit(&self, position: &[f64]) -> Option<Culprit> {
        if let Some(culprit) = self.argument_outside(position) {
            return Some(culprit);
        }
        for statement in &self.compiled().densities {
            // Collapsed rows are looked at one by one.
            let parts = if statement.is_absorbed() { statement.entering() } else { statement.parts() };
            for part in parts {
                let [values] = self.computed([part.node], position);
                let Some(cell) = values.iter().position(|v| !v.is_finite()) else { continue };
                let own = values.len() == part.elements() * statement.density.cells && !statement.is_absorbed();
                let row = statement.rows.as_ref().filter(|_| own).and_then(|r| r.get(cell / part.elements()));
                let (place, numbers) = self.place(&statement.name, row);
                let fault = Fault::Density(values[cell]);
                return Some(Culprit { name: statement.name.clone(), span: statement.span, place, numbers, fault });
            }
        }
        None
    }
}
