//! Splits for cross-validation: every row is once among those that a model is judged by.

use domain::job::JobSpec;

use crate::{
    Error, Split, Table,
    split::{SplitMix64, by_code, deal},
    table::{By, Target},
};

/// So many splits, by chance: each row is in the test of one, every class is spread evenly, and what is split by groups stays
/// together.
///
/// # Errors
/// When there are too few groups.
pub fn folds(table: &Table, spec: &JobSpec, count: u32) -> Result<Vec<Split>, Error> {
    let mut random = SplitMix64(spec.seed ^ 0x9216_d5d9_8979_fb1b);
    let mut parts = match (&table.by, &table.target) {
        (Some(By::Groups { codes, groups }), _) => {
            let mut groups = by_code(codes, *groups);
            random.shuffle(&mut groups);
            of_groups(&groups, spec, count)?
        }
        (_, Target::Classes { codes, names }) => of_rows(by_code(codes, names.len()), spec, count, &mut random),
        (_, Target::Numbers(_)) => of_rows(vec![(0..table.rows() as u32).collect()], spec, count, &mut random),
    };
    parts.iter_mut().for_each(Split::sort);
    Ok(parts)
}

/// Rows of each class in turn.
fn of_rows(classes: Vec<Vec<u32>>, spec: &JobSpec, count: u32, random: &mut SplitMix64) -> Vec<Split> {
    let mut parts: Vec<Split> = (0..count).map(|_| Split::empty()).collect();
    // Where the last class ended, so that small ones do not all begin with the first part.
    let mut next = 0;
    for mut rows in classes {
        random.shuffle(&mut rows);
        for (at, part) in parts.iter_mut().enumerate() {
            let (own, others): (Vec<_>, Vec<_>) =
                rows.iter().enumerate().partition(|(place, _)| (next + place) % count as usize == at);
            let wanted = (others.len() as f64 * spec.validation).round().max(1.0) as usize;
            let (validation, train) = others.split_at(wanted.min(others.len().saturating_sub(1)));
            part.validation.extend(validation.iter().map(|(_, row)| **row));
            part.train.extend(train.iter().map(|(_, row)| **row));
            part.test.extend(own.into_iter().map(|(_, row)| *row));
        }
        next += rows.len();
    }
    parts
}

/// Whole groups, each to the part that has fewest rows.
fn of_groups(groups: &[Vec<u32>], spec: &JobSpec, count: u32) -> Result<Vec<Split>, Error> {
    let refuse = |why: String| Err(Error::column(spec.split.column().unwrap_or_default(), why));
    if groups.len() < count as usize {
        let have = groups.len();
        return refuse(format!("Has {have} groups in the rows that can be used; {count} folds need as many."));
    }
    let mut tests: Vec<Vec<usize>> = vec![Vec::new(); count as usize];
    let mut sizes = vec![0; tests.len()];
    for (group, rows) in groups.iter().enumerate() {
        let place = (0..sizes.len()).min_by_key(|at| sizes[*at]).unwrap_or(0);
        sizes[place] += rows.len();
        tests[place].push(group);
    }
    let mut parts = Vec::with_capacity(tests.len());
    for own in tests {
        let others: Vec<&Vec<u32>> =
            groups.iter().enumerate().filter(|(group, _)| !own.contains(group)).map(|(_, rows)| rows).collect();
        if others.len() < 2 {
            return refuse(
                "Has too few groups beside those of one fold; training and validation need one each.".into(),
            );
        }
        let (train, validation) = train_and_validation(others, spec.validation);
        let test: Vec<&Vec<u32>> = own.iter().map(|group| &groups[*group]).collect();
        let all = |groups: Vec<&Vec<u32>>| groups.into_iter().flatten().copied().collect();
        parts.push(Split { train: all(train), validation: all(validation), test: all(test) });
    }
    Ok(parts)
}

/// Two or more groups, of which about a share is for validation; both have one at least.
fn train_and_validation(groups: Vec<&Vec<u32>>, share: f64) -> (Vec<&Vec<u32>>, Vec<&Vec<u32>>) {
    let rows: usize = groups.iter().map(|rows| rows.len()).sum();
    let lacks = ((rows as f64 * share).round() as usize).max(1);
    let [mut validation, mut train] = deal(groups, &mut [lacks]);
    if validation.is_empty() {
        let smallest = (0..train.len()).min_by_key(|at| train[*at].len()).unwrap_or(0);
        validation.push(train.swap_remove(smallest));
    } else if train.is_empty() {
        let largest = (0..validation.len()).max_by_key(|at| validation[*at].len()).unwrap_or(0);
        train.push(validation.swap_remove(largest));
    }
    (train, validation)
}

#[cfg(test)]
mod tests {
    use domain::job::{SplitBy, Task};

    use super::folds;
    use crate::{
        Sample,
        split::tests::visits,
        table::tests::{spec, table},
    };

    #[test]
    fn every_row_is_tested_by_one_fold() {
        let spec = spec(Task::Multiclass, "species", &["petal_length"]);
        let iris = table(Sample::find("iris").unwrap().bytes, &spec).unwrap();
        let parts = folds(&iris, &spec, 4).unwrap();
        let mut tested: Vec<u32> = parts.iter().flat_map(|part| part.test.clone()).collect();
        tested.sort_unstable();
        assert_eq!(tested, (0..150).collect::<Vec<u32>>());
        for part in &parts {
            let mut all = [part.train.clone(), part.validation.clone(), part.test.clone()].concat();
            all.sort_unstable();
            assert_eq!(all, (0..150).collect::<Vec<u32>>());
            for class in 0..3 {
                let of = |rows: &[u32]| rows.iter().filter(|&&row| row / 50 == class).count();
                assert!((12..=13).contains(&of(&part.test)) && of(&part.validation) == 6, "{part:?}");
            }
        }
        assert_eq!(parts, folds(&iris, &spec, 4).unwrap(), "a function of the seed");
        let (visits, spec) = visits(SplitBy::Group { column: "who".into() });
        let people = |rows: &[u32]| rows.iter().map(|row| row % 10).collect::<std::collections::BTreeSet<_>>();
        let parts = folds(&visits, &spec, 5).unwrap();
        for part in &parts {
            let [train, validation, test] = [&part.train, &part.validation, &part.test].map(|rows| people(rows));
            assert!(train.is_disjoint(&validation) && train.is_disjoint(&test) && validation.is_disjoint(&test));
            assert_eq!((train.len(), validation.len(), test.len()), (7, 1, 2));
        }
        assert_eq!(parts.iter().map(|part| part.test.len()).sum::<usize>(), 30);
        assert!(folds(&visits, &spec, 11).unwrap_err().to_string().contains("Has 10 groups"));
        // However uneven they are, something is trained on, and something else chosen by.
        let csv = "a,who,y\n".to_owned() + &"1,x,1\n".repeat(900) + &"2,u,2\n".repeat(50) + &"3,v,1\n".repeat(50);
        let uneven = table(csv.as_bytes(), &spec).unwrap();
        for part in folds(&uneven, &spec, 3).unwrap() {
            assert!(part.train.len() >= part.validation.len() && !part.validation.is_empty(), "{part:?}");
        }
        assert!(folds(&uneven, &spec, 2).unwrap_err().to_string().contains("too few groups"));
    }
}
