//! The log density allocates nothing once it has run.
#![allow(unsafe_code)] // an allocator that counts is the only way to see allocations

mod common;

use polya::engine::LogDensity;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

fn count() {
    // A thread that ends may allocate after its counter is gone.
    let _ = ALLOCATIONS.try_with(|n| n.set(n.get() + 1));
}

// SAFETY: every call goes to the system's allocator unchanged; the counter does not allocate.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn the_log_density_allocates_nothing_after_its_first_call() {
    let names = [
        "baseball_bb",
        "eight_schools",
        "huge_kappa_bb",
        "many_categories_synth100",
        "pdb_glm_binomial",
        "pdb_radon_variable_intercept",
        "pollen_dm",
        "rat_tumor_bb",
        "reedfrogs_logitnormal",
        "seeds_logistic",
        "titanic_logistic",
        "ucb_logit",
    ];
    for name in names {
        let posterior = common::compile(
            &common::text_of(&format!("gold/{name}/model.polya")),
            &common::text_of(&format!("gold/{name}/data.csv")),
        );
        let dimension = posterior.dimension();
        assert!(dimension > 0, "{name}");
        let (mut scratch, mut gradient) = (posterior.scratch(), vec![0.0; dimension]);
        let mut position: Vec<f64> = (0..dimension).map(|i| (i as f64).sin()).collect();
        let first = posterior.log_density(&position, &mut gradient, &mut scratch);
        assert!(first.is_ok_and(f64::is_finite), "{name}");
        let before = ALLOCATIONS.get();
        for round in 0..50 {
            position.iter_mut().for_each(|x| *x = *x * 0.99 + 0.001 * f64::from(round));
            let _ = posterior.log_density(&position, &mut gradient, &mut scratch);
        }
        assert_eq!(ALLOCATIONS.get() - before, 0, "{name}");
    }
}

#[test]
fn allocations_are_counted() {
    let before = ALLOCATIONS.get();
    let numbers = std::hint::black_box(vec![0_u8; 100]);
    assert_eq!((numbers.len(), ALLOCATIONS.get() - before), (100, 1));
}
