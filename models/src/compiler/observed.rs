//! Observed statements: their density, and draws of the column where it is observed and where it is empty.

use super::arguments::Arguments;
use super::compiled::{Likelihood, Replicate, StatementDensity};
use super::context::Context;
use super::density::Density;
use super::likelihood::Observations;
use super::normal;
use super::statements::Compiler;
use super::value::Numbers;
use crate::bind::Column;
use crate::error::{Error, ErrorKind};
use crate::resolve::{Matched, Variable};
use crate::syntax::{Call, Name};
use std::sync::Arc;

impl Compiler<'_> {
    /// An observed statement at the rows where its column is not empty.
    pub(super) fn observed(
        &mut self,
        variable: &Variable,
        matched: &Matched<'_>,
        call: &Call,
        weight: Option<&Name>,
    ) -> Result<(), Error> {
        let name = &variable.name;
        let Some(column) = self.bound.columns.get(&name.text) else {
            return Err(Error::new(ErrorKind::NoData, name.span));
        };
        let missing: Vec<bool> = (0..self.bound.rows).map(|r| self.bound.missing_in_row(column, r)).collect();
        let pick = |left_out: bool| -> Arc<[u32]> {
            (0..self.bound.rows as u32).filter(|r| missing[*r as usize] == left_out).collect()
        };
        let (rows, left_out) = (pick(false), pick(true));
        let weights = weight.and_then(|weight| self.bound.weights(weight));
        let empty = left_out.len();
        let (rows, weights) = match weights {
            Some(weights) if self.bound.rows_apart => (repeated(&rows, weights), None),
            // A row that counts 0 times is not there.
            Some(weights) => (rows.iter().copied().filter(|r| weights[*r as usize] > 0.0).collect(), Some(weights)),
            None => (rows, None),
        };
        if rows.is_empty() {
            // Nothing is observed of it, or nothing of that counts: the column has no part in the density.
            let density = Density { parts: Vec::new(), cells: 0 };
            let statement = StatementDensity::as_written(name.text.clone(), variable.span, density);
            let weights = weights.map(|_| Arc::default());
            self.out.densities.push(StatementDensity { rows: Some(rows.into()), empty, weights, ..statement });
            return self.predict_left_out(name, matched, call, left_out);
        }
        let context = Context::rows(rows.clone(), true);
        let arguments = self.arguments(matched, call.span, &context)?;
        self.guard(&name.text, variable.span, matched, &arguments);
        if self.forward {
            return self.replicate_observed(name, arguments, rows);
        }
        let (density, observed) = self.observed_density(name, &arguments, &context)?;
        let mut known = arguments.clone();
        if let (Some(first @ None), Observations::Counts(y, k)) = (known.nodes.first_mut(), &observed) {
            let sums: Vec<f64> = y.chunks((*k).max(1)).map(|y| y.iter().sum()).collect();
            *first = Some(Numbers::scalar(self.graph.constant(sums)));
        }
        let replicate = self.replicate(name, &known, rows.clone());
        self.out.replicated.push(replicate);
        let weights = weights.map(|weights| rows.iter().map(|r| weights[*r as usize]).collect());
        let absorbed_by = self.plan.absorbs(&name.text);
        let normal = normal::of_observed(&mut self.graph, &arguments, &observed);
        let terms = absorbed_by.is_some().then(Vec::new);
        let statement = StatementDensity::as_written(name.text.clone(), variable.span, density);
        let likelihood = Some(Likelihood { arguments, observed });
        let rows = Some(rows.into());
        self.out.densities.push(StatementDensity {
            terms,
            rows,
            empty,
            weights,
            likelihood,
            normal,
            absorbed_by,
            ..statement
        });
        if !left_out.is_empty() {
            self.predict_left_out(name, matched, call, left_out)?;
        }
        Ok(())
    }

    /// Draws of an observed column where it is observed, without its density.
    fn replicate_observed(&mut self, name: &Name, mut arguments: Arguments, rows: Arc<[u32]>) -> Result<(), Error> {
        if let (Some(first @ None), Some(Column::Vector { index, values })) =
            (arguments.nodes.first_mut(), self.bound.columns.get(&name.text))
        {
            let k = self.bound.levels(*index).len();
            let sums = rows.iter().map(|r| values[*r as usize * k..(*r as usize + 1) * k].iter().sum::<f64>());
            let sums: Vec<f64> = sums.collect();
            *first = Some(Numbers::scalar(self.graph.constant(sums)));
        }
        let replicate = self.replicate(name, &arguments, rows);
        self.out.replicated.push(replicate);
        Ok(())
    }

    /// Draws of an observed column at rows whose arguments are these.
    fn replicate(&mut self, name: &Name, arguments: &Arguments, rows: Arc<[u32]>) -> Replicate {
        let node = self.draw(arguments, rows.len());
        let index = match self.bound.columns.get(&name.text) {
            Some(Column::Vector { index, .. }) => Some(*index),
            _ => None,
        };
        Replicate { name: name.text.clone(), rows: rows.into(), node, index }
    }

    /// A left-out row's value is predicted.
    fn predict_left_out(
        &mut self,
        name: &Name,
        matched: &Matched<'_>,
        call: &Call,
        rows: Arc<[u32]>,
    ) -> Result<(), Error> {
        // Counts whose `n` is told by their sum cannot be predicted where they are missing.
        if matched.arguments[0].is_none() {
            return Ok(());
        }
        let context = Context::rows(rows.clone(), false);
        let arguments = self.arguments(matched, call.span, &context)?;
        let replicate = self.replicate(name, &arguments, rows);
        self.out.left_out.push(replicate);
        Ok(())
    }
}

/// Each row as many times as its weight says.
fn repeated(rows: &[u32], weights: &[f64]) -> Arc<[u32]> {
    rows.iter().flat_map(|row| std::iter::repeat_n(*row, weights[*row as usize] as usize)).collect()
}
