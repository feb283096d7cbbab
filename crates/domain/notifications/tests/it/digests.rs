//! Digests (N5), and that looking for what is due writes nothing (Q6).

use kernel::{
    Access, BoxFuture, Job, Locale, Work,
    job::{ClaimKind, JobClaim, JobContext, JobDone, JobError, JobState, PriorityOrder, RunEnd},
};
use notifications::delivery::DIGEST;

use super::*;

impl Fixture {
    fn with_digests() -> Self {
        let fixture = Self::with_emails();
        fixture.choose(Scope::All, Mode::Digest);
        fixture
    }

    /// Runs the digests that are due, as a worker does; returns what their handlers said.
    fn run_due(&self) -> Vec<Result<JobDone, JobError>> {
        let now = self.clock.now();
        let claimed: Result<Vec<Job>, StoreError> = block_on(self.work.write(move |tx| {
            let kinds = [ClaimKind { name: DIGEST, limit: None }];
            let (until, order) = (now.plus(HOUR), PriorityOrder::HighestFirst);
            let claim =
                JobClaim { queue: "default", kinds: &kinds, worker: "w", until, limit: 9, order };
            tx.jobs().claim_jobs(&claim, now)
        }));
        let kind = self.notifications.jobs().remove(0);
        let run = |job: Job| {
            let claim = job.claim();
            let done = block_on((kind.run)(JobContext { job: Arc::new(job) }));
            if let Ok(JobDone::RetryAt(until)) = done {
                let end = RunEnd::Postponed { until };
                let ended: Result<JobState, StoreError> =
                    block_on(self.work.write(move |tx| tx.jobs().finish(claim, &end, now)));
                ended.unwrap();
            }
            done
        };
        claimed.unwrap().into_iter().map(run).collect()
    }
}

#[test]
fn n5_a_digest_has_each_unread_notification_once() {
    let fixture = Fixture::with_digests();
    let [first, read, last] = [fixture.comment(), fixture.comment(), fixture.comment()];
    assert_eq!((fixture.sending(first), fixture.emails()), ((State::Batched, None), vec![]));
    block_on(fixture.notifications.set_read(&fixture.ada, read, true)).unwrap();
    assert_eq!(fixture.run_due(), []);
    // An hour after the first, whatever came since.
    fixture.clock.advance(Duration::from_secs(3598));
    assert_eq!(fixture.run_due(), [Ok(JobDone::DoneInside)]);
    let emails = fixture.emails();
    assert_eq!((emails.len(), emails[0].subject()), (1, "2 notifications"));
    assert_eq!(emails[0].text().matches("- eve commented").count(), 2, "{}", emails[0].text());
    assert!(emails[0].unsubscribe().is_some());
    assert_eq!(fixture.sending(read), (State::Skipped, Some(Reason::Read)));
    for sent in [first, last] {
        assert_eq!(fixture.sending(sent), (State::Sent, None));
    }
    // The next one begins anew.
    let later = fixture.comment();
    fixture.clock.advance(HOUR);
    assert_eq!(fixture.run_due(), [Ok(JobDone::DoneInside)]);
    assert_eq!((fixture.emails().len(), fixture.sending(later)), (1, (State::Sent, None)));
    fixture.clock.advance(HOUR);
    assert_eq!((fixture.run_due(), fixture.emails()), (vec![], vec![]));
}

#[test]
fn n5_a_digest_of_several_categories_ends_all_of_them() {
    let fixture = Fixture::with_digests();
    fixture.comment();
    let notice = fixture.notice(Kind::WarrantyExpiring, &[fixture.ada.user]);
    fixture.clock.advance(Duration::from_secs(1));
    let [first, _] = fixture.notify(&[notice]);
    first.unwrap();
    fixture.clock.advance(HOUR);
    fixture.run_due();
    let email = fixture.emails().remove(0);
    let (_, token) = email.unsubscribe().unwrap().split_once("token=").unwrap();
    let about = block_on(fixture.notifications.unsubscribe(token)).unwrap();
    assert_eq!(about, [Category::Tasks, Category::Products]);
    let settings = block_on(fixture.notifications.settings(&fixture.ada)).unwrap();
    for kind in [Kind::TaskCommented, Kind::WarrantyExpiring] {
        assert_eq!(settings.preferences.effective(kind, Channel::Email).mode, Mode::Off);
    }
}

#[test]
fn n5_many_notifications_are_several_emails() {
    let fixture = Fixture::with_digests();
    for _ in 0..120 {
        fixture.comment();
    }
    fixture.clock.advance(HOUR);
    fixture.run_due();
    let emails = fixture.emails();
    let lines = emails.iter().map(|email| email.text().matches("- eve").count());
    let mut lines: Vec<usize> = lines.collect();
    lines.sort_unstable();
    assert_eq!(lines, [20, 50, 50]);
}

#[test]
fn a_digest_waits_for_the_end_of_quiet_hours() {
    let fixture = Fixture::with_digests();
    let id = fixture.comment();
    fixture.be_quiet();
    // Other hours: what was collected is looked at anew, and waits for a digest again.
    assert_eq!((fixture.sending(id).0, fixture.release()), (State::Held, 1));
    assert_eq!(fixture.sending(id), (State::Batched, None));
    fixture.clock.advance(HOUR);
    let noon = Timestamp::parse("2026-11-21T12:00:00Z").unwrap();
    assert_eq!(fixture.run_due(), [Ok(JobDone::RetryAt(noon))]);
    assert_eq!((fixture.emails(), fixture.run_due()), (vec![], vec![]));
    fixture.clock.advance(3 * HOUR);
    assert_eq!((fixture.run_due().len(), fixture.emails().len()), (1, 1));
}

#[test]
fn other_wishes_hold_for_what_was_collected() {
    let fixture = Fixture::with_digests();
    fixture.comment();
    fixture.choose(Scope::All, Mode::On);
    assert_eq!((fixture.release(), fixture.emails().len()), (1, 1));
    fixture.clock.advance(HOUR);
    assert_eq!((fixture.run_due(), fixture.emails()), (vec![Ok(JobDone::DoneInside)], vec![]));
}

#[test]
fn emails_and_the_inbox_are_in_the_language_of_their_reader() {
    let fixture = Fixture::with_emails();
    for (locale, text) in [
        (Locale::Fr, "eve a commenté la tâche « Paint »."),
        (Locale::ZhHans, "eve 评论了任务“Paint”。"),
    ] {
        fixture.db.set_locale(fixture.ada.user, locale).unwrap();
        let id = fixture.comment();
        let shown = block_on(fixture.notifications.get(&fixture.ada, id)).unwrap();
        assert_eq!(text::render(&shown), text);
        let email = fixture.emails().remove(0);
        assert_eq!(email.subject(), text);
        assert!(email.html().contains(&format!("lang=\"{}\"", locale.as_str())));
    }
}

/// A store that counts units that write.
struct Counting {
    db: Arc<MemoryDb>,
    writes: std::sync::atomic::AtomicU32,
}

impl UnitOfWork<dyn NotificationsTx> for Counting {
    fn run(
        &self,
        access: Access,
        work: Work<dyn NotificationsTx>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        if access == Access::Write {
            self.writes.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        }
        let inner: &dyn UnitOfWork<dyn NotificationsTx> = &*self.db;
        inner.run(access, work)
    }
}

#[test]
fn q6_looking_for_what_is_due_opens_no_unit_that_writes() {
    let fixture = Fixture::with_emails();
    let db = Arc::clone(&fixture.db);
    let counting = Arc::new(Counting { db, writes: Default::default() });
    let emails = email_settings();
    let (work, clock) = (Arc::clone(&counting), Arc::clone(&fixture.clock));
    let service = Notifications::new(work as _, clock as _).with_emails(emails);
    let writes = || counting.writes.load(std::sync::atomic::Ordering::SeqCst);
    assert_eq!((block_on(service.release()).unwrap(), writes()), (0, 0));
    fixture.be_quiet();
    fixture.comment();
    assert_eq!((block_on(service.release()).unwrap(), writes()), (0, 0), "it is held");
    fixture.clock.advance(5 * HOUR);
    assert_eq!((block_on(service.release()).unwrap(), writes()), (1, 1));
}
