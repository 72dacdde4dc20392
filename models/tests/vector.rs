//! The functions without branches against high-precision values, and their three forms against each other, bit by bit.

use std::sync::Mutex;

use polya_models::distributions::*;
use polya_models::program::fused::Fused;
use polya_models::special::vector::{self, Form, Function, Lanes};

const TABLE: &str = include_str!("tables/vector.csv");
const FORMS: [Form; 3] = [Form::Portable, Form::Avx2, Form::Avx512];

/// The form is one for the whole process: who sets it holds this.
static FORM: Mutex<()> = Mutex::new(());

/// The largest error of `f` over the rows of a function, relative or scaled by 1 where the value is smaller.
fn worst(name: &str, scaled: bool, f: impl Fn(&[f64]) -> f64) -> f64 {
    let (mut worst, mut rows) = ((0.0, String::new()), 0);
    for line in TABLE.lines() {
        let fields: Vec<&str> = line.split(',').collect();
        if fields[0] != name {
            continue;
        }
        rows += 1;
        let args: Vec<f64> = fields[1].split('|').map(|a| a.parse().unwrap()).collect();
        let reference: f64 = fields[2].parse().unwrap();
        let value = f(&args);
        // A denormal result is rounded to a multiple of the least number.
        let scale = if scaled { 1.0 } else { 1e-290 };
        let e = if value == reference { 0.0 } else { (value - reference).abs() / reference.abs().max(scale) };
        if e.is_nan() || e > worst.0 {
            worst = (e, format!("{args:?}: {value:e}, should be {reference:e}"));
        }
    }
    assert!(rows > 0, "no rows of {name}");
    println!("{name}: {:.2e} at {}", worst.0, worst.1);
    worst.0
}

#[test]
fn agree_with_high_precision() {
    let relative = |name, bound, f: &dyn Fn(&[f64]) -> f64| assert!(worst(name, false, f) <= bound, "{name}");
    let scaled = |name, bound, f: &dyn Fn(&[f64]) -> f64| assert!(worst(name, true, f) <= bound, "{name}");
    relative("exp", 3e-16, &|a| vector::exp(a[0]));
    relative("expm1", 1e-15, &|a| vector::expm1(a[0]));
    relative("log", 3e-16, &|a| vector::log(a[0]));
    relative("log1p", 5e-16, &|a| vector::log1p(a[0]));
    relative("log1pmx", 2e-15, &|a| vector::log1pmx(a[0]));
    relative("softplus", 1e-15, &|a| vector::softplus(a[0]));
    relative("softplus", 1e-15, &|a| vector::softplus_and_inv_logit(a[0]).0);
    relative("inv_logit", 1e-15, &|a| vector::inv_logit(a[0]));
    relative("inv_logit", 1e-15, &|a| vector::softplus_and_inv_logit(a[0]).1);
    relative("log_inv_logit", 1e-15, &|a| vector::log_inv_logit(a[0]));
    relative("log1m_exp", 1e-15, &|a| vector::log1m_exp(a[0]));
    relative("lgamma", 2e-15, &|a| vector::lgamma(a[0]));
    scaled("digamma", 1e-15, &|a| vector::digamma(a[0]));
    scaled("stirling_error", 1e-15, &|a| vector::stirling_and_remainder(a[0]).0);
    scaled("digamma_remainder", 1e-15, &|a| vector::stirling_and_remainder(a[0]).1);
    scaled("log_ratio", 5e-16, &|a| vector::log_ratio(a[0], a[1]));
    scaled("lbeta", 3e-15, &|a| vector::lbeta_and_partials(a[0], a[1]).0);
    scaled("lbeta_partial", 3e-15, &|a| vector::lbeta_and_partials(a[0], a[1]).1[0]);
    scaled("lbeta_partial", 3e-15, &|a| vector::lbeta_and_partials(a[1], a[0]).1[1]);
}

#[test]
fn limits_and_what_is_outside_the_domain() {
    let (inf, nan) = (f64::INFINITY, f64::NAN);
    for (f, x, y) in [
        (vector::exp as fn(f64) -> f64, -inf, 0.0),
        (vector::exp, inf, inf),
        (vector::exp, 710.0, inf),
        (vector::exp, -746.0, 0.0),
        (vector::exp, 0.0, 1.0),
        (vector::exp, nan, nan),
        (vector::expm1, -inf, -1.0),
        (vector::expm1, inf, inf),
        (vector::expm1, 0.0, 0.0),
        (vector::log, 0.0, -inf),
        (vector::log, inf, inf),
        (vector::log, -1.0, nan),
        (vector::log, -inf, nan),
        (vector::log, nan, nan),
        (vector::log1p, -1.0, -inf),
        (vector::log1p, -1.5, nan),
        (vector::log1p, inf, inf),
        (vector::log1p, nan, nan),
        (vector::log1p, 0.0, 0.0),
        (vector::log1pmx, nan, nan),
        (vector::softplus, -inf, 0.0),
        (vector::softplus, inf, inf),
        (vector::softplus, nan, nan),
        (vector::inv_logit, -inf, 0.0),
        (vector::inv_logit, inf, 1.0),
        (vector::inv_logit, nan, nan),
        (vector::log_inv_logit, -inf, -inf),
        (vector::log1m_exp, 0.0, -inf),
        (vector::log1m_exp, -inf, 0.0),
        (vector::log1m_exp, 1.0, nan),
        (vector::log1m_exp, nan, nan),
        (vector::lgamma, 0.0, inf),
        (vector::lgamma, inf, inf),
        (vector::lgamma, 1.0, 0.0),
        (vector::lgamma, 2.0, 0.0),
        (vector::lgamma, -1.0, nan),
        (vector::lgamma, nan, nan),
        (vector::digamma, 0.0, -inf),
        (vector::digamma, inf, inf),
        (vector::digamma, -1.0, nan),
        (vector::digamma, nan, nan),
    ] {
        let value = f(x);
        assert!(value == y || value.is_nan() && y.is_nan(), "at {x}: {value}, should be {y}");
    }
    for bad in [0.0, -1.0, nan] {
        let (delta, e) = vector::stirling_and_remainder(bad);
        assert!(!delta.is_finite() && !e.is_finite());
        assert!(!vector::log_ratio(bad, 1.0).is_finite() && !vector::log_ratio(1.0, bad).is_finite());
    }
}

/// A fixed sequence in [0, 1).
fn uniforms(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Numbers of every size and sign, and those that are special to some function.
fn points(seed: u64, len: usize) -> Vec<f64> {
    let special =
        [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 5e-324, 1e-310, f64::MAX, f64::INFINITY, f64::NEG_INFINITY, f64::NAN];
    let mut u = uniforms(seed);
    (0..len)
        .map(|_| match (u() * 8.0) as usize {
            0 => special[(u() * special.len() as f64) as usize],
            1 => 10f64.powf(600.0 * u() - 300.0),
            2 => -(10f64.powf(600.0 * u() - 300.0)),
            3 => 1500.0 * u() - 750.0,
            4 => (100.0 * u()).floor(),
            5 => 10f64.powf(20.0 * u() - 10.0),
            _ => 4.0 * u() - 2.0,
        })
        .collect()
}

/// Bits, where all NaNs are one: which of two a machine hands on is not fixed.
fn bits(x: f64) -> u64 {
    if x.is_nan() { f64::NAN.to_bits() } else { x.to_bits() }
}

macro_rules! functions {
    ($($f:ident),*) => {
        [$({
            struct F;
            impl Function for F {
                #[inline(always)]
                fn at(x: f64) -> f64 {
                    vector::$f(x)
                }
            }
            (stringify!($f), vector::map::<F> as fn(&[Lanes], &mut [Lanes]), vector::$f as fn(f64) -> f64)
        }),*]
    };
}

#[test]
fn every_form_gives_the_same_bits() {
    let _guard = FORM.lock().unwrap();
    let x = points(1, 20_000);
    for (name, map, one) in
        functions!(exp, expm1, log, log1p, log1pmx, softplus, inv_logit, log_inv_logit, log1m_exp, lgamma, digamma)
    {
        for form in FORMS.into_iter().filter(|f| f.force()) {
            let mut out = vec![[0.0; 8]; x.len() / 8];
            map(x.as_chunks().0, &mut out);
            for (x, y) in x.iter().zip(out.as_flattened()) {
                assert_eq!(bits(*y), bits(one(*x)), "{name}({x:e}) by {form:?}: {y:e} and {:e}", one(*x));
            }
        }
    }
    Form::best().force();
}

/// Every fused function of the library.
fn kernels() -> Vec<&'static Fused> {
    let mut all: Vec<&Fused> = vec![
        &binomial::LINK_KERNEL,
        &binomial::PROBABILITY_KERNEL,
        &binomial::LOG_KERNEL,
        &geometric::LINK_KERNEL,
        &geometric::PROBABILITY_KERNEL,
        &geometric::LOG_KERNEL,
        &poisson::LINK_KERNEL,
        &poisson::RATE_KERNEL,
        &negative_binomial::MEAN_KERNEL,
        &negative_binomial::SUCCESSES_KERNEL,
        &multinomial::ELEMENT_KERNEL,
        &categorical::KERNEL,
        &beta::DENSITY,
        &beta_binomial::KERNEL,
        &beta_binomial::MEAN_KERNEL,
        &dirichlet_multinomial::ELEMENT_KERNEL,
        &dirichlet_multinomial::MEAN_ELEMENT_KERNEL,
        &dirichlet_multinomial::END_KERNEL,
        &beta::LOGIT_KERNEL,
        &dirichlet_multinomial::MEAN_END_KERNEL,
        &dirichlet_multinomial::START_KERNEL,
        &dirichlet_multinomial::MEAN_START_KERNEL,
        &dirichlet_multinomial::TOTAL_KERNEL,
        &dirichlet::ELEMENT_KERNEL,
        &dirichlet::ELEMENT_NORMALISER,
        &dirichlet::TOTAL_NORMALISER,
    ];
    for pieces in ALL.iter().filter_map(|d| d.scalar()).filter_map(|d| d.pieces()) {
        all.extend([pieces.kernel, pieces.normaliser]);
    }
    all
}

/// Value and partials of a block, as bits.
fn block(f: &Fused, inputs: &[Vec<f64>], cells: std::ops::Range<usize>) -> Vec<u64> {
    let slices: Vec<&[f64]> = inputs.iter().map(|x| &x[cells.clone()]).collect();
    f.over(&slices).concat().into_iter().map(bits).collect()
}

#[test]
fn every_kernel_gives_the_same_bits_in_every_form_and_block() {
    let _guard = FORM.lock().unwrap();
    const LEN: usize = 4096;
    for f in kernels() {
        // One half of anything, one half of what kernels are given: counts up to a total, and moderate numbers.
        let mut u = uniforms(5);
        let mut inputs: Vec<Vec<f64>> = (0..f.arity).map(|j| points(j as u64 + 2, LEN)).collect();
        for i in LEN / 2..LEN {
            for (j, x) in inputs.iter_mut().enumerate() {
                x[i] = match j {
                    0 => (40.0 * u() * u()).floor(),
                    1 if f.arity == 4 => (40.0 + 1e3 * u()).floor(),
                    _ => 10f64.powf(8.0 * u() - 4.0),
                };
            }
        }
        Form::Portable.force();
        let reference = block(f, &inputs, 0..LEN);
        for form in FORMS.into_iter().filter(|f| f.force()) {
            let found = block(f, &inputs, 0..LEN);
            for cell in 0..LEN {
                let x: Vec<f64> = inputs.iter().map(|input| input[cell]).collect();
                for lane in (0..=f.arity).map(|lane| lane * LEN + cell) {
                    assert_eq!(found[lane], reference[lane], "{} by {form:?} in a block at {x:?}", f.name);
                }
                let (value, partials) = f.at(&x);
                let one = std::iter::once(value).chain(partials).map(bits);
                for (lane, one) in one.take(f.arity + 1).enumerate() {
                    assert_eq!(one, reference[lane * LEN + cell], "{} by {form:?} at {x:?}", f.name);
                }
            }
            for len in [0, 1, 7, 8, 9, 31, 32, 33, 255, 256] {
                for start in [3, LEN / 2 + 5] {
                    let part = block(f, &inputs, start..start + len);
                    for lane in 0..=f.arity {
                        let whole = &reference[lane * LEN + start..lane * LEN + start + len];
                        assert_eq!(&part[lane * len..(lane + 1) * len], whole, "{} by {form:?}, {len} cells", f.name);
                    }
                }
            }
        }
    }
    Form::best().force();
}

/// Nothing that is not a number passes for one in the count kernels.
#[test]
fn non_finite_arguments_give_non_finite_values() {
    for bad in [f64::NAN, f64::INFINITY] {
        for (f, inputs) in [
            (&dirichlet_multinomial::ELEMENT_KERNEL, [3.0, 10.0, bad, 5.0]),
            (&dirichlet_multinomial::ELEMENT_KERNEL, [0.0, 10.0, bad, 5.0]),
            (&dirichlet_multinomial::ELEMENT_KERNEL, [3.0, 10.0, 2.0, bad]),
            (&dirichlet_multinomial::MEAN_ELEMENT_KERNEL, [3.0, 10.0, bad, 5.0]),
            (&dirichlet_multinomial::MEAN_ELEMENT_KERNEL, [3.0, 10.0, 0.5, bad]),
            (&beta_binomial::KERNEL, [3.0, 10.0, bad, 5.0]),
            (&beta_binomial::KERNEL, [3.0, 10.0, 2.0, bad]),
        ] {
            assert!(!f.value(inputs).is_finite(), "{} at {inputs:?}: {}", f.name, f.value(inputs));
        }
    }
    for f in [&dirichlet_multinomial::ELEMENT_KERNEL, &beta_binomial::KERNEL] {
        assert!(!f.value([3.0, 10.0, 0.0, 5.0]).is_finite() && !f.value([3.0, 10.0, -1.0, 5.0]).is_finite());
    }
}
