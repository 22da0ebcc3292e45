//! The database: does it answer, is it whole, does its schema fit, and do its rows make sense.

use std::time::Duration;

use super::Report;
use crate::{
    Error,
    admin::{Site, sql},
    db::{Db, Schema},
    queue,
};

/// Agents renew their leases every ten seconds as they come; a lease that stands still for this long has no agent.
const STANDSTILL: Duration = Duration::from_secs(12);

/// The database, when it can be read.
pub(super) async fn look(report: &mut Report, site: &Site) -> Option<Db> {
    let what = site.database_url.as_ref().map_or("the file athanor.db", |_| "PostgreSQL");
    let opened = async {
        let db = site.read().await?;
        let schema = db.schema().await?;
        Ok::<_, Error>((db, schema))
    };
    let (db, schema) = match opened.await {
        Ok(opened) => opened,
        Err(error) => {
            report.wrong(format!(
                "The database ({what}) cannot be read: {}. Restore a backup if it is damaged.",
                error.in_full()
            ));
            return None;
        }
    };
    report.fine(format!("The database ({what}) answers."));
    match schema {
        Schema::Current(version) => {
            report.fine(format!("Its schema is {version}, the newest that this Athanor knows."));
        }
        Schema::Older { found, known } => {
            report.note(format!("Its schema is {found}; the next start of this Athanor brings it to {known}."));
        }
        Schema::Empty => {
            report.wrong("It has no tables. A server makes them at its first start.");
            return None;
        }
        Schema::Newer(_) | Schema::Altered(_) => {
            if let Err(error) = schema.usable() {
                report.wrong(format!("The schema does not fit: {error}."));
            }
            return None;
        }
    }
    match db.damage(true).await {
        Ok(found) if found.is_empty() && db.is_shared() => {}
        Ok(found) if found.is_empty() => report.fine("Its pages, indexes and references are whole."),
        Ok(found) => {
            for line in found {
                report.wrong(format!("The database is damaged: {line}. Stop the server and restore a backup."));
            }
        }
        Err(error) => {
            report
                .wrong(format!("The database is damaged: {}. Stop the server and restore a backup.", error.in_full()));
            return None;
        }
    }
    Some(db)
}

pub(super) async fn people(report: &mut Report, db: &Db) -> Result<(), Error> {
    match sql::people(db).await? {
        (0, _) => report.note("Nobody has registered yet. The first who does is the administrator."),
        (users, 0) => report.wrong(format!(
            "None of the {users} users is an administrator. Make one: `UPDATE users SET role = 'admin' WHERE email_key = \
             '...'` while the server is stopped."
        )),
        (users, admins) => report.fine(format!("There are {users} users, {admins} of them administrators.")),
    }
    Ok(())
}

/// Jobs that claim an agent.
pub(super) async fn leases(report: &mut Report, db: &Db, in_use: bool) -> Result<(), Error> {
    let held = queue::sql::leases(db).await?;
    if held.is_empty() {
        report.fine("No job claims to be in training.");
        return Ok(());
    }
    // With PostgreSQL agents may be on other machines: those that live renew their leases.
    let abandoned: Vec<_> = if db.is_shared() {
        tokio::time::sleep(STANDSTILL).await;
        let later = queue::sql::leases(db).await?;
        held.iter().filter(|lease| later.contains(lease)).collect()
    } else {
        held.iter().filter(|_| !in_use).collect()
    };
    for lease in &abandoned {
        report.wrong(format!(
            "Job {} claims to be in training (attempt {}), but no server renews its lease. The next start puts it back \
             into the queue.",
            lease.job_id, lease.attempt
        ));
    }
    if abandoned.is_empty() {
        report.fine(format!("{} jobs are being trained.", held.len()));
    }
    Ok(())
}
