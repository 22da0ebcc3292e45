//! Lists that no index answers: every job that the database leaves over is looked at, a piece at a time, and of those that
//! match only the page is kept.

use domain::job::JobSummary;

use super::{
    order::{JobOrder, Place},
    read::JobFilter,
    sql::Narrow,
};
use crate::{Error, Platform, clock};

/// Jobs that are in memory at once, beside the page.
const PIECE: u32 = 1_000;

/// The first `keep` jobs after `place`, and how many match in all.
pub(super) async fn scan(
    platform: &Platform,
    narrow: &Narrow,
    filter: &JobFilter,
    place: Option<&Place>,
    keep: usize,
) -> Result<(Vec<JobSummary>, u64), Error> {
    let (by_age, order, now) = (JobOrder::default(), &filter.order, clock::now());
    let mut page: Vec<(Place, JobSummary)> = Vec::new();
    let (mut count, mut from) = (0, None);
    loop {
        let jobs = narrow.page(&platform.db, &by_age, from.as_ref(), PIECE).await?.unwrap_or_default();
        let last = jobs.len() < PIECE as usize;
        from = jobs.last().map(|job| by_age.place_of(job));
        for job in jobs.into_iter().filter(|job| filter.query.matches(job, now)) {
            count += 1;
            let at = order.place_of(&job);
            if place.is_none_or(|place| order.compare(&at, place).is_gt()) {
                page.push((at, job));
            }
        }
        page.sort_by(|(a, _), (b, _)| order.compare(a, b));
        page.truncate(keep);
        if last {
            return Ok((page.into_iter().map(|(_, job)| job).collect(), count));
        }
    }
}
