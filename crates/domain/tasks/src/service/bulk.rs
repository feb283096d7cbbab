//! Many operations in one transaction: all or none.

use std::collections::{BTreeMap, BTreeSet};

use kernel::{Actor, DomainError as _, FieldError, Idempotent, Outcome, Permission, idempotency};

use super::{Tasks, writer::Writer};
use crate::{
    commands::{BULK_MAX, BulkOperation},
    error::TaskError,
    policy,
    task::Task,
    values::TaskId,
};

/// What one operation did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BulkResult {
    /// It made this task.
    Created(Task),
    /// The task is now like this.
    Updated(Task),
    /// It deleted this task.
    Deleted(TaskId),
}

impl Tasks {
    /// Does every operation in order, or none of them.
    pub async fn bulk(
        &self,
        actor: &Actor,
        idempotent: Option<Idempotent<Vec<BulkResult>>>,
        operations: Vec<BulkOperation>,
    ) -> Result<Outcome<Vec<BulkResult>>, TaskError> {
        actor.require(Permission::TasksWrite)?;
        check_count(operations.len())?;
        let ids = touched_by(&operations);
        let locked = ids.clone();
        let (actor, now) = (actor.clone(), self.clock.now());
        let result = self
            .work
            .write(move |tx| {
                idempotency::run_once(tx, idempotent.as_ref(), now, |tx| {
                    run(&mut Writer::new(tx, &actor, now), &locked, &operations)
                })
            })
            .await;
        for id in &ids {
            self.cache.evict(id).await;
        }
        result
    }
}

fn check_count(count: usize) -> Result<(), TaskError> {
    let fault = match count {
        0 => FieldError::new("/operations", "tasks.bulk_empty", "must hold at least one operation"),
        1..=BULK_MAX => return Ok(()),
        _ => FieldError::new(
            "/operations",
            "tasks.bulk_too_many",
            format!("must hold at most {BULK_MAX} operations"),
        ),
    };
    Err(TaskError::Invalid(vec![fault]))
}

/// The tasks that exist before and are touched, in ascending order.
fn touched_by(operations: &[BulkOperation]) -> BTreeSet<TaskId> {
    operations
        .iter()
        .filter_map(|operation| match operation {
            BulkOperation::Create(_) => None,
            BulkOperation::Update { id, .. } | BulkOperation::Delete { id, .. } => Some(*id),
        })
        .collect()
}

/// Locks in ascending order, whatever the order of the operations, so that two bulk requests on
/// the same tasks wait for one another instead of deadlocking.
fn run(
    writer: &mut Writer<'_>,
    ids: &BTreeSet<TaskId>,
    operations: &[BulkOperation],
) -> Result<Vec<BulkResult>, TaskError> {
    let mut rows = BTreeMap::new();
    for id in ids {
        match writer.live(*id) {
            Ok(task) => {
                rows.insert(*id, task);
            }
            // Told by the operation that names it.
            Err(TaskError::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
    }
    operations
        .iter()
        .enumerate()
        .map(|(index, operation)| {
            one(writer, &mut rows, operation).map_err(|error| of_operation(index, error))
        })
        .collect()
}

fn one(
    writer: &mut Writer<'_>,
    rows: &mut BTreeMap<TaskId, Task>,
    operation: &BulkOperation,
) -> Result<BulkResult, TaskError> {
    match operation {
        BulkOperation::Create(command) => Ok(BulkResult::Created(writer.create(command)?)),
        BulkOperation::Update { id, version, update } => {
            let task = rows.get(id).cloned().ok_or(TaskError::NotFound(*id))?;
            policy::may_edit(writer.actor, &task, update)?;
            let task = writer.update(task, *version, update)?;
            rows.insert(*id, task.clone());
            Ok(BulkResult::Updated(task))
        }
        BulkOperation::Delete { id, version } => {
            let task = rows.get(id).cloned().ok_or(TaskError::NotFound(*id))?;
            policy::may_delete(writer.actor, &task)?;
            writer.delete(task, *version)?;
            rows.remove(id);
            Ok(BulkResult::Deleted(*id))
        }
    }
}

/// Says which operation it was. A failing store is nobody's operation.
fn of_operation(index: usize, error: TaskError) -> TaskError {
    let base = format!("/operations/{index}");
    let fields = match &error {
        TaskError::Store(_) => return error,
        TaskError::Invalid(faults) => faults
            .iter()
            .map(|fault| FieldError {
                field: format!("{base}/data{}", fault.field),
                ..fault.clone()
            })
            .collect(),
        other => vec![FieldError::new(base, other.code(), other)],
    };
    TaskError::Bulk { index, source: Box::new(error), fields }
}
