//! Training, validation and test rows: a function of the seed, stratified by class; or by groups, or by time.

use domain::job::JobSpec;

use crate::{
    Error, Table,
    table::{By, Target},
};

/// Row numbers of a table, each in exactly one of the three, ascending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    pub train: Vec<u32>,
    pub validation: Vec<u32>,
    pub test: Vec<u32>,
}

/// Fewest rows that can be split.
const MIN_ROWS: usize = 6;

/// Splits by the shares of `spec`. By chance, every class of at least three rows is in all three parts.
///
/// # Errors
/// When there are too few rows or groups, or one class only.
pub fn split(table: &Table, spec: &JobSpec) -> Result<Split, Error> {
    if table.rows() < MIN_ROWS {
        return Err(Error::column(
            &spec.target,
            format!("Only {} rows have a value to learn from; at least {MIN_ROWS} are needed.", table.rows()),
        ));
    }
    if matches!(&table.target, Target::Classes { names, .. } if names.len() < 2) {
        let message = "Has only one value in the rows that can be used, so there is nothing to learn.";
        return Err(Error::column(&spec.target, message));
    }
    let mut random = SplitMix64(spec.seed ^ 0x5bd1_e995_9d1b_58a3);
    match &table.by {
        Some(By::Groups { codes, groups }) => return by_groups(codes, *groups, spec, &mut random),
        Some(By::Times(times)) => return Ok(by_time(times, spec)),
        None => {}
    }
    let groups: Vec<Vec<u32>> = match &table.target {
        Target::Numbers(_) => vec![(0..table.rows() as u32).collect()],
        Target::Classes { codes, names } => by_code(codes, names.len()),
    };
    let mut parts = Split::empty();
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
    parts.sort();
    if parts.validation.is_empty() || parts.test.is_empty() {
        let message = "Every class has fewer than three rows, so none is left to check the model with.";
        return Err(Error::column(&spec.target, message));
    }
    Ok(parts)
}

/// Rows by their code.
pub(crate) fn by_code(codes: &[u32], count: usize) -> Vec<Vec<u32>> {
    let mut rows = vec![Vec::new(); count];
    codes.iter().zip(0..).for_each(|(code, row)| rows[*code as usize].push(row));
    rows
}

/// Deals groups out in their order: each to the first part of which it is not more than twice what that still lacks, or else to the
/// last part, which lacks nothing.
pub(crate) fn deal<G: AsRef<[u32]>, const PARTS: usize>(groups: Vec<G>, lacking: &mut [usize]) -> [Vec<G>; PARTS] {
    let mut parts = std::array::from_fn(|_| Vec::new());
    for group in groups {
        let rows = group.as_ref().len();
        let part = lacking.iter().position(|lacks| rows <= 2 * lacks).unwrap_or(PARTS - 1);
        if let Some(lacks) = lacking.get_mut(part) {
            *lacks = lacks.saturating_sub(rows);
        }
        parts[part].push(group);
    }
    parts
}

/// Whole groups, in an order by chance: into the test until it has its share, then into the validation.
fn by_groups(codes: &[u32], groups: usize, spec: &JobSpec, random: &mut SplitMix64) -> Result<Split, Error> {
    if groups < 3 {
        let why =
            format!("Has {groups} groups in the rows that can be used; training, validation and test need three.");
        return Err(Error::column(spec.split.column().unwrap_or_default(), why));
    }
    let mut members = by_code(codes, groups);
    random.shuffle(&mut members);
    let mut lacking = [spec.test, spec.validation].map(|share| (codes.len() as f64 * share).round().max(1.0) as usize);
    let mut parts: [_; 3] = deal(members, &mut lacking);
    // Where groups are so uneven that a part has none, it gets the smallest of the part that has most.
    while let Some(empty) = parts.iter().position(Vec::is_empty) {
        let most = (0..3).max_by_key(|part| parts[*part].len()).unwrap_or(2);
        let smallest = (0..parts[most].len()).min_by_key(|at| parts[most][*at].len()).unwrap_or(0);
        let rows = parts[most].swap_remove(smallest);
        parts[empty].push(rows);
    }
    let [test, validation, train] = parts.map(|groups| groups.concat());
    let mut parts = Split { train, validation, test };
    parts.sort();
    Ok(parts)
}

/// The newest rows for the test, those before them for the validation; rows of the same time in the order of the file.
fn by_time(times: &[f64], spec: &JobSpec) -> Split {
    let mut order: Vec<u32> = (0..times.len() as u32).collect();
    order.sort_by(|&a, &b| times[a as usize].total_cmp(&times[b as usize]));
    let wanted = |share: f64| ((times.len() as f64 * share).round() as usize).max(1);
    let test = order.split_off(order.len() - wanted(spec.test));
    let validation = order.split_off(order.len() - wanted(spec.validation).min(order.len() - 1));
    let mut parts = Split { train: order, validation, test };
    parts.sort();
    parts
}

impl Split {
    /// Of no rows.
    pub(crate) fn empty() -> Self {
        Self { train: Vec::new(), validation: Vec::new(), test: Vec::new() }
    }

    pub(crate) fn sort(&mut self) {
        for part in [&mut self.train, &mut self.validation, &mut self.test] {
            part.sort_unstable();
        }
    }
}

/// Steele, Lea & Flood, "Fast splittable pseudorandom number generators", 2014.
pub(crate) struct SplitMix64(pub(crate) u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Fisher and Yates, with Lemire's multiplication for the range.
    pub(crate) fn shuffle<T>(&mut self, rows: &mut [T]) {
        for last in (1..rows.len()).rev() {
            let at = ((u128::from(self.next()) * (last as u128 + 1)) >> 64) as usize;
            rows.swap(last, at);
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use domain::job::{SplitBy, Task};

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

    /// Thirty rows of ten people, on thirty days that are not in order.
    pub(crate) fn visits(split: SplitBy) -> (crate::Table, domain::job::JobSpec) {
        let mut csv = "a,who,day,y\n".to_owned();
        for at in 0..30 {
            let day = (at * 7) % 30 + 1;
            csv += &format!("{at},p{},2026-11-{day:02},{}\n", at % 10, at % 2);
        }
        let spec = domain::job::JobSpec { split, ..spec(Task::Binary, "y", &["a"]) };
        (table(csv.as_bytes(), &spec).unwrap(), spec)
    }

    #[test]
    fn groups_stay_together() {
        let (visits, spec) = visits(SplitBy::Group { column: "who".into() });
        let parts = split(&visits, &spec).unwrap();
        let people = |rows: &[u32]| rows.iter().map(|row| row % 10).collect::<std::collections::BTreeSet<_>>();
        let [train, validation, test] = [&parts.train, &parts.validation, &parts.test].map(|rows| people(rows));
        assert!(train.is_disjoint(&validation) && train.is_disjoint(&test) && validation.is_disjoint(&test));
        assert_eq!((parts.train.len(), parts.validation.len(), parts.test.len()), (18, 6, 6));
        assert_eq!(parts, split(&visits, &spec).unwrap(), "a function of the seed");
        assert_ne!(parts, split(&visits, &domain::job::JobSpec { seed: 43, ..spec.clone() }).unwrap());
        let spec = domain::job::JobSpec { split: SplitBy::Group { column: "y".into() }, ..spec };
        let two = table(b"a,y\n1,1\n2,2\n3,1\n4,2\n5,1\n6,2\n", &spec).unwrap();
        assert!(split(&two, &spec).unwrap_err().to_string().contains("Has 2 groups"));
        // Three groups, of which one is nearly everything: each part has one all the same.
        let csv = "a,who,y\n".to_owned() + &"1,x,1\n".repeat(20) + "2,u,2\n3,v,1\n";
        let spec = domain::job::JobSpec { split: SplitBy::Group { column: "who".into() }, ..spec };
        for seed in 0..20 {
            let spec = domain::job::JobSpec { seed, ..spec.clone() };
            let uneven = split(&table(csv.as_bytes(), &spec).unwrap(), &spec).unwrap();
            assert_eq!((uneven.train.len(), uneven.validation.len(), uneven.test.len()), (20, 1, 1));
        }
    }

    #[test]
    fn the_newest_rows_are_the_test() {
        let (visits, spec) = visits(SplitBy::Time { column: "day".into() });
        let parts = split(&visits, &spec).unwrap();
        let days = |rows: &[u32]| rows.iter().map(|row| row * 7 % 30 + 1).collect::<std::collections::BTreeSet<_>>();
        assert_eq!(days(&parts.test), (26..=30).collect());
        assert_eq!(days(&parts.validation), (21..=25).collect());
        assert_eq!(parts.train.len(), 20);
        let wrong = table(b"a,day,y\n1,2026-11-01,1\n2,soon,2\n3,,1\n", &spec).unwrap_err().to_string();
        assert!(wrong.starts_with("Line 3, column day: \"soon\""), "{wrong}");
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
