//! What the compiler made of a model, for people.

use polya::models::compiler::explain::Explanation;

use super::grid::{Grid, Side};
use super::printable;

/// The whole text.
pub fn text(explanation: &Explanation) -> String {
    let heading = [
        ("variable", Side::Left),
        ("role", Side::Left),
        ("size", Side::Right),
        ("distribution", Side::Left),
        ("why", Side::Left),
    ];
    let mut grid = Grid::new(&heading);
    for row in &explanation.rows {
        let name =
            if row.indices.is_empty() { row.variable.clone() } else { format!("{}[{}]", row.variable, row.indices) };
        let size = row.size.map_or_else(String::new, |size| size.to_string());
        grid.row(vec![
            name,
            row.role.to_owned(),
            size,
            row.distribution.clone().unwrap_or_default(),
            row.reason.clone(),
        ]);
    }
    let mut text = if explanation.rows.is_empty() { String::new() } else { grid.text() + "\n" };
    for note in &explanation.notes {
        text.push_str(&format!("{}\n", printable(note)));
    }
    match explanation.dimension {
        Some(0) => text.push_str("Nothing is left to sample: the posterior is exact.\n"),
        Some(1) => text.push_str("1 dimension is sampled.\n"),
        Some(dimension) => text.push_str(&format!("{dimension} dimensions are sampled.\n")),
        None => text.push_str("The model is sound. With --data, sizes and dimension can be told too.\n"),
    }
    text
}

#[cfg(test)]
mod tests {
    use polya::models::compiler::explain::ExplainRow;

    use super::*;

    #[test]
    fn each_variable_has_its_row() {
        let row = ExplainRow {
            variable: "theta".to_owned(),
            role: "integrated out",
            indices: "group".to_owned(),
            size: Some(71),
            distribution: Some("Beta".to_owned()),
            reason: "conjugate to tumours".to_owned(),
        };
        let explanation =
            Explanation { rows: vec![row], notes: vec!["71 rows became 58 cells.".to_owned()], dimension: Some(2) };
        let want = "\
variable      role            size  distribution  why
───────────────────────────────────────────────────────────────────────
theta[group]  integrated out    71  Beta          conjugate to tumours

71 rows became 58 cells.
2 dimensions are sampled.
";
        let got = text(&explanation);
        assert_eq!(
            got.lines().filter(|line| !line.starts_with('─')).collect::<Vec<_>>(),
            want.lines().filter(|line| !line.starts_with('─')).collect::<Vec<_>>()
        );
    }
}
