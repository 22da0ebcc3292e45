//! Tables to train on.

use std::fmt::Write;

/// Five numbers and a target that depends on them.
pub(super) fn wide_table(rows: usize) -> String {
    let mut table = String::from("a,b,c,d,e,y\n");
    for row in 0..rows {
        let [a, b, c, d, e] = [7, 11, 13, 17, 19].map(|prime| (row * prime % 1_009) as f64 / 1_009.0);
        // Writing to a String cannot fail.
        let _ = writeln!(table, "{a:.4},{b:.4},{c:.4},{d:.4},{e:.4},{:.4}", a * b - c + d * d * e);
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
