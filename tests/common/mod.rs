//! What the integration tests share: from a model text and CSV text to a posterior and a fit.
#![allow(dead_code)] // each test uses its part

use polya::{Control, Fit, Model, Posterior, Settings, Table, read};

/// The table in a CSV text; only the columns that the model wants are kept.
pub fn table(model: &Model, csv: &str) -> Table {
    match read::csv(csv.as_bytes(), "data.csv", &model.columns()) {
        Ok(loaded) => loaded.table,
        Err(error) => panic!("the table cannot be read: {error}"),
    }
}

/// A compiled model; the table is left out where it declares no column.
pub fn compile(text: &str, csv: &str) -> Posterior {
    let compiled = Model::parse(text).and_then(|model| {
        let table = (!model.columns().is_empty()).then(|| table(&model, csv));
        model.bind(table.as_ref(), &Default::default())?.compile()
    });
    match compiled {
        Ok(posterior) => posterior,
        Err(error) => panic!("{error}; {:?}, {:?}, row {:?}\n{text}", error.help(), error.span(), error.row()),
    }
}

/// The same of a table.
pub fn posterior(text: &str, table: &Table) -> Posterior {
    let bound = Model::parse(text).and_then(|m| m.bind(Some(table), &Default::default()));
    bound.and_then(|b| b.compile()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// A short fit.
pub fn fit(posterior: &Posterior) -> Fit {
    sample(posterior, &Settings { warmup: 500, draws: 500, seed: 11, ..Settings::default() })
}

/// A fit without interruption.
pub fn sample(posterior: &Posterior, settings: &Settings) -> Fit {
    match Fit::sample(posterior, settings, &Control::default()) {
        Ok(fit) => fit,
        Err(error) => panic!("{error}"),
    }
}

/// The text of a file of this package's tests.
pub fn text_of(path: &str) -> String {
    let path = format!("{}/tests/{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}
