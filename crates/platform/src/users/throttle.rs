//! Slows down who guesses passwords: after a few tries each one has to wait longer than the one before. Counted for each
//! account and for each address. An account is counted apart for addresses from which somebody has signed in to it: a stranger
//! who tries it all day keeps its owner out nowhere but where the stranger is.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Tries without waiting.
const FREE_OF_ACCOUNT: u32 = 5;
const FREE_OF_ADDRESS: u32 = 50;
/// Nobody waits longer for the next try.
const LONGEST: Duration = Duration::from_mins(15);
/// Tries are forgotten so long after the last one.
const MEMORY: Duration = Duration::from_hours(1);
/// More are not remembered.
const REMEMBERED: usize = 100_000;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Whose {
    Address(IpAddr),
    /// The e-mail, and the address if it is one that its owner has used.
    Account(String, Option<IpAddr>),
}

struct Tries {
    count: u32,
    last: Instant,
    next: Instant,
}

/// Who is trying to sign in to what.
pub(super) struct Attempt {
    account: Whose,
    address: Option<Whose>,
}

impl Attempt {
    pub(super) fn new(email_key: &str, address: Option<IpAddr>, known: bool) -> Self {
        // Whoever tries thousands of addresses that nobody has need not be remembered by their length.
        let email: String = email_key.chars().take(254).collect();
        let account = Whose::Account(email, address.filter(|_| known));
        Self { account, address: address.map(Whose::Address) }
    }

    fn parts(&self) -> impl Iterator<Item = (&Whose, u32)> {
        let address = self.address.iter().map(|address| (address, FREE_OF_ADDRESS));
        std::iter::once((&self.account, FREE_OF_ACCOUNT)).chain(address)
    }
}

/// Of one process: behind several servers each counts for itself.
#[derive(Default)]
pub(crate) struct Throttle(Mutex<HashMap<Whose, Tries>>);

impl Throttle {
    /// Counts a try before it is made, so that many at once are many.
    ///
    /// # Errors
    /// How long to wait.
    pub(super) fn begin(&self, attempt: &Attempt, now: Instant) -> Result<(), Duration> {
        let mut all = self.all();
        let wait = attempt.parts().filter_map(|(whose, _)| all.get(whose)?.next.checked_duration_since(now)).max();
        if let Some(wait) = wait.filter(|wait| !wait.is_zero()) {
            return Err(wait);
        }
        if all.len() > REMEMBERED {
            all.retain(|_, tries| now.duration_since(tries.last) < MEMORY);
        }
        if all.len() > REMEMBERED {
            // Those that have to wait stay.
            all.retain(|_, tries| tries.next > now);
        }
        for (whose, free) in attempt.parts() {
            let tries = all.entry(whose.clone()).or_insert(Tries { count: 0, last: now, next: now });
            if now.duration_since(tries.last) >= MEMORY {
                tries.count = 0;
            }
            tries.count += 1;
            tries.last = now;
            tries.next = now + delay(tries.count.saturating_sub(free));
        }
        Ok(())
    }

    /// The password was right. The tries at the account are forgotten; those of the address are not: who has an account of
    /// their own could wash them away with it.
    pub(super) fn succeeded(&self, attempt: &Attempt) {
        let mut all = self.all();
        all.remove(&attempt.account);
        if let Some(tries) = attempt.address.as_ref().and_then(|address| all.get_mut(address)) {
            tries.count = tries.count.saturating_sub(1);
            tries.next = tries.last;
        }
    }

    fn all(&self) -> MutexGuard<'_, HashMap<Whose, Tries>> {
        // A panic while the lock was held cannot leave the map half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Before the next try, after so many that are not free: 1 s, 2 s, 4 s, ...
fn delay(beyond: u32) -> Duration {
    match beyond {
        0 => Duration::ZERO,
        beyond => Duration::from_secs(1 << (beyond - 1).min(20)).min(LONGEST),
    }
}

#[cfg(test)]
mod tests {
    use std::{
        net::{IpAddr, Ipv4Addr},
        time::{Duration, Instant},
    };

    use super::{Attempt, FREE_OF_ACCOUNT, FREE_OF_ADDRESS, LONGEST, MEMORY, Throttle};

    fn from(last: u8) -> IpAddr {
        IpAddr::V4(Ipv4Addr::new(192, 0, 2, last))
    }

    #[test]
    fn each_try_waits_longer_than_the_one_before_and_nobody_for_ever() {
        let (throttle, start) = (Throttle::default(), Instant::now());
        let attempt = Attempt::new("ada@example.org", Some(from(1)), false);
        for _ in 0..=FREE_OF_ACCOUNT {
            throttle.begin(&attempt, start).unwrap();
        }
        let mut now = start;
        let mut waits = Vec::new();
        for _ in 0..14 {
            let wait = throttle.begin(&attempt, now).unwrap_err();
            waits.push(wait.as_secs());
            now += wait;
            throttle.begin(&attempt, now).unwrap();
        }
        assert_eq!(waits[..5], [1, 2, 4, 8, 16]);
        assert_eq!(*waits.last().unwrap(), LONGEST.as_secs());
        now += MEMORY;
        for _ in 0..FREE_OF_ACCOUNT {
            throttle.begin(&attempt, now).unwrap();
        }
    }

    #[test]
    fn a_stranger_does_not_keep_the_owner_out() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        let stranger = Attempt::new("ada@example.org", Some(from(1)), false);
        assert!((0..100).any(|_| throttle.begin(&stranger, now).is_err()), "a stranger may guess for ever");
        assert!(
            throttle.begin(&Attempt::new("ada@example.org", Some(from(2)), false), now).is_err(),
            "from anywhere new"
        );
        assert!(throttle.begin(&Attempt::new("ada@example.org", Some(from(3)), true), now).is_ok(), "from home");
    }

    #[test]
    fn one_address_that_tries_every_account_waits_too() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        let tried = (0..1_000).take_while(|number| {
            throttle.begin(&Attempt::new(&format!("person{number}"), Some(from(1)), false), now).is_ok()
        });
        assert_eq!(tried.count(), FREE_OF_ADDRESS as usize + 1);
    }

    #[test]
    fn the_right_password_forgets_the_wrong_ones() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        let attempt = Attempt::new("ada@example.org", None, false);
        for _ in 0..20 {
            for _ in 0..FREE_OF_ACCOUNT {
                throttle.begin(&attempt, now).unwrap();
            }
            throttle.succeeded(&attempt);
        }
        assert!(throttle.begin(&attempt, now + Duration::from_secs(1)).is_ok());
    }
}
