//! What is measured beside its limit, and what is proven on real processes: shared by the programs
//! `bench`, `proof` and `pulse`.

pub mod kill9;
pub mod machine;
pub mod measured;
pub mod outcome;
pub mod place;
pub mod pulse;
pub mod traffic;
