//! Random models over random tables, from a list of choices: fewer and smaller choices give a simpler model, so that
//! shrinking the list shrinks the text.

use polya_models::table::Table;

/// A model text without its data line, the table it is for, and what is known of it.
pub struct Case {
    pub text: String,
    pub columns: Vec<(&'static str, Vec<String>)>,
    /// Variables that only conjugate likelihoods touch: they leave.
    pub leave: Vec<&'static str>,
    /// Those that another likelihood touches: they stay.
    pub stay: Vec<&'static str>,
}

impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "\n{}", self.text)?;
        self.columns.iter().try_for_each(|(name, cells)| writeln!(f, "{name}: {}", cells.join(" ")))
    }
}

impl Case {
    pub fn table(&self) -> Table {
        let builder = self.columns.iter().fold(Table::builder("t"), |b, (name, cells)| b.text(*name, cells));
        builder.build().expect("a table")
    }
}

/// Numbers to choose by, 0 when they are used up: the first of what is offered is the simplest.
struct Choices(std::vec::IntoIter<u16>);

impl Choices {
    fn below(&mut self, n: usize) -> usize {
        usize::from(self.0.next().unwrap_or(0)) % n
    }

    fn of<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

/// Parents, each after its own; only those that are used are declared.
const PARENTS: [(&str, &str); 12] = [
    ("a", "a ~ Normal(0, 1)"),
    ("d", "d ~ StudentT(4, 0, 1)"),
    ("al", "al ~ Gamma(3, 1)"),
    ("be", "be ~ LogNormal(0, 0.5)"),
    ("ta", "ta ~ HalfNormal(1)"),
    ("mu", "mu ~ Beta(2, 2)"),
    ("ze", "ze[t] ~ Normal(a, ta)"),
    ("st", "st[t] ~ LogNormal(d, 0.5)"),
    ("pt", "pt[t] ~ Beta(1 + al, be)"),
    ("rc", "rc[c] ~ Gamma(shape = 3, rate = 1 + al)"),
    ("xc", "xc[c] ~ Normal(0, be)"),
    ("phi", "phi[o] ~ Dirichlet([2, 3, 4])"),
];

const INDICES: [&str; 6] = ["", "g", "t", "c", "g, c", "g : c"];

fn words(text: &str) -> Vec<&str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').collect()
}

/// Those of some expressions whose factors an index determines.
fn at(index: &str, plain: &[&'static str], by_t: &[&'static str], by_c: &[&'static str]) -> Vec<&'static str> {
    let mut all = plain.to_vec();
    if index.contains('g') || index == "t" || index == "rows" {
        all.extend(by_t);
    }
    if index.contains('c') || index == "rows" {
        all.extend(by_c);
    }
    all
}

fn positive(index: &str) -> Vec<&'static str> {
    at(index, &["2", "0.7", "al", "be", "exp(a)", "0.5 * be + ta"], &["st[t]", "exp(ze[t])", "st[t] * be"], &["rc[c]"])
}

fn unit(index: &str) -> Vec<&'static str> {
    at(index, &["0.3", "mu", "inv_logit(a)"], &["pt[t]", "inv_logit(ze[t])"], &["inv_logit(xc[c])"])
}

fn real(index: &str) -> Vec<&'static str> {
    at(index, &["0.4", "a", "d", "a + 0.5 * d"], &["ze[t]", "pt[t] - 0.5", "a + ze[t]"], &["xc[c]", "0.1 * rc[c]"])
}

/// A kind of variable: the likelihoods conjugate to it and others. `V` is the variable, `P` a positive number, `R` a real.
struct Kind {
    name: &'static str,
    priors: &'static [&'static str],
    conjugate: &'static [&'static str],
    others: &'static [&'static str],
}

const KINDS: [Kind; 4] = [
    Kind {
        name: "th",
        priors: &[
            "Beta(P, P)",
            "Beta(mean = U, concentration = P)",
            "Beta(mean = U, concentration = 1 + P)",
            "Beta(mean = mu, sd = 0.1 * mu * (1 - mu))",
        ],
        conjugate: &[
            "k ~ Binomial(n, V)",
            "k ~ Binomial(n, 1 - V)",
            "b ~ Bernoulli(V)",
            "m ~ Geometric(V)",
            "k ~ NegativeBinomial(successes = 2.5, p = V)",
            "k ~ NegativeBinomial(successes = 0.1 * u, p = V)",
            "m ~ NegativeBinomial(successes = n + 1, p = 1 - V)",
        ],
        others: &[
            "k ~ Binomial(n, 0.9 * V)",
            "b ~ Bernoulli(1 - 0.5 * V)",
            "b ~ Bernoulli(V ^ 2)",
            "m ~ Poisson(V)",
            "y ~ Normal(V, P)",
            "m ~ NegativeBinomial(mean = V, dispersion = P)",
            "k ~ BetaBinomial(n = n, mean = V, concentration = P)",
            "u ~ Beta(mean = V, concentration = P)",
        ],
    },
    Kind {
        name: "la",
        priors: &["Gamma(shape = P, rate = P)", "Gamma(mean = P, sd = P)", "Gamma(1 + P, P)"],
        conjugate: &[
            "k ~ Poisson(V)",
            "m ~ Poisson(V * u)",
            "k ~ Poisson(2 * V / u)",
            "y ~ Exponential(V)",
            "y ~ Exponential(0.3 * V)",
        ],
        others: &[
            "k ~ Poisson(1 + V)",
            "m ~ Poisson(V * be)",
            "k ~ Poisson(V ^ 2)",
            "y ~ Normal(V, 1)",
            "y ~ Gamma(2, V)",
            "k ~ NegativeBinomial(mean = V, dispersion = P)",
        ],
    },
    Kind {
        name: "v",
        priors: &["Normal(R, P)", "Normal(mean = R, sd = P)"],
        conjugate: &[
            "y ~ Normal(V, P)",
            "x ~ Normal(2 * V + 0.5, P)",
            "y ~ Normal(R + V, P)",
            "y ~ Normal(R - u * V / 2, P)",
            "x ~ Normal(V, 0.1 + u)",
            "x ~ Normal(V + R * u, P * u)",
        ],
        others: &[
            "k ~ Poisson(exp(V))",
            "b ~ Bernoulli(inv_logit(V + R))",
            "y ~ Normal(V * V, 1)",
            "y ~ Normal(R, exp(V))",
            "x ~ StudentT(4, V, P)",
            "k ~ Binomial(n, inv_logit(V))",
            "m ~ NegativeBinomial(mean = exp(V), dispersion = P)",
        ],
    },
    Kind {
        name: "ph",
        priors: &["Dirichlet((1 + P) * ones[o])", "Dirichlet(mean = phi, concentration = 10 + P)"],
        conjugate: &["o ~ Multinomial(V)"],
        others: &["b ~ Bernoulli(W)"],
    },
];

/// A number of 0.1 to some tenths.
fn tenths(c: &mut Choices, most: usize) -> f64 {
    (c.below(most) + 1) as f64 / 10.0
}

fn columns(c: &mut Choices) -> Vec<(&'static str, Vec<String>)> {
    let rows = 3 + c.below(6);
    let upper = c.of(&["s", "u"]);
    // A level may have no data at all, with others or as one of a few.
    let silent = c.of(&["", "", "a", "b"]);
    let names = ["g", "t", "c", "k", "n", "m", "b", "w", "x", "y", "u", "o1", "o2", "o3"];
    let mut columns: Vec<(&'static str, Vec<String>)> = names.map(|name| (name, Vec::new())).to_vec();
    for row in 0..rows {
        let g = if row == 0 { "c" } else { c.of(&["a", "b", "c"]) };
        let k = c.below(6);
        let cells = [
            g.to_owned(),
            if g == "b" { upper } else { ["s", "u"][usize::from(g == "c")] }.to_owned(),
            c.of(&["p", "q", "r"]).to_owned(),
            k.to_string(),
            (k + c.below(6)).to_string(),
            c.below(5).to_string(),
            c.below(2).to_string(),
            // The first row counts: of nothing that does, nothing is observed.
            (usize::from(row == 0) + c.below(4)).to_string(),
            (tenths(c, 40) - 2.0).to_string(),
            tenths(c, 40).to_string(),
            (tenths(c, 18) / 2.0).to_string(),
            c.below(5).to_string(),
            c.below(4).to_string(),
            c.below(3).to_string(),
        ];
        for ((name, column), cell) in columns.iter_mut().zip(cells) {
            let missing = g == silent && ["k", "m", "b", "y"].contains(name);
            column.push(if missing { String::new() } else { cell });
        }
    }
    columns
}

/// Fills in the letters of a statement with expressions that an index determines.
fn filled(pattern: &str, variable: &str, part: &str, index: &str, c: &mut Choices) -> String {
    let letter = |found: char, c: &mut Choices| match found {
        'V' => variable.to_owned(),
        'W' => part.to_owned(),
        'P' => c.of(&positive(index)).to_owned(),
        'U' => c.of(&unit(index)).to_owned(),
        _ => c.of(&real(index)).to_owned(),
    };
    let mut text = String::new();
    let chars: Vec<char> = pattern.chars().collect();
    for (i, found) in chars.iter().enumerate() {
        let next = chars.get(i + 1).is_some_and(|c| c.is_alphanumeric());
        let before = i > 0 && chars[i - 1].is_alphanumeric();
        let bracket = |text: &str, alone: bool| if alone { text.to_owned() } else { format!("({text})") };
        if "VWPUR".contains(*found) && !next && !before {
            let own = letter(*found, c);
            let alone = !own.contains(" + ") && !own.contains(" - ") && !own.contains(" * ");
            text += &bracket(&own, alone);
        } else {
            text.push(*found);
        }
    }
    text
}

/// The model that some choices make.
pub fn case(choices: Vec<u16>) -> Case {
    let c = &mut Choices(choices.into_iter());
    let (mut leave, mut stay) = (Vec::new(), Vec::new());
    let (mut body, mut observed) = (String::new(), Vec::<String>::new());
    let kinds = [(1, 0), (1, 1), (1, 2), (1, 3), (2, 0), (2, 1), (2, 2), (2, 3)];
    let (count, first) = c.of(&kinds);
    for kind in (first..first + count).map(|i| &KINDS[i % 4]) {
        let (own, columns, touched) = statements(kind, &observed, c);
        if columns.is_empty() {
            continue;
        }
        body += &own;
        observed.extend(columns);
        if touched {
            stay.push(kind.name);
        } else if kind.name != "v" {
            leave.push(kind.name);
        }
    }
    let mut declared: Vec<&str> = Vec::new();
    for (name, line) in PARENTS.iter().rev() {
        if words(&body).contains(name) || declared.iter().any(|l| words(l).contains(name)) {
            declared.push(line);
        }
    }
    declared.reverse();
    let text = format!("{}\n{body}", declared.join("\n")).trim_start().to_owned();
    Case { text, columns: columns(c), leave, stay }
}

/// A variable with its likelihoods: the text, the columns they observe, and whether one of them is not conjugate.
fn statements(kind: &Kind, observed: &[String], c: &mut Choices) -> (String, Vec<String>, bool) {
    let name = kind.name;
    let vector = name == "ph";
    let index = c.of(if vector { &INDICES[..4] } else { &INDICES });
    let indexed = |name: &str| if index.is_empty() { name.to_owned() } else { format!("{name}[{index}]") };
    let mut variable = indexed(name);
    let part = if index.is_empty() { "ph[\"o2\"]".to_owned() } else { format!("ph[{index}, \"o2\"]") };
    let prior = filled(c.of(kind.priors), &variable, &part, index, c);
    let modifier = if name == "v" { c.of(&["", "", " @centred", " @noncentred"]) } else { "" };
    let left = if vector && index.is_empty() { "ph[o]" } else { &variable };
    let mut text = format!("{left} ~ {prior}{modifier}\n");
    if !vector && c.below(3) == 2 {
        text += &format!("let row_{name}[rows] = {variable}\n");
        variable = format!("row_{name}[rows]");
    }
    let (mut columns, mut touched) = (Vec::new(), false);
    for _ in 0..1 + c.below(3) {
        let other = c.below(4) == 3;
        let pattern = c.of(if other { kind.others } else { kind.conjugate });
        let column = pattern.split(' ').next().unwrap_or_default().to_owned();
        if observed.contains(&column) || columns.contains(&column) {
            continue;
        }
        let weight = c.of(&["", "", "", " weight w"]);
        text += &format!("{}{weight}\n", filled(pattern, &variable, &part, "rows", c));
        columns.push(column);
        touched |= other;
    }
    (text, columns, touched)
}
