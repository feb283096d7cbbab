//! What a failure of the database means. The only place that looks into Diesel's errors.

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error};
use kernel::StoreError;

/// Constraints and what breaking them means. SQLite names the columns of a unique rule instead of
/// the rule, and does not name foreign keys at all (see [`FOREIGN_KEY`]).
const UNIQUE: [(&str, &str, &str); 23] = [
    ("users_username_live", "users.username_key", "users.username"),
    ("users_email_live", "users.email_key", "users.email"),
    ("refresh_tokens_digest", "refresh_tokens.digest", "refresh_tokens.digest"),
    (
        "refresh_tokens_generation",
        "refresh_tokens.session_id, refresh_tokens.generation",
        "refresh_tokens.generation",
    ),
    ("tickets_digest", "tickets.digest", "tickets.digest"),
    ("links_digest", "links.digest", "links.digest"),
    ("devices_digest", "devices.user_id, devices.digest", "devices.digest"),
    ("grants_digest", "grants.digest", "grants.digest"),
    ("roles_name", "roles.name", "roles.name"),
    ("challenges_digest", "challenges.digest", "challenges.digest"),
    (
        "recovery_codes_digest",
        "recovery_codes.user_id, recovery_codes.digest",
        "recovery_codes.digest",
    ),
    ("identities_subject", "identities.provider, identities.subject", "identities.subject"),
    ("identities_provider", "identities.user_id, identities.provider", "identities.provider"),
    ("oauth_attempts_state", "oauth_attempts.state", "oauth_attempts.state"),
    ("oauth_grants_code", "oauth_grants.code", "oauth_grants.code"),
    ("outbox_seq", "outbox.seq", "outbox.seq"),
    ("categories_slug", "categories.slug", "categories.slug"),
    (
        "user_products_serial",
        "user_products.user_id, user_products.product_id, user_products.serial_number, user_products.duplicate",
        "owned.serial",
    ),
    ("blobs_object_key", "blobs.object_key", "blobs.key"),
    ("blob_variants_object_key", "blob_variants.object_key", "variants.key"),
    ("blob_variants_pkey", "blob_variants.blob_id, blob_variants.name", "variants.name"),
    ("upload_parts_object_key", "upload_parts.object_key", "upload_parts.key"),
    ("task_tags_pkey", "task_tags.task_id, task_tags.tag", "task_tags.tag"),
];

const MISSING: [(&str, &str); 35] = [
    ("tasks_owner", "tasks.owner"),
    ("tasks_assignee", "tasks.assignee"),
    ("task_comments_task", "comments.task"),
    ("task_comments_author", "comments.author"),
    ("sessions_user", "sessions.user"),
    ("refresh_tokens_session", "refresh_tokens.session"),
    ("tickets_session", "tickets.session"),
    ("links_user", "links.user"),
    ("email_changes_user", "email_changes.user"),
    ("devices_user", "devices.user"),
    ("grants_user", "grants.user"),
    ("user_roles_user", "users.id"),
    ("user_roles_role", "roles.name"),
    ("factors_user", "factors.user"),
    ("recovery_codes_user", "recovery_codes.user"),
    ("challenges_user", "challenges.user"),
    ("identities_user", "identities.user"),
    ("oauth_attempts_user", "oauth_attempts.user"),
    ("oauth_grants_user", "oauth_grants.user"),
    ("task_tags_task", "task_tags.task"),
    ("categories_parent", "categories.parent"),
    ("products_category", "products.category"),
    ("stock_movements_product", "movements.product"),
    ("stock_movements_actor", "movements.actor"),
    ("user_products_user", "owned.user"),
    ("user_products_product", "owned.product"),
    ("blob_variants_blob", "variants.blob"),
    ("files_blob", "files.blob"),
    ("files_owner", "files.owner"),
    ("files_product", "files.product"),
    ("file_usage_user", "files.owner"),
    ("uploads_owner", "files.owner"),
    ("upload_parts_upload", "upload_parts.upload"),
    ("file_shares_file", "shares.file"),
    ("file_shares_user", "shares.user"),
];

/// What `Missing` names when the database did not say which foreign key was broken; the store
/// that gets it asks for itself.
pub(crate) const FOREIGN_KEY: &str = "a row pointed to";

/// Turns a failed statement into what the ports speak. There is no `From`: whoever runs a
/// statement says what it was for.
pub trait Attempt<T> {
    /// What `what` was, such as `tasks.insert`, goes into the message.
    ///
    /// # Errors
    ///
    /// What the failure means to a port.
    fn doing(self, what: &'static str) -> Result<T, StoreError>;
}

impl<T> Attempt<T> for Result<T, Error> {
    fn doing(self, what: &'static str) -> Result<T, StoreError> {
        self.map_err(|error| explain(&error, what))
    }
}

pub(crate) fn explain(error: &Error, what: &str) -> StoreError {
    let Error::DatabaseError(kind, info) = error else {
        return StoreError::Internal(format!("{what}: {error}"));
    };
    match kind {
        DatabaseErrorKind::UniqueViolation => {
            duplicate(&**info).map_or_else(|| internal(what, &**info), StoreError::Duplicate)
        }
        DatabaseErrorKind::ForeignKeyViolation => StoreError::Missing(missing(&**info)),
        DatabaseErrorKind::SerializationFailure => StoreError::Contention,
        DatabaseErrorKind::ClosedConnection => unavailable(what, &**info),
        _ => by_message(what, &**info),
    }
}

fn duplicate(info: &dyn DatabaseErrorInformation) -> Option<&'static str> {
    let name = info.constraint_name();
    let columns = info.message().strip_prefix("UNIQUE constraint failed: ");
    let rule = UNIQUE.iter().find(|(rule, broken, _)| {
        name == Some(*rule) || columns.is_some_and(|columns| columns == *broken)
    });
    rule.map(|(_, _, meaning)| *meaning)
}

fn missing(info: &dyn DatabaseErrorInformation) -> &'static str {
    let name = info.constraint_name();
    let rule = MISSING.iter().find(|(rule, _)| name == Some(*rule));
    rule.map_or(FOREIGN_KEY, |(_, meaning)| *meaning)
}

/// Neither Diesel nor SQLite's messages carry a code for these; PostgreSQL's messages are the
/// English ones unless an operator chose other ones for the server.
fn by_message(what: &str, info: &dyn DatabaseErrorInformation) -> StoreError {
    let message = info.message();
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    if says(&["deadlock detected"]) {
        StoreError::Contention
    } else if says(&["due to statement timeout", "due to lock timeout", "interrupted"]) {
        // Not run again: who waited so long once would most likely wait again.
        StoreError::Timeout(format!("{what}: {message}"))
    } else if says(&[
        "database is locked",
        "database or disk is full",
        "disk I/O error",
        "server closed the connection",
        "terminating connection",
        "connection to server",
        "no connection to the server",
        "could not connect",
        "the database system is",
        "too many clients",
        "remaining connection slots",
        "SSL connection has been closed",
    ]) {
        unavailable(what, info)
    } else {
        internal(what, info)
    }
}

fn unavailable(what: &str, info: &dyn DatabaseErrorInformation) -> StoreError {
    StoreError::Unavailable(format!("{what}: {}", info.message().trim_end()))
}

fn internal(what: &str, info: &dyn DatabaseErrorInformation) -> StoreError {
    StoreError::Internal(format!("{what}: {}", info.message().trim_end()))
}
