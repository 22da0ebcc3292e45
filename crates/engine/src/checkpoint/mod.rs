//! Checkpoints: everything that training needs to go on as if nothing had happened.

mod bundle;
mod load;
mod schedule;
mod store;
#[cfg(test)]
mod tests;

pub(crate) use bundle::Counters;
pub(crate) use schedule::Schedule;
pub(crate) use store::Store;
