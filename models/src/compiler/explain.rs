//! What the compiler made of a model, for a person to read.

use super::compiled::{Compiled, Passes};
use super::reasons::{centring, children, derivation, sampled_reason};
use crate::bind::Bound;
use crate::resolve::{Definition, Model, Role, Variable};

/// What the compiler made of a model.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// One row for each variable.
    pub rows: Vec<ExplainRow>,
    /// What else there is to say, a sentence each.
    pub notes: Vec<String>,
    /// Unconstrained reals that are sampled; none without data.
    pub dimension: Option<usize>,
}

/// What became of one variable.
#[derive(Clone, Debug)]
pub struct ExplainRow {
    /// Its name.
    pub variable: String,
    /// The part it plays.
    pub role: &'static str,
    /// Its indices as written.
    pub indices: String,
    /// Its scalars; none without data.
    pub size: Option<usize>,
    /// Its distribution, if it has one.
    pub distribution: Option<String>,
    /// Why it plays that part.
    pub reason: String,
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::Observed => "observed",
        Role::Parameter => "sampled",
        Role::IntegratedOut => "integrated out",
        Role::Predicted => "predicted",
        Role::Computed => "computed",
        Role::Hidden => "computed (let)",
    }
}

fn row(variable: &Variable, size: Option<usize>, reason: String) -> ExplainRow {
    ExplainRow {
        variable: variable.name.text.clone(),
        role: role_name(variable.role),
        indices: variable.indices.to_string().trim_matches(['[', ']']).to_owned(),
        size,
        distribution: variable.distribution().map(str::to_owned),
        reason,
    }
}

fn plain_reason(variable: &Variable) -> String {
    match (&variable.definition, variable.role) {
        (_, Role::Observed) => "a column of the data".into(),
        (_, Role::Parameter | Role::IntegratedOut) => "observed variables depend on it".into(),
        (_, Role::Predicted) => "nothing observed depends on it: drawn forward".into(),
        (Definition::Quantity(_), _) if variable.in_density => {
            "a function of other variables; the density uses it".into()
        }
        _ => "a function of other variables".into(),
    }
}

/// What can be said of a model without data.
pub fn explain_model(model: &Model) -> Explanation {
    let rows = model.variables.iter().map(|v| row(v, None, plain_reason(v))).collect();
    Explanation { rows, notes: Vec::new(), dimension: None }
}

/// What the compiler made of a model and its data.
pub fn explain(bound: &Bound, compiled: &Compiled, passes: Passes, starting_weights: &[f64]) -> Explanation {
    let rows = bound.model.variables.iter().map(|v| {
        let name = &v.name.text;
        let output = compiled.outputs.iter().find(|o| o.name == *name);
        let density = compiled.densities.iter().find(|d| d.name == *name);
        let size = output.map(|o| o.shape.size()).or_else(|| density.map(|d| d.density.cells));
        let block = compiled.sampled.iter().find(|s| s.name == *name);
        let reason = block.map_or_else(|| plain_reason(v), |block| sampled_reason(bound, compiled, passes, block));
        let mut row = row(v, size, reason);
        if let Some(output) = output {
            row.role = role_name(output.role);
        }
        if output.is_some_and(|o| o.role == Role::IntegratedOut) {
            row.reason = format!("conjugate to all that is observed of it: {}", children(compiled, name).join(", "));
        }
        row
    });
    let rows = rows.collect();
    let mut notes = Vec::new();
    for (name, left_out) in compiled.rows_left_out() {
        notes.push(format!("{left_out} of {} rows are left out of `{name}`: the cell is empty", bound.rows));
    }
    for statement in compiled.densities.iter().filter(|d| d.counts_nothing()) {
        notes.push(format!("no row of `{}` counts: all of its weights are 0", statement.name));
    }
    for (name, duplicates) in bound.duplicate_rows() {
        if *duplicates > 0 {
            let word = if *duplicates == 1 { "row was" } else { "rows were" };
            notes.push(format!("`{name}`: {duplicates} {word} summed with an earlier row of the same category"));
        }
    }
    notes.extend(compiled.densities.iter().filter_map(|d| derivation(bound, compiled, d)));
    notes.extend(centring(compiled, starting_weights));
    Explanation { rows, notes, dimension: Some(compiled.graph.dimension()) }
}
