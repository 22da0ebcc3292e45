//! Which classes are taken for which: a matrix, or its largest mistakes where there are too many classes for one.

use leptos::prelude::*;

use super::card::{Numbers, card};
use crate::components::format;

/// Classes that still make a matrix that can be read.
const MOST: usize = 30;
/// Mistakes that are named where there are more.
const MISTAKES: usize = 20;
/// Steps of shade, as in `style/components/report.css`.
const SHADES: u64 = 8;

pub fn confusion(classes: Vec<String>, counts: &[Vec<u64>]) -> AnyView {
    if classes.len() > MOST {
        return mistakes(&classes, counts);
    }
    let head: Vec<_> = classes.iter().map(|class| view! { <th scope="col"><bdi>{class.clone()}</bdi></th> }).collect();
    let row = |(at, (class, row)): (usize, (String, &Vec<u64>))| {
        let total = row.iter().sum();
        let cell = |(chosen, count): (usize, &u64)| {
            let tone = if chosen == at { "right" } else { "off" };
            let class = format!("{tone} shade-{}", shade(*count, total));
            view! { <td class=class>{format::count(*count)}</td> }
        };
        let cells: Vec<_> = row.iter().enumerate().map(cell).collect();
        view! { <tr><th scope="row"><bdi>{class}</bdi></th>{cells}</tr> }
    };
    let rows: Vec<_> = classes.into_iter().zip(counts).enumerate().map(row).collect();
    let matrix = view! {
        <div class="table-scroll" tabindex="0" role="group" aria-label=t!("Confusion matrix")>
            <table class="numbers confusion">
                <thead><tr><td></td>{head}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    };
    let note = t!(
        "Rows are true classes, columns what the model said. The stronger the colour, the larger its share of the row."
    );
    card("card", t!("Confusion").to_owned(), note.to_owned(), vec![matrix.into_any()])
}

/// How much of its row a cell is: 0 for nothing, then 1 to [`SHADES`].
fn shade(count: u64, total: u64) -> u64 {
    if count == 0 { 0 } else { (count * SHADES).div_ceil(total.max(1)) }
}

fn mistakes(classes: &[String], counts: &[Vec<u64>]) -> AnyView {
    let name = |at: usize| classes.get(at).cloned().unwrap_or_default();
    let row = |(truth, chosen, count)| vec![name(truth), name(chosen), format::count(count)];
    let numbers = Numbers {
        caption: t!("Most frequent mistakes").to_owned(),
        head: [t!("True class"), t!("Model said"), t!("Rows")].map(str::to_owned).into(),
        rows: worst(counts).into_iter().map(row).collect(),
    };
    let note = t!("Of {n} classes; the whole matrix is in the bundle.", n = format::count(classes.len() as u64));
    card("card", t!("Most frequent mistakes").to_owned(), note, vec![numbers.shown()])
}

/// True class, chosen class and count of what is not on the diagonal, the most frequent first.
fn worst(counts: &[Vec<u64>]) -> Vec<(usize, usize, u64)> {
    let mut mistakes: Vec<(usize, usize, u64)> = counts
        .iter()
        .enumerate()
        .flat_map(|(truth, row)| row.iter().enumerate().map(move |(chosen, count)| (truth, chosen, *count)))
        .filter(|(truth, chosen, count)| truth != chosen && *count > 0)
        .collect();
    mistakes.sort_by_key(|mistake| std::cmp::Reverse(mistake.2));
    mistakes.truncate(MISTAKES);
    mistakes
}

#[cfg(test)]
mod tests {
    use super::{shade, worst};

    #[test]
    fn a_shade_says_how_much_of_the_row_it_is() {
        assert_eq!([shade(0, 24), shade(1, 1_000), shade(12, 24), shade(24, 24), shade(0, 0)], [0, 1, 4, 8, 0]);
    }

    #[test]
    fn the_most_frequent_mistakes_come_first() {
        assert_eq!(worst(&[vec![9, 1, 0], vec![0, 9, 3], vec![2, 0, 9]]), [(1, 2, 3), (2, 0, 2), (0, 1, 1)]);
        let many: Vec<Vec<u64>> = vec![vec![1; 40]; 40];
        assert_eq!(worst(&many).len(), 20);
    }
}
