//! `bench NAME`: measures beside the limit of the same run; writes `target/bench/NAME.json`.

fn main() {}
