//! Comments as clients see and send them.

use super::*;

/// A comment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = tasks::Comment)]
pub struct CommentBody {
    /// Its number.
    #[schema(minimum = 1, example = 1)]
    pub id: i64,
    /// The task it is on.
    #[schema(minimum = 1, example = 1)]
    pub task_id: i64,
    /// Who wrote it.
    #[schema(minimum = 1, example = 1)]
    pub user_id: i64,
    /// What it says.
    #[schema(min_length = 1, max_length = 4000, example = "Figures are in.")]
    pub content: String,
    /// When it was written.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it last changed.
    #[schema(format = DateTime)]
    pub updated_at: String,
    /// Counts the changes; the `ETag` without its quotes.
    #[schema(minimum = 1, example = 1)]
    pub version: i64,
}

impl From<&Comment> for CommentBody {
    fn from(comment: &Comment) -> Self {
        Self {
            id: comment.id.get(),
            task_id: comment.task.get(),
            user_id: comment.author.get(),
            content: comment.content.as_str().to_owned(),
            created_at: comment.created_at.to_string(),
            updated_at: comment.updated_at.to_string(),
            version: comment.version,
        }
    }
}

/// `201` for a new comment.
pub fn commented(comment: &Comment) -> Reply {
    let location = format!("/api/v1/tasks/{}/comments/{}", comment.task, comment.id);
    Reply::created(CommentBody::from(comment), location, Some(etag::of(comment.version, "")))
}

/// What a comment says.
#[derive(Debug, ToSchema)]
#[schema(as = tasks::WriteComment, example = json!({"content": "Figures are in."}))]
pub struct ContentBody {
    /// 1 to 4000 characters; trimmed.
    #[schema(min_length = 1, max_length = 4000, pattern = r"\S")]
    pub content: String,
}

/// Reads what a comment says.
pub fn content(body: &Body) -> Result<CommentText, Problem> {
    let mut fields = body.fields()?;
    let content = fields.required("content", string(text(CommentText::parse, &CONTENT)));
    fields.finish(content)
}
