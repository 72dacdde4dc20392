//! Probe.
#[path = "common/planted.rs"]
mod planted;
#[path = "common/sbc.rs"]
mod sbc;
use planted::{GOOD, case};
use polya::checks::*;
use polya::{Control, Fit, Model, Replay, Settings};
use std::time::Instant;
#[test]
fn probe() {
    for (name, make) in GOOD {
        let c = case(make, 1000);
        let p = Model::parse(c.text).unwrap().bind(Some(&c.table), &Default::default()).unwrap().compile().unwrap();
        let t = Instant::now();
        let f = Fit::sample(
            &p,
            &Settings { warmup: 500, draws: 1000, seed: 0, ..Settings::default() },
            &Control::default(),
        )
        .unwrap();
        let t1 = t.elapsed();
        let t = Instant::now();
        let r = Replay::of(&p, &f);
        let _ = r.predictive();
        let t2 = t.elapsed();
        let t = Instant::now();
        let _ = loo::leave_groups_out(&r);
        let t3 = t.elapsed();
        let t = Instant::now();
        let _ = loo::leave_rows_out(&r);
        let t4 = t.elapsed();
        let t = Instant::now();
        let a = assessment::assess(&r, f.draws(), f.verdict());
        let t5 = t.elapsed();
        println!(
            "{name} fit {t1:?} (sampling {:?}) predictive {t2:?} groups {t3:?} rows {t4:?} all {t5:?} {:?}",
            f.samples().map(|s| s.chains.iter().map(|c| c.sampling.seconds + c.warmup.seconds).sum::<f64>()),
            a.findings
        );
        if name.starts_with("normal") {
            for s in ["mu", "tau"] {
                println!("{s} {:?}", f.summary_of(s));
            }
        }
    }
}
