//! What the parts of a kept fit must have in common: asked before they are written and after they are read.

use std::path::Path;

use super::columns::Shape;
use super::error::KeepError;
use super::{DRAWS, KeptFit, MODEL, POSITIONS, SAMPLER};
use crate::draws::Scalar;
use crate::read::sha256;
use crate::summary::{Kind, Summary};

/// The chains and draws that a summary speaks of.
pub(super) fn shape_of(summary: &Summary) -> Shape {
    Shape { chains: summary.sampler.chains, draws: summary.sampler.draws }
}

/// What became of a variable.
pub(super) fn kind_of(summary: &Summary, variable: &str) -> Option<Kind> {
    let compiled = &summary.compiled;
    let listed = [
        (&compiled.sampled, Kind::Sampled),
        (&compiled.integrated_out, Kind::IntegratedOut),
        (&compiled.computed, Kind::Computed),
        (&compiled.predicted, Kind::Predicted),
    ];
    listed.into_iter().find(|(names, _)| names.iter().any(|name| name == variable)).map(|(_, kind)| kind)
}

/// Checks the parts of a fit that is to be kept.
pub(super) fn parts(fit: &KeptFit<'_>) -> Result<(), KeepError> {
    let shape = shape_of(fit.summary);
    let draws = Path::new(DRAWS);
    KeepError::agree(draws, "the number of chains", fit.draws.chains(), shape.chains)?;
    KeepError::agree(draws, "the draws of each chain", fit.draws.draws(), shape.draws)?;
    for scalar in fit.draws.scalars() {
        let kind = kind_of(fit.summary, &scalar.variable);
        if kind != Some(scalar.kind) {
            return Err(unlisted_variable(draws, scalar));
        }
    }
    names(draws, fit.draws.scalars(), fit.summary)?;
    sampler(Path::new(SAMPLER), &fit.sampler.iter().map(Vec::len).collect::<Vec<_>>(), shape)?;
    if let Some(chains) = fit.positions {
        let file = Path::new(POSITIONS);
        KeepError::agree(file, "the number of chains", chains.len(), shape.chains)?;
        let numbers = shape.draws.saturating_mul(fit.summary.compiled.dimension);
        for chain in chains {
            KeepError::agree(file, "the numbers of each chain", chain.len(), numbers)?;
        }
    }
    model(Path::new(MODEL), fit.model, fit.summary)
}

/// Every scalar that the summary lists of a variable is there, and no other, in the same order. The summary may leave out
/// variables, and so may the draws.
pub(super) fn names(file: &Path, scalars: &[Scalar], summary: &Summary) -> Result<(), KeepError> {
    let kept: std::collections::HashSet<&str> = scalars.iter().map(|scalar| scalar.variable.as_str()).collect();
    let listed: std::collections::HashSet<&str> = summary.parameters.iter().map(|row| row.variable.as_str()).collect();
    let mut found = scalars.iter().filter(|scalar| listed.contains(scalar.variable.as_str()));
    let mut expected = summary.parameters.iter().filter(|row| kept.contains(row.variable.as_str()));
    loop {
        match (found.next(), expected.next()) {
            (None, None) => return Ok(()),
            (Some(scalar), Some(row)) if scalar.name == row.name && scalar.kind == row.kind => {}
            (scalar, row) => {
                let name = |name: Option<&str>| name.map_or_else(|| "none".to_owned(), |name| format!("`{name}`"));
                let (found, expected) = (scalar.map(|s| s.name.as_str()), row.map(|r| r.name.as_str()));
                let (found, expected) = (name(found), name(expected));
                let what = "the next scalar that summary.json lists too";
                return Err(KeepError::Inconsistent { file: file.to_owned(), what, found, expected });
            }
        }
    }
}

/// A variable that the summary does not know.
pub(super) fn unlisted_variable(file: &Path, scalar: &Scalar) -> KeepError {
    KeepError::Inconsistent {
        file: file.to_owned(),
        what: "a variable",
        found: format!("`{}`", scalar.variable),
        expected: "one that summary.json lists among the compiled".to_owned(),
    }
}

/// The sampler has a row for each draw, or none where nothing was sampled.
pub(super) fn sampler(file: &Path, lengths: &[usize], shape: Shape) -> Result<(), KeepError> {
    if lengths.iter().all(|&length| length == 0) {
        return Ok(());
    }
    KeepError::agree(file, "the number of chains", lengths.len(), shape.chains)?;
    lengths.iter().try_for_each(|&length| KeepError::agree(file, "the rows of each chain", length, shape.draws))
}

/// The model is the one that the summary speaks of, where it names it.
pub(super) fn model(file: &Path, text: &str, summary: &Summary) -> Result<(), KeepError> {
    let expected = &summary.model.sha256;
    if expected.is_empty() {
        return Ok(());
    }
    KeepError::agree(file, "its SHA-256", sha256(text.as_bytes()), expected.clone())
}
