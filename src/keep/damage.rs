//! Whatever happens to the files of a kept fit, opening it gives the fit or an error.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use polya_engine::LogDensity;
use polya_models::Model;
use polya_models::table::Table;
use tempfile::TempDir;

use super::*;
use crate::{Control, Fit, Settings, SummaryOptions};

type Anything = Box<dyn std::error::Error>;

const TEXT: &str = "
data group: factor, k: count, n: count, dose: real
mu ~ Beta(1, 1)
theta[group] ~ Beta(mean = mu, concentration = 20)
k ~ Binomial(n, theta[group])
above[group] = theta[group] > mu
";

fn table() -> Result<Table, Anything> {
    Ok(Table::builder("trials.csv")
        .labels("group", ["01", "b, c", "NA", "01", "1e3"])
        .text("k", ["1", "4", "", "0", "2"])
        .text("n", ["20", "22", "24", "9", "10"])
        .text("dose", ["1.50", "-2e3", "0.1", "NA", "3"])
        .text("unused", ["x", "y", "z", "x", "y"])
        .build()?)
}

/// A small fit in a folder, and what was kept.
struct Kept {
    root: TempDir,
    fit: Fit,
    log_lik: Option<Draws>,
    predictive: Option<Draws>,
    summary: Summary,
}

impl Kept {
    fn new(format: DrawsFormat, seed: u64) -> Result<Self, Anything> {
        let text = TEXT.replace(", dose: real", "");
        let posterior = Model::parse(&text)?.bind(Some(&table()?), &BTreeMap::new())?.compile()?;
        let settings = Settings { chains: 2, warmup: 60, draws: 12, seed, ..Settings::default() };
        let fit = Fit::sample(&posterior, &settings, &Control::default())?;
        let summary = fit.summary(&SummaryOptions {
            model_sha256: crate::read::sha256(text.as_bytes()),
            data_path: "trials.csv".to_owned(),
            ..SummaryOptions::default()
        });
        let (log_lik, predictive) = (fit.log_lik(&posterior), fit.predictive(&posterior));
        let root = tempfile::tempdir()?;
        let kept = Self { root, fit, log_lik, predictive, summary };
        let samples = kept.fit.samples().ok_or("nothing was sampled")?;
        let rows = |chain: &polya_engine::ChainSamples| chain.stats.iter().map(SamplerRow::from).collect();
        let sampler: Vec<Vec<SamplerRow>> = samples.chains.iter().map(rows).collect();
        let positions: Vec<&[f64]> = samples.chains.iter().map(|chain| chain.positions.as_slice()).collect();
        let indices = ["theta", "above"].map(|name| (name.to_owned(), vec!["group".to_owned()]));
        Destination::check(&kept.folder())?.write(&KeptFit {
            summary: &kept.summary,
            draws: kept.fit.draws(),
            keep: None,
            sampler: &sampler,
            log_lik: kept.log_lik.as_ref().map(|draws| draws as &dyn Columns),
            predictive: kept.predictive.as_ref().map(|draws| draws as &dyn Columns),
            observed: &posterior.observed_columns(),
            data: Some(&KeptTable::of(&table()?, &text)?),
            positions: Some(&positions),
            indices: Some(&indices.into()),
            model: &text,
            settings: &serde_json::Map::from_iter([("draws".to_owned(), 12.into())]),
            started: SystemTime::UNIX_EPOCH,
            finished: SystemTime::UNIX_EPOCH,
            format,
        })?;
        Ok(kept)
    }

    fn folder(&self) -> PathBuf {
        self.root.path().join("kept")
    }

    /// All files of the fit, by their names.
    fn files(&self) -> Result<Vec<String>, Anything> {
        Ok(seal::files(&self.folder())?.into_keys().collect())
    }
}

#[test]
fn all_of_a_fit_comes_back() -> Result<(), Anything> {
    for format in [DrawsFormat::Parquet, DrawsFormat::CmdStan, DrawsFormat::Arviz] {
        let kept = Kept::new(format, 3)?;
        let opened = open(&kept.folder())?;
        assert_eq!(&opened.draws, kept.fit.draws());
        assert_eq!(opened.summary.parameters.len(), kept.summary.parameters.len());
        assert_eq!(opened.log_lik, kept.log_lik);
        assert_eq!(opened.predictive.as_ref(), kept.predictive.as_ref());
        let without_rows = open_without_rows(&kept.folder())?;
        assert_eq!((without_rows.log_lik, without_rows.predictive), (None, None));
        assert_eq!((without_rows.draws, without_rows.positions), (opened.draws.clone(), opened.positions.clone()));
        let samples = kept.fit.samples().ok_or("nothing was sampled")?;
        let positions = opened.positions.clone().ok_or("no positions")?;
        assert!(positions.iter().zip(&samples.chains).all(|(found, chain)| *found == chain.positions));
        let posterior = opened.posterior()?;
        assert_eq!(posterior.dimension(), kept.summary.compiled.dimension);
        assert_eq!(kept.fit.log_lik(&posterior), kept.log_lik, "the same model over the same data");
        assert_eq!(opened.record.indices["theta"], ["group"]);
        assert_eq!(opened.sampler[1][3], SamplerRow::from(&samples.chains[1].stats[3]));
    }
    Ok(())
}

#[test]
fn a_table_keeps_its_labels_and_numbers() -> Result<(), Anything> {
    let root = tempfile::tempdir()?;
    let (file, table) = (root.path().join("data.parquet"), table()?);
    KeptTable::of(&table, TEXT)?.write(&file)?;
    let headers = ["group", "k", "n", "dose", "unused"].map(str::to_owned);
    let read = crate::read::file(&file, None, &headers)?.table;
    assert_eq!(read.column_names().collect::<Vec<_>>(), headers[..4]);
    for header in &headers[..4] {
        let (found, source) = (read.column(header).ok_or("none")?, table.column(header).ok_or("none")?);
        for cell in 0..5 {
            match header.as_str() {
                "group" => assert_eq!(found.text(cell), source.text(cell)),
                _ => assert_eq!(found.real(cell)?, source.real(cell)?),
            }
        }
    }
    assert!(matches!(read.column("dose").map(|c| c.cells()), Some(polya_models::table::Cells::Numbers(_))));
    Ok(())
}

/// Opens a fit in which one file has other bytes.
fn with(folder: &Path, name: &str, bytes: &[u8]) -> Result<Result<Opened, KeepError>, Anything> {
    let file = folder.join(name);
    let whole = fs::read(&file)?;
    fs::write(&file, bytes)?;
    let opened = open(folder);
    fs::write(&file, whole)?;
    Ok(opened)
}

#[test]
fn no_byte_can_be_changed_unseen() -> Result<(), Anything> {
    for format in [DrawsFormat::CmdStan, DrawsFormat::Arviz] {
        let kept = Kept::new(format, 3)?;
        for name in kept.files()? {
            let whole = fs::read(kept.folder().join(&name))?;
            // A store has many files, and all of them are read each time.
            let step = (whole.len() / if format == DrawsFormat::Arviz { 3 } else { 61 }).max(1);
            for place in (0..whole.len()).step_by(step).chain([whole.len() - 1]) {
                let cut = with(&kept.folder(), &name, &whole[..place])?;
                assert!(
                    cut.as_ref().is_err_and(|error| error.path().ends_with(&name)),
                    "{name} cut at {place}: {cut:?}"
                );
                for bit in [0, 5, 7] {
                    let mut bytes = whole.clone();
                    bytes[place] ^= 1 << bit;
                    let flipped = with(&kept.folder(), &name, &bytes)?;
                    assert!(flipped.is_err(), "{name}: bit {bit} of byte {place}");
                }
            }
            assert!(with(&kept.folder(), &name, &[whole.as_slice(), b"\n"].concat())?.is_err(), "{name} made longer");
        }
        assert!(open(&kept.folder()).is_ok());
    }
    Ok(())
}

#[test]
fn every_byte_of_the_record_counts() -> Result<(), Anything> {
    let kept = Kept::new(DrawsFormat::Parquet, 3)?;
    let whole = fs::read(kept.folder().join("fit.json"))?;
    for place in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[place] ^= 1;
        assert!(with(&kept.folder(), "fit.json", &bytes)?.is_err(), "byte {place}");
        assert!(with(&kept.folder(), "fit.json", &whole[..place])?.is_err(), "cut at {place}");
    }
    Ok(())
}

#[test]
fn damaged_parquet_behind_a_right_hash_is_an_error_too() -> Result<(), Anything> {
    let kept = Kept::new(DrawsFormat::Parquet, 3)?;
    let shape = check::shape_of(&kept.summary);
    for name in [DRAWS, SAMPLER, POSITIONS, LOG_LIK] {
        let file = kept.folder().join(name);
        let whole = fs::read(&file)?;
        for place in (0..whole.len()).step_by((whole.len() / 199).max(1)) {
            fs::write(&file, &whole[..place])?;
            assert!(sheet::read(&file, shape).is_err() && sheet::read_sampler(&file, shape).is_err());
            let mut bytes = whole.clone();
            bytes[place] ^= 0x41;
            fs::write(&file, &bytes)?;
            // Some damage leaves numbers, others than these: only the hash can tell. None of it may panic.
            let _ = (sheet::read(&file, shape), sheet::read_sampler(&file, shape));
        }
        fs::write(&file, &whole)?;
    }
    Ok(())
}

#[test]
fn foreign_and_mixed_folders_are_told_apart() -> Result<(), Anything> {
    let (kept, other) = (Kept::new(DrawsFormat::Parquet, 3)?, Kept::new(DrawsFormat::Parquet, 4)?);
    for name in kept.files()? {
        let bytes = fs::read(other.folder().join(&name))?;
        let same = bytes == fs::read(kept.folder().join(&name))?;
        assert_eq!(with(&kept.folder(), &name, &bytes)?.is_ok(), same, "{name} of another fit");
        let (file, aside) = (kept.folder().join(&name), kept.root.path().join("aside"));
        fs::rename(&file, &aside)?;
        let missing = open(&kept.folder());
        assert!(matches!(missing, Err(KeepError::Missing { .. } | KeepError::NotAKeptFit { .. })), "{missing:?}");
        fs::rename(&aside, &file)?;
    }
    fs::write(kept.folder().join("notes.txt"), "mine")?;
    assert!(open(&kept.folder()).is_ok(), "a file that is none of ours may lie there");
    let bare = kept.root.path().join("bare");
    Destination::check(&bare)?.write(&KeptFit {
        summary: &kept.summary,
        draws: kept.fit.draws(),
        keep: Some(&["mu".to_owned()]),
        sampler: &[],
        log_lik: None,
        predictive: None,
        observed: &[],
        data: None,
        positions: None,
        indices: None,
        model: &fs::read_to_string(kept.folder().join(MODEL))?,
        settings: &serde_json::Map::new(),
        started: SystemTime::UNIX_EPOCH,
        finished: SystemTime::UNIX_EPOCH,
        format: DrawsFormat::Arviz,
    })?;
    let opened = open(&bare)?;
    assert_eq!((opened.draws.scalars().len(), opened.sampler.len()), (1, 0));
    assert!(opened.table.is_none() && opened.positions.is_none() && opened.log_lik.is_none());
    fs::copy(kept.folder().join(LOG_LIK), bare.join(LOG_LIK))?;
    assert!(matches!(open(&bare), Err(KeepError::Unlisted { .. })));
    Ok(())
}

#[test]
fn parts_that_do_not_fit_together_are_not_written() -> Result<(), Anything> {
    let kept = Kept::new(DrawsFormat::Parquet, 3)?;
    let model = fs::read_to_string(kept.folder().join(MODEL))?;
    let settings = serde_json::Map::new();
    let whole = KeptFit {
        summary: &kept.summary,
        draws: kept.fit.draws(),
        keep: None,
        sampler: &[],
        log_lik: None,
        predictive: None,
        observed: &[],
        data: None,
        positions: None,
        indices: None,
        model: &model,
        settings: &settings,
        started: SystemTime::UNIX_EPOCH,
        finished: SystemTime::UNIX_EPOCH,
        format: DrawsFormat::Parquet,
    };
    let place = Destination::check(&kept.root.path().join("new"))?;
    let short: [&[f64]; 2] = [&[0.0], &[0.0]];
    let row = [vec![SamplerRow::default()], Vec::new()];
    let fewer = Draws::new(Vec::new(), 2, 11, Vec::new())?;
    let (log_lik, wrong) = (fewer.clone(), "mu ~ Beta(1, 2)\n");
    for fit in [
        KeptFit { positions: Some(&short), ..whole },
        KeptFit { sampler: &row, ..whole },
        KeptFit { draws: &fewer, ..whole },
        KeptFit { model: wrong, ..whole },
    ] {
        let refused = place.write(&fit);
        assert!(matches!(refused, Err(KeepError::Inconsistent { .. })), "{refused:?}");
    }
    assert!(place.write(&KeptFit { log_lik: Some(&log_lik), ..whole }).is_ok(), "a matrix may have no column");
    assert!(open(place.folder())?.log_lik.is_some_and(|matrix| matrix.scalars().is_empty()));
    Ok(())
}
