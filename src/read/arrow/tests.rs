use std::sync::Arc;

use arrow_array::types::Int8Type;
use arrow_array::{
    BooleanArray, Date32Array, DictionaryArray, Float64Array, Int32Array, Int64Array, ListArray, StringArray,
};
use arrow_ipc::writer::{FileWriter, StreamWriter};
use parquet::arrow::ArrowWriter;

use super::*;

type Anything = Box<dyn std::error::Error>;

fn batch() -> Result<RecordBatch, ArrowError> {
    let dictionary: DictionaryArray<Int8Type> = vec![Some("x"), None, Some("y")].into_iter().collect();
    let list = ListArray::from_iter_primitive::<Int8Type, _, _>(vec![Some(vec![Some(1)]), None, None]);
    RecordBatch::try_from_iter(vec![
        ("label", Arc::new(StringArray::from(vec![Some("NA"), None, Some(" a ")])) as ArrayRef),
        ("id", Arc::new(Int64Array::from(vec![Some(9_007_199_254_740_993), Some(2), None])) as ArrayRef),
        ("small", Arc::new(Int32Array::from(vec![Some(5), None, Some(-1)])) as ArrayRef),
        ("real", Arc::new(Float64Array::from(vec![1.5, f64::NAN, f64::INFINITY])) as ArrayRef),
        ("flag", Arc::new(BooleanArray::from(vec![true, false, true])) as ArrayRef),
        ("day", Arc::new(Date32Array::from(vec![0, 1, 2])) as ArrayRef),
        ("code", Arc::new(dictionary) as ArrayRef),
        ("list", Arc::new(list) as ArrayRef),
    ])
}

fn files() -> Result<[(Format, Vec<u8>); 3], Anything> {
    let batch = batch()?;
    let mut parquet = ArrowWriter::try_new(Vec::new(), batch.schema(), None)?;
    parquet.write(&batch)?;
    let mut file = FileWriter::try_new(Vec::new(), &batch.schema())?;
    file.write(&batch)?;
    let mut stream = StreamWriter::try_new(Vec::new(), &batch.schema())?;
    stream.write(&batch)?;
    Ok([
        (Format::Parquet, parquet.into_inner()?),
        (Format::ArrowIpc, file.into_inner()?),
        (Format::ArrowIpc, stream.into_inner()?),
    ])
}

#[test]
fn every_format_gives_the_same_cells() -> Result<(), Anything> {
    let wanted: Vec<String> = ["real", "label", "id", "small", "flag", "day", "code"].map(String::from).to_vec();
    for (format, bytes) in files()? {
        let table = read(bytes, format, "t", &wanted)?;
        let cells = |header: &str| -> Vec<String> {
            let column = table.column(header);
            (0..3)
                .map(|row| column.and_then(|column| column.text(row)).map_or_else(|| "-".to_owned(), Into::into))
                .collect()
        };
        assert_eq!(table.rows(), 3);
        assert_eq!(cells("label"), ["NA", "-", "a"]);
        assert_eq!(cells("id"), ["9007199254740993", "2", "-"]);
        assert_eq!(cells("small"), ["5", "-", "-1"]);
        assert_eq!(cells("real"), ["1.5", "-", "inf"]);
        assert_eq!(cells("flag"), ["true", "false", "true"]);
        assert_eq!(cells("day"), ["1970-01-01", "1970-01-02", "1970-01-03"]);
        assert_eq!(cells("code"), ["x", "-", "y"]);
        assert_eq!(table.headers_seen().len(), 8);
        assert_eq!(table.line_of(0), None);
    }
    Ok(())
}

#[test]
fn nothing_wanted_still_has_rows() -> Result<(), Anything> {
    for (format, bytes) in files()? {
        assert_eq!(read(bytes, format, "t", &[])?.rows(), 3, "{format:?}");
    }
    Ok(())
}

#[test]
fn lists_are_refused_and_broken_files_are_errors() -> Result<(), Anything> {
    for (format, bytes) in files()? {
        let lists = read(bytes.clone(), format, "t", &["list".to_owned()]);
        assert!(matches!(lists, Err(Fault::UnsupportedType { .. })), "{lists:?}");
        for cut in (0..bytes.len()).step_by(97) {
            let _ = read(bytes[..cut].to_vec(), format, "t", &["real".to_owned()]);
        }
        for (place, flip) in (0..bytes.len()).step_by(31).zip((1..=255_u8).cycle()) {
            let mut damaged = bytes.clone();
            damaged[place] ^= flip;
            let _ = read(damaged, format, "t", &["real".to_owned(), "label".to_owned()]);
        }
    }
    assert!(matches!(read(b"x,y\n1,2\n".to_vec(), Format::Parquet, "t", &[]), Err(Fault::Malformed { .. })));
    assert!(matches!(read(b"x,y\n1,2\n".to_vec(), Format::ArrowIpc, "t", &[]), Err(Fault::Malformed { .. })));
    Ok(())
}
