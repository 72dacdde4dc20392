//! The choice of instructions at run time.
//!
//! A [`Kernel`] is compiled three times: for any machine, for AVX2 with FMA, and for AVX-512. Its bits are the same in
//! all of them, since each of its operations is rounded once as IEEE 754 says and none is reordered.

// The one place that calls functions compiled for instructions that the machine may lack.
#![allow(unsafe_code)]

use std::sync::atomic::{AtomicU8, Ordering};

/// Which instructions kernels are compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Form {
    /// Those that every machine of the target has.
    Portable = 1,
    /// AVX2 and FMA: four numbers at a time.
    Avx2 = 2,
    /// AVX-512 (F, DQ, VL, BW): eight numbers at a time.
    Avx512 = 3,
}

/// Work that is compiled once for each [`Form`]. All that it calls must be inlined into `run`.
pub trait Kernel {
    /// What the work gives.
    type Output;

    /// Does the work; to be marked `#[inline(always)]`.
    fn run(self) -> Self::Output;
}

/// The form in use; 0 where none has been chosen yet.
static CHOSEN: AtomicU8 = AtomicU8::new(0);

impl Form {
    /// Whether this machine can run it.
    pub fn available(self) -> bool {
        match self {
            Form::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Form::Avx2 => std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("fma"),
            #[cfg(target_arch = "x86_64")]
            Form::Avx512 => {
                Form::Avx2.available()
                    && std::is_x86_feature_detected!("avx512f")
                    && std::is_x86_feature_detected!("avx512dq")
                    && std::is_x86_feature_detected!("avx512vl")
                    && std::is_x86_feature_detected!("avx512bw")
            }
            #[cfg(not(target_arch = "x86_64"))]
            _ => false,
        }
    }

    /// The best that this machine can run.
    pub fn best() -> Form {
        [Form::Avx512, Form::Avx2].into_iter().find(|f| f.available()).unwrap_or(Form::Portable)
    }

    /// The form in use: the best, unless [`Form::force`] has said otherwise.
    #[inline]
    pub fn current() -> Form {
        match CHOSEN.load(Ordering::Relaxed) {
            3 => Form::Avx512,
            2 => Form::Avx2,
            1 => Form::Portable,
            _ => {
                let best = Form::best();
                CHOSEN.store(best as u8, Ordering::Relaxed);
                best
            }
        }
    }

    /// Uses this form from now on, in all threads, for tests and benches; whether the machine can run it.
    #[doc(hidden)]
    pub fn force(self) -> bool {
        let available = self.available();
        if available {
            CHOSEN.store(self as u8, Ordering::Relaxed);
        }
        available
    }
}

/// Runs a kernel by the form in use.
#[inline]
pub fn run<K: Kernel>(kernel: K) -> K::Output {
    match Form::current() {
        // SAFETY: a form is stored in `CHOSEN` only where `available` has found its instructions on this machine.
        #[cfg(target_arch = "x86_64")]
        Form::Avx512 => unsafe { avx512(kernel) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Form::Avx2 => unsafe { avx2(kernel) },
        _ => portable(kernel),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512bw,avx2,fma")]
fn avx512<K: Kernel>(kernel: K) -> K::Output {
    kernel.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn avx2<K: Kernel>(kernel: K) -> K::Output {
    kernel.run()
}

#[inline(never)]
fn portable<K: Kernel>(kernel: K) -> K::Output {
    kernel.run()
}
