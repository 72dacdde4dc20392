//! Whatever a model and its table hold, the answer is a model or an error: never a panic, never an endless wait.
//!
//! `corpus/*.polya` holds real models and inputs that were interesting once. `PROPTEST_CASES` sets how many inputs are
//! tried of each kind.

use polya_engine::LogDensity;
use polya_models::table::Table;
use polya_models::{Model, Streams};
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

/// Cells that tables hold, from the ordinary to the odd.
const CELLS: &[&str] = &[
    "0",
    "1",
    "2",
    "3",
    "7",
    "1",
    "2",
    "0",
    "a",
    "b",
    "north",
    "",
    "NA",
    "NaN",
    "null",
    "-1",
    "0.5",
    "1e3",
    "5.0",
    "1e400",
    "-0",
    "inf",
    "true",
    "FALSE",
    "9007199254740993",
    "1e-320",
    "0x1",
    "1_000",
    "é",
    "\u{202e}x",
    "a, b",
    "[x]",
    "\"q\"",
    " ",
    "1,5",
    "+1",
    ".5",
    "1.",
    "00",
    "-",
    "1e",
];

const TOKENS: &[&str] = &[
    "\n",
    "\n",
    "\n",
    "~",
    "=",
    "[",
    "]",
    "(",
    ")",
    ",",
    ":",
    "{",
    "}",
    "data",
    "index",
    "input",
    "let",
    "rows",
    "weight",
    "as",
    "and",
    "or",
    "not",
    "if",
    "then",
    "else",
    "for",
    "in",
    "new",
    "true",
    "false",
    "by",
    "..",
    ".",
    "+",
    "-",
    "*",
    "/",
    "^",
    "<",
    "<=",
    "==",
    "!=",
    ">",
    "@centred",
    "@noncentred",
    "@",
    "#",
    "\"",
    "\"a\"",
    "\"b",
    "0",
    "1",
    "2",
    "-1",
    "0.5",
    "1e308",
    "1e-308",
    "1e999",
    "99999999999999999999",
    ".5",
    "1.",
    "1e",
    "factor",
    "count",
    "binary",
    "real",
    "counts",
    "reals",
    "k",
    "n",
    "x",
    "y",
    "g",
    "h",
    "o",
    "a",
    "b",
    "mu",
    "theta",
    "sum",
    "mean",
    "sd",
    "min",
    "max",
    "any",
    "all",
    "exp",
    "log",
    "logit",
    "inv_logit",
    "softmax",
    "dot",
    "lgamma",
    "log_sum_exp",
    "floor",
    "abs",
    "ones",
    "Beta",
    "Binomial",
    "Normal",
    "Dirichlet",
    "Multinomial",
    "Categorical",
    "Poisson",
    "Gamma",
    "Exponential",
    "Bernoulli",
    "Geometric",
    "Uniform",
    "Pareto",
    "HalfNormal",
    "LogNormal",
    "BetaBinomial",
    "NegativeBinomial",
    "Mixture",
    "truncated",
    "\u{feff}",
    "\u{0}",
    "é",
    "🐀",
    "\r\n",
    "\t",
    "\\",
];

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

fn pick<T: Copy>(from: &[T], rng: &mut ChaCha8Rng) -> T {
    from[rng.random_range(0..from.len())]
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
    if std::env::var_os("HOSTILE_TABLE").is_some() {
        println!("{table:?}");
    }
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
    posterior.predict_left_out(
        &position,
        &mut streams,
        &mut scratch,
        &mut vec![0.0; posterior.left_out_scalars().len()],
    );
    let cells = posterior.observed().iter().map(|o| o.rows.len()).sum();
    posterior.log_lik(&position, &mut streams, &mut scratch, &mut vec![0.0; cells]);
    3
}

/// A random expression of the grammar.
fn expression(depth: u32, rng: &mut ChaCha8Rng) -> String {
    let kind = if depth == 0 { rng.random_range(0..5) } else { rng.random_range(0..17) };
    let names = ["a", "b", "c", "v", "k", "n", "x", "y", "g", "h", "o", "rows", "eta"];
    let mut sub = || expression(depth.saturating_sub(1), rng);
    match kind {
        0 | 1 => pick(&["0", "1", "0.5", "2", "3", "1e3", "1e-300", "1e308"], rng).to_owned(),
        2 | 3 => pick(&names, rng).to_owned(),
        4 | 5 => format!(
            "{}[{}]",
            pick(&names, rng),
            pick(&["g", "h", "o", "rows", "g, h", "g : h", "\"a\"", "1", "g, o", "r"], rng)
        ),
        6..=8 => {
            let (left, right) = (sub(), sub());
            let op = pick(&["+", "-", "*", "/", "^", "<", "<=", "==", "!=", "and", "or"], rng);
            format!("({left} {op} {right})")
        }
        9 | 10 => {
            let inner = sub();
            let functions = [
                "exp",
                "log",
                "sqrt",
                "abs",
                "floor",
                "logit",
                "inv_logit",
                "softmax",
                "log_sum_exp",
                "lgamma",
                "expm1",
                "log1p",
                "sum",
                "mean",
                "sd",
                "min",
                "max",
            ];
            format!("{}({inner})", pick(&functions, rng))
        }
        11 => format!("-{}", sub()),
        12 => format!("if {} then {} else {}", sub(), sub(), sub()),
        13 => format!("[{}, {}]", sub(), sub()),
        14 => {
            let (body, condition) = (sub(), sub());
            let condition = if rng.random_bool(0.3) { format!(" if {condition}") } else { String::new() };
            format!(
                "{}({body} for r in {}{condition})",
                pick(&["sum", "max", "min", "mean", "any", "all"], rng),
                pick(&["g", "h", "o", "rows", "i"], rng)
            )
        }
        15 => pick(&["ones[g]", "ones[o]", "ones[i]", "new(v)", "new(a)", "new(v)[o]"], rng).to_owned(),
        _ => format!("dot({}, {})", sub(), sub()),
    }
}

/// A random model of the grammar.
fn sentence(rng: &mut ChaCha8Rng) -> String {
    let mut text = String::from("data g: factor, h: factor, k: count, n: count, x: real\n");
    text += pick(
        &[
            "data o: counts(o1, o2, o3)\n",
            "data o: reals(o1 .. o3)\n",
            "data o: counts(o1 by o2)\n",
            "data o: factor\n",
            "data o: binary, y: real\n",
        ],
        rng,
    );
    text += pick(&["", "index i = {p, q}\n", "input c = 2\n", "input c[g] = 1\n"], rng);
    for name in ["a", "b", "v", "w", "eta", "k", "x", "o", "y", "z"] {
        if rng.random_bool(0.3) {
            continue;
        }
        let observed = ["k", "x", "o", "y"].contains(&name);
        let indices = pick(&["", "", "[g]", "[h]", "[g, h]", "[g : h]", "[rows]", "[i]", "[g, o]", "[o]"], rng);
        let left = if observed && rng.random_bool(0.95) { name.to_owned() } else { format!("{name}{indices}") };
        if !observed && rng.random_bool(0.3) {
            let hidden = if rng.random_bool(0.5) { "let " } else { "" };
            text += &format!("{hidden}{left} = {}\n", expression(3, rng));
            continue;
        }
        let all = polya_models::distributions::ALL;
        let distribution = all[rng.random_range(0..all.len())];
        let lists = distribution.argument_lists();
        let list = &lists[rng.random_range(0..lists.len())];
        let arguments: Vec<String> =
            list.names.iter().map(|n| format!("{n} = {}", expression(pick(&[0, 0, 1, 2], rng), rng))).collect();
        let modifier = pick(&["", "", "", "", " weight n", " @centred", " @noncentred"], rng);
        text += &format!("{left} ~ {}({}){modifier}\n", distribution.name(), arguments.join(", "));
    }
    text
}

/// Splits a model into words, marks and blanks, all of them kept.
fn tokens(text: &str) -> Vec<&str> {
    let kind = |c: char| {
        if c.is_alphanumeric() || c == '_' {
            0
        } else if c == ' ' {
            1
        } else {
            2
        }
    };
    let mut parts = Vec::new();
    let mut start = 0;
    let mut last = None;
    for (at, c) in text.char_indices() {
        if last.is_some_and(|l| l != kind(c) || l == 2) {
            parts.push(&text[start..at]);
            start = at;
        }
        last = Some(kind(c));
    }
    parts.push(&text[start..]);
    parts
}

fn mutate(text: &str, times: usize, rng: &mut ChaCha8Rng) -> String {
    let mut parts: Vec<String> = tokens(text).into_iter().map(str::to_owned).collect();
    for _ in 0..times {
        let (i, j) = (rng.random_range(0..parts.len()), rng.random_range(0..parts.len()));
        match rng.random_range(0..6) {
            0 if parts.len() > 1 => drop(parts.remove(i)),
            1 => parts.insert(i, parts[j].clone()),
            2 => parts.swap(i, j),
            3 => parts[i] = parts[j].clone(),
            4 => parts[i] = pick(TOKENS, rng).to_owned(),
            _ => {
                let mut bytes = parts[i].clone().into_bytes();
                if !bytes.is_empty() {
                    let at = rng.random_range(0..bytes.len());
                    bytes[at] ^= 1 << rng.random_range(0..8);
                }
                parts[i] = String::from_utf8_lossy(&bytes).into_owned();
            }
        }
    }
    parts.concat()
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
        println!("---- {at}: {times} times, seed {seed}\n{text}");
    }
    assert!(findings.is_empty(), "{} findings", findings.len());
}
