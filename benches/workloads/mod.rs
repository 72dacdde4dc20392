//! Data and models that the benches share: the shapes of the peers' workloads, made from a fixed stream.
#![allow(dead_code)] // each bench uses a part

use polya::models::Passes;
use polya::{Model, Posterior, Table};

/// 71 groups under one Beta.
pub const RATS: &str = "data y: count, n: count
mu ~ Beta(1, 1)
kappa ~ LogNormal(3, 1)
theta[rows] ~ Beta(mean = mu, concentration = kappa)
y ~ Binomial(n, theta[rows])
";

/// 50,000 rows, 20 + 8 + 500 varying intercepts, one covariate.
pub const GLMM: &str = "data region: factor, device: factor, service: factor, x: real, n: count, k: count
a ~ Normal(0, 2)
beta ~ Normal(0, 1)
sigma_region ~ HalfNormal(1)
sigma_device ~ HalfNormal(1)
sigma_service ~ HalfNormal(1)
b_region[region] ~ Normal(0, sigma_region)
b_device[device] ~ Normal(0, sigma_device)
b_service[service] ~ Normal(0, sigma_service)
k ~ Binomial(n, inv_logit(a + b_region[region] + b_device[device] + b_service[service] + beta * x))
";

/// 300 groups of 6 categories.
pub const MULTINOM: &str = "data c: counts(c0, c1, c2, c3, c4, c5)
phi ~ Dirichlet(ones[c])
kappa ~ LogNormal(4, 1)
theta[rows] ~ Dirichlet(mean = phi, concentration = kappa)
c ~ Multinomial(theta[rows])
";

/// 2 variants by 12 segments, each variant with its own Beta.
pub const ABTEST: &str = "data variant: factor, segment: factor, y: count, n: count
mu[variant] ~ Beta(1, 1)
kappa[variant] ~ LogNormal(3, 1)
theta[variant, segment] ~ Beta(mean = mu[variant], concentration = kappa[variant])
y ~ Binomial(n, theta[variant, segment])
";

/// 18 players under one logit-normal.
pub const BASEBALL: &str = "data y: count, n: count
mu ~ Normal(-1, 1)
sigma ~ HalfNormal(1)
eta[rows] ~ Normal(mu, sigma)
p[rows] = inv_logit(eta[rows])
y ~ Binomial(n, p[rows])
";

/// Eight means with known errors, whose own mean and effects leave the density (Rubin 1981).
pub const EIGHT_SCHOOLS: &str = "data y: real, sigma: real
mu ~ Normal(0, 5)
tau ~ HalfCauchy(5)
theta[rows] ~ Normal(mu, tau)
y ~ Normal(theta[rows], sigma)
";

/// A small linear congruential generator: benches need data, not randomness.
pub struct Stream(u64);

impl Stream {
    /// A number in [0, 1).
    pub fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A whole number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        (self.unit() * n as f64) as usize
    }
}

/// Successes and trials of 71 groups: Tarone's totals, 0 to 52 rats a group.
pub fn rats() -> (Vec<f64>, Vec<f64>) {
    let mut stream = Stream(1);
    let n: Vec<f64> = (0..71).map(|_| (10 + stream.below(43)) as f64).collect();
    let y = n.iter().map(|n| (n * 0.3 * stream.unit()).floor()).collect();
    (y, n)
}

/// Rows of the mixed model: region, device, service, covariate, trials, successes.
pub struct Glmm {
    /// Region, device and service of each row.
    pub codes: [Vec<u32>; 3],
    /// The covariate.
    pub x: Vec<f64>,
    /// Trials.
    pub n: Vec<f64>,
    /// Successes.
    pub k: Vec<f64>,
}

/// The mixed model's data.
pub fn glmm() -> Glmm {
    let mut stream = Stream(2);
    let rows = 50_000;
    let codes = [20, 8, 500].map(|levels| (0..rows).map(|_| stream.below(levels) as u32).collect::<Vec<u32>>());
    let x: Vec<f64> = (0..rows).map(|_| 2.0 * stream.unit() - 1.0).collect();
    let n: Vec<f64> = (0..rows).map(|_| (1 + stream.below(20)) as f64).collect();
    let k = n.iter().map(|n| (n * stream.unit()).floor()).collect();
    Glmm { codes, x, n, k }
}

/// Counts of 300 groups in 6 categories, group after group.
pub fn multinom() -> Vec<f64> {
    let mut stream = Stream(3);
    (0..1800).map(|i| (20.0 * stream.unit() * (1 + i % 6) as f64).floor()).collect()
}

/// Successes and trials of the 2 by 12 cells.
pub fn abtest() -> (Vec<f64>, Vec<f64>) {
    let mut stream = Stream(4);
    let n: Vec<f64> = (0..24).map(|_| (200 + stream.below(800)) as f64).collect();
    let y = n.iter().map(|n| (n * (0.05 + 0.1 * stream.unit())).floor()).collect();
    (y, n)
}

/// Hits of the players in 45 times at bat each.
pub fn baseball() -> (Vec<f64>, Vec<f64>) {
    let mut stream = Stream(5);
    ((0..18).map(|_| (7 + stream.below(12)) as f64).collect(), vec![45.0; 18])
}

/// Estimates and standard errors of the eight schools (Rubin 1981, table 1).
pub const EIGHT_SCHOOLS_DATA: ([f64; 8], [f64; 8]) =
    ([28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0], [15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0]);

/// The table of the 2 by 12 cells.
pub fn abtest_table() -> Table {
    let (y, n) = abtest();
    let variant: Vec<&str> = (0..24).map(|i| if i < 12 { "a" } else { "b" }).collect();
    let segment: Vec<String> = (0..24).map(|i| format!("s{:02}", i % 12)).collect();
    table(
        Table::builder("abtest")
            .labels("variant", variant)
            .labels("segment", segment.iter().map(String::as_str))
            .numbers("y", y)
            .numbers("n", n),
    )
}

/// The table of the players.
pub fn baseball_table() -> Table {
    let (y, n) = baseball();
    table(Table::builder("baseball").numbers("y", y).numbers("n", n))
}

/// The table of the eight schools.
pub fn eight_schools_table() -> Table {
    let (y, sigma) = EIGHT_SCHOOLS_DATA;
    table(Table::builder("eight schools").numbers("y", y.to_vec()).numbers("sigma", sigma.to_vec()))
}

/// The table of the rats.
pub fn rats_table() -> Table {
    let (y, n) = rats();
    table(Table::builder("rats").numbers("y", y).numbers("n", n))
}

/// The table of the mixed model.
pub fn glmm_table(data: &Glmm) -> Table {
    let labels = |codes: &[u32]| codes.iter().map(|c| format!("level{c:03}")).collect::<Vec<_>>();
    let [region, device, service] = [0, 1, 2].map(|i| labels(&data.codes[i]));
    table(
        Table::builder("glmm")
            .labels("region", region.iter().map(String::as_str))
            .labels("device", device.iter().map(String::as_str))
            .labels("service", service.iter().map(String::as_str))
            .numbers("x", data.x.clone())
            .numbers("n", data.n.clone())
            .numbers("k", data.k.clone()),
    )
}

/// The table of the counts.
pub fn multinom_table() -> Table {
    let counts = multinom();
    let column = |j: usize| counts.iter().skip(j).step_by(6).copied().collect::<Vec<f64>>();
    (0..6).fold(Table::builder("multinom"), |t, j| t.numbers(format!("c{j}"), column(j))).build().expect("a table")
}

fn table(builder: polya::models::table::TableBuilder) -> Table {
    builder.build().expect("a table")
}

/// A compiled posterior.
pub fn posterior(text: &str, table: &Table, integrate: bool) -> Posterior {
    let bound = Model::parse(text).and_then(|m| m.bind(Some(table), &Default::default())).expect("a bound model");
    bound.compile_with(Passes { integrate, ..Passes::default() }).expect("a posterior")
}

/// Names of the workloads, in the order they are printed.
pub const WORKLOADS: [&str; 7] = ["rats", "rats-joint", "abtest", "baseball", "eight_schools", "multinom", "glmm"];

/// The compiled posterior of a workload; `rats-joint` is that of the rats with nothing integrated out.
pub fn named(name: &str) -> Posterior {
    match name {
        "rats" => posterior(RATS, &rats_table(), true),
        "rats-joint" => posterior(RATS, &rats_table(), false),
        "abtest" => posterior(ABTEST, &abtest_table(), true),
        "baseball" => posterior(BASEBALL, &baseball_table(), true),
        "eight_schools" => posterior(EIGHT_SCHOOLS, &eight_schools_table(), true),
        "multinom" => posterior(MULTINOM, &multinom_table(), true),
        _ => posterior(GLMM, &glmm_table(&glmm()), true),
    }
}

/// An ordinary position of so many coordinates; others for other numbers.
pub fn position(dimension: usize, number: usize) -> Vec<f64> {
    (0..dimension).map(|i| 0.1 * (i as f64 + 7.0 * number as f64).sin()).collect()
}
