//! temporary
use polya::*;
use std::path::Path;
#[test]
fn cases() {
    let root = std::env::var("GOLD").unwrap();
    for name in std::env::var("CASES").unwrap().split(',') {
        let dir = format!("{root}/{name}");
        let text = std::fs::read_to_string(format!("{dir}/model.polya")).unwrap();
        let model = match Model::parse(&text) { Ok(m) => m, Err(e) => { println!("{name}: {e} {:?}", e.help()); continue } };
        let t = std::time::Instant::now();
        let loaded = read::file(Path::new(&format!("{dir}/data.csv")), None, &model.columns()).unwrap();
        let bound = match model.bind(Some(&loaded.table), &Default::default()) { Ok(m) => m, Err(e) => { println!("{name}: {e} {:?}", e.help()); continue } };
        let posterior = match bound.compile() { Ok(m) => m, Err(e) => { println!("{name}: {e} {:?}", e.help()); continue } };
        println!("{name}: compiled {:?}", t.elapsed());
        // gradient check
        use polya::engine::LogDensity;
        let d = posterior.dimension();
        let mut s = posterior.scratch();
        let q: Vec<f64> = (0..d).map(|i| 0.3 * ((i as f64 * 1.7).sin())).collect();
        let mut g = vec![0.0; d]; let mut junk = vec![0.0; d];
        let lp = posterior.log_density(&q, &mut g, &mut s).unwrap();
        let mut worst: f64 = 0.0;
        for i in 0..d.min(50) {
            let h = 1e-5; let mut a = q.clone(); a[i] += h; let mut b = q.clone(); b[i] -= h;
            let fa = posterior.log_density(&a, &mut junk, &mut s).unwrap();
            let fb = posterior.log_density(&b, &mut junk, &mut s).unwrap();
            worst = worst.max(((fa - fb) / (2.0 * h) - g[i]).abs() / g[i].abs().max(1.0));
        }
        println!("{name}: d {d} lp {lp} gradient error {worst:e}");
        let t = std::time::Instant::now();
        for _ in 0..1000 { posterior.log_density(&q, &mut g, &mut s).unwrap(); }
        println!("{name}: gradient {:?}", t.elapsed() / 1000);
        if d > 5000 { continue }
        let t = std::time::Instant::now();
        let fit = Fit::sample(&posterior, &Settings { seed: 1, ..Default::default() }, &Control::default());
        let fit = match fit { Ok(f) => f, Err(e) => { println!("{e}"); continue } };
        println!("{name}: fit {:?} ok {} {:?}", t.elapsed(), fit.verdict().ok, fit.verdict().warnings.iter().map(|w| &w.message).collect::<Vec<_>>());
        let sum = fit.summary(&Default::default());
        for p in sum.parameters.iter().take(5) { println!("   {} {:.4} {:.4} ess {:?} rhat {:?}", p.name, p.mean, p.sd, p.ess_bulk, p.rhat); }
    }
}
