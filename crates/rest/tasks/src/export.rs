//! Export, streamed in pages of 500.

use std::sync::Arc;

use actix_web::{HttpResponse, get, web::Data};
use bytes::Bytes;
use kernel::{Actor, Cursor, SortKey, Timestamp};
use rest::{
    call::Call,
    state::State,
    stream::{self, Pages, cell},
};
use tasks::{
    Task, Tasks,
    query::{DEFAULT_ORDER, TaskFilter, TaskSort},
    values::{Priority, Status},
};

use super::dto::{self, FilterParams, TaskBody};
use crate::{Answer, Failure};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Csv,
    Json,
    Ics,
}

impl Format {
    const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Json => "application/json",
            Self::Ics => "text/calendar; charset=utf-8",
        }
    }

    const fn file_name(self) -> &'static str {
        match self {
            Self::Csv => "attachment; filename=\"tasks.csv\"",
            Self::Json => "attachment; filename=\"tasks.json\"",
            Self::Ics => "attachment; filename=\"tasks.ics\"",
        }
    }
}

/// Export tasks
///
/// The tasks that the same filters would list, as CSV (RFC 4180), JSON (an array of tasks) or
/// iCalendar (RFC 5545, a to-do each), streamed.
#[utoipa::path(
    tag = "tasks",
    operation_id = "tasks_export",
    params(
        ("format" = inline(FormatWord), Query, description = "The format"),
        FilterParams
    ),
    responses((status = 200, description = "The tasks", content(
        (Vec<TaskBody> = "application/json"),
        (String = "text/csv"),
        (String = "text/calendar")
    ))),
    extensions(("x-alveole" = json!({"permission": "tasks:read"})))
)]
#[get("/tasks/export")]
pub(crate) async fn export(call: Call, tasks: Data<Tasks>) -> Answer {
    let actor = call.actor()?;
    let mut query = call.query();
    let format = query.optional("format", |raw| match raw {
        "csv" => Ok(Format::Csv),
        "json" => Ok(Format::Json),
        "ics" => Ok(Format::Ics),
        _ => Err(("tasks.export_format_unknown", "must be csv, json or ics".to_owned())),
    });
    if format.is_none() && !call.query_string().contains("format=") {
        query.fault("format", "request.missing_field", "must be given: csv, json or ics");
    }
    let filter = dto::filter(&call, &mut query)?;
    let order = query.order(&TaskSort::ALL, &DEFAULT_ORDER);
    query.finish()?;
    let Some(format) = format else { return Ok(HttpResponse::Ok().finish()) };
    let source = Source {
        state: Arc::clone(call.state()),
        tasks: tasks.into_inner(),
        actor,
        filter,
        order,
        format,
        next: Next::Page(None),
        first: true,
    };
    stream::streamed(source, format.media_type(), format.file_name()).await
}

/// The formats.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FormatWord {
    /// RFC 4180.
    Csv,
    /// An array.
    Json,
    /// RFC 5545.
    Ics,
}

enum Next {
    Page(Option<Cursor>),
    End,
}

struct Source {
    state: Arc<State>,
    tasks: Arc<Tasks>,
    actor: Actor,
    filter: TaskFilter,
    order: Vec<SortKey<TaskSort>>,
    format: Format,
    next: Next,
    first: bool,
}

impl Pages for Source {
    type Failure = Failure;

    /// The next page, rendered, with the head or the tail of the document where they belong.
    async fn next(&mut self) -> Result<Option<Bytes>, Failure> {
        let cursor = match &mut self.next {
            Next::Page(cursor) => cursor.take(),
            Next::End => return Ok(None),
        };
        let (filter, order) = (self.filter.clone(), self.order.clone());
        let page = self.tasks.export(&self.actor, filter, order, cursor).await?;
        let last = page.next.is_none();
        let text = render(self.format, &page.items, self.first, last, self.state.clock.now());
        self.first = false;
        self.next = page.next.map_or(Next::End, |cursor| Next::Page(Some(cursor)));
        Ok(Some(Bytes::from(text)))
    }
}

fn render(format: Format, tasks: &[Task], first: bool, last: bool, now: Timestamp) -> String {
    match format {
        Format::Csv => csv(tasks, first),
        Format::Json => json(tasks, first, last),
        Format::Ics => ics(tasks, first, last, now),
    }
}

fn json(tasks: &[Task], first: bool, last: bool) -> String {
    let mut out = String::from(if first { "[" } else { "" });
    for (index, task) in tasks.iter().enumerate() {
        if index > 0 || !first {
            out.push(',');
        }
        out.push_str(&serde_json::to_string(&TaskBody::from(task)).unwrap_or_default());
    }
    if last {
        out.push(']');
    }
    out
}

fn csv(tasks: &[Task], first: bool) -> String {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    // Writing to memory cannot fail.
    if first {
        let _ = writer.write_record([
            "id",
            "title",
            "description",
            "status",
            "priority",
            "due_date",
            "user_id",
            "assignee_id",
            "tags",
            "completed_at",
            "created_at",
            "updated_at",
        ]);
    }
    for task in tasks {
        let row = TaskBody::from(task);
        let _ = writer.write_record([
            row.id.to_string(),
            cell(&row.title),
            cell(&row.description),
            row.status.to_owned(),
            row.priority.to_owned(),
            row.due_date.unwrap_or_default(),
            row.user_id.to_string(),
            row.assignee_id.map(|id| id.to_string()).unwrap_or_default(),
            cell(&row.tags.join(", ")),
            row.completed_at.unwrap_or_default(),
            row.created_at,
            row.updated_at,
        ]);
    }
    writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

/// RFC 5545 §3.3.11: backslash, comma, semicolon and line breaks are escaped.
fn ics_text(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace(';', "\\;")
        .replace(',', "\\,")
        .replace("\r\n", "\\n")
        .replace(['\n', '\r'], "\\n")
        .chars()
        .filter(|c| !c.is_control())
        .collect()
}

/// RFC 5545 §3.3.5, form 2 (UTC).
fn ics_time(at: Timestamp) -> String {
    let text = at.to_string();
    let whole = text.split(['.', 'Z']).next().unwrap_or_default();
    format!("{}Z", whole.replace(['-', ':'], ""))
}

/// RFC 5545 §3.1: lines of at most 75 octets, folded between characters.
fn ics_line(out: &mut String, name: &str, value: &str) {
    let mut length = 0;
    for c in name.chars().chain(":".chars()).chain(value.chars()) {
        if length + c.len_utf8() > 74 {
            out.push_str("\r\n ");
            length = 1;
        }
        out.push(c);
        length += c.len_utf8();
    }
    out.push_str("\r\n");
}

fn ics(tasks: &[Task], first: bool, last: bool, now: Timestamp) -> String {
    let mut out = String::new();
    if first {
        for (name, value) in
            [("BEGIN", "VCALENDAR"), ("VERSION", "2.0"), ("PRODID", "-//Alveole//Tasks//EN")]
        {
            ics_line(&mut out, name, value);
        }
    }
    for task in tasks {
        let mut line = |name: &str, value: &str| ics_line(&mut out, name, value);
        line("BEGIN", "VTODO");
        line("UID", &format!("task-{}@alveole", task.id));
        line("DTSTAMP", &ics_time(now));
        line("CREATED", &ics_time(task.created_at));
        line("LAST-MODIFIED", &ics_time(task.updated_at));
        line("SUMMARY", &ics_text(task.title.as_str()));
        if !task.description.as_str().is_empty() {
            line("DESCRIPTION", &ics_text(task.description.as_str()));
        }
        if let Some(due) = task.due {
            line("DUE", &ics_time(due));
        }
        line(
            "STATUS",
            match task.status {
                Status::Pending => "NEEDS-ACTION",
                Status::InProgress => "IN-PROCESS",
                Status::Completed => "COMPLETED",
            },
        );
        if let Some(at) = task.completed_at {
            line("COMPLETED", &ics_time(at));
        }
        line(
            "PRIORITY",
            match task.priority {
                Priority::High => "1",
                Priority::Medium => "5",
                Priority::Low => "9",
            },
        );
        if !task.tags.as_slice().is_empty() {
            let tags: Vec<String> =
                task.tags.as_slice().iter().map(|tag| ics_text(tag.as_str())).collect();
            line("CATEGORIES", &tags.join(","));
        }
        line("SEQUENCE", &task.version.saturating_sub(1).to_string());
        line("END", "VTODO");
    }
    if last {
        ics_line(&mut out, "END", "VCALENDAR");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_folded_between_characters() {
        let mut out = String::new();
        ics_line(&mut out, "SUMMARY", &"ä".repeat(100));
        for line in out.split("\r\n") {
            assert!(line.len() <= 75, "{}", line.len());
        }
        assert_eq!(out.replace("\r\n ", "").trim_end(), format!("SUMMARY:{}", "ä".repeat(100)));
    }

    #[test]
    fn text_is_escaped() {
        assert_eq!(ics_text("a,b;c\\d\r\ne\u{7}"), "a\\,b\\;c\\\\d\\ne");
    }
}
