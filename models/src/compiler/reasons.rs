//! Why the compiler did what it did, in words.

use super::compiled::{Compiled, Passes, SampledBlock, StatementDensity};
use super::conjugate::{self, is_conjugate, odd_factor};
use super::guard::Guard;
use super::transform::Parameterisation;
use crate::bind::Bound;
use crate::resolve::plural;
use std::collections::BTreeMap;

/// Distributions that can be integrated out.
const CONJUGATE: [&str; 4] = ["Beta", "Dirichlet", "Gamma", "Normal"];

/// The distribution of a statement whose density an integrated-out variable holds: of data, or of another such variable.
fn distribution_of(statement: &StatementDensity) -> &'static str {
    statement.likelihood.as_ref().map_or("Normal", |l| l.arguments.distribution.name())
}

/// The likelihoods that the marginal of a variable holds.
pub(super) fn children(compiled: &Compiled, variable: &str) -> Vec<String> {
    let absorbed = compiled.densities.iter().filter(|d| d.absorbed_by.as_deref() == Some(variable));
    absorbed.map(|d| format!("{} (`{}`)", distribution_of(d), d.name)).collect()
}

/// Why a variable is sampled, and in which coordinates.
pub(super) fn sampled_reason(bound: &Bound, compiled: &Compiled, passes: Passes, block: &SampledBlock) -> String {
    let layout = match block.parameterisation {
        Parameterisation::Centred => "",
        Parameterisation::Noncentred => "; not centred",
        Parameterisation::Partial => "; centred as far as the data of each level bear",
    };
    let size = if block.size == block.shape.size() { String::new() } else { format!("; {} unconstrained", block.size) };
    format!("{}{layout}{size}", not_integrated(bound, compiled, passes, block))
}

/// Names one after the other.
fn list(names: &[&str]) -> String {
    match names {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        names => names.concat(),
    }
}

/// Why a variable was not integrated out.
fn not_integrated(bound: &Bound, compiled: &Compiled, passes: Passes, block: &SampledBlock) -> String {
    let own = block.arguments.distribution.name();
    if !passes.integrate {
        return "nothing is integrated out, as asked".into();
    }
    if !CONJUGATE.contains(&own) {
        return format!("{own} is not integrated out; {} are", list(&CONJUGATE));
    }
    let graph = &compiled.graph;
    let others: Vec<&StatementDensity> = conjugate::children(compiled, block).collect();
    // The one in the way, not one that is conjugate.
    let in_the_way = others.iter().find(|child| !is_conjugate(graph, block, child));
    if in_the_way.is_none()
        && let Some(Guard { name, distribution, argument, domain, .. }) = conjugate::guarding(compiled, block)
    {
        return format!("{argument} of {distribution} (`{name}`) must be {}, which it decides", domain.phrase());
    }
    let Some(child) = in_the_way.or(others.first()) else { return "no likelihood of data depends on it".into() };
    let name = &child.name;
    match (&child.likelihood, compiled.sampled.iter().any(|s| s.name == *name)) {
        (_, true) => format!("`{name}`, which is sampled, depends on it"),
        (Some(_), _) if child.is_absorbed() => format!("what stays of `{name}` depends on it"),
        (Some(l), _) if let Some((cell, factor)) = odd_factor(graph, block, child) => {
            let row = child.rows.as_ref().and_then(|rows| Some(bound.table_row(rows.get(cell)?)));
            let row = row.map_or_else(String::new, |row| format!(" in row {row}"));
            format!("{} (`{name}`) depends on it with a factor of {factor}{row}", l.arguments.distribution.name())
        }
        (Some(l), _) => format!("{} (`{name}`) depends on it in no conjugate way", l.arguments.distribution.name()),
        (None, _) => format!("the marginal of `{name}` depends on it"),
    }
}

/// How a variable left the density, or how rows became cells.
pub(super) fn derivation(bound: &Bound, compiled: &Compiled, density: &StatementDensity) -> Option<String> {
    let cells = density.cells?;
    let name = &density.name;
    if density.rows.is_some() {
        let rows = plural(density.density.cells, "row", "rows");
        return Some(format!("`{name}`: {rows} became {}", plural(cells, "cell", "cells")));
    }
    let cells = density.entering_cells(compiled).unwrap_or(cells);
    let variable = bound.model.variables.iter().find(|v| v.name.text == *name)?;
    let indices = variable.indices.to_string();
    let own = variable.distribution().unwrap_or("a variable");
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let absorbed = compiled.densities.iter().filter(|d| d.absorbed_by.as_ref() == Some(name));
    absorbed.for_each(|d| *counts.entry(distribution_of(d)).or_default() += d.density.cells);
    let total: usize = counts.values().sum();
    let children: Vec<String> =
        counts.iter().map(|(d, n)| plural(*n, &format!("{d} child"), &format!("{d} children"))).collect();
    let became = format!("{} became {}", plural(total, "row", "rows"), plural(cells, "cell", "cells"));
    Some(format!("`{name}{indices}` integrated out: {own} with {}; {became}", children.join(" and ")))
}

/// How far the levels of each hierarchy are centred at the start.
pub(super) fn centring<'a>(compiled: &'a Compiled, weights: &'a [f64]) -> impl Iterator<Item = String> + 'a {
    let mut first = 0;
    compiled.sampled.iter().filter(|b| b.partial.is_some() && b.size > 0).filter_map(move |block| {
        let mut own = weights.get(first..first + block.size)?.to_vec();
        first += block.size;
        own.sort_by(f64::total_cmp);
        let (least, most, median) = (own.first()?, own.last()?, own[own.len() / 2]);
        // Levels with equal data are centred alike.
        let far = match format!("{least:.2}") == format!("{most:.2}") {
            true => format!("by {median:.2} (0 not, 1 wholly)"),
            false => format!("by {least:.2} to {most:.2} (median {median:.2}; 0 not, 1 wholly)"),
        };
        Some(format!("`{}` is centred {far} at the start of the warmup", block.name))
    })
}
