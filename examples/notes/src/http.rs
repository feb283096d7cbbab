//! The operations: parse, call, present.

use std::sync::Arc;

use actix_web::{delete, get, post, route, web::Data};
use kernel::{Cursor, PageRequest, Paging, Timestamp, page::FixedOrder};
use rest::{
    Module,
    call::{Body, Call},
    codes::{Code, code},
    etag,
    export::{ExportList, ExportPage, ExportPart},
    fields::{Reason, TextCodes, string},
    live::LiveRule,
    problem::Problem,
    reply::{self, Done, Envelope, PageEnvelope, Reply},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    service::{Change, NoteError, Notes, READ, TYPES, Title, WRITE},
    store::Note,
};

const CODES: &[Code] = &[
    code("notes.not_found", 404, "No such note", "There is no such note, or it is not yours."),
    code("notes.stale", 412, "Note changed meanwhile", "`current` is the note as it is now."),
    code("notes.title_empty", 400, "Title empty", "A title has 1 to 100 characters."),
    code("notes.title_too_long", 400, "Title too long", "A title has 1 to 100 characters."),
    code("notes.too_long", 400, "Note too long", "The message names the limit."),
];
const TITLE: TextCodes = TextCodes { empty: "notes.title_empty", too_long: "notes.title_too_long" };
const EXPORT: ExportList =
    ExportList { name: "notes", about: "The notes they wrote.", schema: "Note" };

rest::failure!(NoteError, present);

fn present(error: NoteError) -> Problem {
    Problem::of_resource(&error, |note| NoteBody::from(note))
}

/// The module as the document describes it.
pub fn description() -> Module {
    Module {
        tags: &[("notes", "What people want to remember")],
        permissions: &[READ, WRITE],
        codes: &[CODES],
        event_types: TYPES,
        routes: |routes| {
            routes.service(list).service(create).service(read).service(update).service(remove);
        },
        export_lists: &[EXPORT],
        ..Module::new("notes")
    }
}

/// The module.
pub fn module(notes: Arc<Notes>) -> Module {
    let exported = Arc::clone(&notes);
    let export = move |actor, after: Option<String>| {
        let notes = Arc::clone(&exported);
        async move {
            let cursor = after.and_then(|raw| Cursor::decode(&raw).ok());
            let request = PageRequest { paging: Paging::Cursor(cursor), limit: 100 };
            let page = notes.list(&actor, request).await.map_err(present)?;
            let next = page.next.map(|cursor| cursor.encode());
            Ok(ExportPage::new(page.items.iter().map(NoteBody::from), next))
        }
    };
    Module {
        consumers: vec![notes.forget_owner()],
        live: vec![LiveRule::new("note", notes.read)],
        export: vec![ExportPart::new(EXPORT, export)],
        ..description()
    }
    .service(notes)
}

/// A note.
#[derive(Serialize, ToSchema)]
#[schema(as = Note)]
struct NoteBody {
    id: i64,
    #[schema(min_length = 1, max_length = 100)]
    title: String,
    content: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Option<String>,
    /// Counts the changes; the `ETag` without its quotes.
    version: i64,
}

impl From<&Note> for NoteBody {
    fn from(note: &Note) -> Self {
        let Note { id, owner_id: _, title, content, created_at, updated_at, version } = note.clone();
        let time = |micros| Timestamp::from_micros(micros).ok().map(|at| at.to_string());
        let (created_at, updated_at) = (time(created_at), time(updated_at));
        Self { id, title, content, created_at, updated_at, version }
    }
}

/// A new note.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body; `Fields` reads it and reports all faults at once")]
struct CreateNote {
    #[schema(min_length = 1, max_length = 100, pattern = r"\S", example = "Call the plumber")]
    title: String,
    content: Option<String>,
}

/// What changes in a note.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body")]
struct UpdateNote {
    #[schema(min_length = 1, max_length = 100, pattern = r"\S", example = "Call the electrician")]
    title: Option<String>,
    content: Option<String>,
}

fn title(raw: &str) -> Result<Title, Reason> {
    Title::parse(raw).map_err(|error| TITLE.reason(error))
}

fn content(raw: &str) -> Result<String, Reason> {
    Ok(raw.to_owned())
}

fn created(note: &Note) -> Reply {
    let location = format!("/api/v1/notes/{}", note.id);
    Reply::created(NoteBody::from(note), location, Some(etag::of(note.version, "")))
}

/// List your notes
///
/// Newest first.
#[utoipa::path(
    tag = "notes",
    operation_id = "notes_list",
    responses((status = 200, description = "A page of notes", body = PageEnvelope<NoteBody>)),
    extensions(("x-alveole" = json!({"permission": "notes:read", "paged": true})))
)]
#[get("/notes")]
async fn list(call: Call, notes: Data<Notes>) -> Answer {
    let (actor, mut query) = (call.actor()?, call.query());
    let request = query.page_in_order(FixedOrder::BY_ID_DESC.text, 0);
    query.finish()?;
    let page = notes.list(&actor, request.clone()).await?;
    Ok(reply::page(&call, &request, page.map(|note| NoteBody::from(&note))))
}

/// Write a note
#[utoipa::path(
    tag = "notes",
    operation_id = "notes_create",
    request_body = CreateNote,
    responses((status = 201, description = "The new note", body = Envelope<NoteBody>)),
    extensions(("x-alveole" = json!({"permission": "notes:write", "idempotent": true})))
)]
#[post("/notes")]
async fn create(call: Call, notes: Data<Notes>, body: Body) -> Answer {
    let (actor, mut fields) = (call.actor()?, body.fields()?);
    call.no_query()?;
    let heading = fields.required("title", string(title));
    let text = fields.optional("content", string(content)).unwrap_or_default();
    let heading = fields.finish(heading)?;
    let idempotent = reply::idempotent(&call, &body, created)?;
    reply::outcome(notes.create(&actor, idempotent, heading, text).await?, created)
}

/// Read a note
#[utoipa::path(
    tag = "notes",
    operation_id = "notes_read",
    responses((status = 200, description = "The note", body = Envelope<NoteBody>)),
    extensions(("x-alveole" = json!({"permission": "notes:read", "conditional": "read"})))
)]
#[get("/notes/{id}")]
async fn read(call: Call, notes: Data<Notes>) -> Answer {
    let (actor, id) = (call.actor()?, call.id("id")?);
    call.no_query()?;
    let note = notes.get(&actor, id).await?;
    reply::tagged_unless_known(&call, NoteBody::from(&note), &etag::of(note.version, ""))
}

/// Change a note
#[utoipa::path(
    tag = "notes",
    operation_id = "notes_update",
    request_body = UpdateNote,
    responses((status = 200, description = "The note as it is now", body = Envelope<NoteBody>)),
    extensions(("x-alveole" = json!({"permission": "notes:write", "conditional": "write"})))
)]
#[route("/notes/{id}", method = "PUT", method = "PATCH")]
async fn update(call: Call, notes: Data<Notes>, body: Body) -> Answer {
    let (actor, id, mut fields) = (call.actor()?, call.id("id")?, body.fields()?);
    call.no_query()?;
    let title = fields.keep("title", string(title));
    let content = fields.keep("content", string(content));
    let change = fields.finish(Some(Change { title, content }))?;
    let note = notes.update(&actor, id, call.expected()?, change).await?;
    Ok(reply::tagged(NoteBody::from(&note), &etag::of(note.version, "")))
}

/// Delete a note
#[utoipa::path(
    tag = "notes",
    operation_id = "notes_delete",
    responses((status = 200, description = "It is deleted", body = Done)),
    extensions(("x-alveole" = json!({"permission": "notes:write", "conditional": "write"})))
)]
#[delete("/notes/{id}")]
async fn remove(call: Call, notes: Data<Notes>) -> Answer {
    let (actor, id) = (call.actor()?, call.id("id")?);
    call.no_query()?;
    notes.remove(&actor, id, call.expected()?).await?;
    Ok(reply::done("Note deleted."))
}
