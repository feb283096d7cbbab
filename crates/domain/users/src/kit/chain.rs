//! The chain of the audit trail.

use kernel::{BoxFuture, StoreError, UserId};

use super::{
    Fixture, ODD_TEXTS,
    audit_log::{append, entry, resource},
    moment, together,
};
use crate::{
    AuditLog,
    audit::{Audit, AuditFilter, AuditOutcome, NewAudit},
    chain::{ChainEntry, Ends, Walk, Whole},
    ports::Cut,
};

/// How many meet.
const MANY: u32 = 24;

async fn ends(fixture: &Fixture) -> Ends {
    fixture.read(|tx| tx.audit().ends()).await.expect("both ends")
}

async fn everything(fixture: &Fixture) -> Vec<Audit> {
    fixture.read(|tx| tx.audit().walk(&AuditFilter::default(), None, 1000)).await
}

/// That the trail is whole, entry by entry and by its two ends.
async fn whole(fixture: &Fixture) -> Whole {
    let ends = ends(fixture).await;
    let entries = everything(fixture).await;
    let mut walk = Walk::from(ends.pruned);
    let mut next = ends.pruned.id;
    for entry in &entries {
        next += 1;
        assert_eq!(entry.id.get(), next, "ids grow by one");
        walk.step(entry).expect("it follows on the one before");
    }
    assert_eq!(ends.newest, entries.last().map(|entry| entry.id.get()));
    assert_eq!(ends.head, walk.place(), "the newest is the head");
    Whole { entries: entries.len() as u64, before: ends.pruned, newest: ends.head }
}

async fn aged(fixture: &Fixture, ages: &[i64]) {
    for age in ages {
        append(fixture, NewAudit { at: moment(*age), ..entry("auth.login") }).await;
    }
}

async fn prune(fixture: &Fixture, before: i64, limit: u32) -> Option<Cut> {
    fixture.write(move |tx| tx.audit().prune(moment(before), limit)).await
}

pub(super) async fn d3_a_new_audit_log_ends_where_it_begins(fixture: Fixture) {
    let nothing = Ends { pruned: ChainEntry::ORIGIN, head: ChainEntry::ORIGIN, newest: None };
    assert_eq!(ends(&fixture).await, nothing);
    let found = AuditLog::new(fixture.work).verify(None).await.unwrap().unwrap();
    assert_eq!((found.entries, found.newest), (0, ChainEntry::ORIGIN));
}

pub(super) async fn d3_each_entry_follows_on_the_one_before_it(fixture: Fixture) {
    for (number, text) in ODD_TEXTS.into_iter().enumerate() {
        let person = UserId::parse(i64::MAX - number as i64).ok();
        let new = NewAudit {
            at: moment(1_000_000 * (number as i64 % 2) - 1),
            actor: person.filter(|_| number % 2 == 0),
            target: person.filter(|_| number % 3 == 0),
            resource: (number % 3 == 1).then(|| resource("task", number as i64, text)),
            outcome: AuditOutcome::ALL[number % 3],
            ip: (number % 4 == 0).then(|| text.to_owned()),
            request_id: (number % 5 == 0).then(|| text.to_owned()),
            detail: (number % 2 == 1).then(|| text.to_owned()),
            ..entry("auth.login")
        };
        append(&fixture, new).await;
    }
    fixture.write(|tx| (0..3).try_for_each(|_| tx.audit().append(&entry("together")))).await;
    assert_eq!(whole(&fixture).await.entries, ODD_TEXTS.len() as u64 + 3);
    let entries = everything(&fixture).await;
    assert_eq!((entries[0].id.get(), entries[0].previous), (1, [0; 32]));
    let (audit_log, newest) =
        (AuditLog::new(fixture.work), entries.last().map(ChainEntry::of).unwrap());
    let found = audit_log.verify(entries.get(4).map(ChainEntry::of)).await.unwrap().unwrap();
    assert_eq!(found.newest, newest);
}

pub(super) async fn d3_a_unit_sees_the_chain_with_what_it_wrote(fixture: Fixture) {
    append(&fixture, entry("before")).await;
    let seen = fixture
        .write(|tx| {
            tx.audit().append(&entry("first"))?;
            let mut seen = tx.audit().walk(&AuditFilter::default(), None, 10)?;
            tx.audit().append(&entry("second"))?;
            let head = tx.audit().ends()?.unwrap().head;
            seen.extend(tx.audit().walk(&AuditFilter::default(), seen.last().map(|e| e.id), 10)?);
            assert_eq!(head, ChainEntry::of(seen.last().unwrap()));
            Ok(seen)
        })
        .await;
    assert_eq!(seen, everything(&fixture).await);
    assert_eq!(whole(&fixture).await.entries, 3);
}

pub(super) async fn d4_a_unit_that_does_not_commit_leaves_no_gap(fixture: Fixture) {
    append(&fixture, entry("first")).await;
    let before = ends(&fixture).await;
    fixture
        .refused(|tx| {
            tx.audit().append(&entry("never"))?;
            // Also what is in the store already goes with its unit.
            tx.audit().ends()?;
            tx.audit().append(&entry("never"))?;
            Err::<(), _>(StoreError::Contention)
        })
        .await;
    assert_eq!(ends(&fixture).await, before);
    append(&fixture, entry("second")).await;
    assert_eq!(whole(&fixture).await.entries, 2);
}

pub(super) async fn d4_of_many_who_append_simultaneously_the_chain_is_one_line(fixture: Fixture) {
    let ada = fixture.account("ada").await;
    let racers = (0..MANY).map(|number| -> BoxFuture<'_, bool> {
        let user = ada.id;
        let unit = fixture.work.write(move |tx| {
            // A third of them meet at the same account too; a third changes their mind.
            if number % 3 == 1 {
                tx.users().lock(user)?;
            }
            tx.audit().append(&entry("auth.login"))?;
            if number % 4 == 0 {
                tx.audit().append(&entry("auth.logout"))?;
            }
            if number % 3 == 2 { Err(StoreError::Stale) } else { Ok(()) }
        });
        Box::pin(async move { unit.await.is_ok() })
    });
    let kept = together(racers.collect()).await;
    let expected = (0..MANY).filter(|number| number % 3 != 2).map(|n| 1 + u64::from(n % 4 == 0));
    assert_eq!(kept.into_iter().filter(|kept| *kept).count(), 16);
    assert_eq!(whole(&fixture).await.entries, expected.sum::<u64>());
}

pub(super) async fn d5_what_is_left_of_a_cut_audit_log_is_a_chain(fixture: Fixture) {
    aged(&fixture, &[1, 2, 3, 4, 5, 6]).await;
    let (before, head) = (everything(&fixture).await, ends(&fixture).await.head);
    let cut = prune(&fixture, 4, 100).await.unwrap();
    assert_eq!(cut, Cut { through: ChainEntry::of(&before[2]), count: 3 });
    let left = whole(&fixture).await;
    assert_eq!((left.before, left.newest, left.entries), (cut.through, head, 3));
    assert_eq!(everything(&fixture).await, before[3..]);
    assert_eq!(prune(&fixture, 4, 100).await, None);
    append(&fixture, entry("auth.login")).await;
    assert_eq!(whole(&fixture).await.entries, 4);
}

pub(super) async fn d5_a_cut_ends_before_the_first_entry_that_stays(fixture: Fixture) {
    aged(&fixture, &[1, 7, 2, 3]).await;
    // 2 and 3 are old enough, but they come after one that is not
    assert_eq!(prune(&fixture, 5, 100).await.map(|cut| cut.count), Some(1));
    assert_eq!(whole(&fixture).await.entries, 3);
    assert_eq!(prune(&fixture, 1, 100).await, None);
    assert_eq!(prune(&fixture, 7, 100).await, None, "what is as old as the moment stays");
}

pub(super) async fn d5_a_cut_keeps_to_its_limit(fixture: Fixture) {
    aged(&fixture, &[1, 2, 3, 4, 5]).await;
    for left in [3, 1] {
        assert_eq!(prune(&fixture, 9, 2).await.map(|cut| cut.count), Some(2));
        assert_eq!(whole(&fixture).await.entries, left);
    }
}

pub(super) async fn d5_an_audit_log_that_was_cut_to_nothing_goes_on(fixture: Fixture) {
    aged(&fixture, &[1, 2]).await;
    let cut = prune(&fixture, 9, 100).await.unwrap();
    assert_eq!(whole(&fixture).await.entries, 0);
    append(&fixture, entry("auth.login")).await;
    let entries = everything(&fixture).await;
    assert_eq!((entries[0].id.get(), entries[0].previous), (3, cut.through.hash));
    assert_eq!(whole(&fixture).await.entries, 1);
}

pub(super) async fn d5_who_cuts_and_who_appends_simultaneously_keep_one_line(fixture: Fixture) {
    let ages: Vec<i64> = (1..=20).collect();
    aged(&fixture, &ages).await;
    let racers = (0..MANY).map(|number| -> BoxFuture<'_, u64> {
        Box::pin(fixture.write(move |tx| {
            if number % 2 == 0 {
                tx.audit().append(&NewAudit { at: moment(99), ..entry("auth.login") })?;
                return Ok(0);
            }
            let cut = tx.audit().prune(moment(50), 3)?;
            tx.audit().append(&NewAudit { at: moment(99), ..entry("audit.cut") })?;
            Ok(cut.map_or(0, |cut| cut.count))
        }))
    });
    let removed: u64 = together(racers.collect()).await.into_iter().sum();
    assert_eq!(removed, 20);
    let left = whole(&fixture).await;
    assert_eq!((left.before.id, left.entries), (20, u64::from(MANY)));
}
