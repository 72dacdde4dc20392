//! `polya loo`: leave-one-out cross-validation and prior sensitivity of a kept fit.

use std::collections::HashMap;

use polya::Draws;
use polya::checks::assessment::{Finding, conflicts};
use polya::checks::loo::{GroupsLeftOut, RowOfColumn, RowsLeftOut};
use polya::checks::places::PlacesLeftOut;
use polya::checks::sensitivity::{PriorSensitivity, power_scale, strongest_prior};
use polya::diagnostics::PitInterval;
use polya::draws::scalar_name;
use polya::summary::{Kind, Severity};
use serde_json::{Value, json};

use crate::args::{Format, KeptOptions};
use crate::failure::Failure;
use crate::kept::Kept;
use crate::left_out::LeftOut;
use crate::output::Output;
use crate::render::grid::{Grid, Side};
use crate::render::printable;
use crate::{STANDS, UNRELIABLE};

/// Scalars whose sensitivity is listed.
const MOST_SCALARS: usize = 20;
/// Rows with a high k that are listed.
const SHOWN: usize = 10;

/// Runs the command.
pub fn run(options: &KeptOptions, output: &Output) -> Result<u8, Failure> {
    let kept = Kept::open(&options.folder)?;
    kept.must_observe("leave out")?;
    let replay = kept.replay();
    let left_out = LeftOut::of(&replay).map_err(|error| kept.cannot_leave_out(error))?;
    let sensitivities = power_scale(&replay, &kept.opened.draws).unwrap_or_else(|error| {
        output.note(&format!("the sensitivity to priors is left out: {error}"));
        Vec::new()
    });
    let findings = conflicts(&replay, &kept.opened.draws);
    match options.format {
        Format::Json => output.result(&(as_json(&left_out, &sensitivities, &findings).to_string() + "\n"))?,
        Format::Table => output.result(
            &(table(&left_out.rows)
                + &group_table(left_out.groups.as_ref())
                + &places_table(&left_out)
                + &sensitivity_table(&sensitivities, &findings, &kept.opened.draws)),
        )?,
    }
    Ok(if left_out.relied_on().high_k().next().is_none() { STANDS } else { UNRELIABLE })
}

fn as_json(left_out: &LeftOut, sensitivities: &[PriorSensitivity], findings: &[Finding]) -> Value {
    let LeftOut { rows: left_out, groups, places, places_by_group } = left_out;
    let loo = &left_out.loo;
    let (of_rows, of_groups) = (PlaceOfRow::all(places), PlaceOfRow::all(places_by_group.iter().flatten()));
    let place = |of: &PlaceOfRow<'_>, id: &RowOfColumn| of.0.get(&(id.column.as_str(), id.row)).copied();
    let rows: Vec<Value> = left_out
        .rows
        .iter()
        .zip(&loo.rows)
        .map(|(id, row)| {
            let mut value = json!({ "column": id.column, "row": id.row, "elpd": row.elpd, "p_loo": row.p_loo,
                "k": row.k, "ess": row.effective_draws, "mcse": row.mcse, "pit": place(&of_rows, id) });
            if places_by_group.is_some() {
                value["pit_without_group"] = json!(place(&of_groups, id));
            }
            value
        })
        .collect();
    json!({
        "schema": "polya.loo/1",
        "elpd_loo": loo.elpd, "se_elpd_loo": loo.se_elpd, "p_loo": loo.p_loo, "se_p_loo": loo.se_p_loo,
        "looic": loo.looic().0, "se_looic": loo.looic().1, "mcse_elpd_loo": loo.mcse_elpd,
        "k_limit": loo.k_limit, "high_k": loo.high_k().count(), "advice": loo.advice(),
        "waic": left_out.waic.as_ref().map(|w| json!({ "elpd": w.elpd, "se_elpd": w.se_elpd, "p_waic": w.p_waic })),
        "pit": places.iter().map(tested).collect::<Vec<_>>(),
        "rows": rows,
        "groups": groups.as_ref().map(|GroupsLeftOut { groups, loo }| json!({
            "elpd_loo": loo.elpd, "se_elpd_loo": loo.se_elpd, "p_loo": loo.p_loo, "high_k": loo.high_k().count(),
            "pit": places_by_group.iter().flatten().map(tested).collect::<Vec<_>>(),
            "rows": groups.iter().zip(&loo.rows).map(|(group, row)| json!({
                "name": scalar_name(&group.variable, &group.levels), "cells": group.cells.len(), "elpd": row.elpd, "k": row.k,
            })).collect::<Vec<_>>(),
        })),
        "sensitivity": sensitivities, "findings": findings.iter().map(|finding| &finding.message).collect::<Vec<_>>(),
    })
}

/// The place of each row, by column and row.
struct PlaceOfRow<'a>(HashMap<(&'a str, usize), PitInterval>);

impl<'a> PlaceOfRow<'a> {
    fn all(columns: impl IntoIterator<Item = &'a PlacesLeftOut>) -> Self {
        let of =
            |c: &'a PlacesLeftOut| c.rows.iter().zip(&c.places).map(|(row, place)| ((c.column.as_str(), *row), *place));
        Self(columns.into_iter().flat_map(of).collect())
    }
}

/// The test of a column's places.
fn tested(places: &PlacesLeftOut) -> Value {
    json!({ "column": places.column, "rows": places.rows.len(), "high_k": places.high_k, "p_value": places.p_value,
            "reliable": places.reliable(), "finding": places.finding })
}

/// A line for each column: whether its places are uniform, by groups where they can be left out.
fn places_table(left_out: &LeftOut) -> String {
    let (by, columns) = left_out.relied_on_places();
    let line = |column: &PlacesLeftOut| match (&column.finding, column.p_value) {
        (Some(finding), _) => format!("! without their {by}, {finding}\n"),
        (None, Some(p)) if column.reliable() => {
            format!(
                "places of {} in predictions without their {by}: uniform (p = {p:.2} of at most 0.50)\n",
                column.column
            )
        }
        (None, Some(_)) => format!("places of {}: not to be relied on, {} k are high\n", column.column, column.high_k),
        (None, None) => String::new(),
    };
    let lines: String = columns.iter().map(line).collect();
    if lines.is_empty() { lines } else { format!("\n{lines}") }
}

fn table(left_out: &RowsLeftOut) -> String {
    let loo = &left_out.loo;
    let mut grid = Grid::new(&[("", Side::Left), ("estimate", Side::Right), ("se", Side::Right)]);
    let mut add = |name: &str, value: f64, error: f64| {
        // Of one row there is no spread, and so no error.
        let error = if error.is_finite() { format!("{error:.2}") } else { String::new() };
        grid.row(vec![name.to_owned(), format!("{value:.2}"), error]);
    };
    add("elpd_loo", loo.elpd, loo.se_elpd);
    add("p_loo", loo.p_loo, loo.se_p_loo);
    let (looic, error) = loo.looic();
    add("looic", looic, error);
    if let Some(waic) = &left_out.waic {
        add("elpd_waic", waic.elpd, waic.se_elpd);
    }
    let mut text =
        format!("{} left out in turn, {} draws\n\n{}", counted(loo.rows.len(), "row"), loo.draws, grid.text());
    text += &high_rows(left_out);
    text
}

/// The rows that importance weights cannot leave out.
fn high_rows(left_out: &RowsLeftOut) -> String {
    let loo = &left_out.loo;
    let mut high: Vec<usize> = loo.high_k().collect();
    if high.is_empty() {
        return format!("\nevery Pareto k is below {:.2}\n", loo.k_limit);
    }
    // Those first whose tail cannot even be fitted.
    let k = |i: usize| loo.rows[i].k.unwrap_or(f64::INFINITY);
    high.sort_by(|a, b| k(*b).total_cmp(&k(*a)));
    // A row with a weight stands there several times.
    let mut distinct = high.clone();
    distinct.dedup_by_key(|i| &left_out.rows[*i]);
    let shown = distinct.iter().take(SHOWN).map(|i| {
        let id = &left_out.rows[*i];
        let k = loo.rows[*i].k.map_or_else(|| "unknown".to_owned(), |k| format!("{k:.2}"));
        format!("{}[{}] {k}", id.column, id.row)
    });
    let unknown = if high.iter().any(|i| loo.rows[*i].k.is_none()) { " or unknown" } else { "" };
    let mut text = format!(
        "\nPareto k above {:.2}{unknown} in {}: {}",
        loo.k_limit,
        counted(high.len(), "row"),
        shown.collect::<Vec<_>>().join(", ")
    );
    if distinct.len() > SHOWN {
        text += &format!(", and {} more", distinct.len() - SHOWN);
    }
    text += "\n";
    if let Some(advice) = loo.advice() {
        text += &format!("! {advice}\n");
    }
    text
}

/// A number of things.
fn counted(count: usize, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}

/// The groups without which prediction is worst.
fn group_table(groups: Option<&GroupsLeftOut>) -> String {
    let Some(GroupsLeftOut { groups, loo }) = groups else { return String::new() };
    let variable = &groups[0].variable;
    let mut text = format!(
        "\n{} groups left out in turn, `{variable}` integrated out: elpd {:.2} (se {:.2}), p_loo {:.2}\n",
        groups.len(),
        loo.elpd,
        loo.se_elpd,
        loo.p_loo
    );
    let high = loo.high_k().count();
    text += &match high {
        0 => format!("every Pareto k is below {:.2}\n", loo.k_limit),
        _ => format!("! Pareto k above {:.2} in {}\n", loo.k_limit, counted(high, "group")),
    };
    let mut order: Vec<usize> = (0..groups.len()).collect();
    order.sort_by(|a, b| loo.rows[*a].elpd.total_cmp(&loo.rows[*b].elpd));
    let worst = order
        .iter()
        .take(3)
        .map(|i| format!("{} {:.2}", scalar_name(&groups[*i].variable, &groups[*i].levels), loo.rows[*i].elpd));
    text + &format!("hardest to predict from the others: {}\n", worst.collect::<Vec<_>>().join(", "))
}

/// Sampled scalars only: the rest follows them.
fn sensitivity_table(sensitivities: &[PriorSensitivity], findings: &[Finding], draws: &Draws) -> String {
    let mark = |finding: &Finding| if finding.severity == Severity::Warning { "!" } else { "note:" };
    let notes: String = findings.iter().map(|f| format!("{} {}\n", mark(f), printable(&f.message))).collect();
    let Some(joint) = sensitivities.first() else { return notes };
    let mut grid = Grid::new(&[
        ("sensitivity of", Side::Left),
        ("to the priors", Side::Right),
        ("to the data", Side::Right),
        ("", Side::Left),
        (if sensitivities.len() > 1 { "most by the prior" } else { "" }, Side::Left),
    ]);
    let is_sampled = |name: &str| draws.find(name).is_some_and(|i| draws.scalars()[i].kind == Kind::Sampled);
    let sampled: Vec<_> = joint.scalars.iter().filter(|(name, _)| is_sampled(name)).collect();
    let sampled: Vec<_> = sampled.into_iter().filter_map(|(name, found)| Some((name, (*found)?))).collect();
    if sampled.is_empty() {
        return notes;
    }
    for (name, found) in sampled.iter().take(MOST_SCALARS) {
        grid.row(vec![
            (*name).clone(),
            format!("{:.3}", found.prior),
            format!("{:.3}", found.likelihood),
            found.diagnosis.to_string(),
            strongest_prior(sensitivities, name).unwrap_or_default().to_owned(),
        ]);
    }
    if sampled.len() > MOST_SCALARS {
        grid.row(vec![format!("… and {} more", sampled.len() - MOST_SCALARS)]);
    }
    format!("\n{}{notes}", grid.text())
}
