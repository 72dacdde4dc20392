//! Coordinates that go along when a slow one moves.
//!
//! What moves a coordinate slowly is often that others depend on it: their place, or, below a scale, their spread. A step of
//! the slow coordinate s with all others held then stays small. So the others are carried along, as far as the draws tell
//! how their mean and their spread follow s:
//!
//! ```text
//! x' = m + a (s' - c) + exp(b (s' - s)) (x - m - a (s - c))
//! ```
//!
//! The map from s to s' is undone by that from s' to s, and has the log Jacobian b (s' - s), summed over the followers. It
//! does what interweaving of parameterisations does (Yu and Meng 2011, *To center or not to center*, Journal of
//! Computational and Graphical Statistics 20), with the parameterisation learnt.

/// How many standard errors from 0 an effect must be to be believed.
const BELIEVED: f64 = 2.5;

/// The coordinates that follow a slow one.
#[derive(Debug, Clone)]
pub(super) struct Followers {
    leader: usize,
    /// c, a middle place of the leader.
    centre: f64,
    each: Vec<Follower>,
}

#[derive(Debug, Clone, Copy)]
struct Follower {
    coordinate: usize,
    /// m, a, b.
    mean: f64,
    slope: f64,
    spread_slope: f64,
}

impl Followers {
    /// Learnt from draws of `dimension` coordinates each: which coordinates follow `leader`, but for those that the density
    /// itself carries along.
    pub fn fit(draws: &[f64], dimension: usize, leader: usize, carried: &[bool]) -> Self {
        let column = |i: usize| draws.iter().skip(i).step_by(dimension).copied();
        let leading: Vec<f64> = column(leader).collect();
        let centre = leading.iter().sum::<f64>() / leading.len().max(1) as f64;
        let follower = |coordinate: usize| {
            let (mean, slope) = line(&leading, centre, column(coordinate));
            let believed = slope.unwrap_or(0.0);
            let residuals = leading.iter().zip(column(coordinate)).map(|(s, x)| x - mean - believed * (s - centre));
            // A residual of nothing has no logarithm; its spread is told by the others.
            let logs = residuals.map(|r| r.abs().max(f64::MIN_POSITIVE).ln());
            let (_, spread_slope) = line(&leading, centre, logs);
            (slope.is_some() || spread_slope.is_some()).then(|| Follower {
                coordinate,
                mean,
                slope: believed,
                spread_slope: spread_slope.unwrap_or(0.0),
            })
        };
        let each = (0..dimension).filter(|i| *i != leader && !carried[*i]).filter_map(follower).collect();
        Self { leader, centre, each }
    }

    /// Carries the followers along where the leader has moved from `from` to where it stands in `position`; the log
    /// Jacobian.
    pub fn carry(&self, position: &mut [f64], from: f64) -> f64 {
        let to = position[self.leader];
        let mut jacobian = 0.0;
        for follower in &self.each {
            let Follower { coordinate, mean, slope, spread_slope } = *follower;
            let residual = position[coordinate] - mean - slope * (from - self.centre);
            let log_factor = spread_slope * (to - from);
            position[coordinate] = mean + slope * (to - self.centre) + log_factor.exp() * residual;
            jacobian += log_factor;
        }
        jacobian
    }
}

/// The mean of `y` and its slope over x, by least squares; no slope where it may as well be none.
fn line(x: &[f64], centre: f64, y: impl Iterator<Item = f64> + Clone) -> (f64, Option<f64>) {
    let count = x.len().max(1) as f64;
    let mean = y.clone().sum::<f64>() / count;
    let pairs = || x.iter().map(|x| x - centre).zip(y.clone().map(|y| y - mean));
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for (x, y) in pairs() {
        xx += x * x;
        xy += x * y;
        yy += y * y;
    }
    let slope = xy / xx;
    let error = ((yy - slope * xy) / (count * xx)).max(0.0).sqrt();
    (mean, (slope.abs() > BELIEVED * error && slope.is_finite()).then_some(slope))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::{Purpose, Stream};
    use approx::assert_relative_eq;
    use rand_distr::{Distribution, StandardNormal};

    /// s, x of mean 2 s, y of standard deviation exp(s), and z, which knows nothing of s.
    fn draws() -> Vec<f64> {
        let mut stream = Stream::new(8, 0, 0, Purpose::Other, 0);
        let mut normal = || -> f64 { StandardNormal.sample(&mut stream) };
        let draw = |_| {
            let s = normal();
            [s, 1.0 + 2.0 * s + 0.1 * normal(), s.exp() * normal(), normal()]
        };
        (0..2000).flat_map(draw).collect()
    }

    #[test]
    fn means_and_spreads_follow() {
        let followers = Followers::fit(&draws(), 4, 0, &[false; 4]);
        assert_eq!(followers.each.iter().map(|f| f.coordinate).collect::<Vec<_>>(), [1, 2]);
        let mut position = [1.5, 2.05, 0.7, 0.3];
        let jacobian = followers.carry(&mut position, 0.5);
        assert_relative_eq!(position[1], 4.05, epsilon = 0.05);
        assert_relative_eq!(position[2], 0.7 * 1.0_f64.exp(), epsilon = 0.2);
        assert_eq!(position[3], 0.3);
        assert_relative_eq!(jacobian, 1.0, epsilon = 0.1);
    }

    #[test]
    fn the_way_back_undoes_the_way() {
        let followers = Followers::fit(&draws(), 4, 0, &[false; 4]);
        let start = [0.4, -0.3, 1.2, 0.1];
        let mut position = start;
        position[0] = -1.1;
        let there = followers.carry(&mut position, 0.4);
        position[0] = 0.4;
        let back = followers.carry(&mut position, -1.1);
        assert_relative_eq!(there, -back, epsilon = 1e-14);
        start.iter().zip(position).for_each(|(a, b)| assert_relative_eq!(*a, b, epsilon = 1e-12));
    }
}
