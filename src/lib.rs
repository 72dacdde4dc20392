//! Pólya.
pub mod read;
pub mod draws;
pub mod summary;
#[cfg(feature = "parquet")]
pub mod keep;
