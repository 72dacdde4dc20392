//! A small table for models of every kind, and their densities.

use polya_engine::LogDensity;
use polya_models::table::Table;
use polya_models::{Model, Passes, Posterior, Scratch};

/// Columns for all models; only those a model declares are read.
fn table() -> Table {
    let columns: [(&str, [&str; 7]); 13] = [
        ("g", ["a", "b", "a", "c", "b", "c", "a"]),
        ("t", ["s", "s", "s", "u", "s", "u", "s"]),
        ("k", ["1", "4", "0", "2", "7", "3", "2"]),
        ("n", ["10", "12", "3", "2", "9", "14", "8"]),
        ("m", ["0", "2", "1", "5", "0", "0", "3"]),
        ("b", ["0", "1", "1", "0", "0", "1", "1"]),
        ("w", ["2", "1", "3", "1", "4", "1", "2"]),
        ("x", ["-0.6", "0.4", "1.3", "2.2", "-1.7", "0.1", "0.9"]),
        ("y", ["0.5", "1.5", "2.5", "0.3", "0.8", "4.0", "1.1"]),
        ("u", ["0.2", "0.55", "0.9", "0.31", "0.77", "0.08", "0.5"]),
        ("c", ["p", "q", "r", "q", "q", "p", "r"]),
        ("o1", ["3", "0", "1", "6", "2", "2", "0"]),
        ("o2", ["1", "5", "0", "2", "2", "3", "9"]),
    ];
    let builder = columns.into_iter().fold(Table::builder("t"), |builder, (name, cells)| builder.text(name, cells));
    builder.text("o3", ["0", "2", "1", "1", "4", "0", "1"]).build().expect("a table")
}

const DATA: &str = "data g: factor, t: factor, k: count, n: count, m: count, b: binary, w: count, x: real, y: real, u: real, c: factor, o: counts(o1, o2, o3)";

/// Declares the columns that a model uses.
fn with_data(text: &str) -> String {
    let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).collect();
    let fields: Vec<&str> = DATA[5..].split(", ").collect::<Vec<_>>();
    let mut declared: Vec<String> = Vec::new();
    for field in fields.iter().take(11) {
        if words.contains(&field.split(':').next().unwrap_or_default()) {
            declared.push((*field).to_owned());
        }
    }
    if words.contains(&"o") {
        declared.push("o: counts(o1, o2, o3)".into());
    }
    if declared.is_empty() { text.to_owned() } else { format!("data {}\n{text}", declared.join(", ")) }
}

/// A posterior of a model text without its data line.
#[allow(dead_code, reason = "not every test asks for it")]
pub fn compile_with(text: &str, passes: Passes) -> Posterior {
    compile_on(&table(), text, passes)
}

/// The same with a table of one's own, of columns with the same names.
pub fn compile_on(table: &Table, text: &str, passes: Passes) -> Posterior {
    let text = with_data(text);
    let compiled = Model::parse(&text).and_then(|m| m.bind(Some(table), &Default::default())?.compile_with(passes));
    compiled.unwrap_or_else(|error| panic!("{error} {:?} at {:?}\n{text}", error.help(), error.span()))
}

/// The log density at a position, constants included.
#[allow(dead_code, reason = "not every test asks for it")]
pub fn density(posterior: &Posterior, position: &[f64]) -> f64 {
    let (mut gradient, mut scratch) = (vec![0.0; position.len()], noncentred(posterior));
    posterior.log_density(position, &mut gradient, &mut scratch).expect("a density") + posterior.constant()
}

/// Memory for a posterior whose working coordinates are the reported ones.
#[allow(dead_code, reason = "not every test asks for it")]
pub fn noncentred(posterior: &Posterior) -> Scratch {
    let mut scratch = posterior.scratch();
    scratch.set_weights(&vec![0.0; scratch.weights().len()]);
    scratch
}
