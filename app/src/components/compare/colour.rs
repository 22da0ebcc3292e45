//! A colour for each of many jobs: hues that are far apart, of the same lightness, readable on light and on dark ground.

/// The colour of the job at a place in the list. Neighbours differ by the golden angle.
pub fn colour(at: usize) -> String {
    let hue = (40.0 + 137.508 * at as f64) % 360.0;
    format!("oklch(0.63 0.16 {hue:.0})")
}
