//! Inputs for the hostile tests: words, sentences of the grammar, and real models with faults put in.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// Cells that tables hold, from the ordinary to the odd.
#[rustfmt::skip]
pub const CELLS: &[&str] = &[
    "0", "1", "2", "3", "7", "1", "2", "0", "a", "b", "north", "", "NA", "NaN", "null", "-1", "0.5", "1e3", "5.0",
    "1e400", "-0", "inf", "true", "FALSE", "9007199254740993", "1e-320", "0x1", "1_000", "é", "\u{202e}x", "a, b",
    "[x]", "\"q\"", " ", "1,5", "+1", ".5", "1.", "00", "-", "1e",
];

/// Words of the language, and some that are none.
#[rustfmt::skip]
pub const TOKENS: &[&str] = &[
    "\n", "\n", "\n", "~", "=", "[", "]", "(", ")", ",", ":", "{", "}", "data", "index", "input", "let", "rows",
    "weight", "as", "and", "or", "not", "if", "then", "else", "for", "in", "new", "true", "false", "by", "..", ".",
    "+", "-", "*", "/", "^", "<", "<=", "==", "!=", ">", "@centred", "@noncentred", "@prior(\"a\")", "prior", "@", "#", "\"", "\"a\"", "\"b",
    "0", "1", "2", "-1", "0.5", "1e308", "1e-308", "1e999", "99999999999999999999", ".5", "1.", "1e", "factor",
    "count", "binary", "real", "counts", "reals", "k", "n", "x", "y", "g", "h", "o", "a", "b", "mu", "theta", "sum",
    "mean", "sd", "min", "max", "any", "all", "exp", "log", "logit", "inv_logit", "softmax", "dot", "lgamma",
    "log_sum_exp", "floor", "abs", "ones", "Beta", "Binomial", "Normal", "Dirichlet", "Multinomial", "Categorical",
    "Poisson", "Gamma", "Exponential", "Bernoulli", "Geometric", "Uniform", "Pareto", "HalfNormal", "LogNormal",
    "BetaBinomial", "NegativeBinomial", "Mixture", "truncated", "\u{feff}", "\u{0}", "é", "🐀", "\r\n", "\t", "\\",
];

/// One of these.
pub fn pick<T: Copy>(from: &[T], rng: &mut ChaCha8Rng) -> T {
    from[rng.random_range(0..from.len())]
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
pub fn sentence(rng: &mut ChaCha8Rng) -> String {
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
        let modifier = pick(&["", "", "", "", " weight n", " @centred", " @noncentred", " @prior(\"t\")"], rng);
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

/// A model with so many faults put in.
pub fn mutate(text: &str, times: usize, rng: &mut ChaCha8Rng) -> String {
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
