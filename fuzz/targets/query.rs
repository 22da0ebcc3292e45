//! The language in which lists of jobs are filtered and put in order.
#![no_main]

use std::sync::LazyLock;

use domain::{
    Timestamp,
    job::{JobQuery, JobSummary, sort_value},
};
use libfuzzer_sys::fuzz_target;

static JOB: LazyLock<JobSummary> =
    LazyLock::new(|| serde_json::from_str(include_str!("../seeds/job.json")).expect("a job"));

fuzz_target!(|text: &str| {
    fuzz::within(16, || {
        let now = Timestamp(JOB.created_at.0 + 864_000_000_000);
        match JobQuery::parse(text) {
            Ok(query) => {
                let matches = query.matches(&JOB, now);
                let plain = query.plain();
                assert!(!plain.everything || plain.words.len() <= 50);
                assert!(!query.is_empty() || matches, "the empty query has every job");
            }
            Err(error) => assert!(error.at < text.chars().count() && error.message.ends_with(['.', '?']), "{error}"),
        }
        let _ = sort_value(&JOB, text);
    });
});
