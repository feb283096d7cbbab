//! The cases of `InboundStore` and `MarkStore`.

use kernel::{
    BoxFuture, Cursor, JobId, NewJob, PageRequest, Paging, StoreError,
    job::Priority,
    kit::{moment, planned_panic, together},
};
use serde_json::json;

use super::{Fixture, events_at_extremes, external, name, new_event, object};
use crate::{
    inbox::{InboundEvent, NewInboundEvent},
    ports::Mark,
    query::{Backlog, EventFilter},
    values::{EventType, State},
};

fn job() -> NewJob {
    NewJob {
        kind: "kit".to_owned(),
        queue: "kit".to_owned(),
        priority: Priority::Normal,
        max_attempts: 1,
        args: json!({}),
        run_at: None,
        lane: None,
        unique: None,
        schedule: None,
        tick_at: None,
    }
}

pub(super) async fn v2_an_event_and_its_job_commit_together(fixture: Fixture) {
    let lost: Result<(), StoreError> = fixture
        .work
        .write(|tx| {
            tx.received().insert(&new_event("stripe", "lost"))?;
            tx.jobs().enqueue(&job(), moment(0))?;
            planned_panic("the process dies before the commit")
        })
        .await;
    assert!(lost.is_err());
    let (event, id) = fixture
        .write(|tx| {
            let mut event = tx.received().insert(&new_event("stripe", "kept"))?.unwrap();
            let id = tx.jobs().enqueue(&job(), moment(0))?.id();
            event.job = Some(id);
            tx.received().save(&event)?;
            Ok((event, id))
        })
        .await;
    assert_eq!(fixture.event(event.id).await, Some(event));
    let (lost, kept, next) = fixture
        .write(move |tx| {
            let lost = tx.received().lock_known(&name("stripe"), &external("lost"))?;
            Ok((lost, tx.jobs().job(id)?, tx.jobs().next_job("kit", &["kit"])?))
        })
        .await;
    assert!(lost.is_none() && kept.is_some() && next.is_some());
}

pub(super) async fn v3_of_many_who_insert_one_external_id_one_succeeds(fixture: Fixture) {
    for round in 0..4 {
        let id = format!("evt_{round}");
        let one = |_| {
            let mine = new_event("stripe", &id);
            let known = external(&id);
            let inserting: BoxFuture<'_, (bool, InboundEvent)> =
                Box::pin(fixture.write(move |tx| match tx.received().insert(&mine)? {
                    Some(event) => Ok((true, event)),
                    None => {
                        let known = tx.received().lock_known(&name("stripe"), &known)?;
                        Ok((false, known.unwrap()))
                    }
                }));
            inserting
        };
        let outcomes = together((0..8).map(one).collect()).await;
        assert_eq!(outcomes.iter().filter(|(added, _)| *added).count(), 1, "{outcomes:?}");
        assert!(outcomes.iter().all(|(_, event)| event.id == outcomes[0].1.id), "{outcomes:?}");
    }
}

pub(super) async fn v3_sources_are_apart(fixture: Fixture) {
    let ours = fixture.insert(new_event("stripe", "evt_1")).await;
    let theirs = fixture.insert(new_event("stripe-eu", "evt_1")).await;
    assert_ne!(ours.id, theirs.id);
    let again = fixture.write(|tx| tx.received().insert(&new_event("stripe", "evt_1"))).await;
    assert_eq!(again, None);
}

pub(super) async fn v4_who_locks_second_sees_what_the_first_saved(fixture: Fixture) {
    let event = fixture.insert(new_event("stripe", "evt_1")).await;
    let one = |number: usize| {
        let id = event.id;
        let locking: BoxFuture<'_, bool> = Box::pin(fixture.write(move |tx| {
            let found = if number.is_multiple_of(2) {
                tx.received().lock(id)?
            } else {
                tx.received().lock_known(&name("stripe"), &external("evt_1"))?
            };
            let mut event = found.unwrap();
            let first = event.state == State::Received;
            if first {
                event.come_to(State::Failed, moment(9));
                tx.received().save(&event)?;
            }
            Ok(first)
        }));
        locking
    };
    let outcomes = together((0..8).map(one).collect()).await;
    assert_eq!(outcomes.iter().filter(|first| **first).count(), 1, "{outcomes:?}");
}

pub(super) async fn v5_a_mark_is_locked_even_where_there_was_none(fixture: Fixture) {
    const UNITS: i64 = 12;
    let one = |_| {
        let marking: BoxFuture<'_, ()> = Box::pin(fixture.write(move |tx| {
            let key = object("payment:pi_1");
            let mark = tx.marks().lock_mark(&name("stripe"), &key)?;
            let applied_at = mark.map_or(moment(1), |mark| {
                moment(mark.applied_at.micros() - moment(0).micros() + 1)
            });
            let rank = mark.map_or(0, |mark| mark.rank) + 1;
            tx.marks().set_mark(&name("stripe"), &key, Mark { applied_at, rank })
        }));
        marking
    };
    together((0..UNITS).map(one).collect()).await;
    let mark =
        fixture.write(|tx| tx.marks().lock_mark(&name("stripe"), &object("payment:pi_1"))).await;
    assert_eq!(mark, Some(Mark { applied_at: moment(UNITS), rank: 12 }), "a mark was lost");
}

pub(super) async fn v5_the_marks_of_objects_and_sources_are_apart(fixture: Fixture) {
    let mark = Mark { applied_at: moment(7), rank: -3 };
    fixture.write(move |tx| tx.marks().set_mark(&name("stripe"), &object("a"), mark)).await;
    let [same, other_object, other_source] = fixture
        .write(|tx| {
            let same = tx.marks().lock_mark(&name("stripe"), &object("a"))?;
            let object_ = tx.marks().lock_mark(&name("stripe"), &object("b"))?;
            Ok([same, object_, tx.marks().lock_mark(&name("other"), &object("a"))?])
        })
        .await;
    assert_eq!((same, other_object, other_source), (Some(mark), None, None));
}

pub(super) async fn v6_an_event_comes_back_as_it_went_in(fixture: Fixture) {
    for new in events_at_extremes() {
        let mut event = fixture.insert(new.clone()).await;
        assert_eq!(event, new.stored(event.id));
        assert_eq!(fixture.event(event.id).await.as_ref(), Some(&event));
        for state in State::ALL {
            event.job = Some(JobId::parse(i64::MAX).unwrap());
            event = fixture.saved(&event, *state, 99).await;
            assert_eq!(fixture.event(event.id).await.as_ref(), Some(&event));
        }
    }
}

pub(super) async fn v6_a_list_shows_what_its_filter_names(fixture: Fixture) {
    let push = EventType::parse("push").unwrap();
    let ignored = NewInboundEvent { state: State::Ignored, ..new_event("stripe", "1") };
    let ignored = fixture.insert(ignored).await;
    let pushed =
        fixture.insert(NewInboundEvent { kind: push.clone(), ..new_event("github", "2") }).await;
    let waiting = fixture.insert(new_event("stripe", "3")).await;
    for (filter, expected) in [
        (EventFilter::default(), vec![&waiting, &pushed, &ignored]),
        (
            EventFilter { source: Some(name("stripe")), ..EventFilter::default() },
            vec![&waiting, &ignored],
        ),
        (EventFilter { kind: Some(push), ..EventFilter::default() }, vec![&pushed]),
        (EventFilter { state: Some(State::Ignored), ..EventFilter::default() }, vec![&ignored]),
        (
            EventFilter { source: Some(name("github")), state: Some(State::Ignored), kind: None },
            Vec::new(),
        ),
    ] {
        let asked = filter.clone();
        let page = PageRequest::default();
        let found = fixture.read(move |tx| tx.received().list(&asked, &page)).await;
        assert_eq!(found.items.iter().collect::<Vec<_>>(), expected, "{filter:?}");
        assert_eq!(found.total, Some(expected.len() as u64));
    }
}

pub(super) async fn v6_pages_by_number_and_by_cursor_show_the_newest_first(fixture: Fixture) {
    let mut expected = Vec::new();
    for number in 0..8 {
        expected.insert(0, fixture.insert(new_event("stripe", &number.to_string())).await);
    }
    let list = async |paging: Paging| {
        let page = PageRequest { paging, limit: 3 };
        fixture.read(move |tx| tx.received().list(&EventFilter::default(), &page)).await
    };
    let (mut numbered, mut by_cursor) = (Vec::new(), Vec::new());
    for number in 1..=4 {
        let page = list(Paging::Number(number)).await;
        assert_eq!((page.total, page.next), (Some(8), None));
        numbered.extend(page.items);
    }
    assert_eq!(numbered, expected);
    let mut next: Option<Cursor> = None;
    loop {
        let page = list(Paging::Cursor(next)).await;
        by_cursor.extend(page.items);
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    assert_eq!(by_cursor, expected);
}

pub(super) async fn v8_content_comes_back_byte_for_byte(fixture: Fixture) {
    for new in events_at_extremes() {
        let id = fixture.insert(new.clone()).await.id;
        let content = fixture.read(move |tx| tx.received().content(id)).await;
        assert_eq!(content, Some(new.content));
    }
}

pub(super) async fn b1_the_backlog_counts_what_waits_and_what_failed(fixture: Fixture) {
    let backlog = async || fixture.read(|tx| tx.received().backlog()).await;
    assert_eq!(backlog().await, Backlog::default());
    for (number, state) in (0..).zip(State::ALL.iter().chain([&State::Failed, &State::Received])) {
        let event = fixture.insert(new_event("stripe", &format!("{number}"))).await;
        fixture.saved(&event, *state, 5).await;
    }
    assert_eq!(backlog().await, Backlog { received: 2, failed: 2 });
}

pub(super) async fn b2_pruning_keeps_to_its_moments_and_limit(fixture: Fixture) {
    let mut ids = Vec::new();
    for (number, (state, at)) in [
        (State::Processed, 10),
        (State::Ignored, 11),
        (State::Superseded, 20),
        (State::Failed, 4),
        (State::Failed, 10),
        (State::Received, 0),
    ]
    .into_iter()
    .enumerate()
    {
        let event = fixture.insert(new_event("stripe", &number.to_string())).await;
        ids.push(fixture.saved(&event, state, at).await.id);
    }
    for (raw, at) in [("old", 4), ("young", 5)] {
        let mark = Mark { applied_at: moment(at), rank: 0 };
        fixture.write(move |tx| tx.marks().set_mark(&name("stripe"), &object(raw), mark)).await;
    }
    let prune = async |limit| {
        fixture.write(move |tx| tx.received().prune(moment(20), moment(5), limit)).await
    };
    assert_eq!((prune(2).await, prune(2).await, prune(2).await), (2, 1, 0));
    for (id, stays) in ids.into_iter().zip([false, false, true, false, true, true]) {
        let found = fixture.read(move |tx| {
            Ok((tx.received().get(id)?.is_some(), tx.received().content(id)?.is_some()))
        });
        assert_eq!(found.await, (stays, stays), "{id}");
    }
    let marks = fixture.write(|tx| {
        let old = tx.marks().lock_mark(&name("stripe"), &object("old"))?;
        Ok((old, tx.marks().lock_mark(&name("stripe"), &object("young"))?))
    });
    assert!(matches!(marks.await, (None, Some(_))));
    // The id is free again: what comes now is new.
    assert!(fixture.write(|tx| tx.received().insert(&new_event("stripe", "0"))).await.is_some());
}
