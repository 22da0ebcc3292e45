//! The two wires: browser socket and trainer pipe.

pub mod socket;
pub mod trainer;
