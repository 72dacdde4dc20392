//! A transition allocates nothing, not even its first.

#![allow(unsafe_code)]

mod support;

use polya_engine::{Hamiltonian, Hmc, Length, Metric, Nuts, Point, Purpose, Stream};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

// SAFETY: all work is the system allocator's.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's contract is that of `System`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's contract is that of `System`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// One test, since the count is of the whole process.
#[test]
fn transitions_allocate_nothing() {
    let density = support::normals(vec![0.1, 1.0, 10.0]);
    let metric = Metric::unit(3);
    let hamiltonian = Hamiltonian { density: &density, metric: &metric };
    let mut stream = Stream::new(1, 0, 0, Purpose::Other, 0);
    let mut point = Point::at(&density, &[0.0; 3], &mut ()).unwrap();
    let mut nuts = Nuts::new(3, 10, 1000.0);
    let mut hmc = Hmc::new(3, Length::Steps(20), 0.1, 1000.0);
    let (mut steps, mut fewest) = (0, usize::MAX);
    // The test's own harness may allocate meanwhile, but not each time.
    for step in [0.05, 0.1, 0.3, 0.1, 0.05] {
        let before = ALLOCATIONS.load(Ordering::Relaxed);
        for _ in 0..200 {
            let never = || false;
            let nuts = nuts.transition(hamiltonian, &mut point, step, &mut stream, &mut (), &never);
            steps += nuts.map_or(0, |record| record.leapfrogs);
            let hmc = hmc.transition(hamiltonian, &mut point, step, &mut stream, &mut (), &never);
            steps += hmc.map_or(0, |record| record.leapfrogs);
        }
        fewest = fewest.min(ALLOCATIONS.load(Ordering::Relaxed) - before);
    }
    assert_eq!(fewest, 0);
    assert!(steps > 20_000);
}
