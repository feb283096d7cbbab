//! Tasks one at a time.

use kernel::{BoxFuture, StoreError, Timestamp};

use super::{DAY, Fixture, ODD_TEXTS, id_set, long, moment, nobody, tags, title, together};
use crate::{
    task::{NewComment, NewTask, Task},
    values::{CommentText, Description, Priority, Status, Tag, Tags},
};

/// Tasks with every field at its extremes.
fn extremes(fixture: &Fixture) -> Vec<NewTask> {
    let mut tasks: Vec<NewTask> = ODD_TEXTS
        .iter()
        .map(|text| NewTask {
            title: title(text),
            description: Description::parse(&format!(" {text}\n")).unwrap(),
            tags: tags(&[text, "plain"]),
            ..fixture.plain("x")
        })
        .collect();
    let many = (10..30).map(|n| Tag::parse(&format!("{}{n}", long(48))).unwrap()).collect();
    tasks.push(NewTask {
        title: title(&long(200)),
        description: Description::parse(&long(10_000)).unwrap(),
        status: Status::Completed,
        priority: Priority::High,
        due: Some(Timestamp::MAX),
        assignee: Some(fixture.helper()),
        tags: Tags::parse(many).unwrap(),
        completed_at: Some(moment(999_999)),
        created_at: moment(1),
        ..fixture.plain("x")
    });
    tasks.push(NewTask {
        status: Status::InProgress,
        priority: Priority::Low,
        due: Some(Timestamp::MIN),
        created_at: Timestamp::from_micros(-1).unwrap(),
        assignee: Some(fixture.owner()),
        ..fixture.plain("before the epoch")
    });
    tasks
}

pub(super) async fn t1_a_task_comes_back_as_it_went_in(fixture: Fixture) {
    for new in extremes(&fixture) {
        let task = fixture.insert(new.clone()).await;
        let expected = Task {
            id: task.id,
            title: new.title,
            description: new.description,
            status: new.status,
            priority: new.priority,
            due: new.due,
            owner: new.owner,
            assignee: new.assignee,
            tags: new.tags,
            completed_at: new.completed_at,
            created_at: new.created_at,
            updated_at: new.created_at,
            deleted_at: None,
            version: 1,
        };
        assert_eq!(task, expected);
        assert_eq!(fixture.get(task.id).await, Some(expected));
    }
}

pub(super) async fn t1_a_save_writes_every_field(fixture: Fixture) {
    let mut task = fixture.insert(fixture.plain("before")).await;
    for new in extremes(&fixture) {
        task = Task {
            title: new.title,
            description: new.description,
            status: new.status,
            priority: new.priority,
            due: new.due,
            assignee: new.assignee,
            tags: new.tags,
            completed_at: new.completed_at,
            updated_at: moment(123_456),
            ..task
        };
        let mut saved = task.clone();
        task = fixture
            .write(move |tx| {
                tx.tasks().save(&mut saved)?;
                Ok(saved.clone())
            })
            .await;
        assert_eq!(fixture.get(task.id).await, Some(task.clone()));
    }
    let deleted = fixture.delete(&task, moment(7)).await;
    assert_eq!(deleted.deleted_at, Some(moment(7)));
    let id = task.id;
    assert_eq!(fixture.read(move |tx| tx.tasks().get_deleted(id)).await, Some(deleted));
}

pub(super) async fn t2_a_save_grows_the_version_in_store_and_argument(fixture: Fixture) {
    let task = fixture.insert(fixture.plain("v1")).await;
    assert_eq!(task.version, 1);
    let versions = fixture
        .write(move |tx| {
            let mut task = task.clone();
            tx.tasks().save(&mut task)?;
            let second = task.version;
            tx.tasks().save(&mut task)?;
            Ok((second, task.version, tx.tasks().get(task.id)?.map(|task| task.version)))
        })
        .await;
    assert_eq!(versions, (2, 3, Some(3)));
}

pub(super) async fn t2_a_stale_save_changes_nothing(fixture: Fixture) {
    let old = fixture.insert(fixture.plain("v1")).await;
    let mut new = old.clone();
    new.title = title("v2");
    let new = fixture
        .write(move |tx| {
            let mut new = new.clone();
            tx.tasks().save(&mut new)?;
            Ok(new)
        })
        .await;
    for version in [1, 3, 0, i64::MAX] {
        let stale = Task { title: title("stale"), version, ..old.clone() };
        let why = fixture
            .refused(move |tx| {
                let mut task = stale.clone();
                let answer = tx.tasks().save(&mut task);
                assert_eq!(task, stale, "the argument stays as it was");
                answer
            })
            .await;
        assert!(matches!(why, StoreError::Stale), "version {version}: {why:?}");
        assert_eq!(fixture.get(old.id).await, Some(new.clone()));
    }
}

pub(super) async fn t3_people_who_are_not_there_are_missing(fixture: Fixture) {
    let unassignable = NewTask { assignee: Some(nobody()), ..fixture.plain("t") };
    let why = fixture.refused(move |tx| tx.tasks().insert(&unassignable)).await;
    assert!(matches!(why, StoreError::Missing("tasks.assignee")), "{why:?}");
    let ownerless = NewTask { owner: nobody(), ..fixture.plain("t") };
    let why = fixture.refused(move |tx| tx.tasks().insert(&ownerless)).await;
    assert!(matches!(why, StoreError::Missing("tasks.owner")), "{why:?}");

    let task = fixture.insert(fixture.plain("t")).await;
    let unassignable = Task { assignee: Some(nobody()), ..task.clone() };
    let why = fixture.refused(move |tx| tx.tasks().save(&mut unassignable.clone())).await;
    assert!(matches!(why, StoreError::Missing("tasks.assignee")), "{why:?}");
    let ownerless = Task { owner: nobody(), ..task.clone() };
    let why = fixture.refused(move |tx| tx.tasks().save(&mut ownerless.clone())).await;
    assert!(matches!(why, StoreError::Missing("tasks.owner")), "{why:?}");
    assert_eq!(fixture.get(task.id).await, Some(task));
    // A suspended person is there: whether to give them tasks is a rule, not a store's business.
    let given = NewTask { assignee: Some(fixture.suspended), ..fixture.plain("t") };
    fixture.insert(given).await;
}

pub(super) async fn t4_live_and_deleted_tasks_are_kept_apart(fixture: Fixture) {
    let live = fixture.insert(fixture.plain("live")).await;
    let gone = fixture.insert(fixture.plain("gone")).await;
    let gone = fixture.delete(&gone, moment(5)).await;
    let (live_id, gone_id) = (live.id, gone.id);
    let unknown = crate::TaskId::parse(4_000_000_000_000_000_000).unwrap();
    let found = fixture
        .write(move |tx| {
            let tasks = tx.tasks();
            let mut found = Vec::new();
            for id in [live_id, gone_id, unknown] {
                found.push((tasks.get(id)?, tasks.get_deleted(id)?, tasks.lock(id)?));
            }
            Ok(found)
        })
        .await;
    assert_eq!(found[0], (Some(live.clone()), None, Some(live)));
    assert_eq!(found[1], (None, Some(gone.clone()), Some(gone.clone())));
    assert_eq!(found[2], (None, None, None));

    let back = Task { deleted_at: None, ..gone };
    let back = fixture
        .write(move |tx| {
            let mut back = back.clone();
            tx.tasks().save(&mut back)?;
            Ok(back)
        })
        .await;
    assert_eq!(fixture.get(gone_id).await, Some(back));
}

pub(super) async fn t5_who_locks_second_sees_what_the_first_wrote(fixture: Fixture) {
    const UNITS: usize = 12;
    let task = fixture.insert(fixture.plain("0")).await;
    let id = task.id;
    let one = |_| {
        let future: BoxFuture<'_, Result<(), StoreError>> =
            Box::pin(fixture.work.write(move |tx| {
                let mut task = tx.tasks().lock(id)?.unwrap();
                let count: usize = task.title.as_str().parse().unwrap();
                task.title = title(&(count + 1).to_string());
                tx.tasks().save(&mut task)
            }));
        future
    };
    for outcome in together((0..UNITS).map(one).collect()).await {
        outcome.unwrap();
    }
    let task = fixture.get(id).await.unwrap();
    assert_eq!((task.title.as_str(), task.version), ("12", 13), "an update was lost");
}

pub(super) async fn t6_of_many_who_save_one_version_one_succeeds(fixture: Fixture) {
    for _ in 0..4 {
        let read = fixture.insert(fixture.plain("read by all")).await;
        let one = |number: i64| {
            let mine = Task { title: title(&format!("writer {number}")), ..read.clone() };
            let future: BoxFuture<'_, Option<Task>> = Box::pin(async {
                let answer = fixture
                    .work
                    .write(move |tx| {
                        let mut mine = mine.clone();
                        tx.tasks().save(&mut mine)?;
                        Ok(mine)
                    })
                    .await;
                match answer {
                    Ok(task) => Some(task),
                    Err(StoreError::Stale) => None,
                    Err(other) => panic!("a lost race is Stale, not {other:?}"),
                }
            });
            future
        };
        let winners: Vec<Task> =
            together((0..8).map(one).collect()).await.into_iter().flatten().collect();
        assert_eq!(winners.len(), 1, "{winners:?}");
        assert_eq!(fixture.get(read.id).await.as_ref(), winners.first());
    }
}

pub(super) async fn t11_purge_removes_what_was_deleted_before_and_nothing_else(fixture: Fixture) {
    let before = moment(0).plus(DAY);
    let live = fixture.insert(fixture.plain("live")).await;
    let old = fixture.insert(fixture.plain("old")).await;
    let fresh = fixture.insert(fixture.plain("fresh")).await;
    let mut remarks = Vec::new();
    for task in [&live, &old, &fresh] {
        let new = NewComment {
            task: task.id,
            author: fixture.helper(),
            content: CommentText::parse("remark").unwrap(),
            created_at: moment(0),
        };
        remarks.push(fixture.write(move |tx| tx.comments().insert(&new)).await);
    }
    let old = fixture.delete(&old, before.minus(std::time::Duration::from_micros(1))).await;
    let fresh = fixture.delete(&fresh, before).await;
    assert_eq!(fixture.write(move |tx| tx.tasks().purge(before, 100)).await, 1);
    assert_eq!(fixture.write(move |tx| tx.tasks().purge(before, 100)).await, 0);

    let ids = [live.id, old.id, fresh.id];
    let (left, said) = fixture
        .write(move |tx| {
            let mut left = Vec::new();
            let mut said = Vec::new();
            for (id, remark) in ids.into_iter().zip(&remarks) {
                left.push(tx.tasks().lock(id)?);
                said.push(tx.comments().get(id, remark.id)?.is_some());
            }
            Ok((left, said))
        })
        .await;
    assert_eq!(left, [Some(live), None, Some(fresh)]);
    assert_eq!(said, [true, false, true]);
}

pub(super) async fn t11_purge_keeps_to_its_limit(fixture: Fixture) {
    for number in 0..7 {
        let task = fixture.insert(fixture.plain(&format!("{number}"))).await;
        fixture.delete(&task, moment(number)).await;
    }
    let mut purged = Vec::new();
    for _ in 0..4 {
        purged.push(fixture.write(|tx| tx.tasks().purge(moment(1000), 3)).await);
    }
    assert_eq!(purged, [3, 3, 1, 0]);
}

pub(super) async fn t12_a_forgotten_person_is_in_no_live_task(fixture: Fixture) {
    let person = fixture.helper();
    let of = |owner, assignee, name: &str| NewTask { owner, assignee, ..fixture.plain(name) };
    let owned = fixture.insert(of(person, Some(fixture.third()), "owned")).await;
    let own = fixture.insert(of(person, Some(person), "owned and assigned")).await;
    let assigned = fixture.insert(of(fixture.owner(), Some(person), "assigned")).await;
    let apart = fixture.insert(of(fixture.owner(), Some(fixture.third()), "apart")).await;
    let gone = fixture.insert(of(person, None, "deleted before")).await;
    let gone = fixture.delete(&gone, moment(1)).await;
    let given_away = fixture.insert(of(fixture.owner(), Some(person), "assigned, deleted")).await;
    let given_away = fixture.delete(&given_away, moment(1)).await;

    let now = moment(77);
    let touched = fixture.write(move |tx| tx.tasks().forget_user(person, now)).await;
    assert_eq!(id_set(&touched), id_set(&[owned.clone(), own.clone(), assigned.clone()]));
    for task in &touched {
        let id = task.id;
        let stored = fixture.write(move |tx| tx.tasks().lock(id)).await;
        assert_eq!(stored.as_ref(), Some(task), "what is given is what is stored");
        assert_eq!((task.version, task.updated_at), (2, now));
        if task.owner == person {
            assert_eq!(task.deleted_at, Some(now));
        } else {
            assert_eq!((task.deleted_at, task.assignee), (None, None));
        }
    }
    let ids = [apart.id, gone.id, given_away.id];
    let rest = fixture
        .write(move |tx| ids.iter().map(|id| tx.tasks().lock(*id)).collect::<Result<Vec<_>, _>>())
        .await;
    assert_eq!(rest, [Some(apart), Some(gone), Some(given_away)], "the rest is as it was");
    let again = fixture.write(move |tx| tx.tasks().forget_user(person, now)).await;
    assert!(again.is_empty(), "{again:?}");
}
