//! The order of cells: those that read the same places stand together.
//!
//! Eight cells that gather one number read it once and add up what they owe to it in one register; where they gather
//! eight, each takes its own load and its own store. A sum over cells may take them in any order, so they are sorted by
//! what they gather, the array of fewest numbers first, since its runs are the longest.

use super::graph::{Graph, NodeId, Op};
use crate::special::vector::LANES;
use std::collections::HashSet;
use std::sync::Arc;

/// The order in which cells, one for each of these rows of some nodes, are best evaluated; none where that gains little.
pub(super) fn cell_order(graph: &Graph, nodes: &[NodeId], rows: &[u32]) -> Option<Vec<u32>> {
    let (mut gathers, mut seen) = (Vec::new(), HashSet::new());
    nodes.iter().for_each(|id| collect(graph, *id, &mut seen, &mut gathers));
    gathers.sort_by_key(|(levels, _)| *levels);
    let mut order: Vec<u32> = (0..rows.len() as u32).collect();
    let scattered = |order: &[u32]| -> usize {
        let of = |(_, index): &(usize, Arc<[u32]>)| {
            let place = |cell: &u32| index[rows[*cell as usize] as usize];
            order.chunks(LANES).filter(|eight| eight.iter().any(|cell| place(cell) != place(&eight[0]))).count()
        };
        gathers.iter().map(of).sum()
    };
    let as_they_are = scattered(&order);
    if as_they_are == 0 {
        return None;
    }
    order.sort_by_cached_key(|cell| key(&gathers, rows[*cell as usize]));
    // Constants out of the order of the data are copies, so it has to gain something.
    (4 * scattered(&order) < 3 * as_they_are).then_some(order)
}

/// What a row gathers, the array of fewest numbers first; as much as fits in the key.
fn key(gathers: &[(usize, Arc<[u32]>)], row: u32) -> u128 {
    let digits = gathers.iter().scan(1_u128, |product, (levels, index)| {
        *product = product.checked_mul(*levels as u128)?;
        Some((*levels as u128, u128::from(index[row as usize])))
    });
    digits.fold(0, |key, (levels, place)| key * levels + place)
}

/// Collects the gathers that a node is computed from cell by cell, each with the size of what it reads.
fn collect(graph: &Graph, id: NodeId, seen: &mut HashSet<NodeId>, gathers: &mut Vec<(usize, Arc<[u32]>)>) {
    let node = graph.node(id);
    match (&node.op, node.inputs.as_slice()) {
        _ if node.size == 1 || !seen.insert(id) => {}
        (Op::Gather(index), [source]) => {
            let known = gathers.iter().any(|(_, other)| Arc::ptr_eq(other, index));
            if !known && graph.size(*source) > 1 {
                gathers.push((graph.size(*source), index.clone()));
            }
        }
        (Op::Unary(_) | Op::Binary(_) | Op::Select | Op::Fused(_), inputs) => {
            inputs.iter().for_each(|input| collect(graph, *input, seen, gathers));
        }
        _ => {}
    }
}
