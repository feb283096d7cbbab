//! The audit trail.

use kernel::{Act, ActTarget, Actor, Cursor, Page, PageRequest, Paging, Role, StoreError, UserId};

use super::{Fixture, ODD_TEXTS, long, moment};
use crate::audit::{Audit, AuditFilter, AuditOutcome, AuditResource, NewAudit};

fn person(number: i64) -> UserId {
    UserId::parse(number).unwrap()
}

pub(super) fn entry(action: &'static str) -> NewAudit {
    NewAudit {
        at: moment(0),
        actor: None,
        action,
        target: None,
        resource: None,
        outcome: AuditOutcome::Success,
        ip: None,
        request_id: None,
        detail: None,
    }
}

/// A thing with a number, or with a name when the number is 0.
pub(super) fn resource(kind: &str, id: i64, name: &str) -> AuditResource {
    AuditResource {
        kind: kind.to_owned(),
        id: Some(id).filter(|id| *id != 0),
        name: (!name.is_empty()).then(|| name.to_owned()),
    }
}

pub(super) async fn append(fixture: &Fixture, entry: NewAudit) {
    fixture.write(move |tx| tx.audit().append(&entry)).await;
}

async fn page(fixture: &Fixture, filter: &AuditFilter, paging: Paging, limit: u32) -> Page<Audit> {
    let (filter, page) = (filter.clone(), PageRequest { paging, limit });
    fixture.read(move |tx| tx.audit().list(&filter, &page)).await
}

async fn all(fixture: &Fixture, filter: &AuditFilter) -> Vec<Audit> {
    page(fixture, filter, Paging::Number(1), 100).await.items
}

pub(super) async fn d1_an_entry_is_there_exactly_when_its_unit_committed(fixture: Fixture) {
    append(&fixture, entry("first")).await;
    let refused = fixture
        .refused(|tx| {
            tx.audit().append(&entry("never"))?;
            Err::<(), _>(StoreError::Contention)
        })
        .await;
    assert!(matches!(refused, StoreError::Contention), "{refused}");
    fixture
        .write(|tx| {
            tx.audit().append(&entry("second"))?;
            tx.audit().append(&entry("third"))
        })
        .await;
    let actions: Vec<String> =
        all(&fixture, &AuditFilter::default()).await.into_iter().map(|row| row.action).collect();
    assert_eq!(actions, ["third", "second", "first"]);
}

pub(super) async fn d1_an_act_on_what_is_no_account_is_an_entry(fixture: Fixture) {
    let admin = Actor {
        ip: Some("2001:db8::1".into()),
        request_id: Some("r-1".into()),
        ..Actor::new(person(7), Role::Admin)
    };
    let act = Act::by(&admin, moment(3), "task.updated", ActTarget::numbered("task", 42));
    let act = act.with_detail("by hand");
    let refused = fixture
        .refused({
            let act = act.clone();
            move |tx| {
                tx.acts().record_act(&act)?;
                Err::<(), _>(StoreError::Contention)
            }
        })
        .await;
    assert!(matches!(refused, StoreError::Contention), "{refused}");
    fixture
        .write(move |tx| {
            tx.acts().record_act(&act)?;
            let target = ActTarget::named("queue", "default");
            tx.acts().record_act(&Act { target, action: "queue.updated", ..act.clone() })
        })
        .await;
    let rows = all(&fixture, &AuditFilter::default()).await;
    let [queue, task] = <[Audit; 2]>::try_from(rows).unwrap();
    assert_eq!(task.resource, Some(resource("task", 42, "")));
    assert_eq!((task.actor, task.target, task.at), (Some(person(7)), None, moment(3)));
    assert_eq!((task.action.as_str(), task.outcome), ("task.updated", AuditOutcome::Success));
    let words = [&task.ip, &task.request_id, &task.detail].map(|text| text.as_deref().unwrap());
    assert_eq!(words, ["2001:db8::1", "r-1", "by hand"]);
    assert_eq!(queue.resource, Some(resource("queue", 0, "default")));
    assert_eq!(queue.previous, task.hash);
}

pub(super) async fn d1_every_field_survives(fixture: Fixture) {
    let texts = ODD_TEXTS.map(str::to_owned);
    for (number, text) in texts.into_iter().chain([long(500)]).enumerate() {
        let new = NewAudit {
            at: moment(i64::try_from(number).unwrap()),
            actor: (number % 2 == 0).then(|| person(i64::MAX)),
            action: "users.role_changed",
            target: (number % 3 == 0).then(|| person(2)),
            resource: (number % 3 == 1).then(|| resource("task", i64::MAX, &text)),
            outcome: AuditOutcome::ALL[number % 3],
            ip: (number % 4 != 0).then(|| "2001:db8::1".to_owned()),
            request_id: Some(text.clone()),
            detail: (number != 5).then_some(text),
        };
        append(&fixture, new.clone()).await;
        let newest = all(&fixture, &AuditFilter::default()).await.remove(0);
        let expected = Audit {
            id: newest.id,
            at: new.at,
            actor: new.actor,
            action: new.action.to_owned(),
            target: new.target,
            resource: new.resource,
            outcome: new.outcome,
            ip: new.ip,
            request_id: new.request_id,
            detail: new.detail,
            ..newest.clone()
        };
        assert_eq!(newest, expected);
    }
}

pub(super) async fn d1_entries_outlive_the_account_they_point_to(fixture: Fixture) {
    let id = fixture.account("ada").await.id;
    let new = NewAudit { actor: Some(id), target: Some(id), ..entry("auth.login") };
    append(&fixture, new).await;
    let before = all(&fixture, &AuditFilter::default()).await;
    fixture.write(move |tx| tx.users().remove(id, moment(1)).map(|_| ())).await;
    assert_eq!(all(&fixture, &AuditFilter::default()).await, before);
}

/// Thirty entries whose moments do not follow their places.
async fn busy_days(fixture: &Fixture) -> Vec<Audit> {
    const ACTIONS: [&str; 4] = ["auth.login", "auth.logout", "auth.login%", "AUTH.LOGIN"];
    for number in 0..30_usize {
        let micros = i64::try_from(number * 7 % 10).unwrap();
        let new = NewAudit {
            at: moment(micros),
            actor: [None, Some(person(1)), Some(person(2))][number % 3],
            target: [Some(person(1)), None][number / 3 % 2],
            resource: match number % 12 {
                4 => Some(resource("task", 1, "")),
                5 => Some(resource("queue", 0, "default")),
                10 => Some(resource("task", 2, "")),
                _ => None,
            },
            outcome: AuditOutcome::ALL[number / 2 % 3],
            ..entry(ACTIONS[number % 4])
        };
        append(fixture, new).await;
    }
    let rows = all(fixture, &AuditFilter::default()).await;
    assert_eq!(rows.len(), 30);
    assert!(rows.is_sorted_by(|a, b| a.id > b.id), "newest first");
    rows
}

fn matches(filter: &AuditFilter, row: &Audit) -> bool {
    filter.actor.is_none_or(|actor| row.actor == Some(actor))
        && filter.is_on(row)
        && filter.action.as_ref().is_none_or(|action| row.action == *action)
        && filter.outcome.is_none_or(|outcome| row.outcome == outcome)
        && filter.from.is_none_or(|from| row.at >= from)
        && filter.to.is_none_or(|to| row.at < to)
}

fn filters() -> Vec<AuditFilter> {
    let any = AuditFilter::default();
    let mut filters = vec![any.clone()];
    for number in [1, 2, 3] {
        filters.push(AuditFilter { actor: Some(person(number)), ..any.clone() });
        filters.push(AuditFilter { target: Some(person(number)), ..any.clone() });
    }
    for kind in ["user", "task", "queue", "tas", "%", "", "\0"] {
        filters.push(AuditFilter { target_type: Some(kind.to_owned()), ..any.clone() });
        let (target_type, target_id) = (Some(kind.to_owned()), Some(1));
        filters.push(AuditFilter { target_type, target_id, ..any.clone() });
    }
    for target_id in [Some(1), Some(2), Some(i64::MAX)] {
        filters.push(AuditFilter { target_id, ..any.clone() });
    }
    for name in ["default", "Default", "", "\0"] {
        filters.push(AuditFilter { target_name: Some(name.to_owned()), ..any.clone() });
    }
    for action in ["auth.login", "auth.login%", "auth", "", "%", "AUTH.LOGIN", "\u{1}'"] {
        filters.push(AuditFilter { action: Some(action.to_owned()), ..any.clone() });
    }
    for outcome in AuditOutcome::ALL {
        filters.push(AuditFilter { outcome: Some(outcome), ..any.clone() });
    }
    filters.push(AuditFilter { from: Some(moment(4)), ..any.clone() });
    filters.push(AuditFilter { to: Some(moment(4)), ..any.clone() });
    filters.push(AuditFilter { from: Some(moment(4)), to: Some(moment(5)), ..any.clone() });
    filters.push(AuditFilter { from: Some(moment(5)), to: Some(moment(4)), ..any });
    filters.push(AuditFilter {
        actor: Some(person(1)),
        target: Some(person(1)),
        target_type: Some("user".to_owned()),
        target_id: Some(1),
        target_name: None,
        action: Some("auth.login".to_owned()),
        outcome: Some(AuditOutcome::Success),
        from: Some(moment(0)),
        to: Some(moment(9)),
    });
    filters
}

pub(super) async fn d2_every_filter_gives_exactly_what_matches(fixture: Fixture) {
    let rows = busy_days(&fixture).await;
    for filter in filters() {
        let expected: Vec<Audit> =
            rows.iter().filter(|row| matches(&filter, row)).cloned().collect();
        assert_eq!(all(&fixture, &filter).await, expected, "{filter:?}");
    }
}

pub(super) async fn d2_a_walk_gives_the_same_oldest_first(fixture: Fixture) {
    let mut rows = busy_days(&fixture).await;
    rows.reverse();
    for filter in filters() {
        let expected: Vec<Audit> =
            rows.iter().filter(|row| matches(&filter, row)).cloned().collect();
        for limit in [4, 100] {
            let (mut walked, mut after) = (Vec::new(), None);
            loop {
                let filter = filter.clone();
                let next = fixture.read(move |tx| tx.audit().walk(&filter, after, limit)).await;
                assert!(next.len() <= limit as usize);
                let Some(last) = next.last() else { break };
                after = Some(last.id);
                walked.extend(next);
            }
            assert_eq!(walked, expected, "{filter:?}");
        }
    }
}

pub(super) async fn d2_pages_are_the_same_by_number_and_by_cursor(fixture: Fixture) {
    let rows = busy_days(&fixture).await;
    let any = AuditFilter::default();
    let by_actor = AuditFilter { actor: Some(person(1)), ..any.clone() };
    for (filter, limit) in [(any.clone(), 7), (any.clone(), 10), (by_actor, 1)] {
        let expected: Vec<Audit> =
            rows.iter().filter(|row| matches(&filter, row)).cloned().collect();
        let mut numbered = Vec::new();
        for number in 1.. {
            let page = page(&fixture, &filter, Paging::Number(number), limit).await;
            assert_eq!(page.total, Some(expected.len() as u64));
            assert_eq!(page.next, None);
            if page.items.is_empty() {
                break;
            }
            numbered.extend(page.items);
        }
        assert_eq!(numbered, expected);
        assert_eq!(follow(&fixture, &filter, limit, false).await, expected);
    }
    // what is written meanwhile is newer than the cursor, so it shifts nothing
    assert_eq!(follow(&fixture, &any, 7, true).await, rows);
}

async fn follow(fixture: &Fixture, filter: &AuditFilter, limit: u32, busy: bool) -> Vec<Audit> {
    let (mut followed, mut cursor) = (Vec::new(), None);
    loop {
        let page = page(fixture, filter, Paging::Cursor(cursor), limit).await;
        assert_eq!(page.total, None);
        followed.extend(page.items);
        let Some(next) = page.next else { return followed };
        assert_eq!((next.order.as_str(), next.values.len()), ("-id", 0));
        cursor = Some(Cursor::decode(&next.encode()).unwrap());
        if busy {
            append(fixture, entry("meanwhile")).await;
        }
    }
}
