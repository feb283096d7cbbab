//! Many operations at once.

use kernel::{DomainError as _, ErrorKind, Patch, idempotency::Outcome};
use pollster::block_on;
use tasks::{
    TaskError,
    commands::{BULK_MAX, BulkOperation, CreateTask, UpdateTask},
    service::BulkResult,
    values::Status,
};

use crate::fixture::{Fixture, faulty, fresh, idempotent, no_task, nobody, status, title, titled};

fn create(text: &str) -> BulkOperation {
    BulkOperation::Create(CreateTask::titled(title(text)))
}

impl Fixture {
    fn bulk(&self, operations: Vec<BulkOperation>) -> Result<Vec<BulkResult>, TaskError> {
        block_on(self.tasks.bulk(&self.ada, None, operations)).map(fresh)
    }
}

#[test]
fn operations_run_in_order_on_what_the_earlier_ones_left() {
    let fixture = Fixture::new();
    let (a, b) = (fixture.task("a").id, fixture.task("b").id);
    let done = fixture
        .bulk(vec![
            BulkOperation::Update { id: b, version: Some(1), update: titled("b2") },
            create("new"),
            BulkOperation::Update { id: a, version: None, update: status(Status::Completed) },
            BulkOperation::Update { id: b, version: Some(2), update: titled("b3") },
            BulkOperation::Delete { id: a, version: Some(2) },
        ])
        .unwrap();
    let [
        BulkResult::Updated(b2),
        BulkResult::Created(new),
        BulkResult::Updated(a2),
        BulkResult::Updated(b3),
        BulkResult::Deleted(gone),
    ] = done.as_slice()
    else {
        panic!("{done:?}")
    };
    assert_eq!((b2.version, b3.version, a2.version, *gone), (2, 3, 2, a));
    assert_eq!(*fixture.get(&fixture.ada, b).unwrap(), *b3);
    assert_eq!(*fixture.get(&fixture.ada, new.id).unwrap(), *new);
    assert!(matches!(fixture.get(&fixture.ada, a), Err(TaskError::NotFound(_))));
    assert_eq!(
        fixture.event_names()[2..],
        [
            "task.updated.v1",
            "task.created.v1",
            "task.completed.v1",
            "task.updated.v1",
            "task.deleted.v1"
        ]
    );
}

#[test]
fn one_failure_undoes_everything_and_names_its_operation() {
    let fixture = Fixture::new();
    let (mine, shared) = (fixture.task("mine").id, fixture.shared().id);
    let theirs = fresh(
        block_on(fixture.tasks.create(&fixture.eve, None, CreateTask::titled(title("theirs"))))
            .unwrap(),
    )
    .id;
    let before = fixture.events();
    let unassignable = CreateTask { assignee: Some(nobody()), ..CreateTask::titled(title("x")) };
    let reassigned = UpdateTask { assignee: Patch::Set(nobody()), ..UpdateTask::default() };
    let failing = [
        (
            BulkOperation::Create(unassignable),
            ErrorKind::Invalid,
            ("/operations/1/data/assignee_id", "tasks.assignee_unknown"),
        ),
        (
            BulkOperation::Update { id: shared, version: None, update: reassigned },
            ErrorKind::Invalid,
            ("/operations/1/data/assignee_id", "tasks.assignee_unknown"),
        ),
        (
            BulkOperation::Update { id: mine, version: Some(1), update: titled("x") },
            ErrorKind::Stale,
            ("/operations/1", "tasks.stale"),
        ),
        (
            BulkOperation::Delete { id: shared, version: Some(7) },
            ErrorKind::Stale,
            ("/operations/1", "tasks.stale"),
        ),
        (
            BulkOperation::Delete { id: theirs, version: None },
            ErrorKind::NotFound,
            ("/operations/1", "tasks.not_found"),
        ),
        (
            BulkOperation::Delete { id: no_task(), version: None },
            ErrorKind::NotFound,
            ("/operations/1", "tasks.not_found"),
        ),
    ];
    for (operation, kind, fault) in failing {
        let first = BulkOperation::Update { id: mine, version: Some(1), update: titled("undone") };
        let refused = fixture.bulk(vec![first, operation, create("never")]).unwrap_err();
        assert!(matches!(refused, TaskError::Bulk { index: 1, .. }), "{refused:?}");
        let code = if kind == ErrorKind::Invalid { "tasks.invalid" } else { fault.1 };
        assert_eq!((refused.kind(), refused.code()), (kind, code));
        assert_eq!(faulty(&refused), [fault]);
        assert_eq!(fixture.get(&fixture.ada, mine).unwrap().title, title("mine"));
    }
    assert_eq!(fixture.events(), before);
}

#[test]
fn a_task_deleted_earlier_in_the_request_is_gone_for_the_rest() {
    let fixture = Fixture::new();
    let id = fixture.task("t").id;
    let gone = BulkOperation::Delete { id, version: None };
    let refused = fixture.bulk(vec![gone.clone(), gone]).unwrap_err();
    assert_eq!(faulty(&refused), [("/operations/1", "tasks.not_found")]);
    assert!(fixture.get(&fixture.ada, id).is_ok());
}

#[test]
fn the_assignee_may_in_bulk_what_is_allowed_alone() {
    let fixture = Fixture::new();
    let id = fixture.shared().id;
    let bulk = |operation| block_on(fixture.tasks.bulk(&fixture.bob, None, vec![operation]));
    let update = status(Status::InProgress);
    assert!(bulk(BulkOperation::Update { id, version: None, update }).is_ok());
    for operation in [
        BulkOperation::Update { id, version: None, update: titled("x") },
        BulkOperation::Delete { id, version: None },
    ] {
        assert_eq!(bulk(operation).unwrap_err().kind(), ErrorKind::Forbidden);
    }
}

#[test]
fn a_request_has_one_to_five_hundred_operations() {
    let fixture = Fixture::new();
    assert_eq!(faulty(&fixture.bulk(vec![]).unwrap_err()), [("/operations", "tasks.bulk_empty")]);
    let many = |count| (0..count).map(|n| create(&format!("{n}"))).collect::<Vec<_>>();
    assert_eq!(fixture.bulk(many(BULK_MAX)).unwrap().len(), BULK_MAX);
    let refused = fixture.bulk(many(BULK_MAX + 1)).unwrap_err();
    assert_eq!(faulty(&refused), [("/operations", "tasks.bulk_too_many")]);
    assert_eq!(fixture.events().len(), BULK_MAX);
}

#[test]
fn a_bulk_request_takes_effect_once() {
    let fixture = Fixture::new();
    let bulk = || {
        let idempotent =
            idempotent("k", 1, |results: &Vec<BulkResult>| format!("{} done", results.len()));
        block_on(fixture.tasks.bulk(&fixture.ada, Some(idempotent), vec![create("a"), create("b")]))
            .unwrap()
    };
    assert_eq!(fresh(bulk()).len(), 2);
    assert_eq!(bulk(), Outcome::Replayed(b"2 done".to_vec()));
    assert_eq!(fixture.events().len(), 2);
}
