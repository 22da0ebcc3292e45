//! How far this machine lets trainers be kept from the rest of it: said when an agent starts, and by the doctor.

use platform::admin::{Check, Finding};

/// One line of the log.
pub fn tell() {
    let Finding { check, sentence } = look();
    match check {
        Check::Fine => tracing::info!("{sentence}"),
        Check::Note | Check::Wrong => tracing::warn!("{sentence}"),
    }
}

pub fn look() -> Finding {
    let confinement = engine::confinement();
    let missing = confinement.missing();
    if missing.is_empty() {
        return Finding { check: Check::Fine, sentence: confinement.in_force() };
    }
    // Jobs are trained all the same.
    Finding { check: Check::Note, sentence: format!("{} {}", missing.join(" "), confinement.in_force()) }
}
