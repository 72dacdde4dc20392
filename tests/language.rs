//! The page of the language tells the truth: its models compile, and its errors are errors in the words it gives.

mod common;

use polya::models::Error;
use polya::models::syntax::Centring;
use polya::models::syntax::builder::{call, function, label, name, number, over};
use polya::models::syntax::parser::parse;
use polya::{Fit, Model, ModelBuilder, Table};

/// A fenced block of the page.
struct Block {
    kind: String,
    text: String,
    line: usize,
}

/// The fenced blocks of a page; a table is separated from its model by blank lines at most.
fn blocks(page: &str) -> Vec<(Block, Option<String>)> {
    let mut found: Vec<(Block, Option<String>)> = Vec::new();
    let mut open: Option<Block> = None;
    let mut adjacent = false;
    for (number, line) in page.lines().enumerate() {
        match (&mut open, line.trim_start().strip_prefix("```")) {
            (None, Some(kind)) => {
                open = Some(Block { kind: kind.trim().to_owned(), text: String::new(), line: number + 1 })
            }
            (Some(_), Some(_)) => {
                let Some(block) = open.take() else { continue };
                let table = block.kind == "csv";
                match found.last_mut() {
                    Some((_, slot)) if table && adjacent => *slot = Some(block.text),
                    _ => found.push((block, None)),
                }
                adjacent = !table;
            }
            (Some(block), None) => block.text += &format!("{line}\n"),
            (None, None) => adjacent &= line.trim().is_empty(),
        }
    }
    found
}

fn attempt(text: &str, csv: Option<&str>) -> Result<(), Error> {
    let model = Model::parse(text)?;
    let table = csv.map(|csv| common::table(&model, csv));
    model.bind(table.as_ref(), &Default::default())?.compile()?;
    Ok(())
}

#[test]
fn every_block_of_the_page_is_as_it_says() {
    let page = common::text_of("../docs/language.md");
    let (mut models, mut errors, mut faults) = (0, 0, Vec::new());
    for (block, csv) in blocks(&page) {
        let line = block.line;
        match block.kind.as_str() {
            "polya" => {
                models += 1;
                if let Err(error) = attempt(&block.text, csv.as_deref()) {
                    faults.push(format!("line {line}: refused: {error}; {:?}", error.help()));
                }
            }
            "polya-error" => {
                errors += 1;
                let words = block.text.lines().next().and_then(|first| first.strip_prefix("# error:")).map(str::trim);
                let Some(words) = words.filter(|words| !words.is_empty()) else {
                    faults.push(format!("line {line}: no words of the error"));
                    continue;
                };
                match attempt(&block.text, csv.as_deref()) {
                    Ok(()) => faults.push(format!("line {line}: accepted, and should say: {words}")),
                    Err(error) if error.message().contains(words) => {}
                    Err(error) => faults.push(format!("line {line}: says `{error}`, not: {words}")),
                }
            }
            "csv" => faults.push(format!("line {line}: a table without a model")),
            _ => {}
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(models >= 10 && errors >= 5, "{models} models, {errors} errors");
}

#[test]
fn every_model_prints_as_itself() {
    let page = common::text_of("../docs/language.md");
    let texts = blocks(&page).into_iter().filter(|(block, _)| block.kind == "polya").map(|(block, _)| block.text);
    for text in texts.chain([RATS.to_owned(), CROSSED.to_owned()]) {
        let tree = |text: &str| parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let printed = tree(&text).to_string();
        assert_eq!(tree(&printed).to_string(), printed, "of\n{text}");
        let columns =
            |text: &str| Model::parse(text).map(|m| m.columns()).unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert_eq!(columns(&text), columns(&printed));
    }
}

const RATS: &str = "
data group: factor
data tumours: count
data rats: count
input prior = 1
mu ~ Beta(prior, 1)
kappa ~ LogNormal(3, 1)
theta[group] ~ Beta(mean = mu, concentration = kappa)
tumours ~ Binomial(rats, theta[group])
risky[group] = theta[group] > 0.25
worst = max(theta[g] for g in group)
first = theta[\"a\"] / (1 - theta[\"b\"])
";

const CROSSED: &str = "
data region: factor
data k: count
data n: count
data w: count
s ~ HalfNormal(1) @prior(\"spread\")
b[region] ~ Normal(0, s) @noncentred
a ~ Normal(0, 2) @auto @prior(\"the \\\"level\\\"\")
let eta[rows] = a + b[region] ^ 2
k ~ Binomial(n, inv_logit(eta[rows])) weight w
";

#[test]
fn the_builder_makes_the_model_of_the_text() {
    let rats = ModelBuilder::new()
        .factor("group")
        .count("tumours")
        .count("rats")
        .input("prior", 1.0)
        .random("mu", &[], call("Beta").arg(name("prior")).arg(number(1.0)))
        .random("kappa", &[], call("LogNormal").arg(number(3.0)).arg(number(1.0)))
        .random("theta", &["group"], call("Beta").named("mean", name("mu")).named("concentration", name("kappa")))
        .random("tumours", &[], call("Binomial").arg(name("rats")).arg(name("theta").at(name("group"))))
        .quantity("risky", &["group"], name("theta").at(name("group")).greater(number(0.25)))
        .quantity("worst", &[], over("max", name("theta").at(name("g")), "g", "group"))
        .quantity("first", &[], name("theta").at(label("a")) / (number(1.0) - name("theta").at(label("b"))));
    let level = call("Normal").arg(number(0.0)).arg(number(2.0));
    let level = level.centring(Centring::Auto).prior_tag("the \"level\"");
    let crossed = ModelBuilder::new()
        .factor("region")
        .count("k")
        .count("n")
        .count("w")
        .random("s", &[], call("HalfNormal").arg(number(1.0)).prior_tag("spread"))
        .random("b", &["region"], call("Normal").arg(number(0.0)).arg(name("s")).centring(Centring::Noncentred))
        .random("a", &[], level)
        .hidden("eta", &["rows"], name("a") + name("b").at(name("region")).power(number(2.0)))
        .random(
            "k",
            &[],
            call("Binomial").arg(name("n")).arg(function("inv_logit", [name("eta").at(name("rows"))])).weight("w"),
        );
    let data = "group,tumours,rats\na,1,10\nb,4,12\nb,2,8\n";
    let more = "region,k,n,w\nx,1,4,1\ny,2,5,3\n";
    for (built, text, csv) in [(rats, RATS, data), (crossed, CROSSED, more)] {
        let parsed = parse(text).unwrap_or_else(|error| panic!("{error}"));
        // Numbers of a program print with their point.
        assert_eq!(built.text().replace(".0", ""), parsed.to_string());
        let draws = |text: &str| {
            let settings = polya::Settings { chains: 2, warmup: 50, draws: 20, ..Default::default() };
            common::sample(&common::compile(text, csv), &settings).draws().clone()
        };
        assert_eq!(draws(&built.text()), draws(text));
    }
}

#[test]
fn what_the_builder_makes_is_checked_as_text_is() {
    let built = ModelBuilder::new().random("p", &[], call("Betta").arg(number(1.0)).arg(number(1.0)));
    let error = built.build().expect_err("no such distribution");
    assert_eq!(error.help().as_deref(), Some("did you mean `Beta`?"));
    assert!(error.span().is_some_and(|span| built.text()[span].starts_with("Betta")));
}

#[test]
fn a_tag_stands_where_there_is_a_prior_to_scale() {
    let error = |lines: &str| {
        let text = format!("data k: count, n: count\n{lines}\nk ~ Binomial(n, p)\n");
        let error = Model::parse(&text).expect_err(&text);
        let place = error.span().map(|span| text[span].to_owned()).unwrap_or_default();
        (error.message(), place, error.help().unwrap_or_default())
    };
    let (message, place, _) = error("p ~ Beta(1, 1)\nnext ~ Beta(1, 1) @prior(\"late\")");
    assert!(message.contains("`next` has no prior") && message.contains("a prediction"), "{message}");
    assert_eq!(place, "\"late\"");
    let (message, ..) = error("a ~ HalfNormal(1)\nlet b = 2 * a\np ~ Beta(b, 1) @prior(\"p\")");
    assert!(message.contains("depends on `a`"), "{message}");
    let (message, place, help) = error("prior(\"p\") p ~ Beta(1, 1)");
    assert!(message.contains("behind its distribution") && help.contains("@prior("), "{message} {help}");
    assert_eq!(place, "prior");
    for (modifier, words) in [
        ("@prior(p)", "in double quotes, found `p`"),
        ("@prior(\" \")", "the tag of the prior in double quotes"),
        ("@prior", "expected `(`"),
        ("@prior(\"a\") @prior(\"b\")", "@prior may stand once"),
        ("@centred @auto", "may stand once"),
        ("@priors(\"a\")", "`prior(\"…\")` after `@`, found `priors`"),
    ] {
        let (message, ..) = error(&format!("p ~ Beta(1, 1) {modifier}"));
        assert!(message.contains(words), "{modifier}: {message}");
    }
    let observed = Model::parse("data k: count, n: count\np ~ Beta(1, 1)\nk ~ Binomial(n, p) @prior(\"k\")\n");
    assert!(observed.expect_err("observed").message().contains("it is observed"));
    // A variable may still be called so.
    assert!(Model::parse("data k: count, n: count\nprior ~ Beta(1, 1)\nk ~ Binomial(n, prior)\n").is_ok());
}

/// The value of each scalar of a variable in a model that is exact, the same in every draw.
fn known(fit: &Fit, variable: &str) -> Vec<f64> {
    fit.draws().iter().filter(|(scalar, _)| scalar.variable == variable).map(|(_, values)| values[0]).collect()
}

#[test]
fn aggregates_are_of_what_they_name() {
    let table = Table::builder("t")
        .labels("g", ["one"; 3])
        .numbers("a", vec![1.0, 5.0, 4.0])
        .numbers("b", vec![2.0, 25.0, 4.0])
        .numbers("c", vec![3.0, 15.0, 4.0])
        .numbers("k", vec![0.0, 1.0, 0.0])
        .build()
        .expect("a table");
    let text = "data g: factor, x: reals(a, b, c), k: count\np[g] ~ Beta(1, 1)\nk ~ Binomial(3, p[g])\n\
                s ~ HalfNormal(1)\nspread[rows] = sd(x)\nsome = any(p[h] for h in g)\nevery = all(p[h] for h in g)\n\
                own = mean(p[h] for h in g if s > 0)\n";
    let posterior = common::posterior(text, &table);
    let fit = common::fit(&posterior);
    assert_eq!(known(&fit, "spread"), [1.0, 10.0, 0.0]);
    assert_eq!((known(&fit, "some"), known(&fit, "every")), (vec![1.0], vec![1.0]));
    assert_eq!(known(&fit, "own"), known(&fit, "p"));
}

/// A category column of which every cell is empty has no levels, and a simplex over them no parts.
#[test]
fn simplexes_of_no_parts() {
    let table = Table::builder("t").text("c", ["", ""]).numbers("y", vec![1.0, 2.0]).build().expect("a table");
    let text =
        "data c: factor, y: real\np ~ Dirichlet(ones[c])\nc ~ Categorical(p)\ns ~ HalfNormal(1)\ny ~ Normal(0, s)\n";
    let posterior = common::posterior(text, &table);
    assert!(common::fit(&posterior).draws().scalars().iter().all(|scalar| scalar.variable == "s"));
}

/// What is computed of what was computed, sixty times, takes sixty steps.
#[test]
fn long_chains_of_definitions_are_walked_once() {
    let steps: String = (1..60).map(|i| format!("let a{i} = a{} * (1 - a{} / 10)\n", i - 1, i - 1)).collect();
    let text = format!("data g: factor, y: real\nlet a0 = 2\n{}m[g] ~ Normal(0, 1)\ny ~ Normal(m[g], a59)\n", steps)
        .replace("let a0 = 2", "a0 ~ HalfNormal(1)");
    let table = Table::builder("t").labels("g", ["a", "b"]).numbers("y", vec![1.0, 2.0]).build().expect("a table");
    assert!(common::posterior(&text, &table).has_group_cdfs());
}
