//! What an expression is worth: numbers over the cells of its context, or labels.

use super::graph::NodeId;
use crate::bind::IndexId;
use std::sync::Arc;

/// The vector part of a value: how long it is, and over which index.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Width {
    /// Number of elements.
    pub length: usize,
    /// The index they run over; none for a vector written out.
    pub index: Option<IndexId>,
}

/// Numbers over the cells of a context. The node of a scalar holds one number, or one for each cell; that of a vector
/// one vector, or one for each cell.
#[derive(Clone, Copy, Debug)]
pub struct Numbers {
    /// The node.
    pub node: NodeId,
    /// The vector part, if each cell has a vector.
    pub width: Option<Width>,
}

impl Numbers {
    /// A scalar for each cell, or one for all.
    pub fn scalar(node: NodeId) -> Self {
        Self { node, width: None }
    }

    /// A vector for each cell, or one for all.
    pub fn vector(node: NodeId, length: usize, index: Option<IndexId>) -> Self {
        Self { node, width: Some(Width { length, index }) }
    }
}

/// What an expression is worth.
#[derive(Clone, Debug)]
pub enum Value {
    /// Numbers; the text is that of a bare integer, which is a label too.
    Numbers(Numbers, Option<String>),
    /// A label at each cell.
    Labels(IndexId, Arc<[u32]>),
    /// A label written out.
    Label(String),
}
