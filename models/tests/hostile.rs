//! Whatever a model and its table hold, the answer is a model or an error: never a panic, never an endless wait.
//!
//! `corpus/*.polya` holds real models and inputs that were interesting once. `PROPTEST_CASES` sets how many inputs are
//! tried of each kind.

mod hostile_inputs;

use hostile_inputs::{CELLS, TOKENS, mutate, pick, sentence};
use polya_engine::LogDensity;
use polya_models::table::Table;
use polya_models::{Model, PredictedRows, Streams};
use proptest::prelude::*;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// An input that takes longer than this hangs.
const PATIENCE: Duration = Duration::from_secs(10);

static CORPUS: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("the corpus").filter_map(|f| Some(f.ok()?.path())).collect();
    files.sort();
    let text = |path: &std::path::PathBuf| String::from_utf8_lossy(&std::fs::read(path).expect("a file")).into_owned();
    files.iter().map(|path| (path.display().to_string(), text(path))).collect()
});

struct OneStream(ChaCha8Rng);

impl Streams for OneStream {
    fn stream(&mut self, _: u32) -> &mut dyn Rng {
        &mut self.0
    }
}

/// A table with the columns that a model wants: mostly as the model would have them, now and then not.
fn random_table(columns: &[String], rng: &mut ChaCha8Rng) -> Option<Table> {
    let rows = pick(&[0, 1, 2, 3, 5, 8], rng);
    let oddity = pick(&[0, 0, 1, 10, 50], rng);
    let mut builder = Table::builder("table").rows(rows);
    for column in columns {
        if rng.random_range(0..200) == 0 {
            continue;
        }
        let plain = rng.random_range(0..3);
        let cells: Vec<&str> = (0..rows)
            .map(|_| match rng.random_range(0..100) < oddity {
                true => pick(CELLS, rng),
                false => pick(&[["0", "1", "1"], ["2", "5", "40"], ["a", "b", "1"]][plain], rng),
            })
            .collect();
        builder = builder.text(column.as_str(), cells);
    }
    builder.build().ok()
}

/// Takes an input as far as it goes; says how far.
fn take_all_the_way(text: &str, seed: u64) -> u8 {
    let start = Instant::now();
    let reached = attempt(text, seed);
    assert!(start.elapsed() < PATIENCE, "{:?} for\n{text}", start.elapsed());
    reached
}

fn attempt(text: &str, seed: u64) -> u8 {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let model = match Model::parse(text) {
        Ok(model) => model,
        Err(error) => {
            let (message, _) = (error.message(), error.help());
            assert!(!message.is_empty());
            let inside =
                error.span().is_none_or(|s| s.start <= s.end && s.end <= text.len() && text.is_char_boundary(s.start));
            assert!(inside, "the span {:?} of {message:?} lies outside the text", error.span());
            return 0;
        }
    };
    let columns = model.columns();
    let table = (!columns.is_empty()).then(|| random_table(&columns, &mut rng)).flatten();
    let Ok(bound) = model.bind(table.as_ref(), &Default::default()) else { return 1 };
    let Ok(posterior) = bound.compile() else { return 2 };
    let _ = posterior.explain();
    assert_eq!(posterior.scalars().len(), posterior.scalar_count());
    let dimension = posterior.dimension();
    let position: Vec<f64> = (0..dimension).map(|_| rng.random_range(-2.0..2.0)).collect();
    let (mut gradient, mut scratch) = (vec![0.0; dimension], posterior.scratch());
    let _ = posterior.log_density(&position, &mut gradient, &mut scratch);
    let _ = posterior.culprit(&position);
    let (mut scratch, mut streams) = (posterior.expand_scratch(), OneStream(rng));
    posterior.expand(&position, &mut streams, &mut scratch, &mut vec![0.0; posterior.scalar_count()]);
    let mut predicted = vec![0.0; posterior.predicted_count(PredictedRows::All)];
    assert_eq!(posterior.predicted_scalars(PredictedRows::All).len(), predicted.len());
    posterior.predict(PredictedRows::All, &position, &mut streams, &mut scratch, &mut predicted);
    let cells = posterior.observed().iter().map(|o| o.rows.len()).sum();
    posterior.log_lik(&position, &mut streams, &mut scratch, &mut vec![0.0; cells]);
    3
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, max_shrink_iters: 2000, ..ProptestConfig::default() })]

    #[test]
    fn soups_of_tokens_are_refused(words in prop::collection::vec(0..TOKENS.len(), 0..80), seed: u64) {
        let text: Vec<&str> = words.iter().map(|i| TOKENS[*i]).collect();
        take_all_the_way(&text.join(" "), seed);
    }

    #[test]
    fn any_text_is_refused(text in "\\PC{0,200}", seed: u64) {
        take_all_the_way(&text, seed);
    }

    #[test]
    fn sentences_of_the_grammar_compile_or_err(seed: u64) {
        take_all_the_way(&sentence(&mut ChaCha8Rng::seed_from_u64(seed)), seed);
    }

    #[test]
    fn mutated_models_compile_or_err(file: prop::sample::Index, times in 1..6usize, seed: u64) {
        let (_, text) = &CORPUS[file.index(CORPUS.len())];
        take_all_the_way(&mutate(text, times, &mut ChaCha8Rng::seed_from_u64(seed)), seed);
    }

    #[test]
    fn odd_cells_bind_or_err(file: prop::sample::Index, seed: u64) {
        let (_, text) = &CORPUS[file.index(CORPUS.len())];
        take_all_the_way(text, seed);
    }
}

#[test]
fn the_corpus_compiles_or_errs() {
    assert!(CORPUS.len() > 20);
    let mut farthest = 0;
    for (path, text) in CORPUS.iter() {
        let reached = (0..40).map(|seed| take_all_the_way(text, seed)).max().unwrap_or(0);
        assert!(reached > 0 || path.contains("refused") || Model::parse(text).is_err(), "{path}");
        farthest += usize::from(reached == 3);
    }
    assert!(farthest > CORPUS.len() / 3, "only {farthest} of {} ever compile", CORPUS.len());
}

/// What is named again and again is looked at once, and many statements are no deep one.
#[test]
fn long_models_of_shared_parts_compile() {
    let chain = |first: &str, next: &dyn Fn(usize) -> String, last: &str| {
        let steps: String = (1..60).map(|i| next(i) + "\n").collect();
        format!("data k: count, x: real\np ~ Normal(0, 1)\n{first}\n{steps}{last}\n")
    };
    let scalars: [&dyn Fn(usize) -> String; 3] = [
        &|i| format!("let e{i} = e{} * e{}", i - 1, i - 1),
        &|i| format!("let e{i} = e{} + e{}", i - 1, i - 1),
        &|i| format!("let e{i} = e{} - e{} / 3", i - 1, i - 1),
    ];
    let mut models: Vec<String> =
        scalars.iter().map(|next| chain("let e0 = exp(p)", *next, "k ~ Poisson(exp(e59 * x))")).collect();
    let by_row = |i: usize| format!("let e{i}[rows] = e{}[rows] + e{}[rows] * 0.5", i - 1, i - 1);
    models.push(chain("let e0[rows] = p * x", &by_row, "k ~ Poisson(exp(e59[rows]))"));
    let rates = "data k: count\nr ~ Gamma(2, 1)\nlet e0 = r\n".to_owned();
    models.push(
        (1..60).fold(rates, |text, i| text + &format!("let e{i} = e{} + e{}\n", i - 1, i - 1)) + "k ~ Poisson(e59)\n",
    );
    let many = (0..400).map(|i| format!("q{i} = b[\"u\"] + b[\"v\"]\n")).collect::<String>();
    models.push(format!("data g: factor, k: count\nb[g] ~ Gamma(1, 1)\nk ~ Poisson(b[g])\n{many}"));
    let table = Table::builder("t")
        .text("k", ["1", "2", "0"])
        .text("n", ["1", "2", "3"])
        .text("x", ["0.1", "0.2", "-0.3"])
        .text("g", ["u", "v", "u"])
        .build()
        .expect("a table");
    for text in models {
        let bound = Model::parse(&text).and_then(|model| model.bind(Some(&table), &Default::default()));
        bound.and_then(|bound| bound.compile()).unwrap_or_else(|error| panic!("{error}\n{text}"));
    }
}

/// A long table whose category is none makes vectors that nobody has room for.
#[test]
fn too_many_categories_are_refused() {
    let labels: Vec<String> = (0..20_000).map(|i| i.to_string()).collect();
    let table = Table::builder("t").labels("id", labels.iter().map(String::as_str));
    let table = table.labels("status", labels.iter().map(String::as_str)).numbers("n", vec![1.0; 20_000]);
    let table = table.build().expect("a table");
    let text = "data id: factor, y: counts(n by status)\np ~ Dirichlet(ones[y])\ny ~ Multinomial(p)\nq[id] = 1\n";
    let error =
        Model::parse(text).and_then(|model| model.bind(Some(&table), &Default::default())).expect_err("too large");
    assert!(error.to_string().contains("400000000 cells"), "{error}");
}

#[test]
fn an_observed_column_may_be_empty_in_every_row() {
    let models = [
        "y ~ Normal(a, 1)",
        "y ~ Normal(0, c)",
        "y ~ StudentT(5, a, c)",
        "m ~ Normal(0, 1)\ny ~ Normal(m * (a > 1) + floor(a), c)",
        "m ~ Normal(0, 1)\ny ~ Normal(m, 1)",
    ];
    for text in models {
        let columns = ["y", "a", "c"].into_iter().filter(|c| {
            text.contains(&format!("{c} ~"))
                || text.contains(&format!("{c},"))
                || text.contains(&format!("{c})"))
                || text.contains(&format!("{c} >"))
        });
        let fields: Vec<String> = columns.map(|c| format!("{c}: real")).collect();
        let text = format!("data {}\n{text}\n", fields.join(", "));
        let table = Table::builder("t")
            .text("y", ["NA", "NA"])
            .text("a", ["1", "2"])
            .text("c", ["1", "3"])
            .build()
            .expect("a table");
        let compiled = Model::parse(&text).and_then(|m| m.bind(Some(&table), &Default::default())?.compile());
        assert!(compiled.is_ok_and(|p| p.cells() == 0), "{text}");
    }
}

/// One input of every kind in turn.
fn nth_input(seed: u64) -> String {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let real = &CORPUS[rng.random_range(0..CORPUS.len())].1;
    match seed % 8 {
        0 => {
            let count = rng.random_range(0..60);
            (0..count).map(|_| pick(TOKENS, &mut rng)).collect::<Vec<_>>().join(" ")
        }
        1..=3 => sentence(&mut rng),
        4 => real.clone(),
        5 => {
            let first = sentence(&mut rng);
            let times = rng.random_range(1..4);
            mutate(&first, times, &mut rng)
        }
        _ => {
            let times = rng.random_range(1..6);
            mutate(real, times, &mut rng)
        }
    }
}

/// Goes on after a finding, and tells all of them by their place: `HOSTILE_SECONDS=600 cargo test … -- --ignored`.
#[test]
#[ignore = "runs as long as HOSTILE_SECONDS says"]
fn a_long_search_finds_nothing() {
    let seconds = std::env::var("HOSTILE_SECONDS").ok().and_then(|s| s.parse().ok()).unwrap_or(60);
    let first: u64 = std::env::var("HOSTILE_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(0);
    let place = std::sync::Arc::new(std::sync::Mutex::new(String::new()));
    let told = place.clone();
    std::panic::set_hook(Box::new(move |panic| {
        if let Ok(mut place) = told.lock() {
            *place = format!(
                "{} {:?}",
                panic.location().map(ToString::to_string).unwrap_or_default(),
                panic.payload_as_str()
            );
        }
    }));
    let (start, mut seed, mut reached) = (Instant::now(), first, [0_u64; 4]);
    let mut findings: std::collections::BTreeMap<String, (u64, u64, String)> = Default::default();
    while start.elapsed().as_secs() < seconds {
        let text = nth_input(seed);
        match std::panic::catch_unwind(|| take_all_the_way(&text, seed)) {
            Ok(depth) => reached[usize::from(depth)] += 1,
            Err(_) => {
                let at = place.lock().map(|p| p.clone()).unwrap_or_default();
                let at = at.split("for\n").next().unwrap_or_default().to_owned();
                let known = findings.entry(at).or_insert_with(|| (0, seed, text.clone()));
                known.0 += 1;
                if text.len() < known.2.len() {
                    (known.1, known.2) = (seed, text);
                }
            }
        }
        seed += 1;
    }
    let _ = std::panic::take_hook();
    println!("{} inputs; refused by parse, bind, compile, none: {reached:?}", seed - first);
    for (at, (times, seed, text)) in &findings {
        let columns = Model::parse(text).map(|m| m.columns()).unwrap_or_default();
        let table = random_table(&columns, &mut ChaCha8Rng::seed_from_u64(*seed));
        println!("---- {at}: {times} times, seed {seed}\n{text}\n{table:?}");
    }
    assert!(findings.is_empty(), "{} findings", findings.len());
}
