//! Leave-one-out cross-validation: of whole groups where their parameter was integrated out, of rows elsewhere.

use polya::checks::loo::{GroupsLeftOut, RowOfColumn};
use polya::draws::scalar_name;
use polya_report::page::LooSection;
use polya_report::plot::{LeftOut as What, Loo, LooRow};

use crate::left_out::LeftOut;

/// The predictions to rely on.
pub fn section(left_out: &LeftOut) -> LooSection {
    let loo = left_out.relied_on();
    let (what, labels, note) = match &left_out.groups {
        Some(GroupsLeftOut { groups, .. }) => {
            let note = format!(
                "Each of {} groups was left out whole, with its own parameter, by the marginal likelihood of its rows.",
                groups.len()
            );
            (What::Groups, groups.iter().map(|g| scalar_name(&g.variable, &g.levels)).collect(), Some(note))
        }
        None => {
            let label = |id: &RowOfColumn| format!("{}[{}]", id.column, id.row);
            (What::Rows, left_out.rows.rows.iter().map(label).collect::<Vec<_>>(), None)
        }
    };
    let title = match what {
        What::Rows => "Pareto k of each row",
        What::Groups => "Pareto k of each group",
    };
    let rows = labels.into_iter().zip(&loo.rows).map(|(label, row)| LooRow { label, k: row.k });
    LooSection {
        elpd: (loo.elpd, loo.se_elpd),
        p_loo: (loo.p_loo, loo.se_p_loo),
        plot: Loo { title: title.to_owned(), rows: rows.collect(), limit: loo.k_limit, left_out: what },
        notes: note.into_iter().chain(loo.advice()).collect(),
    }
}
