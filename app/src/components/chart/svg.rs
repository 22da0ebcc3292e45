//! The chart as the server draws it: the same decimated lines as paths, stretched to whatever width the page has. It
//! stands until the canvas takes over, and for good where there is no JavaScript.

use std::fmt::Write;

use super::scale::Frame;

/// Width and height of the coordinate system of the paths.
pub const WIDTH: f64 = 600.0;
pub const HEIGHT: f64 = 200.0;

/// The `d` attribute of a polyline of (step, value) points.
pub fn path(frame: &Frame, line: &[(f64, f64)]) -> String {
    let mut d = String::with_capacity(line.len() * 12);
    for (at, (step, value)) in line.iter().enumerate() {
        let command = if at == 0 { 'M' } else { 'L' };
        let (x, y) = (frame.x(*step) * WIDTH, frame.y(*value) * HEIGHT);
        // Writing to a String cannot fail.
        let _ = write!(d, "{command}{x:.1} {y:.1}");
    }
    d
}

/// The `d` attribute of the horizontal grid lines.
pub fn grid(frame: &Frame) -> String {
    let mut d = String::new();
    for tick in &frame.y_ticks {
        let y = (1.0 - tick.at) * HEIGHT;
        let _ = write!(d, "M0 {y:.1}H{WIDTH}");
    }
    d
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_starts_with_a_move_and_goes_from_edge_to_edge() {
        let frame = Frame::new(10.0, 1.0, (0.0, 1.0), (0.0, 1.0), (5, 4));
        assert_eq!(path(&frame, &[(0.0, 0.0), (10.0, 1.0)]), "M0.0 200.0L600.0 0.0");
        assert_eq!(path(&frame, &[]), "");
        assert!(grid(&frame).starts_with("M0 200.0H600"));
    }
}
