use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;

use super::*;
use crate::summary::tests::{example, parameter};
use crate::summary::{Kind, Parameter};

type Anything = Box<dyn std::error::Error>;

const MODEL: &str = "mu ~ Beta(1, 1)\n";

struct Parts {
    summary: Summary,
    draws: Draws,
    sampler: Vec<Vec<SamplerRow>>,
    settings: serde_json::Map<String, serde_json::Value>,
}

impl Parts {
    fn new(scalars: Vec<Scalar>, draws: usize) -> Result<Self, Anything> {
        let values = (0..scalars.len() * 2 * draws).map(|i| i as f64 / 8.0).collect();
        let row = |i| SamplerRow {
            energy: i as f64,
            depth: 3,
            step_size: 0.5,
            divergent: i == 1,
            acceptance: 0.9,
            log_density: -1.0,
            leapfrogs: 7,
        };
        let sampler = vec![(0..draws).map(row).collect(), (0..draws).map(row).collect()];
        let settings = serde_json::Map::from_iter([("chains".to_owned(), 2.into())]);
        let mut summary = example();
        (summary.sampler.chains, summary.sampler.draws) = (2, draws);
        summary.model.sha256 = crate::read::sha256(MODEL.as_bytes());
        summary.compiled.sampled.push("x".to_owned());
        summary.compiled.computed.push("draw".to_owned());
        let listed = scalars.iter().map(|scalar| Parameter {
            levels: scalar.levels.clone(),
            variable: scalar.variable.clone(),
            ..parameter(&scalar.name, scalar.kind)
        });
        summary.parameters = listed.collect();
        Ok(Self { summary, draws: Draws::new(scalars, 2, draws, values)?, sampler, settings })
    }

    fn fit(&self) -> KeptFit<'_> {
        KeptFit {
            summary: &self.summary,
            draws: &self.draws,
            keep: None,
            sampler: &self.sampler,
            log_lik: None,
            predictive: None,
            observed: &[],
            data: None,
            positions: None,
            indices: None,
            model: MODEL,
            settings: &self.settings,
            started: SystemTime::UNIX_EPOCH,
            finished: SystemTime::UNIX_EPOCH,
            format: DrawsFormat::Parquet,
        }
    }
}

fn scalars() -> Vec<Scalar> {
    let indexed = |level: &str| Scalar::new("theta", vec![level.to_owned()], Kind::IntegratedOut);
    vec![
        Scalar::new("mu", Vec::new(), Kind::Sampled),
        indexed("a, b"),
        indexed("c"),
        Scalar::new("draw", Vec::new(), Kind::Computed),
    ]
}

fn entries(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// The rows of a Parquet file, each as its columns' names and values.
fn rows(file: &Path) -> Result<Vec<Vec<(String, Field)>>, Anything> {
    let reader = SerializedFileReader::new(fs::File::open(file)?)?;
    let rows = reader.get_row_iter(None)?;
    rows.map(|row| Ok(row?.get_column_iter().map(|(name, field)| (name.clone(), field.clone())).collect())).collect()
}

#[test]
fn a_fit_is_kept_and_read_back() -> Result<(), Anything> {
    let root = tempfile::tempdir()?;
    let folder = root.path().join("runs/first");
    let parts = Parts::new(scalars(), 3)?;
    let log_lik = parts.draws.select(&["mu"]);
    Destination::check(&folder)?.write(&KeptFit { log_lik: Some(&log_lik), ..parts.fit() })?;
    assert_eq!(
        entries(&folder),
        ["draws.parquet", "fit.json", "log_lik.parquet", "model.polya", "sampler.parquet", "summary.json"]
    );
    assert_eq!(entries(&root.path().join("runs")), ["first"]);
    assert_eq!(read_summary(&folder)?, parts.summary);
    let record = read_record(&folder)?;
    assert_eq!((record.times.started.as_str(), record.seed), ("1970-01-01T00:00:00Z", 7));
    let rows = rows(&folder.join("draws.parquet"))?;
    let names: Vec<&str> = rows[0].iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["chain", "draw", "mu", "theta[\"a, b\"]", "theta[c]", "draw (variable)"]);
    let fifth: Vec<Field> = rows[4].iter().map(|(_, field)| field.clone()).collect();
    assert_eq!(
        fifth,
        [
            Field::Int(2),
            Field::Int(2),
            Field::Double(0.5),
            Field::Double(1.25),
            Field::Double(2.0),
            Field::Double(2.75)
        ]
    );
    assert_eq!(rows.len(), 6);
    Ok(())
}

#[test]
fn only_a_kept_fit_or_nothing_is_replaced() -> Result<(), Anything> {
    let root = tempfile::tempdir()?;
    let folder = root.path().join("kept");
    let parts = Parts::new(scalars(), 2)?;
    fs::create_dir(&folder)?;
    let place = Destination::check(&folder)?;
    place.write(&parts.fit())?;
    place.write(&KeptFit { keep: Some(&["mu".to_owned()]), ..parts.fit() })?;
    assert_eq!(rows(&folder.join("draws.parquet"))?[0].len(), 3);
    let other = root.path().join("precious");
    fs::create_dir(&other)?;
    fs::write(other.join("thesis.txt"), "years")?;
    assert!(matches!(Destination::check(&other), Err(KeepError::Occupied { .. })));
    fs::write(other.join("fit.json"), "{\"schema\": \"other/1\"}")?;
    assert!(matches!(Destination::check(&other), Err(KeepError::Occupied { .. })));
    assert!(matches!(Destination::check(&other.join("thesis.txt")), Err(KeepError::NotAFolder { .. })));
    assert!(Destination::check(&other.join("thesis.txt/deep")).is_err());
    assert_eq!(entries(root.path()), ["kept", "precious"]);
    Ok(())
}

#[test]
fn what_the_user_added_to_a_kept_fit_is_never_replaced() -> Result<(), Anything> {
    let root = tempfile::tempdir()?;
    let folder = root.path().join("kept");
    let parts = Parts::new(scalars(), 2)?;
    let place = Destination::check(&folder)?;
    place.write(&KeptFit { format: DrawsFormat::Arviz, ..parts.fit() })?;
    for own in ["notes.txt", "fit.zarr/notes.txt", "mine/deep/plot.svg", "empty/"] {
        let path = folder.join(own);
        fs::create_dir_all(if own.ends_with('/') { &path } else { path.parent().unwrap_or(&folder) })?;
        if !own.ends_with('/') {
            fs::write(&path, "years")?;
        }
        for refused in [Destination::check(&folder).err(), place.write(&parts.fit()).err()] {
            let Some(KeepError::Occupied { entries, .. }) = refused else { return Err(format!("{refused:?}").into()) };
            assert_eq!(entries, [own]);
        }
        assert!(path.exists(), "{own}");
        if path.is_dir() {
            fs::remove_dir(&path)?
        } else {
            fs::remove_file(&path)?
        }
        let mine = folder.join("mine");
        if mine.exists() {
            fs::remove_dir_all(mine)?;
        }
    }
    place.write(&parts.fit())?;
    assert!(!folder.join("fit.zarr").exists());
    Ok(())
}

/// Columns that fail to be as long as they should from the second on.
struct Broken(AtomicBool);

impl Columns for Broken {
    fn width(&self) -> usize {
        2
    }

    fn name(&self, column: usize) -> Cow<'_, str> {
        format!("c{column}").into()
    }

    fn values<'a>(&'a self, _: usize, buffer: &'a mut Vec<f64>) -> &'a [f64] {
        buffer.resize(if self.0.swap(true, Ordering::Relaxed) { 1 } else { 4 }, 0.0);
        buffer
    }
}

#[test]
fn a_failure_leaves_the_old_fit() -> Result<(), Anything> {
    let root = tempfile::tempdir()?;
    let folder = root.path().join("kept");
    let parts = Parts::new(scalars(), 2)?;
    let place = Destination::check(&folder)?;
    place.write(&parts.fit())?;
    let before = fs::read(folder.join("draws.parquet"))?;
    let broken = Broken(AtomicBool::new(false));
    let failed = place.write(&KeptFit { log_lik: Some(&broken), ..parts.fit() });
    assert!(matches!(failed, Err(KeepError::Malformed { .. })), "{failed:?}");
    assert_eq!(fs::read(folder.join("draws.parquet"))?, before);
    assert_eq!(entries(root.path()), ["kept"]);
    Ok(())
}

#[test]
fn damaged_folders_are_told_apart() -> Result<(), Anything> {
    let root = tempfile::tempdir()?;
    let folder = root.path().join("kept");
    assert!(matches!(read_summary(&folder), Err(KeepError::NotFound { .. })));
    assert!(matches!(read_summary(root.path()), Err(KeepError::NotAKeptFit { .. })));
    let parts = Parts::new(scalars(), 2)?;
    Destination::check(&folder)?.write(&parts.fit())?;
    let whole = fs::read_to_string(folder.join("summary.json"))?;
    fs::write(folder.join("summary.json"), &whole[..whole.len() / 2])?;
    assert!(matches!(read_summary(&folder), Err(KeepError::Malformed { .. })));
    fs::write(folder.join("summary.json"), whole.replace("0.06", "0.07"))?;
    assert!(matches!(read_summary(&folder), Err(KeepError::Changed { .. })));
    fs::write(folder.join("summary.json"), whole.replace("summary/1", "summary/2"))?;
    assert!(matches!(read_summary(&folder), Err(KeepError::UnknownSchema { found, .. }) if found == "polya.summary/2"));
    fs::remove_file(folder.join("summary.json"))?;
    assert!(matches!(read_summary(&folder), Err(KeepError::Missing { .. })));
    fs::write(folder.join("fit.json"), "{\"schema\": \"polya.fit/2\"}")?;
    assert!(matches!(read_summary(&folder), Err(KeepError::UnknownSchema { found, .. }) if found == "polya.fit/2"));
    Ok(())
}

#[test]
fn chains_go_to_cmdstan() -> Result<(), Anything> {
    let root = tempfile::tempdir()?;
    let folder = root.path().join("kept");
    let parts = Parts::new(scalars(), 2)?;
    Destination::check(&folder)?.write(&KeptFit { format: DrawsFormat::CmdStan, ..parts.fit() })?;
    let text = fs::read_to_string(folder.join("draws-2.csv"))?;
    assert!(text.contains("# column theta.1 = theta[\"a, b\"]\n"));
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(
        lines[0],
        format!(
            "{}mu,theta.1,theta.2,draw",
            "lp__,accept_stat__,stepsize__,treedepth__,n_leapfrog__,divergent__,energy__,"
        )
    );
    assert_eq!(lines[1], "-1,0.9,0.5,3,7,0,0,0.25,0.75,1.25,1.75");
    assert_eq!(lines.len(), 3);
    Ok(())
}

#[test]
fn draws_go_to_arrow() -> Result<(), Anything> {
    let root = tempfile::tempdir()?;
    let folder = root.path().join("kept");
    let parts = Parts::new(scalars(), 2)?;
    Destination::check(&folder)?.write(&KeptFit { format: DrawsFormat::Arrow, ..parts.fit() })?;
    let reader = arrow_ipc::reader::FileReader::try_new(fs::File::open(folder.join("draws.arrow"))?, None)?;
    let names: Vec<String> = reader.schema().fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!(names, ["chain", "draw", "mu", "theta[\"a, b\"]", "theta[c]", "draw (variable)"]);
    let batches = reader.collect::<Result<Vec<_>, _>>()?;
    assert_eq!(batches.iter().map(|batch| batch.num_rows()).collect::<Vec<_>>(), [2, 2]);
    let numbers = |column: usize| {
        batches[1].column(column).as_any().downcast_ref::<arrow_array::Float64Array>().map(|array| array.value(0))
    };
    // As the first draw of the second chain in the CSV of CmdStan.
    assert_eq!([2, 3, 4, 5].map(numbers), [0.25, 0.75, 1.25, 1.75].map(Some));
    Ok(())
}

#[test]
fn twenty_thousand_columns_are_written() -> Result<(), Anything> {
    let root = tempfile::tempdir()?;
    let folder = root.path().join("wide");
    let wide = (0..20_000).map(|i| Scalar::new("x", vec![i.to_string()], Kind::Sampled)).collect();
    let parts = Parts::new(wide, 10)?;
    Destination::check(&folder)?.write(&parts.fit())?;
    let reader = SerializedFileReader::new(fs::File::open(folder.join("draws.parquet"))?)?;
    assert_eq!(reader.metadata().file_metadata().schema_descr().num_columns(), 20_002);
    Ok(())
}
