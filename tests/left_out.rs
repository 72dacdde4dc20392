//! Rows and groups left out: predictions without them against closed forms, against refits, and on planted faults.

mod common;

use common::{fit, posterior};
use polya::checks::loo::{GroupsLeftOut, leave_groups_out, leave_rows_out, leave_these_out};
use polya::checks::places::{PlacesLeftOut, places_of_groups, places_of_rows};
use polya::models::special::{lbeta, lgamma};
use polya::{Control, Fit, Posterior, Replay, Settings, Table};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Beta, Binomial, Distribution};

/// P(Y < y) and P(Y ≤ y) of a Beta-binomial.
fn beta_binomial_place(y: f64, n: f64, a: f64, b: f64) -> (f64, f64) {
    let mass = |k: f64| {
        let choose = -(n + 1.0).ln() - lbeta(k + 1.0, n - k + 1.0);
        (choose + lbeta(a + k, b + n - k) - lbeta(a, b)).exp()
    };
    let below: f64 = (0..y as u32).map(|k| mass(f64::from(k))).sum();
    (below, below + mass(y))
}

/// Without a row the posterior of a shared rate is a Beta, and the row's predictive distribution a Beta-binomial.
#[test]
fn leaving_rows_out_is_that_of_the_closed_form() {
    let (y, n) = ([3.0, 7.0, 2.0, 9.0, 5.0, 4.0], [20.0, 30.0, 25.0, 28.0, 22.0, 31.0]);
    let table = Table::builder("t").numbers("y", y.to_vec()).numbers("n", n.to_vec()).build().expect("a table");
    let posterior = posterior("data y: count, n: count\np ~ Beta(2, 3)\ny ~ Binomial(n, p)\n", &table);
    let fit = fit(&posterior);
    let left_out = leave_rows_out(&Replay::of(&posterior, &fit)).expect("rows");
    let (sum_y, sum_n): (f64, f64) = (y.iter().sum(), n.iter().sum());
    for (i, row) in left_out.loo.rows.iter().enumerate() {
        let (a, b) = (2.0 + sum_y - y[i], 3.0 + sum_n - n[i] - (sum_y - y[i]));
        let choose = -(n[i] + 1.0).ln() - lbeta(y[i] + 1.0, n[i] - y[i] + 1.0);
        let exact = choose + lbeta(a + y[i], b + n[i] - y[i]) - lbeta(a, b);
        assert!((row.elpd - exact).abs() < 4.0 * row.mcse, "row {i}: {} is not {exact}, ± {}", row.elpd, row.mcse);
        assert!(row.mcse < 0.06);
    }
    assert_eq!(left_out.loo.high_k().count(), 0);
    assert_eq!(left_out.rows[3].row, 4);
}

/// The marginal likelihood of a group is Beta-binomial, and leaving a group out needs no parameter of its own.
#[test]
fn groups_are_left_out_by_their_marginal_likelihood() {
    let (y, n) = ([3.0, 7.0, 2.0, 19.0, 5.0, 4.0], [20.0, 30.0, 25.0, 28.0, 22.0, 31.0]);
    let labels = ["a", "b", "a", "c", "d", "e"];
    let table = Table::builder("t").labels("g", labels).numbers("y", y.to_vec()).numbers("n", n.to_vec());
    let table = table.build().expect("a table");
    let text = "data g: factor, y: count, n: count\nmu ~ Beta(1, 1)\nkappa ~ LogNormal(3, 1)\n\
                theta[g] ~ Beta(mean = mu, concentration = kappa)\ny ~ Binomial(n, theta[g])\n";
    let posterior = posterior(text, &table);
    let fit = fit(&posterior);
    let replay = Replay::of(&posterior, &fit);
    let marginal = replay.group_log_lik();
    assert_eq!(posterior.groups_left_out().iter().map(|g| g.cells.clone()).collect::<Vec<_>>()[0], [0, 2]);
    let draws = |name: &str| fit.draws().get(name).expect("a scalar");
    let choose = |i: usize| -(n[i] + 1.0).ln() - lbeta(y[i] + 1.0, n[i] - y[i] + 1.0);
    for (g, cells) in [vec![0, 2], vec![1], vec![3], vec![4], vec![5]].iter().enumerate() {
        let (k, m): (f64, f64) = cells.iter().fold((0.0, 0.0), |(k, m), i| (k + y[*i], m + n[*i]));
        for draw in 0..marginal.total() {
            let (a, b) = (draws("mu")[draw] * draws("kappa")[draw], (1.0 - draws("mu")[draw]) * draws("kappa")[draw]);
            let exact = lbeta(a + k, b + m - k) - lbeta(a, b) + cells.iter().map(|i| choose(*i)).sum::<f64>();
            let found = marginal.column(g)[draw];
            assert!((found - exact).abs() < 1e-9, "group {g}: {found} is not {exact}");
        }
    }
    let GroupsLeftOut { groups, loo } = leave_groups_out(&replay).expect("draws").expect("groups");
    let hardest = (0..5).min_by(|a, b| loo.rows[*a].elpd.total_cmp(&loo.rows[*b].elpd)).expect("a group");
    assert_eq!((groups.len(), groups[hardest].levels[0].as_str()), (5, "c"));
}

fn row_places(posterior: &Posterior, fit: &Fit) -> PlacesLeftOut {
    let replay = Replay::of(posterior, fit);
    let left_out = leave_rows_out(&replay).expect("rows");
    places_of_rows(&replay, &left_out).expect("places").swap_remove(0)
}

fn group_places(posterior: &Posterior, fit: &Fit) -> PlacesLeftOut {
    let replay = Replay::of(posterior, fit);
    let left_out = leave_groups_out(&replay).expect("draws").expect("groups");
    places_of_groups(&replay, &left_out).expect("draws").expect("places").swap_remove(0)
}

/// Without a row its place is that in a Beta-binomial distribution.
#[test]
fn places_of_rows_are_those_of_the_closed_form() {
    let (y, n) = ([3.0, 7.0, 2.0, 9.0, 5.0, 4.0], [20.0, 30.0, 25.0, 28.0, 22.0, 31.0]);
    let table = Table::builder("t").numbers("y", y.to_vec()).numbers("n", n.to_vec()).build().expect("a table");
    let posterior = posterior("data y: count, n: count\np ~ Beta(2, 3)\ny ~ Binomial(n, p)\n", &table);
    let found = row_places(&posterior, &fit(&posterior));
    let (sum_y, sum_n): (f64, f64) = (y.iter().sum(), n.iter().sum());
    for (i, place) in found.places.iter().enumerate() {
        let (a, b) = (2.0 + sum_y - y[i], 3.0 + sum_n - n[i] - (sum_y - y[i]));
        let (below, upto) = beta_binomial_place(y[i], n[i], a, b);
        let error = (place.below() - below).abs().max((place.upto() - upto).abs());
        assert!(error < 0.015, "row {i}: {place:?} is not {below} to {upto}");
    }
    assert_eq!((found.column.as_str(), found.rows.len(), found.high_k), ("y", 6, 0));
    assert!(found.reliable() && found.finding.is_none(), "{:?}", found.finding);
}

/// With a known prior a group's data tell nothing of another's: the place is that in the prior predictive distribution.
#[test]
fn places_of_groups_with_a_known_prior_are_prior_predictive() {
    let (y, n) = ([3.0, 7.0, 2.0, 19.0, 5.0], [20.0, 30.0, 25.0, 28.0, 22.0]);
    let table = Table::builder("t").labels("g", ["a", "b", "a", "c", "d"]).numbers("y", y.to_vec());
    let table = table.numbers("n", n.to_vec()).build().expect("a table");
    let text = "data g: factor, y: count, n: count\ntheta[g] ~ Beta(2, 6)\ny ~ Binomial(n, theta[g])\n";
    let posterior = posterior(text, &table);
    let found = group_places(&posterior, &fit(&posterior));
    for (i, place) in found.places.iter().enumerate() {
        let (below, upto) = beta_binomial_place(y[i], n[i], 2.0, 6.0);
        // Rates are drawn anew: 2000 of them, of distribution functions whose sd is below 1/2.
        let error = (place.below() - below).abs().max((place.upto() - upto).abs());
        assert!(error < 4.0 * 0.5 / 2000.0_f64.sqrt(), "row {i}: {place:?} is not {below} to {upto}");
    }
}

/// Leaving a group out by its weights is fitting without it.
#[test]
fn places_of_groups_are_those_of_a_fit_without_the_group() {
    let (y, n) = ([3.0, 7.0, 2.0, 16.0, 5.0, 4.0, 6.0, 3.0], [20.0, 30.0, 25.0, 28.0, 22.0, 31.0, 30.0, 18.0]);
    let labels: Vec<String> = (0..8).map(|i| format!("g{i}")).collect();
    let text = "data g: factor, y: count, n: count\nmu ~ Beta(2, 2)\nkappa ~ LogNormal(2, 0.5)\n\
                theta[g] ~ Beta(mean = mu, concentration = kappa)\ny ~ Binomial(n, theta[g])\n";
    let table = |without: Option<usize>| {
        let kept: Vec<usize> = (0..8).filter(|i| Some(*i) != without).collect();
        let pick = |values: &[f64]| kept.iter().map(|i| values[*i]).collect::<Vec<f64>>();
        let table = Table::builder("t").labels("g", kept.iter().map(|i| labels[*i].as_str()));
        table.numbers("y", pick(&y)).numbers("n", pick(&n)).build().expect("a table")
    };
    let all = posterior(text, &table(None));
    let places = group_places(&all, &fit(&all)).places;
    for left_out in [0, 3] {
        let rest = posterior(text, &table(Some(left_out)));
        let fit = fit(&rest);
        let draws = |name: &str| fit.draws().get(name).expect("a scalar").iter();
        let each = draws("mu").zip(draws("kappa"));
        let each = each.map(|(m, k)| beta_binomial_place(y[left_out], n[left_out], m * k, (1.0 - m) * k));
        let (below, upto) = each.fold((0.0, 0.0), |(a, b), (c, d)| (a + c / 2000.0, b + d / 2000.0));
        let place = places[left_out];
        let error = (place.below() - below).abs().max((place.upto() - upto).abs());
        assert!(error < 0.04, "group {left_out}: {place:?}, without it {below} to {upto}");
    }
}

/// Rates that differ under one rate for all, which is too sure, and under a rate for each.
#[test]
fn places_speak_against_a_wrong_model_alone() {
    let mut rng = ChaCha8Rng::seed_from_u64(6);
    let rates = Beta::new(4.0, 12.0).expect("a beta");
    let y = (0..80).map(|_| Binomial::new(40, rates.sample(&mut rng)).expect("a binomial").sample(&mut rng) as f64);
    let table = Table::builder("t").numbers("y", y.collect::<Vec<_>>()).numbers("n", vec![40.0; 80]);
    let table = table.build().expect("a table");
    let pooled = posterior("data y: count, n: count\np ~ Beta(1, 1)\ny ~ Binomial(n, p)\n", &table);
    let found = row_places(&pooled, &fit(&pooled));
    assert!(found.finding.is_some_and(|finding| finding.contains("too narrow")), "{:?}", found.p_value);
    let own = posterior(
        "data y: count, n: count\nmu ~ Beta(1, 1)\nkappa ~ LogNormal(3, 1)\n\
         theta[rows] ~ Beta(mean = mu, concentration = kappa)\ny ~ Binomial(n, theta[rows])\n",
        &table,
    );
    let found = group_places(&own, &fit(&own));
    assert!(found.reliable() && found.finding.is_none(), "{:?}", found.finding);
    assert!(found.p_value.is_some_and(|p| p > 0.05), "{:?}", found.p_value);
}

/// Data of a known model: the test of places rejects about as often as it says. Each fit is exact.
#[test]
fn the_test_of_places_keeps_its_level() {
    let mut rng = ChaCha8Rng::seed_from_u64(8);
    let rates = Beta::new(2.0, 6.0).expect("a beta");
    let rejected = (0..100)
        .filter(|_| {
            let y: Vec<f64> = (0..30)
                .map(|_| Binomial::new(25, rates.sample(&mut rng)).expect("a binomial").sample(&mut rng) as f64)
                .collect();
            let table = Table::builder("t").numbers("y", y).numbers("n", vec![25.0; 30]).build().expect("a table");
            let text = "data y: count, n: count\ntheta[rows] ~ Beta(2, 6)\ny ~ Binomial(n, theta[rows])\n";
            let posterior = posterior(text, &table);
            let settings = Settings { chains: 1, draws: 200, seed: 3, ..Settings::default() };
            let fit = Fit::sample(&posterior, &settings, &Control::default()).expect("a fit");
            group_places(&posterior, &fit).p_value.is_some_and(|p| p < 0.05)
        })
        .count();
    // 5 are expected; 4 standard deviations more.
    assert!(rejected <= 13, "{rejected} of 100");
}

/// The same where many rows share what was left out with them: their places go together.
#[test]
fn the_test_of_places_keeps_its_level_within_groups() {
    let mut rng = ChaCha8Rng::seed_from_u64(21);
    let rates = Beta::new(2.0, 6.0).expect("a beta");
    let text = "data g: factor, y: count, n: count\ntheta[g] ~ Beta(2, 6)\ny ~ Binomial(n, theta[g])\n";
    let rejected = (0..100)
        .filter(|_| {
            let mut y = Vec::new();
            for _ in 0..6 {
                let own = Binomial::new(25, rates.sample(&mut rng)).expect("a binomial");
                y.extend((0..20).map(|_| own.sample(&mut rng) as f64));
            }
            let labels: Vec<String> = (0..120).map(|i| format!("g{}", i / 20)).collect();
            let table = Table::builder("t").labels("g", labels.iter().map(String::as_str)).numbers("y", y);
            let table = table.numbers("n", vec![25.0; 120]).build().expect("a table");
            let posterior = posterior(text, &table);
            let settings = Settings { chains: 1, draws: 200, seed: 3, ..Settings::default() };
            let fit = Fit::sample(&posterior, &settings, &Control::default()).expect("a fit");
            group_places(&posterior, &fit).p_value.is_some_and(|p| p < 0.05)
        })
        .count();
    assert!(rejected <= 13, "{rejected} of 100");
}

/// Groups of rows with one simplex each: their marginal likelihood is Dirichlet-multinomial, whatever the rows.
#[test]
fn groups_of_a_simplex_are_left_out_by_their_marginal_likelihood() {
    let counts = [[3.0, 0.0, 9.0], [1.0, 0.0, 4.0], [20.0, 2.0, 0.0], [0.0, 0.0, 5.0]];
    let groups = [vec![0, 1], vec![2], vec![3]];
    let column = |j: usize| counts.iter().map(|row| row[j]).collect::<Vec<f64>>();
    let table = Table::builder("t").labels("g", ["a", "a", "b", "c"]).numbers("u", column(0)).numbers("v", column(1));
    let table = table.numbers("w", column(2)).numbers("times", vec![1.0, 2.0, 1.0, 0.0]).build().expect("a table");
    for (weight, weights) in [("", [1.0; 4]), (" weight times", [1.0, 2.0, 1.0, 0.0])] {
        let times = if weight.is_empty() { "" } else { ", times: count" };
        let text = format!(
            "data g: factor, o: counts(u, v, w){times}\nkappa ~ LogNormal(0, 1)\nphi[o] ~ Dirichlet([2, 1, 3])\n\
             theta[g] ~ Dirichlet(mean = phi, concentration = kappa)\no ~ Multinomial(theta[g]){weight}\n"
        );
        let posterior = posterior(&text, &table);
        let fit = fit(&posterior);
        // Of the last nothing counts.
        let names = if weight.is_empty() { &["a", "b", "c"][..] } else { &["a", "b"] };
        assert_eq!(posterior.groups_left_out().iter().map(|g| g.levels.join(" ")).collect::<Vec<_>>(), names);
        let marginal = Replay::of(&posterior, &fit).group_log_lik();
        let draws = |name: &str| fit.draws().get(name).expect("a scalar");
        for (g, rows) in groups.iter().take(names.len()).enumerate() {
            let coefficient = |row: &[f64; 3]| {
                lgamma(row.iter().sum::<f64>() + 1.0) - row.iter().map(|y| lgamma(y + 1.0)).sum::<f64>()
            };
            let coefficients: f64 = rows.iter().map(|r| weights[*r] * coefficient(&counts[*r])).sum();
            for draw in 0..marginal.total() {
                let prior = ["phi[u]", "phi[v]", "phi[w]"].map(|name| draws("kappa")[draw] * draws(name)[draw]);
                let mut after = prior;
                rows.iter().for_each(|r| (0..3).for_each(|j| after[j] += weights[*r] * counts[*r][j]));
                let normaliser = |a: &[f64; 3]| a.iter().map(|a| lgamma(*a)).sum::<f64>() - lgamma(a.iter().sum());
                let exact = coefficients + normaliser(&after) - normaliser(&prior);
                let found = marginal.column(g)[draw];
                assert!((found - exact).abs() < 1e-8 * exact.abs().max(1.0), "group {g}: {found} is not {exact}");
            }
        }
    }
}

/// Rows with weights count so often in the marginal likelihood of their group.
#[test]
fn groups_with_weighted_rows_are_left_out_with_all_of_them() {
    let (y, n, times) = ([3.0, 7.0, 2.0, 19.0], [20.0, 30.0, 25.0, 28.0], [2.0, 1.0, 3.0, 1.0]);
    let table = Table::builder("t").labels("g", ["a", "b", "a", "c"]).numbers("y", y.to_vec()).numbers("n", n.to_vec());
    let table = table.numbers("times", times.to_vec()).build().expect("a table");
    let text = "data g: factor, y: count, n: count, times: count\nmu ~ Beta(1, 1)\nkappa ~ LogNormal(3, 1)\n\
                theta[g] ~ Beta(mean = mu, concentration = kappa)\ny ~ Binomial(n, theta[g]) weight times\n";
    let posterior = posterior(text, &table);
    let fit = fit(&posterior);
    let marginal = Replay::of(&posterior, &fit).group_log_lik();
    let draws = |name: &str| fit.draws().get(name).expect("a scalar");
    for (g, rows) in [vec![0, 2], vec![1], vec![3]].iter().enumerate() {
        let sum = |f: &dyn Fn(usize) -> f64| rows.iter().map(|r| times[*r] * f(*r)).sum::<f64>();
        let (k, m) = (sum(&|r| y[r]), sum(&|r| n[r]));
        let choose = sum(&|r| -(n[r] + 1.0).ln() - lbeta(y[r] + 1.0, n[r] - y[r] + 1.0));
        for draw in 0..marginal.total() {
            let (a, b) = (draws("mu")[draw] * draws("kappa")[draw], (1.0 - draws("mu")[draw]) * draws("kappa")[draw]);
            let exact = choose + lbeta(a + k, b + m - k) - lbeta(a, b);
            let found = marginal.column(g)[draw];
            assert!((found - exact).abs() < 1e-9, "group {g}: {found} is not {exact}");
        }
    }
    // How often a place counts is not known to the test of places.
    assert_eq!(group_places(&posterior, &fit).p_value, None);
}

/// Rates so near to 0 that they are 0 as numbers leave out as any others.
#[test]
fn rates_of_almost_nothing_are_left_out() {
    let (y, n) = ([0.0, 0.0, 2.0], [50.0, 8.0, 20.0]);
    let table = Table::builder("t").labels("g", ["a", "b", "c"]).numbers("y", y.to_vec()).numbers("n", n.to_vec());
    let table = table.build().expect("a table");
    let text = |prior: &str, likelihood: &str| {
        format!("data g: factor, y: count, n: count\ntheta[g] ~ {prior}\ny ~ {likelihood}\n")
    };
    for (text, exact) in [
        (
            text("Beta(0.001, 1)", "Binomial(n, theta[g])"),
            [0, 1, 2].map(|i| {
                let choose = -(n[i] + 1.0_f64).ln() - lbeta(y[i] + 1.0, n[i] - y[i] + 1.0);
                choose + lbeta(0.001 + y[i], 1.0 + n[i] - y[i]) - lbeta(0.001, 1.0)
            }),
        ),
        (
            text("Gamma(0.001, 1)", "Poisson(n * theta[g])"),
            [0, 1, 2].map(|i| {
                let shape = 0.001 + y[i];
                y[i] * n[i].ln() - lgamma(y[i] + 1.0) + lgamma(shape) - lgamma(0.001) - shape * (1.0 + n[i]).ln()
            }),
        ),
    ] {
        let posterior = posterior(&text, &table);
        let fit = fit(&posterior);
        assert!(fit.draws().get("theta[a]").is_some_and(|draws| draws.contains(&0.0)), "{text}");
        let marginal = Replay::of(&posterior, &fit).group_log_lik();
        for (g, exact) in exact.iter().enumerate() {
            let worst = marginal.column(g).iter().map(|found| (found - exact).abs()).fold(0.0, f64::max);
            assert!(worst < 1e-9, "group {g} of\n{text}{worst:e} from {exact}: {:?}", &marginal.column(g)[..3]);
        }
    }
}

/// Two ways to the same number: groups of a model whose rates are integrated out for each row, joined to larger groups, and
/// rows of a model without parameters of groups.
#[test]
fn groups_of_another_model_are_left_out_by_their_parts() {
    let y = [3.0, 7.0, 2.0, 6.0, 5.0, 4.0, 1.0, 5.0, 3.0, 6.0, 4.0, 2.0];
    let n = [20.0, 30.0, 15.0, 28.0, 22.0, 19.0, 12.0, 25.0, 18.0, 27.0, 21.0, 16.0];
    let times: Vec<f64> = (0..12).map(|i| f64::from(1 + i % 3 / 2)).collect();
    let labels: Vec<String> = (0..12).map(|i| format!("g{}", i % 6)).collect();
    let table = Table::builder("t").labels("g", labels.iter().map(String::as_str)).numbers("y", y.to_vec());
    let table = table.numbers("n", n.to_vec()).numbers("times", times.clone()).build().expect("a table");
    let of = |text: &str| {
        let text = format!("data g: factor, y: count, n: count, times: count\n{text}");
        posterior(&text, &table)
    };
    let by_group =
        of("m ~ Beta(2, 2)\ntheta[g] ~ Beta(mean = m, concentration = 20)\ny ~ Binomial(n, theta[g]) weight times\n");
    let groups = by_group.groups_left_out().to_vec();
    let by_row = of("m ~ Beta(2, 2)\nlet here[g] = 0\ntheta[rows] ~ Beta(mean = m, concentration = 20)\n\
                     y ~ Binomial(n + here[g], theta[rows]) weight times\n");
    let pooled = of("p ~ Beta(2, 2)\nlet here[g] = 0\ny ~ Binomial(n + here[g], p) weight times\n");
    for (posterior, is_own) in [(by_group, true), (by_row, false)] {
        let fit = fit(&posterior);
        let replay = Replay::of(&posterior, &fit);
        let found = leave_these_out(&replay, &groups).expect("groups").loo;
        if is_own {
            assert_eq!(found, leave_groups_out(&replay).expect("draws").expect("groups").loo);
        }
        assert_eq!((found.rows.len(), found.high_k().count()), (6, 0));
    }
    // Without a group the posterior of the shared rate is a Beta, and all its rows together are Beta-binomial.
    let fit = fit(&pooled);
    let found = leave_these_out(&Replay::of(&pooled, &fit), &groups).expect("groups").loo;
    let choose = |y: f64, n: f64| -(n + 1.0).ln() - lbeta(y + 1.0, n - y + 1.0);
    let sums = |of: &dyn Fn(usize) -> bool| {
        let rows = (0..12).filter(|r| of(*r));
        rows.fold((0.0, 0.0, 0.0), |(k, m, c), r| {
            let w = times[r];
            (k + w * y[r], m + w * n[r], c + w * choose(y[r], n[r]))
        })
    };
    for i in 0..6 {
        let ((k, m, coefficients), (others, trials, _)) = (sums(&|r| r % 6 == i), sums(&|r| r % 6 != i));
        let (alpha, beta) = (2.0 + others, 2.0 + trials - others);
        let exact = coefficients + lbeta(alpha + k, beta + m - k) - lbeta(alpha, beta);
        let row = found.rows[i];
        assert!((row.elpd - exact).abs() < 4.0 * row.mcse, "group {i}: {} is not {exact} ± {}", row.elpd, row.mcse);
    }
}
