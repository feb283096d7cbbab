//! Many operations at once.

use super::*;

/// A bulk request.
#[derive(Debug, ToSchema)]
#[schema(as = tasks::TaskBulk, example = json!({
    "operations": [{"op": "create", "data": {"title": "One of many"}}]
}))]
pub struct BulkBody {
    /// What to do, in order; all or none.
    #[schema(min_items = 1, max_items = 500)]
    pub operations: Vec<BulkOperationBody>,
}

/// One operation.
#[derive(Debug, ToSchema)]
#[schema(as = tasks::TaskBulkOperation)]
pub struct BulkOperationBody {
    /// What kind.
    pub op: BulkKind,
    /// Which task, for update and delete.
    #[schema(minimum = 1, nullable = false)]
    pub id: Option<i64>,
    /// The version it must have.
    #[schema(minimum = 1, nullable = false)]
    pub version: Option<i64>,
    /// As for `POST /tasks` or `PATCH /tasks/{id}`.
    #[schema(value_type = Option<Object>, nullable = false)]
    pub data: Option<Value>,
}

/// What kind of operation.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = tasks::TaskBulkKind)]
pub enum BulkKind {
    /// Make a task.
    Create,
    /// Change one.
    Update,
    /// Delete one.
    Delete,
}

/// What a bulk request did.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = tasks::TaskBulkResults)]
pub struct BulkResultsBody {
    /// One for each operation, in order.
    pub results: Vec<BulkResultBody>,
}

/// What one operation did.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = tasks::TaskBulkResult)]
pub struct BulkResultBody {
    /// What kind it was.
    #[schema(value_type = BulkKind)]
    pub op: &'static str,
    /// Which task.
    #[schema(minimum = 1, example = 1)]
    pub id: i64,
    /// The task as it is now; absent after a delete.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub task: Option<TaskBody>,
}

/// `200` for a bulk request.
#[expect(clippy::ptr_arg, reason = "the type of what is kept for a replay")]
pub fn bulk_done(results: &Vec<BulkResult>) -> Reply {
    let results = results
        .iter()
        .map(|result| match result {
            BulkResult::Created(task) => {
                BulkResultBody { op: "create", id: task.id.get(), task: Some(task.into()) }
            }
            BulkResult::Updated(task) => {
                BulkResultBody { op: "update", id: task.id.get(), task: Some(task.into()) }
            }
            BulkResult::Deleted(id) => BulkResultBody { op: "delete", id: id.get(), task: None },
        })
        .collect();
    Reply::ok(BulkResultsBody { results })
}

/// `POST /tasks/bulk`.
pub fn bulk(body: &Body) -> Result<Vec<BulkOperation>, Problem> {
    let mut fields = body.fields()?;
    let items = match fields.take("operations") {
        Some(Value::Array(items)) if items.is_empty() => {
            fields.fault("operations", "tasks.bulk_empty", "must hold at least one operation");
            Vec::new()
        }
        Some(Value::Array(items)) if items.len() > BULK_MAX => {
            let message = format!("must hold at most {BULK_MAX} operations");
            fields.fault("operations", "tasks.bulk_too_many", message);
            Vec::new()
        }
        Some(Value::Array(items)) => items,
        Some(_) => {
            fields.fault("operations", "request.wrong_type", "must be an array");
            Vec::new()
        }
        None => {
            fields.fault("operations", "request.missing_field", "must be given");
            Vec::new()
        }
    };
    let mut operations = Vec::with_capacity(items.len());
    for (index, item) in items.into_iter().enumerate() {
        match operation(item, &format!("/operations/{index}")) {
            Ok(operation) => operations.push(operation),
            Err(faults) => fields.faults(faults),
        }
    }
    fields.finish(Some(operations))
}

fn operation(item: Value, base: &str) -> Result<BulkOperation, Vec<FieldError>> {
    let mut fields = Fields::nested(item, base.to_owned()).map_err(|fault| vec![fault])?;
    let kind = fields.required(
        "op",
        string(|raw| match raw {
            "create" | "update" | "delete" => Ok(raw.to_owned()),
            _ => Err(("tasks.operation_unknown", "must be create, update or delete".to_owned())),
        }),
    );
    let Some(kind) = kind else { return Err(fields.close()) };
    let id = |fields: &mut Fields| {
        fields.required(
            "id",
            integer(|raw| TaskId::parse(raw).map_err(|error| ("id.invalid", error.to_string()))),
        )
    };
    let version = |fields: &mut Fields| {
        fields.keep(
            "version",
            integer(|raw| match raw {
                1.. => Ok(raw),
                _ => Err(("request.value", "must be a version from 1".to_owned())),
            }),
        )
    };
    let mut inner_errors = Vec::new();
    let data = |fields: &mut Fields| match fields.take("data") {
        Some(value) => match Fields::nested(value, format!("{base}/data")) {
            Ok(inner) => Some(inner),
            Err(fault) => {
                fields.faults([fault]);
                None
            }
        },
        None => {
            fields.fault("data", "request.missing_field", "must be given");
            None
        }
    };
    let operation = match kind.as_str() {
        "create" => data(&mut fields).and_then(|mut inner| {
            let command = read_create(&mut inner);
            inner_errors = inner.close();
            command.map(BulkOperation::Create)
        }),
        "update" => {
            let (id, version) = (id(&mut fields), version(&mut fields));
            data(&mut fields).and_then(|mut inner| {
                let update = read_update(&mut inner);
                inner_errors = inner.close();
                id.map(|id| BulkOperation::Update { id, version, update })
            })
        }
        _ => {
            let (id, version) = (id(&mut fields), version(&mut fields));
            id.map(|id| BulkOperation::Delete { id, version })
        }
    };
    let mut faults = fields.close();
    faults.append(&mut inner_errors);
    match operation {
        Some(operation) if faults.is_empty() => Ok(operation),
        _ => Err(faults),
    }
}
