//! Every code a failure can carry, with the words that explain it. The pages at `/problems/<code>`
//! and `openapi/problems.md` are made from these tables, and a test refuses a code that is in none.

use std::collections::BTreeMap;

/// One kind of failure.
#[derive(Debug, Clone, Copy)]
pub struct Code {
    /// `<room>.<what>`; stable.
    pub code: &'static str,
    /// HTTP status; field faults travel inside a 400.
    pub status: u16,
    /// A short, human title.
    pub title: &'static str,
    /// What it means and what to do about it.
    pub help: &'static str,
}

/// An entry of a table.
pub const fn code(
    code: &'static str,
    status: u16,
    title: &'static str,
    help: &'static str,
) -> Code {
    Code { code, status, title, help }
}

/// The codes that belong to no domain, in alphabetical order.
pub const CODES: &[Code] = &[
    code(
        "auth.bad_token",
        401,
        "Access token not valid",
        "The access token is malformed or of a session that has ended; sign in again. A personal access token is deleted, or its account is suspended.",
    ),
    code(
        "auth.missing_permission",
        403,
        "Permission missing",
        "Your roles, or the scopes of the token you came with, lack the permission that `permission` names. GET /api/v1/authz/explain says who has it.",
    ),
    code(
        "auth.not_signed_in",
        401,
        "Not signed in",
        "This needs an access token: `Authorization: Bearer <token>`. Get one from POST /api/v1/auth/login.",
    ),
    code(
        "cursor.invalid",
        400,
        "Cursor not valid",
        "A cursor works only with the list and the `sort` that gave it out. Start again with `cursor=`.",
    ),
    code(
        "cors.refused",
        400,
        "CORS preflight refused",
        "A page of this origin may not make this request: the origin is not among `cors.allowed_origins`, or the method or a header is not one that the API takes.",
    ),
    code(
        "dry_run.not_supported",
        400,
        "Dry run not supported",
        "`Prefer: handling=dry-run` is refused, because the request would be executed. Leave the header out.",
    ),
    code(
        "etag.malformed",
        400,
        "Entity tag malformed",
        "`If-Match` and `If-None-Match` take quoted tags as the `ETag` header gave them, or `*`.",
    ),
    code(
        "events.cursor_expired",
        410,
        "Events no longer kept",
        "Events behind this cursor were removed, so going on would miss some. Read the state again (lists carry `X-Feed-Cursor`) and follow from there; `oldest` and `head` are the cursors between which events are kept.",
    ),
    code(
        "events.cursor_malformed",
        400,
        "Cursor malformed",
        "`after` is a cursor of the event feed: `X-Feed-Cursor` of a list, an `id` of the stream, `cursor` of an answer, or 0.",
    ),
    code(
        "events.epoch_changed",
        410,
        "Feed replaced",
        "The cursor is of another feed: the database was restored or moved since. Read the state again (lists carry `X-Feed-Cursor`) and follow from there, or from `head`.",
    ),
    code(
        "events.subject_invalid",
        400,
        "Subject not valid",
        "`subject` names one resource: the kind as events name it, a colon and the id.",
    ),
    code(
        "events.types_invalid",
        400,
        "Types of events not valid",
        "`types` names at most 20 types of events, separated by commas. `*` at the end stands for anything; the part before the first point is a kind that the server has.",
    ),
    code("events.wait_invalid", 400, "Time to wait not valid", "`wait` is 0 to 25 seconds."),
    code("id.invalid", 400, "Id not valid", "Ids are positive 64-bit integers."),
    code(
        "idempotency.key_malformed",
        400,
        "Idempotency-Key malformed",
        "A key has 1 to 255 visible ASCII characters; a fresh UUID is a good one.",
    ),
    code(
        "idempotency.key_reused",
        422,
        "Idempotency-Key reused",
        "The key was used within 24 hours for another request. Use a new key for a new request.",
    ),
    code(
        "idempotency.not_taken",
        400,
        "Idempotency-Key not taken",
        "The answer holds a secret that is shown once and not kept, so it cannot be given again. Leave the header out; what was made in vain can be deleted.",
    ),
    code(
        "internal",
        500,
        "Something went wrong on our side",
        "The request failed for a reason that is not yours. The `request_id` finds it in the server's log.",
    ),
    code("page.limit_invalid", 400, "Limit not valid", "`limit` is 1 to 100."),
    code("page.number_invalid", 400, "Page not valid", "`page` is a number from 1."),
    code(
        "page.too_deep",
        400,
        "Page too deep",
        "Numbered pages reach 10 000 rows deep. Use `cursor=` to go on; its cost does not grow with depth.",
    ),
    code(
        "page.two_ways",
        400,
        "Page or cursor, not both",
        "`page` and `cursor` are two ways of paging; use one.",
    ),
    code(
        "rate_limit.exceeded",
        429,
        "Too many requests",
        "The quota named in `RateLimit-Policy` is used up. Try again after `Retry-After` seconds.",
    ),
    code(
        "request.body_malformed",
        400,
        "Body malformed",
        "The body is not valid JSON, or not an object.",
    ),
    code("request.body_missing", 400, "Body missing", "This needs a JSON object as body."),
    code("request.body_timeout", 408, "Body too slow", "The body did not arrive in time."),
    code(
        "request.body_too_large",
        413,
        "Body too large",
        "The body has more bytes than the server takes (`server.max_body_bytes`).",
    ),
    code("request.duplicate", 400, "Given twice", "A field or parameter may be given once."),
    code(
        "request.header_malformed",
        400,
        "Header malformed",
        "A header has a value that cannot be read.",
    ),
    code(
        "request.invalid",
        400,
        "Request has faults",
        "Each entry of `errors` names a field, a code and what is wrong with it.",
    ),
    code(
        "request.media_type",
        415,
        "Media type not supported",
        "Bodies are `application/json`; updates also `application/merge-patch+json`. Compressed bodies are not taken.",
    ),
    code("request.missing_field", 400, "Field missing", "This field must be there."),
    code("request.null", 400, "Field must not be null", "This field cannot be cleared."),
    code(
        "request.head_too_large",
        431,
        "Head too large",
        "The request line and the headers together have more bytes than the server reads (128 KiB).",
    ),
    code(
        "request.head_timeout",
        408,
        "Head too slow",
        "The request line and the headers did not arrive in time (`server.header_timeout_seconds`).",
    ),
    code(
        "request.timeout",
        503,
        "Took too long",
        "The request was not finished in time. A write may have happened: repeat it with the same Idempotency-Key, or look.",
    ),
    code(
        "request.unreadable",
        400,
        "Request unreadable",
        "What arrived is no HTTP/1.1 request, or its target has more than 65 534 bytes.",
    ),
    code(
        "request.unknown_field",
        400,
        "Field unknown",
        "The body has a field that is not in the contract; it may be a typing error.",
    ),
    code(
        "request.unknown_parameter",
        400,
        "Parameter unknown",
        "The query has a parameter that is not in the contract; it may be a typing error.",
    ),
    code(
        "request.value",
        400,
        "Value not valid",
        "The value is not one of those that the message names.",
    ),
    code(
        "request.wrong_type",
        400,
        "Wrong type",
        "The value is of another JSON type than the contract says.",
    ),
    code(
        "route.method_not_allowed",
        405,
        "Method not allowed",
        "The path exists, but not with this method; `Allow` lists those it has.",
    ),
    code(
        "route.not_found",
        404,
        "No such route",
        "The path is not part of the API; /docs shows what is.",
    ),
    code(
        "server.overloaded",
        503,
        "Server busy",
        "The server is at its limit of concurrent requests and sheds load. Try again after `Retry-After`.",
    ),
    code(
        "server.shutting_down",
        503,
        "Server shutting down",
        "This server is being stopped. Try again; another one will answer.",
    ),
    code(
        "sort.unknown",
        400,
        "Sort field unknown",
        "`sort` takes the documented fields, each at most once, `-` in front for descending, separated by commas.",
    ),
    code(
        "store.contention",
        503,
        "Too much contention",
        "The change lost against others several times in a row. Try again.",
    ),
    code("store.duplicate", 409, "Value taken", "A value that must be unique is taken."),
    code(
        "store.stale",
        409,
        "Changed at the same moment",
        "The resource was changed by somebody else at the same moment. Read it again and repeat the change.",
    ),
    code(
        "store.timeout",
        503,
        "Database too slow",
        "The database did not answer in time. Try again after `Retry-After`.",
    ),
    code(
        "store.unavailable",
        503,
        "Database unavailable",
        "The database cannot be reached or its queue is full. Try again after `Retry-After`.",
    ),
    code("text.nul", 400, "NUL in a text", "Texts must not contain U+0000."),
    code("text.too_long", 400, "Text too long", "The text has more characters than it may."),
    code("text.too_short", 400, "Text too short", "The text has fewer characters than it must."),
];

/// Every code of a program.
#[derive(Debug, Default)]
pub struct Codes(BTreeMap<&'static str, &'static Code>);

impl Codes {
    /// Puts tables together.
    ///
    /// # Errors
    /// The code that two tables have.
    pub fn new(tables: impl IntoIterator<Item = &'static [Code]>) -> Result<Self, &'static str> {
        let mut all = BTreeMap::new();
        for entry in tables.into_iter().flatten() {
            if all.insert(entry.code, entry).is_some() {
                return Err(entry.code);
            }
        }
        Ok(Self(all))
    }

    /// Looks a code up.
    pub fn find(&self, code: &str) -> Option<&'static Code> {
        self.0.get(code).copied()
    }

    /// Every code, in alphabetical order.
    pub fn all(&self) -> impl Iterator<Item = &'static Code> {
        self.0.values().copied()
    }

    /// `openapi/problems.md`.
    pub fn markdown(&self) -> String {
        use std::fmt::Write as _;
        let mut out = String::from(
            "# Problems\n\nEvery failure carries one of these codes; `type` leads to its page.\n\n\
             | code | status | title | what to do |\n|---|---|---|---|\n",
        );
        for Code { code, status, title, help } in self.all() {
            let _ = writeln!(out, "| `{code}` | {status} | {title} | {help} |");
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_belongs_to_one_table() {
        assert!(Codes::new([CODES]).is_ok());
        assert_eq!(Codes::new([CODES, CODES]).err(), CODES.first().map(|first| first.code));
    }
}
