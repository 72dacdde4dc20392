//! What a command reads: the model's text, the data, and the inputs set from outside.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;
use std::time::{Duration, Instant};

use polya::Model;
use polya::read::{self, Format, Loaded};

use crate::args::{DataFormat, DataOptions};
use crate::failure::{Failure, InTable};
use crate::values::{Setting, nearest};

/// The text of a model with its path.
#[derive(Debug)]
pub struct ModelText {
    /// The path as given.
    pub path: String,
    /// The text.
    pub text: String,
    /// The SHA-256 of the text.
    pub sha256: String,
}

impl ModelText {
    /// Reads a model's file.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let shown = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|error| {
            let failure = match error.kind() {
                ErrorKind::NotFound => {
                    Failure::request("no such model file").help("name the file of a model, such as rats.polya")
                }
                ErrorKind::IsADirectory => Failure::request("this is a folder, not a model file"),
                _ => Failure::machine(format!("the model cannot be read: {error}")),
            };
            failure.in_file(&shown)
        })?;
        let sha256 = read::sha256(&bytes);
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Self { path: shown, text, sha256 }),
            Err(error) => {
                let valid = error.utf8_error().valid_up_to();
                let line = error.as_bytes().iter().take(valid).filter(|&&byte| byte == b'\n').count() + 1;
                let mut failure = Failure::request("the model is not UTF-8")
                    .in_file(shown)
                    .help("convert the file to UTF-8: iconv -f LATIN1 -t UTF-8");
                failure.place.line = Some(line);
                Err(failure)
            }
        }
    }

    /// Parses and checks it.
    pub fn parse(&self) -> Result<Model, Failure> {
        Model::parse(&self.text).map_err(|fault| Failure::of_model(fault, &self.path, &self.text, InTable(None)))
    }
}

/// The data of a run, if it has any, with the time it took to read them.
#[derive(Debug)]
pub struct Data {
    /// What was read.
    pub loaded: Option<Loaded>,
    /// How long it took.
    pub time: Duration,
}

impl Data {
    /// Reads the columns that a model wants.
    pub fn read(options: &DataOptions, wanted: &[String]) -> Result<Self, Failure> {
        let start = Instant::now();
        let format = options.data_format.map(format);
        let loaded = match &options.data {
            None => None,
            Some(path) if path.as_os_str() == "-" => {
                let format = format.ok_or_else(|| {
                    Failure::request("standard input has no ending that tells its format")
                        .help("name it: --data-format csv, tsv, jsonl, parquet or arrow")
                })?;
                Some(read::stdin(format, wanted)?)
            }
            Some(path) => Some(read::file(path, format, wanted)?),
        };
        Ok(Self { loaded, time: start.elapsed() })
    }

    /// Lets go of the cells, once a model is bound to them: messages need rows and lines only.
    pub fn forget_cells(&mut self) {
        if let Some(loaded) = &mut self.loaded {
            loaded.table.forget_cells();
        }
    }

    /// The table, if there is one.
    pub fn table(&self) -> InTable<'_> {
        InTable(self.loaded.as_ref().map(|loaded| &loaded.table))
    }
}

/// Says so where a model declares columns and no data are given.
pub fn needs_data(columns: &[String], options: &DataOptions) -> Result<(), Failure> {
    if columns.is_empty() || options.data.is_some() {
        return Ok(());
    }
    Err(Failure::request(format!("the model declares columns ({}), and no data are given", columns.join(", ")))
        .help("name the data: --data FILE"))
}

/// The inputs set from outside.
pub fn inputs(settings: &[Setting]) -> BTreeMap<String, Vec<f64>> {
    settings.iter().map(|setting| (setting.name.clone(), setting.values.clone())).collect()
}

/// Checks that the names of an option are variables of the fit.
pub fn known_names(option: &str, names: Option<&[String]>, variables: &[String]) -> Result<(), Failure> {
    for name in names.unwrap_or_default() {
        if !variables.contains(name) {
            let help = match nearest(name, variables.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("there are {}", variables.join(", ")),
            };
            return Err(Failure::request(format!("{option}: the fit has no variable `{name}`")).help(help));
        }
    }
    Ok(())
}

fn format(format: DataFormat) -> Format {
    match format {
        DataFormat::Csv => Format::Csv,
        DataFormat::Tsv => Format::Tsv,
        DataFormat::Jsonl => Format::JsonLines,
        DataFormat::Parquet => Format::Parquet,
        DataFormat::Arrow => Format::ArrowIpc,
    }
}
