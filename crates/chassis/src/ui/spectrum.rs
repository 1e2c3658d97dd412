//! The identity figure: the spectrum of a plant, drawn from a seed.
