//! The store as bytes and JSON, without any reader of Zarr.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::SystemTime;

use polya_models::Model;
use polya_models::table::Table;
use serde_json::{Value, json};

use super::*;
use crate::draws::Draws;
use crate::keep::{Destination, DrawsFormat, KeptTable};
use crate::summary::tests::example;

pub(super) type Anything = Box<dyn std::error::Error>;

const MODEL: &str = "
data group: factor, k: count, y: real
mu ~ Beta(1, 1)
theta[group] ~ Beta(2, 2)
k ~ Binomial(9, theta[group])
y ~ Normal(mu, 1)
";

fn of(name: &str, kind: Kind) -> Result<Scalar, Anything> {
    Ok(name::parse(name, kind).ok_or("no name")?)
}

/// Draws of which number i is i / 4, over 2 chains of 3 draws.
fn draws(names: &[&str], kind: Kind, scale: f64) -> Result<Draws, Anything> {
    let scalars: Vec<Scalar> = names.iter().map(|name| of(name, kind)).collect::<Result<_, _>>()?;
    let values = (0..6 * names.len()).map(|i| i as f64 * scale).collect();
    Ok(Draws::new(scalars, 2, 3, values)?)
}

/// Writes a fit of two variables and two observed columns, of which one misses a cell.
fn store(folder: &Path) -> Result<(), Anything> {
    let mut summary = example();
    (summary.sampler.chains, summary.sampler.draws) = (2, 3);
    summary.model.sha256 = String::new();
    summary.compiled.sampled = vec!["mu".to_owned(), "theta".to_owned()];
    summary.parameters = Vec::new();
    let rows = |chain: u32| {
        (0..3).map(|i| SamplerRow { leapfrogs: chain * 3 + i, divergent: i == 2, ..SamplerRow::default() }).collect()
    };
    let table = Table::builder("t")
        .labels("group", ["é", "b", "b"])
        .text("k", ["1", "", "7"])
        .text("y", ["0.5", "1", "2"])
        .build()?;
    let observed = Model::parse(MODEL)?.bind(Some(&table), &Default::default())?.compile()?.observed_columns();
    Destination::check(folder)?.write(&KeptFit {
        summary: &summary,
        draws: &draws(&["mu", "theta[b]", "theta[é]"], Kind::Sampled, 0.25)?,
        keep: None,
        sampler: &[rows(0), rows(1)],
        log_lik: Some(&draws(&["k[1]", "k[3]", "y[1]", "y[2]", "y[3]"], Kind::Computed, -0.5)?),
        predictive: Some(&draws(&["k[1]", "k[3]", "k[2]", "y[1]", "y[2]", "y[3]"], Kind::Predicted, 1.0)?),
        observed: &observed,
        data: Some(&KeptTable::of(&table, MODEL)?),
        positions: None,
        indices: Some(&BTreeMap::from([("theta".to_owned(), vec!["group".to_owned()])])),
        model: MODEL,
        settings: &Map::new(),
        started: SystemTime::UNIX_EPOCH,
        finished: SystemTime::UNIX_EPOCH,
        format: DrawsFormat::Arviz,
    })?;
    Ok(())
}

#[test]
fn the_store_is_zarr_of_version_2() -> Result<(), Anything> {
    let root = tempfile::tempdir()?;
    store(&root.path().join("kept"))?;
    let store = root.path().join("kept/fit.zarr");
    let json = |name: &str| -> Result<Value, Anything> { Ok(serde_json::from_slice(&fs::read(store.join(name))?)?) };
    assert_eq!(json(".zgroup")?, json!({"zarr_format": 2}));
    assert_eq!(json("posterior/.zattrs")?["inference_library"], "polya");
    let theta = json!({
        "zarr_format": 2, "shape": [2, 3, 2], "chunks": [2, 3, 2], "dtype": "<f8", "order": "C",
        "compressor": null, "filters": null, "fill_value": null, "dimension_separator": ".",
    });
    assert_eq!(json("posterior/theta/.zarray")?, theta);
    assert_eq!(json("posterior/theta/.zattrs")?, json!({"_ARRAY_DIMENSIONS": ["chain", "draw", "group"]}));
    let all = json(".zmetadata")?;
    assert_eq!(all["zarr_consolidated_format"], 1);
    assert_eq!(all["metadata"]["posterior/theta/.zarray"], theta);
    let described = all["metadata"].as_object().ok_or("no object")?;
    assert!(described.keys().all(|name| store.join(name).is_file()));
    // Every array has its chunks, and each the size that its metadata tell.
    for (name, array) in described.iter().filter(|(name, _)| name.ends_with(".zarray")) {
        let numbers: u64 = array["chunks"].as_array().ok_or("no chunks")?.iter().filter_map(Value::as_u64).product();
        let width = match array["dtype"].as_str() {
            Some("<f8" | "<i8") => 8,
            Some("|b1") => 1,
            Some("<U1") => 4,
            other => return Err(format!("{other:?}").into()),
        };
        let chunk = vec!["0"; array["chunks"].as_array().map_or(0, Vec::len)].join(".");
        let file = store.join(name).with_file_name(chunk);
        assert_eq!(fs::metadata(&file)?.len(), numbers * width, "{}", file.display());
    }
    Ok(())
}

#[test]
fn chunks_hold_the_numbers_in_order() -> Result<(), Anything> {
    let root = tempfile::tempdir()?;
    store(&root.path().join("kept"))?;
    let store = root.path().join("kept/fit.zarr");
    let words = |name: &str| -> Result<Vec<[u8; 8]>, Anything> {
        let bytes = fs::read(store.join(name))?;
        Ok(bytes.chunks_exact(8).filter_map(|word| word.try_into().ok()).collect())
    };
    let floats =
        |name: &str| -> Result<Vec<f64>, Anything> { Ok(words(name)?.into_iter().map(f64::from_le_bytes).collect()) };
    let integers =
        |name: &str| -> Result<Vec<i64>, Anything> { Ok(words(name)?.into_iter().map(i64::from_le_bytes).collect()) };
    // Scalar, chain, draw become chain, draw, scalar: theta[b] starts at number 6, theta[é] at 12.
    let theta = [6, 12, 7, 13, 8, 14, 9, 15, 10, 16, 11, 17].map(|i| f64::from(i) * 0.25);
    assert_eq!(floats("posterior/theta/0.0.0")?, theta);
    assert_eq!(floats("posterior/mu/0.0")?, [0.0, 0.25, 0.5, 0.75, 1.0, 1.25]);
    assert_eq!(fs::read(store.join("posterior/group/0"))?, [b'b', 0, 0, 0, 0xe9, 0, 0, 0]);
    assert_eq!(integers("posterior/draw/0")?, [0, 1, 2]);
    assert_eq!(integers("sample_stats/n_steps/0.0")?, [0, 1, 2, 3, 4, 5]);
    assert_eq!(fs::read(store.join("sample_stats/diverging/0.0"))?, [0, 0, 1, 0, 0, 1]);
    // Of two columns over different rows the second has rows of its own, in every group.
    for group in ["log_likelihood", "posterior_predictive", "observed_data"] {
        assert_eq!(integers(&format!("{group}/rows/0"))?, [1, 3], "{group}");
        assert_eq!(integers(&format!("{group}/y_rows/0"))?, [1, 2, 3], "{group}");
    }
    assert_eq!(integers("predictions/rows/0")?, [2]);
    assert_eq!(integers("predictions/k/0.0.0")?, [12, 13, 14, 15, 16, 17]);
    assert_eq!(integers("observed_data/k/0")?, [1, 7]);
    assert_eq!(floats("observed_data/y/0")?, [0.5, 1.0, 2.0]);
    Ok(())
}
