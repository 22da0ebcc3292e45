//! The right to write for a job: one attempt, one agent, for as long as it is renewed.
//!
//! Leases know no time of day. A renewal raises a number; whoever looks measures on a clock of its own how long the number
//! stood still. Clocks that differ, jump or stop in a suspended laptop neither lose a job nor double it.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use domain::{JobId, UserId};
use uuid::Uuid;

/// A claim. Every write for the job carries it and is refused once another attempt has begun.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lease {
    pub(crate) job_id: JobId,
    /// Who submitted the job; whose list it is in.
    pub(crate) user_id: UserId,
    pub(crate) attempt: u32,
    /// UUID of this agent process.
    pub(crate) agent_id: Uuid,
}

/// How far the renewals of a lease have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Beat {
    pub(crate) job_id: JobId,
    pub(crate) attempt: u32,
    pub(crate) beat: u64,
}

/// Looks at all leases again and again, and tells which stood still for too long.
pub(crate) struct Watch {
    lease: Duration,
    seen: HashMap<JobId, (Beat, Instant)>,
    looked: Option<Instant>,
}

impl Watch {
    pub(crate) fn new(lease: Duration) -> Self {
        Self { lease, seen: HashMap::new(), looked: None }
    }

    /// Takes what was found `now`; gives the leases that are lost. Call it several times within the length of a lease.
    pub(crate) fn look(&mut self, now: Instant, found: &[Beat]) -> Vec<Beat> {
        // Who slept has not watched: a suspended process, or one that could not reach the database, begins anew.
        let slept = self.looked.is_none_or(|looked| now.duration_since(looked) > self.lease / 2);
        self.looked = Some(now);
        let before = std::mem::take(&mut self.seen);
        let mut lost = Vec::new();
        for beat in found {
            let since = match before.get(&beat.job_id) {
                Some((seen, since)) if !slept && seen == beat => *since,
                _ => now,
            };
            if now.duration_since(since) >= self.lease {
                lost.push(*beat);
            }
            self.seen.insert(beat.job_id, (*beat, since));
        }
        lost
    }

    /// How many leases there are, and since when the one that stood still the longest does.
    pub(crate) fn standing(&self) -> (usize, Option<Instant>) {
        (self.seen.len(), self.seen.values().map(|(_, since)| *since).min())
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use domain::JobId;
    use uuid::Uuid;

    use super::{Beat, Watch};

    fn beat(job_id: JobId, beat: u64) -> Beat {
        Beat { job_id, attempt: 1, beat }
    }

    /// Seconds after the beginning at which each of these beats is found; what is lost at the end.
    fn lost(looks: &[(u64, u64)]) -> usize {
        let (job, begin) = (JobId(Uuid::nil()), Instant::now());
        let mut watch = Watch::new(Duration::from_secs(30));
        looks.iter().map(|&(at, number)| watch.look(begin + Duration::from_secs(at), &[beat(job, number)]).len()).sum()
    }

    #[test]
    fn a_lease_that_stands_still_is_lost_after_its_length_and_not_before() {
        assert_eq!(lost(&[(0, 7), (10, 7), (20, 7), (29, 7)]), 0);
        assert_eq!(lost(&[(0, 7), (10, 7), (20, 7), (30, 7)]), 1);
    }

    #[test]
    fn a_renewal_begins_it_anew() {
        assert_eq!(lost(&[(0, 7), (10, 7), (20, 8), (30, 8), (40, 8), (49, 8)]), 0);
        assert_eq!(lost(&[(0, 7), (10, 7), (20, 8), (30, 8), (40, 8), (50, 8)]), 1);
    }

    #[test]
    fn who_slept_has_seen_nothing() {
        assert_eq!(lost(&[(0, 7), (3600, 7), (3610, 7), (3620, 7), (3629, 7)]), 0);
    }

    #[test]
    fn another_attempt_is_another_lease() {
        let (job, begin) = (JobId(Uuid::nil()), Instant::now());
        let mut watch = Watch::new(Duration::from_secs(30));
        for at in [0, 10, 20] {
            watch.look(begin + Duration::from_secs(at), &[beat(job, 7)]);
        }
        let second = Beat { attempt: 2, ..beat(job, 7) };
        assert!(watch.look(begin + Duration::from_secs(30), &[second]).is_empty());
    }
}
