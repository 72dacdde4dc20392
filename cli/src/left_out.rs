//! Rows and groups of a kept fit, predicted without themselves.

use polya::Replay;
use polya::checks::assessment::Prediction;
use polya::checks::loo::{GroupsLeftOut, LeaveOutError, RowsLeftOut, leave_groups_out, leave_rows_out};
use polya::checks::places::{PlacesLeftOut, places_of_groups, places_of_rows};
use polya::diagnostics::Loo;

/// What leaving rows and groups out says of a fit.
#[derive(Debug)]
pub struct LeftOut {
    /// Rows left out in turn.
    pub rows: RowsLeftOut,
    /// None where no group's own parameter was integrated out.
    pub groups: Option<GroupsLeftOut>,
    /// The places of rows in predictions without them.
    pub places: Vec<PlacesLeftOut>,
    /// The same without their group.
    pub places_by_group: Option<Vec<PlacesLeftOut>>,
}

impl LeftOut {
    /// Leaves out all that can be left out.
    pub fn of(replay: &Replay<'_>) -> Result<Self, LeaveOutError> {
        let rows = leave_rows_out(replay)?;
        let groups = leave_groups_out(replay)?;
        let places = places_of_rows(replay, &rows)?;
        let places_by_group = groups.as_ref().map(|left_out| places_of_groups(replay, left_out)).transpose()?.flatten();
        Ok(Self { rows, groups, places, places_by_group })
    }

    /// The predictions to rely on: of whole groups, where they can be left out.
    pub fn relied_on(&self) -> &Loo {
        self.groups.as_ref().map_or(&self.rows.loo, |groups| &groups.loo)
    }

    /// The same for the verdict.
    pub fn prediction(&self) -> Prediction {
        Prediction { of: if self.groups.is_some() { "groups" } else { "rows" }, loo: self.relied_on().clone() }
    }

    /// The places to rely on, and what they are without.
    pub fn relied_on_places(&self) -> (&'static str, &[PlacesLeftOut]) {
        match &self.places_by_group {
            Some(places) => ("group", places),
            None => ("row", &self.places),
        }
    }
}
