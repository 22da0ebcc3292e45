//! Training, validation and test rows: a function of the seed, stratified by class.

use domain::job::JobSpec;

use crate::{Error, Table, table::Target};

/// Row numbers of a table, each in exactly one of the three, ascending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    pub train: Vec<u32>,
    pub validation: Vec<u32>,
    pub test: Vec<u32>,
}

/// Fewest rows that can be split.
const MIN_ROWS: usize = 6;

/// Splits by the shares of `spec`. Every class of at least three rows is in all three parts.
///
/// # Errors
/// When there are too few rows, or one class only.
pub fn split(table: &Table, spec: &JobSpec) -> Result<Split, Error> {
    if table.rows() < MIN_ROWS {
        return Err(Error::column(
            &spec.target,
            format!("Only {} rows have a value to learn from; at least {MIN_ROWS} are needed.", table.rows()),
        ));
    }
    let mut random = SplitMix64(spec.seed ^ 0x5bd1_e995_9d1b_58a3);
    let groups: Vec<Vec<u32>> = match &table.target {
        Target::Numbers(_) => vec![(0..table.rows() as u32).collect()],
        Target::Classes { codes, names } => {
            if names.len() < 2 {
                let message = "Has only one value in the rows that can be used, so there is nothing to learn.";
                return Err(Error::column(&spec.target, message));
            }
            let mut groups = vec![Vec::new(); names.len()];
            for (row, &code) in codes.iter().enumerate() {
                groups[code as usize].push(row as u32);
            }
            groups
        }
    };
    let mut parts = Split { train: Vec::new(), validation: Vec::new(), test: Vec::new() };
    for mut rows in groups {
        random.shuffle(&mut rows);
        let count = |share: f64| {
            let wanted = (rows.len() as f64 * share).round() as usize;
            if rows.len() >= 3 { wanted.max(1) } else { 0 }
        };
        let test = count(spec.test);
        // At least one row is left to train on.
        let validation = count(spec.validation).min(rows.len().saturating_sub(test + 1));
        parts.test.extend(rows.drain(..test));
        parts.validation.extend(rows.drain(..validation));
        parts.train.append(&mut rows);
    }
    for part in [&mut parts.train, &mut parts.validation, &mut parts.test] {
        part.sort_unstable();
    }
    if parts.validation.is_empty() || parts.test.is_empty() {
        let message = "Every class has fewer than three rows, so none is left to check the model with.";
        return Err(Error::column(&spec.target, message));
    }
    Ok(parts)
}

/// Steele, Lea & Flood, "Fast splittable pseudorandom number generators", 2014.
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Fisher and Yates, with Lemire's multiplication for the range.
    fn shuffle(&mut self, rows: &mut [u32]) {
        for last in (1..rows.len()).rev() {
            let at = ((u128::from(self.next()) * (last as u128 + 1)) >> 64) as usize;
            rows.swap(last, at);
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::job::Task;

    use super::split;
    use crate::{
        Sample,
        table::tests::{spec, table},
    };

    #[test]
    fn every_row_is_in_one_part_and_every_class_in_all() {
        let spec = spec(Task::Multiclass, "species", &["petal_length"]);
        let iris = table(Sample::find("iris").unwrap().bytes, &spec).unwrap();
        let parts = split(&iris, &spec).unwrap();
        assert_eq!((parts.train.len(), parts.validation.len(), parts.test.len()), (102, 24, 24));
        let mut all = [parts.train.clone(), parts.validation.clone(), parts.test.clone()].concat();
        all.sort_unstable();
        assert_eq!(all, (0..150).collect::<Vec<u32>>());
        for class in 0..3 {
            let of = |rows: &[u32]| rows.iter().filter(|&&row| row / 50 == class).count();
            assert_eq!((of(&parts.train), of(&parts.validation), of(&parts.test)), (34, 8, 8));
        }
        assert_eq!(parts, split(&iris, &spec).unwrap(), "a function of the seed");
        let other = domain::job::JobSpec { seed: 43, ..spec };
        assert_ne!(parts, split(&iris, &other).unwrap());
    }

    #[test]
    fn too_little_is_refused_and_rare_classes_go_to_training() {
        let regression = spec(Task::Regression, "y", &["a"]);
        assert!(split(&table(b"a,y\n1,1\n2,2\n", &regression).unwrap(), &regression).is_err());
        let classes = spec(Task::Multiclass, "y", &["a"]);
        let one = table(b"a,y\n1,x\n2,x\n3,x\n4,x\n5,x\n6,x\n", &classes).unwrap();
        assert!(split(&one, &classes).unwrap_err().to_string().contains("only one value"));
        let rare = table(b"a,y\n1,x\n2,x\n3,x\n4,x\n5,x\n6,z\n", &classes).unwrap();
        assert!(split(&rare, &classes).unwrap().train.contains(&5));
    }
}
