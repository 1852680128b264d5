//! Printed papers: data in, PDF out. A process of its own.

fn main() {}
