//! Finding a point where a chain can start.

use crate::density::{DensityError, LogDensity};
use crate::error::EngineError;
use crate::point::Point;
use crate::settings::{Initial, Settings};
use crate::stream::{Purpose, Stream};

/// Most positions tried for one chain.
pub const TRIES: usize = 100;

/// A starting point of one chain: its given position, or the first one drawn from the density's
/// [`initial_position`](LogDensity::initial_position) with a finite value and gradient; chains of one superchain find the
/// same. Both are in
/// reported coordinates; the point is in the working ones that `scratch` holds.
pub fn initial_point<D: LogDensity>(
    density: &D,
    settings: &Settings,
    chain: usize,
    scratch: &mut D::Scratch,
) -> Result<Point, EngineError> {
    let start = settings.start_of(chain);
    let given = match &settings.initial {
        Initial::Density => None,
        Initial::Positions(positions) => positions.get(start).or(positions.first()),
    };
    let tries = if given.is_some() { 1 } else { TRIES };
    let mut stream = Stream::new(settings.seed, settings.job, start as u64, Purpose::Initial, 0);
    let mut position = given.cloned().unwrap_or_else(|| vec![0.0; density.dimension()]);
    let mut working = if density.adapts_coordinates() { position.clone() } else { Vec::new() };
    let mut attempt = 0;
    loop {
        if given.is_none() {
            density.initial_position(&mut stream, attempt, &mut position);
        }
        attempt += 1;
        let from = if density.adapts_coordinates() {
            density.to_working(&position, scratch, &mut working);
            &working
        } else {
            &position
        };
        match Point::at(density, from, scratch) {
            Ok(point) => return Ok(point),
            Err(DensityError::Failed(source)) => {
                return Err(EngineError::Density { chain, source });
            }
            Err(DensityError::Rejected(rejection)) if attempt == tries => {
                return Err(EngineError::NoInitialPoint { chain, tries, rejection, position });
            }
            Err(DensityError::Rejected(_)) => {}
        }
    }
}
