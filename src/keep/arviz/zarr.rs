//! A writer of Zarr stores, version 2: folders of chunks of little-endian numbers, not compressed, with their metadata.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::keep::error::KeepError;
use crate::keep::folder;

/// The type of the elements of an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    Float,
    Integer,
    Truth,
    /// Text of at most so many characters.
    Text(usize),
}

impl Element {
    fn name(self) -> String {
        match self {
            Self::Float => "<f8".to_owned(),
            Self::Integer => "<i8".to_owned(),
            Self::Truth => "|b1".to_owned(),
            Self::Text(characters) => format!("<U{characters}"),
        }
    }
}

/// How an array is laid out.
#[derive(Debug)]
pub(super) struct Layout<'a> {
    pub(super) element: Element,
    pub(super) dimensions: Vec<&'a str>,
    pub(super) shape: Vec<usize>,
    pub(super) chunks: Vec<usize>,
}

/// A store being written.
#[derive(Debug)]
pub(super) struct Store {
    root: PathBuf,
    metadata: BTreeMap<String, Value>,
}

impl Store {
    /// A new store with the attributes of its root.
    pub(super) fn create(root: &Path, attributes: &Map<String, Value>) -> Result<Self, KeepError> {
        let mut store = Self { root: root.to_owned(), metadata: BTreeMap::new() };
        store.group("", attributes)?;
        Ok(store)
    }

    /// Adds a group.
    pub(super) fn group(&mut self, path: &str, attributes: &Map<String, Value>) -> Result<(), KeepError> {
        self.describe(path, ".zgroup", json!({"zarr_format": 2}))?;
        self.describe(path, ".zattrs", Value::Object(attributes.clone()))
    }

    /// Adds an array, whose chunks follow.
    pub(super) fn array(&mut self, path: &str, layout: &Layout<'_>) -> Result<(), KeepError> {
        let array = json!({
            "zarr_format": 2,
            "shape": layout.shape,
            "chunks": layout.chunks.iter().map(|&length| length.max(1)).collect::<Vec<_>>(),
            "dtype": layout.element.name(),
            "order": "C",
            "compressor": null,
            "filters": null,
            "fill_value": null,
            "dimension_separator": ".",
        });
        self.describe(path, ".zarray", array)?;
        self.describe(path, ".zattrs", json!({"_ARRAY_DIMENSIONS": layout.dimensions}))
    }

    /// Writes a chunk, the last index running fastest; at the edge of the array it is filled up.
    pub(super) fn chunk(&self, path: &str, place: &[usize], bytes: &[u8]) -> Result<(), KeepError> {
        let place: Vec<String> = place.iter().map(usize::to_string).collect();
        folder::write(&self.root.join(path).join(place.join(".")), bytes)
    }

    /// Writes all metadata once more in one file, so that the store opens fast.
    pub(super) fn finish(self) -> Result<(), KeepError> {
        let all = json!({"zarr_consolidated_format": 1, "metadata": self.metadata});
        folder::write(&self.root.join(".zmetadata"), format!("{all:#}\n"))
    }

    fn describe(&mut self, path: &str, name: &str, value: Value) -> Result<(), KeepError> {
        let folder = self.root.join(path);
        fs::create_dir_all(&folder).map_err(KeepError::io(&folder))?;
        folder::write(&folder.join(name), format!("{value:#}\n"))?;
        let key = if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
        self.metadata.insert(key, value);
        Ok(())
    }
}
