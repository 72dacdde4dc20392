//! Running the command in a folder of its own.
#![allow(dead_code)] // each test file uses its part

use serde_json::Value;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// A folder that is gone after the test.
pub struct Folder(TempDir);

/// What a run of the command said.
#[derive(Debug)]
pub struct Answer {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Folder {
    pub fn new() -> Self {
        Self(TempDir::new().expect("a folder"))
    }

    /// A folder with the model `m.polya` and the table `d.csv`.
    pub fn with(model: &str, csv: &str) -> Self {
        Self::new().file("m.polya", model).file("d.csv", csv)
    }

    pub fn file(self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        std::fs::write(self.path(name), bytes).expect("a file");
        self
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn text(&self, name: &str) -> String {
        let path = self.path(name);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// The names of the files in a folder, in order.
    pub fn list(&self, name: &str) -> Vec<String> {
        let files = std::fs::read_dir(self.path(name)).expect("a folder");
        let mut names: Vec<String> =
            files.filter_map(|f| Some(f.ok()?.file_name().to_string_lossy().into_owned())).collect();
        names.sort();
        names
    }

    pub fn run(&self, arguments: &[&str]) -> Answer {
        let mut command = Command::new(env!("CARGO_BIN_EXE_polya"));
        command.current_dir(self.0.path()).env_remove("NO_COLOR").stdin(Stdio::null());
        let output = command.args(arguments).output().expect("the command");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        Answer { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// `polya fit m.polya --data d.csv` with a short run, unless the further arguments say how long.
    pub fn fit(&self, arguments: &[&str]) -> Answer {
        let mut all = vec!["fit", "m.polya", "--data", "d.csv", "--seed", "7"];
        for option in ["--warmup", "--draws"] {
            if !arguments.contains(&option) {
                all.extend([option, "300"]);
            }
        }
        self.run(&[&all, arguments].concat())
    }
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}
