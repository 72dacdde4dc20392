//! The time that the diagnostics of 20,000 scalars take, each of 4 chains of 1000 draws.
//!
//! ```sh
//! cargo bench --bench diagnostics --features parquet -- /tmp/draws.parquet
//! python benches/diagnostics_arviz.py /tmp/draws.parquet
//! ```
//!
//! reads the draws of a file like that of a kept fit, which it writes first where it is not there, and prints how long all
//! summaries take on one thread and on all, and whether they have the same bits. The script takes the time of ArviZ over
//! the same file. Neither counts the reading.
#![allow(missing_docs)]

use parquet::basic::{Compression, Repetition, Type as Physical, ZstdLevel};
use parquet::column::reader::get_typed_column_reader;
use parquet::data_type::{DataType, DoubleType, Int32Type};
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::Type;
use polya::diagnostics::{Chains, ScalarSummary, summarize_many};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use std::error::Error;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

const SCALARS: usize = 20_000;
const CHAINS: usize = 4;
const DRAWS: usize = 1000;

/// Autocorrelations of the scalars, by turns: independent draws, those of an ordinary sampler, and slow ones.
const CORRELATIONS: [f64; 4] = [0.0, 0.3, 0.6, 0.95];

/// The chains of a scalar, each autoregressive.
fn chains(number: usize) -> Vec<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(number as u64);
    let correlation = CORRELATIONS[number % CORRELATIONS.len()];
    let mut normal = || -> f64 { StandardNormal.sample(&mut rng) };
    let mut draws = Vec::with_capacity(CHAINS * DRAWS);
    for _ in 0..CHAINS {
        let mut state = normal();
        for _ in 0..DRAWS {
            state = correlation * state + (1.0 - correlation * correlation).sqrt() * normal();
            draws.push(state);
        }
    }
    draws
}

fn column<T: DataType>(group: &mut SerializedRowGroupWriter<'_, File>, values: &[T::T]) -> Result<(), Box<dyn Error>> {
    let mut writer = group.next_column()?.ok_or("more columns than the schema has")?;
    writer.typed::<T>().write_batch(values, None, None)?;
    Ok(writer.close()?)
}

/// Writes `chain`, `draw`, and a column for each scalar.
fn write(file: &Path) -> Result<(), Box<dyn Error>> {
    let keys = [("chain".to_owned(), Physical::INT32), ("draw".to_owned(), Physical::INT32)];
    let scalars = (0..SCALARS).map(|i| (format!("x[{i}]"), Physical::DOUBLE));
    let field = |(name, kind): (String, Physical)| {
        Type::primitive_type_builder(&name, kind).with_repetition(Repetition::REQUIRED).build().map(Arc::new)
    };
    let fields = keys.into_iter().chain(scalars).map(field).collect::<Result<_, _>>()?;
    let schema = Arc::new(Type::group_type_builder("draws").with_fields(fields).build()?);
    let compression = Compression::ZSTD(ZstdLevel::try_new(1)?);
    let properties = WriterProperties::builder().set_compression(compression).set_dictionary_enabled(false).build();
    let mut writer = SerializedFileWriter::new(File::create(file)?, schema, Arc::new(properties))?;
    let mut group = writer.next_row_group()?;
    column::<Int32Type>(&mut group, &(0..CHAINS * DRAWS).map(|i| (i / DRAWS + 1) as i32).collect::<Vec<_>>())?;
    column::<Int32Type>(&mut group, &(0..CHAINS * DRAWS).map(|i| (i % DRAWS + 1) as i32).collect::<Vec<_>>())?;
    for number in 0..SCALARS {
        column::<DoubleType>(&mut group, &chains(number))?;
    }
    group.close()?;
    writer.close()?;
    Ok(())
}

/// The draws of all scalars, one after the other.
fn read(file: &Path) -> Result<Vec<f64>, Box<dyn Error>> {
    let reader = SerializedFileReader::new(File::open(file)?)?;
    let columns = reader.metadata().file_metadata().schema_descr().num_columns();
    let mut values = Vec::new();
    for index in 2..columns {
        for group in 0..reader.num_row_groups() {
            let mut column =
                get_typed_column_reader::<DoubleType>(reader.get_row_group(group)?.get_column_reader(index)?);
            while column.read_records(CHAINS * DRAWS, None, None, &mut values)?.0 > 0 {}
        }
    }
    Ok(values)
}

/// The median time of three summaries of all scalars on so many threads, in seconds, and what they said.
fn summaries(draws: &[f64], threads: usize) -> Result<(f64, Vec<ScalarSummary>), Box<dyn Error>> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    let scalars: Option<Vec<Chains<'_>>> = draws.chunks(CHAINS * DRAWS).map(|x| Chains::new(x, CHAINS)).collect();
    let scalars = scalars.ok_or("not 4 chains of one length")?;
    let mut found = Vec::new();
    let mut times: Vec<f64> = Vec::new();
    for _ in 0..3 {
        let start = Instant::now();
        found = pool.install(|| summarize_many(&scalars));
        times.push(start.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    Ok((times[1], found))
}

fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let file = file.ok_or("a file is needed: cargo bench --bench diagnostics --features parquet -- FILE")?;
    let file = Path::new(&file);
    if !file.exists() {
        write(file)?;
    }
    let draws = read(file)?;
    let threads = std::thread::available_parallelism()?.get();
    let (one, alone) = summaries(&draws, 1)?;
    let (all, together) = summaries(&draws, threads)?;
    println!("{} scalars of {CHAINS} chains of {DRAWS} draws", alone.len());
    println!("{one:.2} s on 1 thread, {all:.2} s on {threads}");
    println!("the same bits: {}", format!("{alone:?}") == format!("{together:?}"));
    let worst = alone.iter().filter_map(|s| s.rhat).fold(0.0, f64::max);
    let least = alone.iter().filter_map(|s| s.ess_bulk).fold(f64::INFINITY, f64::min);
    println!("greatest R-hat {worst:.6}, least bulk ESS {least:.3}");
    Ok(())
}
