//! What is computed in parallel has the same bits on any number of threads.

use polya_diagnostics::{Chains, summarize, summarize_many};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

#[test]
fn summaries_do_not_depend_on_threads() {
    let mut rng = ChaCha8Rng::seed_from_u64(20);
    let mut normal = || -> f64 { StandardNormal.sample(&mut rng) };
    // Scalars of every kind in turn, so that what a buffer holds of one would show in the next.
    let scalars: Vec<Vec<f64>> = (0..200)
        .map(|number| {
            let mut state = normal();
            let mut step = |_| {
                state = 0.9 * state + normal();
                state
            };
            let mut draws: Vec<f64> = (0..4 * 50).map(&mut step).collect();
            match number % 5 {
                0 => draws.fill(1.0),
                1 => draws[7] = f64::NAN,
                2 => draws[9] = f64::INFINITY,
                3 => draws.iter_mut().for_each(|x| *x = x.round()),
                _ => {}
            }
            draws
        })
        .collect();
    let chains: Vec<Chains<'_>> = scalars.iter().map(|draws| Chains::new(draws, 4).unwrap()).collect();
    let one_by_one = format!("{:?}", chains.iter().map(|&c| summarize(c)).collect::<Vec<_>>());
    for threads in [1, 2, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert_eq!(format!("{:?}", pool.install(|| summarize_many(&chains))), one_by_one, "{threads} threads");
    }
}
