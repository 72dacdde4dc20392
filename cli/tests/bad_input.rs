//! What is wrong is said with its place, the value, what was expected and a way out; the exit code tells whose fault it is.

mod common;

use common::{Answer, Folder};
use std::time::{Duration, Instant};

const CSV: &str = "g,k,n,x\na,1,10,0.5\nb,4,12,1.5\nb,2,8,2.5\n";

/// Refused as a wrong request, on nothing but standard error, with all these words.
fn refused(answer: &Answer, words: &[&str]) {
    assert_eq!((answer.code, answer.out.as_str()), (Some(2), ""), "{answer:?}");
    said(answer, words);
}

fn said(answer: &Answer, words: &[&str]) {
    for word in words {
        assert!(answer.err.contains(word), "no `{word}` in\n{}", answer.err);
    }
    assert!(!answer.err.contains('\u{1b}') && !answer.err.contains("panicked"), "{}", answer.err);
}

macro_rules! refusals {
    ($($name:ident: $model:expr, $csv:expr => $words:expr;)*) => {$(
        #[test]
        fn $name() {
            refused(&Folder::with($model, $csv).fit(&[]), &$words);
        }
    )*};
}

refusals! {
    an_unknown_name_is_refused_with_the_nearest:
        "data k: count, n: count\ntheta ~ Beta(1, 1)\nk ~ Binomial(n, thta)\n", CSV
        => ["m.polya:3:17", "`thta` is not known", "did you mean `theta`?", "k ~ Binomial(n, thta)"];
    an_unused_column_is_refused:
        "data k: count, n: count, x: real\np ~ Beta(1, 1)\nk ~ Binomial(n, p)\n", CSV
        => ["m.polya:1:26", "`x` is declared but no statement uses it", "take it out of `data`"];
    a_wrong_number_of_arguments_is_refused:
        "data k: count, n: count\np ~ Beta(1, 1, 1)\nk ~ Binomial(n, p)\n", CSV
        => ["m.polya:2:5", "Beta takes 2 arguments (alpha, beta), not 3"];
    a_wrong_kind_is_refused:
        "data g: factor, k: count\nk ~ Poisson(g)\n", CSV
        => ["m.polya:2:13", "`g` is a label, not a number"];
    a_cycle_is_refused_with_its_path:
        "data k: count\na ~ Normal(b, 1)\nb ~ Normal(a, 1)\nk ~ Poisson(exp(a))\n", CSV
        => ["m.polya:2:12", "defined through itself", "a → b → a"];
    a_name_used_before_its_definition_is_refused:
        "data k: count\nk ~ Poisson(rate)\nrate ~ Gamma(1, 1)\n", CSV
        => ["m.polya:2:13", "`rate` is not known: it is defined further down", "move its statement up"];
    an_index_that_is_not_determined_is_refused:
        "data g: factor, k: count, n: count\np[g] ~ Beta(1, 1)\nq ~ Beta(mean = p[g], concentration = 3)\nk ~ Binomial(n, q)\n", CSV
        => ["m.polya:3:19", "`g` is not determined here", "name it as an index on the left"];
    a_forgotten_index_is_refused:
        "data g: factor, k: count, n: count\np[g] ~ Beta(1, 1)\nk ~ Binomial(n, p)\n", CSV
        => ["m.polya:3:17", "a vector of 2 numbers over `g`", "write `p[g]`"];
    nesting_that_the_data_contradict_is_refused_with_both_rows:
        "data s: factor, t: factor, k: count, n: count\nmu[t] ~ Beta(1, 1)\np[s] ~ Beta(mean = mu[t], concentration = 9)\nk ~ Binomial(n, p[s])\n",
        "s,t,k,n\ns1,t1,1,4\ns2,t2,1,4\ns1,t2,2,4\n"
        => ["m.polya:3:23", "\"s1\" has \"t1\" in row 1 and \"t2\" in row 3", "row 3 of d.csv (line 4)"];
    more_successes_than_trials_are_refused:
        "data k: count, n: count\np ~ Beta(1, 1)\nk ~ Binomial(n, p)\n", "k,n\n1,4\n7,5\n"
        => ["m.polya:3:1", "`k`: 7", "from 0 to n (n = 5)", "row 2 of d.csv (line 3)"];
    a_negative_count_is_refused:
        "data k: count\nr ~ Gamma(1, 1)\nk ~ Poisson(r)\n", "k\n1\n-2\n"
        => ["m.polya:1:6", "`-2` is not a count", "from 0 to 2^53", "row 2 of d.csv (line 3)"];
    a_fractional_count_is_refused:
        "data k: count\nr ~ Gamma(1, 1)\nk ~ Poisson(r)\n", "k\n1\n2.5\n"
        => ["m.polya:1:6", "`2.5` is not a count", "row 2 of d.csv (line 3)"];
    a_table_without_rows_is_refused:
        "data k: count\nr ~ Gamma(1, 1)\nk ~ Poisson(r)\n", "k\n" => ["d.csv", "no rows"];
    an_empty_file_is_refused:
        "data k: count\nr ~ Gamma(1, 1)\nk ~ Poisson(r)\n", "" => ["d.csv", "the file is empty"];
    a_missing_column_is_refused_with_the_nearest:
        "data tumours: count\nr ~ Gamma(1, 1)\ntumours ~ Poisson(r)\n", "tumors,rats\n1,2\n"
        => ["m.polya:1:6", "d.csv has no column `tumours`", "did you mean `tumors`?"];
    an_empty_cell_of_a_covariate_is_refused:
        "data k: count, x: real\nb ~ Normal(0, 1)\nk ~ Poisson(exp(b * x))\n", "k,x\n1,2\n2,NA\n"
        => ["m.polya:1:16", "column `x`: the cell is empty", "row 2 of d.csv (line 3)", "take the row out or fill it in"];
    an_unknown_level_is_refused_with_the_nearest:
        "data g: factor, k: count, n: count\np[g] ~ Beta(1, 1)\nk ~ Binomial(n, p[g])\nd = p[\"north\"] - p[\"suoth\"]\n", "g,k,n\nnorth,1,4\nsouth,2,4\n"
        => ["m.polya:4:20", "no level \"suoth\" of g", "did you mean \"south\"?"];
    a_discrete_parameter_with_observed_children_is_refused_with_a_way_out:
        "data k: count\nz ~ Poisson(3)\nk ~ Poisson(z + 1)\n", CSV
        => ["m.polya:2:1", "z is a discrete parameter (Poisson)", "NegativeBinomial"];
    a_constant_column_cannot_be_standardised:
        "data k: count, x: real\nb ~ Normal(0, 1)\nlet z[rows] = (x - mean(x)) / sd(x)\nk ~ Poisson(exp(b * z[rows]))\n", "k,x\n1,2\n2,2\n"
        => ["m.polya:4:21", "NaN", "row 1 of d.csv (line 2)", "`x` has the same value in every row"];
    a_constant_column_cannot_be_standardised_behind_a_coefficient:
        "data k: count, x: real\nb ~ Normal(0, 1)\nk ~ Poisson(exp(b * (x - mean(x)) / sd(x)))\n", "k,x\n1,2\n2,2\n"
        => ["m.polya:3:", "`x` has the same value in every row"];
    a_distribution_of_the_second_wave_is_refused:
        "b ~ RandomWalk(1)\n", CSV => ["m.polya:1:5", "RandomWalk is not available yet", "second wave"];
    an_unknown_distribution_is_refused_with_the_nearest:
        "data k: count\nr ~ Gama(1, 1)\nk ~ Poisson(r)\n", CSV => ["m.polya:2:5", "no distribution `Gama`", "did you mean `Gamma`?"];
    a_scale_that_is_not_positive_is_refused:
        "data x: real\nm ~ Normal(0, -1)\nx ~ Normal(m, 1)\n", CSV => ["m.polya:2:15", "`scale` of Normal is -1", "a positive number"];
    a_column_observed_twice_is_refused:
        "data k: count\nr ~ Gamma(1, 1)\nk ~ Poisson(r)\nk ~ Poisson(2 * r)\n", CSV => ["m.polya:4:1", "`k` is observed twice"];
    a_decimal_comma_is_refused:
        "data x: real\nm ~ Normal(0, 1)\nx ~ Normal(m, 1)\n", "x,y\n\"1,5\",2\n" => ["`1,5`", "row 1 of d.csv (line 2)", "written with a point"];
    two_columns_under_one_header_are_refused:
        "data k: count\nr ~ Gamma(1, 1)\nk ~ Poisson(r)\n", "k,k\n1,2\n" => ["d.csv:1", "columns 1 and 2 are both called `k`"];
    a_ragged_row_is_refused:
        "data k: count\nr ~ Gamma(1, 1)\nk ~ Poisson(r)\n", "k,n\n1,2\n3\n" => ["d.csv:3", "row 2", "the header has 2"];
    a_bracket_that_is_never_closed_is_refused_where_it_opens:
        "data k: count\nr ~ Gamma(1, 1\nk ~ Poisson(r)\n", CSV => ["m.polya:2:10", "the bracket `(` is never closed"];
    an_empty_model_is_refused: "# nothing\n", CSV => ["m.polya", "the model is empty"];
}

const FINE: &str = "data k: count\ninput c = 2\nrate ~ Gamma(c, 1)\nk ~ Poisson(rate)\n";

#[test]
fn files_that_are_no_text_are_refused() {
    let folder = Folder::with(FINE, CSV)
        .file("latin.csv", b"k,caf\xe9\n1,2\n")
        .file("latin.polya", b"data k: count\n# caf\xe9\nk ~ Poisson(3)\n");
    let of = |model: &str, data: &str| folder.run(&["fit", model, "--data", data]);
    refused(&of("m.polya", "latin.csv"), &["latin.csv:1", "not UTF-8"]);
    refused(&of("latin.polya", "d.csv"), &["latin.polya:2", "not UTF-8", "iconv"]);
}

#[test]
fn folders_and_missing_files_are_refused() {
    let folder = Folder::with(FINE, CSV);
    std::fs::create_dir(folder.path("folder.csv")).expect("a folder");
    let of = |model: &str, data: &str| folder.run(&["fit", model, "--data", data]);
    refused(&of("m.polya", "folder.csv"), &["folder.csv", "folder, not a file"]);
    refused(&of("folder.csv", "d.csv"), &["folder.csv", "folder, not a model file"]);
    refused(&of("m.polya", "none.csv"), &["none.csv", "no such file"]);
    refused(&of("none.polya", "d.csv"), &["none.polya", "no such model file"]);
    refused(&folder.run(&["summary", "none"]), &["none"]);
    refused(&folder.run(&["fit", "m.polya"]), &["declares columns (k)", "--data FILE"]);
}

#[test]
fn a_line_of_a_hundred_megabytes_is_answered_within_seconds() {
    let mut bytes = b"k,x\n1,".to_vec();
    bytes.resize(100_000_000, b'7');
    bytes.extend(b"\n2,1\n");
    let wanted = "data k: count, x: real\nb ~ Normal(0, 1)\nk ~ Poisson(exp(b * x))\n";
    let folder = Folder::with(wanted, "").file("d.csv", bytes).file("long.polya", "7".repeat(20_000_000));
    let start = Instant::now();
    let answer = folder.fit(&[]);
    assert!(matches!(answer.code, Some(2 | 3)), "{:?}", answer.code);
    assert!(answer.err.len() < 5_000, "an answer of {} bytes", answer.err.len());
    said(&answer, &["d.csv"]);
    let answer = folder.run(&["check", "long.polya"]);
    assert_eq!(answer.code, Some(2));
    assert!(answer.err.len() < 5_000, "an answer of {} bytes: {:.300}", answer.err.len(), answer.err);
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

#[test]
fn a_folder_that_cannot_be_written_is_a_failure_of_the_machine() {
    let folder = Folder::with(FINE, CSV);
    let answer = folder.fit(&["--out", "d.csv/kept"]);
    assert_eq!((answer.code, answer.out.as_str()), (Some(3), ""), "{answer:?}");
    said(&answer, &["d.csv/kept"]);
    refused(&folder.fit(&["--out", "d.csv"]), &["d.csv is a file, not a folder"]);
    let folder = folder.file("notes.txt", "mine");
    std::fs::create_dir(folder.path("mine")).expect("a folder");
    let folder = folder.file("mine/notes.txt", "mine");
    refused(&folder.fit(&["--out", "mine"]), &["mine"]);
    assert_eq!(folder.text("mine/notes.txt"), "mine");
}

#[test]
fn options_that_do_not_exist_or_hold_no_value_are_refused() {
    let folder = Folder::with(FINE, CSV);
    refused(&folder.fit(&["--drawz", "3"]), &["--drawz", "--draws"]);
    refused(&folder.fit(&["--set", "d=3"]), &["no input `d`", "did you mean `c`?"]);
    refused(&folder.fit(&["--set", "c=[3,4]"]), &["m.polya:2:7", "input `c` needs 1 number, not 2"]);
    refused(&folder.fit(&["--set", "c=x"]), &["c=x", "`x`"]);
    refused(&folder.fit(&["--set", "c=-1"]), &["m.polya:3:14", "`shape` of Gamma is -1", "a positive number"]);
    refused(&folder.fit(&["--show", "rte"]), &["no variable `rte`", "did you mean `rate`?"]);
    refused(&folder.fit(&["--target-accept", "2"]), &["--target-accept", "between 0 and 1"]);
    refused(&folder.fit(&["--time-limit", "30"]), &["--time-limit", "30s"]);
    refused(&folder.run(&["fti"]), &["fti", "fit"]);
}

#[test]
fn json_was_asked_for_and_json_is_given() {
    let folder = Folder::with("data k: count, n: count\np ~ Beta(1, 1)\nk ~ Binomial(n, p)\n", "k,n\n1,4\n7,5\n");
    let answer = folder.fit(&["--format", "json"]);
    assert_eq!(answer.code, Some(2));
    let error = answer.json();
    let keys: Vec<&String> = error.as_object().expect("an object").keys().collect();
    assert_eq!(keys, ["code", "help", "message", "place", "schema"]);
    assert_eq!((&error["schema"], &error["code"]), (&"polya.error/1".into(), &2.into()));
    assert_eq!(error["place"], serde_json::json!({"file": "m.polya", "line": 3, "column": 1, "row": 2}));
    assert!(error["message"].as_str().is_some_and(|m| m.contains('7')));
    let usage = folder.run(&["fit", "--format=json", "--drawz"]);
    assert_eq!((usage.code, &usage.json()["schema"]), (Some(2), &"polya.error/1".into()));
    let machine = folder.file("d.csv", "k,n\n1,4\n").fit(&["--format", "json", "--out", "m.polya/x"]);
    assert_eq!((machine.code, &machine.json()["code"]), (Some(3), &3.into()));
}
