//! Which coordinates of a position depend on each other, judged by draws.

/// Correlation above which coordinates are taken to depend on each other, at least, and in standard errors: what is missed
/// costs a proposal little, and what is wrongly kept together costs it more numbers to learn.
const DEPENDENT: (f64, f64) = (0.1, 3.5);

/// The coordinates in blocks that are independent of each other as far as the draws tell: neither the values of two blocks
/// nor their squares are correlated, as the squares are where one is the scale of the other. `draws` holds one draw of
/// `dimension` coordinates after the other.
pub(super) fn independent_blocks(draws: &[f64], dimension: usize) -> Vec<Vec<usize>> {
    let count = draws.len() / dimension;
    let limit = DEPENDENT.0.max(DEPENDENT.1 / (count as f64).sqrt());
    let features: Vec<[Vec<f64>; 2]> = (0..dimension).map(|i| features(draws, dimension, i)).collect();
    let dependent = |i: usize, j: usize| {
        let pairs = features[i].iter().flat_map(|a| features[j].iter().map(move |b| (a, b)));
        // What cannot be judged stays together.
        pairs.map(|(a, b)| mean_product(a, b)).any(|correlation| correlation.is_nan() || correlation.abs() > limit)
    };
    let mut block_of: Vec<usize> = (0..dimension).collect();
    for i in 0..dimension {
        for j in 0..i {
            if block_of[i] != block_of[j] && dependent(i, j) {
                let (kept, joined) = (block_of[j], block_of[i]);
                block_of.iter_mut().filter(|block| **block == joined).for_each(|block| *block = kept);
            }
        }
    }
    let members = |block: usize| (0..dimension).filter(|i| block_of[*i] == block).collect::<Vec<usize>>();
    (0..dimension).map(members).filter(|members| !members.is_empty()).collect()
}

/// A coordinate and its square about the mean, both with mean 0 and variance 1.
fn features(draws: &[f64], dimension: usize, coordinate: usize) -> [Vec<f64>; 2] {
    let values = standardised(draws.iter().skip(coordinate).step_by(dimension).copied().collect());
    let squares = standardised(values.iter().map(|x| x * x).collect());
    [values, squares]
}

fn standardised(mut values: Vec<f64>) -> Vec<f64> {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let scale = (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count).sqrt();
    values.iter_mut().for_each(|x| *x = (*x - mean) / scale);
    values
}

fn mean_product(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>() / a.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::{Purpose, Stream};
    use rand_distr::{Distribution, StandardNormal};

    fn draws(count: usize, draw: impl Fn([f64; 4]) -> [f64; 4]) -> Vec<f64> {
        let mut stream = Stream::new(5, 0, 0, Purpose::Other, 0);
        let mut normal = || StandardNormal.sample(&mut stream);
        (0..count).flat_map(|_| draw(std::array::from_fn(|_| normal()))).collect()
    }

    #[test]
    fn correlated_coordinates_are_of_one_block() {
        let found = independent_blocks(&draws(400, |z| [z[0], z[1], 0.5 * z[0] + z[2], z[3] - z[1]]), 4);
        assert_eq!(found, [vec![0, 2], vec![1, 3]]);
    }

    #[test]
    fn a_scale_and_what_it_scales_are_of_one_block() {
        let found = independent_blocks(&draws(400, |z| [z[0], z[1], (0.7 * z[0]).exp() * z[2], z[3]]), 4);
        assert_eq!(found, [vec![0, 2], vec![1], vec![3]]);
    }

    #[test]
    fn what_does_not_move_is_not_judged() {
        assert_eq!(independent_blocks(&draws(100, |z| [z[0], 1.0, z[2], z[3]]), 4), [vec![0, 1, 2, 3]]);
    }
}
