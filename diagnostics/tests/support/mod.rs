//! Reading the reference files.

// Every test binary compiles this module, and none needs all of it.
#![allow(dead_code)]

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

pub fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/reference").join(name)
}

pub fn json(name: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(path(name)).unwrap()).unwrap()
}

/// The rows of a CSV file without its header.
pub fn rows(name: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(path(name)).unwrap();
    text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

/// The draws of a file `chain,draw,value`, chain-major, with the number of chains.
pub fn draws(name: &str) -> (Vec<f64>, usize) {
    let rows = rows(name);
    let chains = rows.last().unwrap()[0].parse().unwrap();
    (rows.iter().map(|row| row[2].parse().unwrap()).collect(), chains)
}

/// A number of a reference file: null is an absent one, infinities are written as text.
pub fn number(value: &Value) -> Option<f64> {
    match value.as_str() {
        Some(text) => text.parse().ok(),
        None => value.as_f64(),
    }
}
