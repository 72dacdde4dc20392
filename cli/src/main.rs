//! The command `polya`.
fn main() {}
