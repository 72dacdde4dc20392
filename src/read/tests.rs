use super::*;
use proptest::prelude::*;

fn names(wanted: &[&str]) -> Vec<String> {
    wanted.iter().map(|&name| name.to_owned()).collect()
}

fn from_csv(bytes: impl AsRef<[u8]>, wanted: &[&str]) -> Result<Table, ReadError> {
    csv(bytes.as_ref(), "data.csv", &names(wanted)).map(|loaded| loaded.table)
}

fn from_json(bytes: impl AsRef<[u8]>, wanted: &[&str]) -> Result<Table, ReadError> {
    json_lines(bytes.as_ref(), "data.jsonl", &names(wanted)).map(|loaded| loaded.table)
}

/// The cells of a column, `-` where missing.
fn cells(table: &Table, header: &str) -> Vec<String> {
    let Some(column) = table.column(header) else { return vec!["no such column".to_owned()] };
    (0..table.rows()).map(|row| column.text(row).map_or_else(|| "-".to_owned(), Into::into)).collect()
}

fn lines(table: &Table) -> Vec<usize> {
    (0..table.rows()).filter_map(|row| table.line_of(row)).collect()
}

#[test]
fn only_wanted_columns_are_kept() -> Result<(), ReadError> {
    let table = from_csv("a,b,c\n1,2,3\n4,5,6\n", &["c", "a", "nowhere"])?;
    assert_eq!(table.column_names().collect::<Vec<_>>(), ["a", "c"]);
    assert_eq!(table.headers_seen(), ["a", "b", "c"]);
    assert_eq!((cells(&table, "a"), cells(&table, "c")), (names(&["1", "4"]), names(&["3", "6"])));
    assert_eq!(lines(&table), [2, 3]);
    assert_eq!(table.name(), "data.csv");
    Ok(())
}

#[test]
fn line_ends_marks_and_blank_lines() -> Result<(), ReadError> {
    for text in ["\u{feff}x,y\r\n1,2\r\n3,4\r\n", "x,y\n1,2\n3,4", "\n x , y\n\n1,2\n  \r\n3,4\n\n\n"] {
        let table = from_csv(text, &["x", "y"])?;
        assert_eq!((cells(&table, "x"), cells(&table, "y")), (names(&["1", "3"]), names(&["2", "4"])), "{text:?}");
    }
    let spaced = from_csv("\n x , y\n\n1,2\n  \r\n3,4\n\n\n", &["x"])?;
    assert_eq!(lines(&spaced), [4, 6]);
    let single = from_csv("x\n1\n\n\"\"\nNA\n2", &["x"])?;
    assert_eq!(cells(&single, "x"), ["1", "-", "-", "2"]);
    let headed = from_csv("x,y", &["x"])?;
    assert_eq!((headed.rows(), headed.columns().len()), (0, 1));
    Ok(())
}

#[test]
fn quotes() -> Result<(), ReadError> {
    let table = from_csv(
        "g,n\n\"two\nlines\",1\n\"a, \"\"b\"\"\" ,2\n \"NA\",3\nNA,4\n\" spaced \",5\n5\" pipe,6\n\"\",7\n",
        &["g", "n"],
    )?;
    assert_eq!(cells(&table, "g"), ["two\nlines", "a, \"b\"", "NA", "-", "spaced", "5\" pipe", "-"]);
    assert_eq!(cells(&table, "n"), ["1", "2", "3", "4", "5", "6", "7"]);
    assert_eq!(lines(&table), [2, 4, 5, 6, 7, 8, 9]);
    let skipped = from_csv("g,n\n\"two\nlines\",1\n", &["n"])?;
    assert_eq!(cells(&skipped, "n"), ["1"]);
    Ok(())
}

#[test]
fn missing_tokens_are_exact() -> Result<(), ReadError> {
    let table = from_csv("x,y\n NA ,1\nna,1\nNaN,1\nnan,1\nnull,1\nNULL,1\n,1\n\"null\",1\n", &["x"])?;
    assert_eq!(cells(&table, "x"), ["-", "na", "-", "nan", "-", "NULL", "-", "null"]);
    Ok(())
}

#[test]
fn tabs_separate_tsv() -> Result<(), ReadError> {
    let loaded = tsv(&b"x\ty\n1\t\n\t\"a\tb\"\n"[..], "data.tsv", &names(&["x", "y"]))?;
    assert_eq!((cells(&loaded.table, "x"), cells(&loaded.table, "y")), (names(&["1", "-"]), names(&["-", "a\tb"])));
    Ok(())
}

#[test]
fn nul_bytes_and_long_cells_are_text() -> Result<(), ReadError> {
    let long = "é".repeat(400_000);
    let table = from_csv(format!("x,y\na\0b,{long}\n{long},1\n"), &["x"])?;
    assert_eq!(cells(&table, "x"), ["a\0b", long.as_str()]);
    Ok(())
}

/// What a faulty file is answered with: message, line and row.
fn fault(read: Result<Table, ReadError>) -> (String, Option<usize>, Option<usize>) {
    match read {
        Ok(_) => ("no error".to_owned(), None, None),
        Err(error) => (error.to_string(), error.line(), error.row()),
    }
}

#[test]
fn faults_of_csv_have_their_place() {
    type Case<'a> = (&'a [u8], &'a str, Option<usize>, Option<usize>);
    let cases: &[Case<'_>] = &[
        (b"x,y\n1,2\n3\n", "data.csv:3: row 2 has 1 cells, and the header has 2", Some(3), Some(2)),
        (b"x,y\n\"a\nb\",2\n1,2,3\n", "data.csv:4: row 2 has 3 cells", Some(4), Some(2)),
        (b"x,y,x\n1,2,3\n", "columns 1 and 3 are both called `x`", Some(1), None),
        (b"", "the file is empty", None, None),
        (b"\n \n", "the file is empty", None, None),
        (b"x,y\n1,2\n\"3,4\n5,6\n", "the quote that opens here", Some(3), None),
        (b"x,y\n1,2\n\"3\"4,4\n", "text after a closing quote", Some(3), None),
        (b"x,y\n1,\xe9\n\xe9t\xe9,2\n", "the cell of column `x` is not UTF-8", Some(3), Some(2)),
        (b"\xe9,y\n1,2\n", "the text is not UTF-8", Some(1), None),
        (b"\xff\xfex\0,\0", "UTF-16", None, None),
        (b"\x1f\x8b\x08\0", "gzip", None, None),
        (b"x;y\n1;2\n", "semicolons instead of commas", Some(1), None),
        (b"x\ty\n1\t2\n", "tabs instead of commas", Some(1), None),
        (b"x,y\r1,2\r3,4\r", "carriage return", Some(1), None),
    ];
    for (bytes, message, line, row) in cases {
        let (got, at, in_row) = fault(from_csv(bytes, &["x"]));
        assert!(got.contains(message), "{got}");
        assert_eq!((at, in_row), (*line, *row), "{got}");
    }
    assert!(fault(from_csv(",x\n1,2\n", &[""])).0.contains("without a header"));
    assert_eq!(fault(from_csv(",x,\n1,2,3\n", &["x"])).0, "no error");
    assert_eq!(fault(from_csv("ARROW1,PAR1\n1,2\n", &["PAR1"])).0, "no error");
}

#[test]
fn json_values_keep_their_text() -> Result<(), ReadError> {
    let text = "\u{feff}{\"x\": 1, \"g\": \"a\", \"z\": {\"deep\": [1]}}\r\n\n{\"g\": \"b, c\", \"x\": 2.50}\n{\"x\": null, \"g\": true}\n{\"g\": \"NA\", \"x\": 12345678901234567890123}\n{\"g\": \"\\u00e9\\n\"}";
    let table = from_json(text, &["g", "x", "x", "nowhere"])?;
    assert_eq!(cells(&table, "x"), ["1", "2.50", "-", "12345678901234567890123", "-"]);
    assert_eq!(cells(&table, "g"), ["a", "b, c", "true", "NA", "é"]);
    assert_eq!(lines(&table), [1, 3, 4, 5, 6]);
    assert_eq!(table.headers_seen(), ["x", "g", "z"]);
    assert!(table.column("nowhere").is_none());
    Ok(())
}

#[test]
fn faults_of_json_have_their_place() {
    let cases = [
        ("{\"x\": 1}\n{\"x\": }\n", "row 2 is no valid JSON: expected value (at byte 7 of the line)", 2),
        ("{\"x\": 1}\n{\"x\": 1", "no valid JSON", 2),
        ("{\"x\": 1} {\"x\": 2}", "trailing characters", 1),
        ("[{\"x\": 1}]", "an array, not an object", 1),
        ("{\"x\": 1}\n3\n", "a number, not an object", 2),
        ("{\"x\": [1]}", "row 1 has an array under `x`", 1),
        ("{\"x\": {}}", "an object under `x`", 1),
        ("{\"x\": 1, \"x\": 2}", "the key `x` twice", 1),
        ("{\"y\": 1, \"y\": 2}", "the key `y` twice", 1),
        ("{\"x\": \"\\ud800\"}", "no valid JSON", 1),
        ("hello", "no valid JSON", 1),
    ];
    for (text, message, line) in cases {
        let (got, at, _) = fault(from_json(text, &["x"]));
        assert!(got.contains(message), "{got}");
        assert_eq!(at, Some(line), "{got}");
    }
    assert!(fault(from_json("\n", &["x"])).0.contains("empty"));
    assert!(fault(from_json(b"{\"x\": \"\xe9\"}", &["x"])).0.contains("UTF-8"));
    let deep = format!("{{\"x\": 1, \"y\": {}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(fault(from_json(deep, &["x"])).0, "no error");
}

#[test]
fn files_are_found_by_their_ending() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("d.CSV");
    std::fs::write(&path, "x\n1\n")?;
    let loaded = file(&path, None, &names(&["x"]))?;
    assert_eq!((loaded.bytes, loaded.table.rows()), (4, 1));
    assert_eq!(loaded.sha256, sha256(b"x\n1\n"));
    let odd = folder.path().join("d.dat");
    std::fs::write(&odd, "x\n1\n")?;
    assert!(
        matches!(file(&odd, None, &[]), Err(error) if matches!(error.fault(), Fault::UnknownEnding) && error.help().is_some())
    );
    assert_eq!(file(&odd, Some(Format::Tsv), &[])?.table.rows(), 1);
    let gone = file(&folder.path().join("gone.csv"), None, &[]);
    assert!(matches!(gone, Err(error) if matches!(error.fault(), Fault::NotFound) && !error.is_machine_failure()));
    assert!(matches!(file(folder.path(), None, &[]), Err(error) if matches!(error.fault(), Fault::IsFolder)));
    Ok(())
}

/// Gives its bytes one at a time: cells, quotes and line ends fall between buffers.
struct Drip<'a>(&'a [u8]);

impl Read for Drip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = buffer.len().min(self.0.len()).min(1);
        self.0.read(&mut buffer[..count])
    }
}

proptest! {
    #[test]
    fn what_a_writer_of_csv_writes_is_read_back(rows in prop::collection::vec(prop::collection::vec("[a\",\n\r é;]{0,6}", 3), 1..20)) {
        let mut writer = ::csv::Writer::from_writer(Vec::new());
        writer.write_record(["p", "q", "r"])?;
        for row in &rows {
            writer.write_record(row)?;
        }
        let bytes = writer.into_inner().map_err(|error| TestCaseError::fail(error.to_string()))?;
        let whole = csv(bytes.as_slice(), "t", &names(&["p", "r"]));
        let dripped = csv(Drip(&bytes), "t", &names(&["p", "r"]));
        let (whole, dripped) = (whole?, dripped?);
        prop_assert_eq!(&whole, &dripped);
        for (header, column) in [("p", 0), ("r", 2)] {
            let want: Vec<_> = rows.iter().map(|row| row[column].trim()).map(|cell| if cell.is_empty() { "-" } else { cell }.to_owned()).collect();
            prop_assert_eq!(cells(&whole.table, header), want);
        }
    }

    #[test]
    fn no_bytes_break_a_reader(bytes in prop::collection::vec(prop::sample::select(b"\"\"\"\n\n\r,,\t {}[]:x1aN\xef\xbb\xbf\xff\\".to_vec()), 0..60)) {
        let wanted = names(&["x", "a"]);
        for bytes in [bytes.clone(), [b"x,a\n", bytes.as_slice()].concat(), [b"{\"x\":", bytes.as_slice()].concat()] {
            let _ = csv(bytes.as_slice(), "t", &wanted);
            let _ = tsv(bytes.as_slice(), "t", &wanted);
            let _ = json_lines(bytes.as_slice(), "t", &wanted);
        }
    }
}

#[test]
#[ignore = "a measurement: run with --release -- --ignored --nocapture"]
fn a_million_rows() -> Result<(), ReadError> {
    let text: String = std::iter::once("group,n,comment\n".to_owned())
        .chain((0..1_000_000).map(|i| format!("g{},{},\"some text\"\n", i % 997, i)))
        .collect();
    let start = std::time::Instant::now();
    let table = from_csv(&text, &["group", "n"])?;
    println!("{} rows, {} MB: {:?}", table.rows(), text.len() >> 20, start.elapsed());
    let long = format!("x,y\n1,{}\n", "a".repeat(100 << 20));
    let start = std::time::Instant::now();
    let table = from_csv(&long, &["x", "y"])?;
    println!("{} row of 100 MB: {:?}", table.rows(), start.elapsed());
    let json: String =
        (0..1_000_000).map(|i| format!("{{\"group\":\"g{}\",\"n\":{},\"other\":[1,2]}}\n", i % 997, i)).collect();
    let start = std::time::Instant::now();
    let table = from_json(&json, &["group", "n"])?;
    println!("{} rows of JSON: {:?}", table.rows(), start.elapsed());
    Ok(())
}
