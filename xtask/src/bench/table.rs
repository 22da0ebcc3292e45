//! Tables to train on.

use std::fmt::Write;

/// Five numbers and a target that depends on them.
pub(super) fn wide_table(rows: usize) -> String {
    let mut table = String::from("a,b,c,d,e,y\n");
    for row in 0..rows {
        let x = [7, 11, 13, 17, 19].map(|prime| (row * prime % 1_009) as f64 / 1_009.0);
        let y = x[0] * x[1] - x[2] + x[3] * x[3] * x[4];
        // Writing to a String cannot fail.
        let _ = writeln!(table, "{:.4},{:.4},{:.4},{:.4},{:.4},{y:.4}", x[0], x[1], x[2], x[3], x[4]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::wide_table;

    #[test]
    fn rows_differ() {
        let table = wide_table(100);
        let mut rows: Vec<&str> = table.lines().collect();
        rows.sort_unstable();
        rows.dedup();
        assert_eq!(rows.len(), 101);
    }
}
