//! Every code a failure can carry, with the words that explain it. The pages at `/problems/<code>`
//! and `openapi/problems.md` are made from this table, and a test refuses a code that is not here.

mod documents;
mod files;
mod products;

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

const fn code(code: &'static str, status: u16, title: &'static str, help: &'static str) -> Code {
    Code { code, status, title, help }
}

/// The tables, each in alphabetical order.
const TABLES: [&[Code]; 4] = [CODES, documents::CODES, files::CODES, products::CODES];

/// What is not in a table of its own.
const CODES: &[Code] = &[
    code(
        "auth.bad_code",
        401,
        "Code wrong",
        "The code is wrong, or was used already. Wait for the next one of your device, or use a recovery code.",
    ),
    code(
        "auth.bad_credentials",
        401,
        "Wrong account or password",
        "The account is unknown or the password is wrong; which of the two is not told. Check both, or reset the password.",
    ),
    code(
        "auth.bad_link",
        422,
        "Link not valid",
        "The token is unknown, expired, used, of a link for something else, or for an address that the account no longer has. Newer links replace older ones. Ask for a new one.",
    ),
    code(
        "auth.bad_mfa_token",
        401,
        "Sign-in void",
        "The `mfa_token` is unknown, older than five minutes, used, or void because of too many wrong codes or a changed password. Begin again with POST /api/v1/auth/login.",
    ),
    code(
        "auth.bad_refresh_token",
        401,
        "Refresh token not valid",
        "The refresh token is unknown or expired, or its session has ended. Sign in again.",
    ),
    code(
        "auth.bad_ticket",
        401,
        "Ticket not valid",
        "Tickets live 30 seconds and work once. Get a new one from POST /api/v1/auth/ticket.",
    ),
    code(
        "auth.bad_token",
        401,
        "Access token not valid",
        "The access token is expired, malformed or of a session that has ended; refresh it or sign in again. A personal access token is expired or deleted, or its account is suspended.",
    ),
    code(
        "auth.closed",
        403,
        "Account closed",
        "Its owner closed this account. POST /api/v1/auth/restore-account opens it again, until it is removed.",
    ),
    code(
        "auth.code_malformed",
        400,
        "Code malformed",
        "A code is the six digits of your device, or a recovery code of ten letters and digits.",
    ),
    code(
        "auth.login_ambiguous",
        400,
        "Email or username, not both",
        "A sign-in names the account either by `email` or by `username`.",
    ),
    code(
        "auth.login_missing",
        400,
        "Nobody named",
        "A sign-in names the account by `email` or by `username`.",
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
        "auth.overloaded",
        503,
        "Too many sign-ins at once",
        "Passwords are compared by a few threads with a bounded queue, and the queue is full. Try again after `Retry-After`.",
    ),
    code(
        "auth.permission_unknown",
        400,
        "Permission unknown",
        "There is no permission of this name. GET /api/v1/authz/explain lists them.",
    ),
    code(
        "auth.refresh_reused",
        401,
        "Refresh token used twice",
        "The token was used before and its successor was used as well, so one of the two holders is not you. The session was ended; sign in again.",
    ),
    code(
        "auth.scopes_empty",
        400,
        "No scopes",
        "A token names at least one permission in `scopes`. GET /api/v1/authz/explain lists them.",
    ),
    code(
        "auth.session_needed",
        403,
        "Sign-in needed",
        "A personal access token is not enough for this: what opens an account to others (passwords, names, sessions, tokens, second factors) needs a sign-in.",
    ),
    code(
        "auth.session_too_old",
        403,
        "Signed in too long ago",
        "Your account has no password to confirm this with, so it takes a sign-in within the last ten minutes. Sign in again.",
    ),
    code(
        "auth.slow_down",
        429,
        "Too many wrong tries",
        "Several wrong passwords or codes in a row: nothing is judged for a while, longer each time. Try again after `Retry-After` seconds. Others who sign in elsewhere are not held up.",
    ),
    code(
        "auth.suspended",
        403,
        "Account suspended",
        "An administrator closed this account for now.",
    ),
    code(
        "auth.token_expiry_invalid",
        400,
        "End not valid",
        "`expires_at` is an RFC 3339 time in the future, at most `auth.token_max_ttl_seconds` from now.",
    ),
    code(
        "auth.token_name_empty",
        400,
        "Name of token empty",
        "A token has a name of 1 to 100 characters.",
    ),
    code(
        "auth.token_name_too_long",
        400,
        "Name of token too long",
        "A token has a name of 1 to 100 characters.",
    ),
    code(
        "auth.token_not_found",
        404,
        "No such token",
        "The token is not there, or not of this account.",
    ),
    code(
        "auth.tokens_too_many",
        409,
        "Too many tokens",
        "An account has at most 100 tokens; delete those that nobody uses.",
    ),
    code(
        "auth.too_soon",
        429,
        "Asked a moment ago",
        "Letters of one kind go out once a minute at most. Look for the one that is on its way, or try again after `Retry-After`.",
    ),
    code(
        "auth.two_factor_not_set_up",
        409,
        "No second factor waits",
        "POST /api/v1/auth/2fa/setup shows a secret; it waits ten minutes for its first code.",
    ),
    code("auth.two_factor_off", 409, "No second factor", "The account has no second factor."),
    code(
        "auth.two_factor_on",
        409,
        "Second factor on already",
        "The account has a second factor. Disable it before you set another one up.",
    ),
    code(
        "auth.two_factor_required",
        403,
        "Second factor required",
        "Your role needs a second factor, and your account has none yet. POST /api/v1/auth/2fa/setup and /api/v1/auth/2fa/enable give it one; until then nothing else is allowed.",
    ),
    code(
        "auth.two_factor_unavailable",
        409,
        "No second factors here",
        "The server has no key to keep secrets with (`auth.encryption_key`), so there are no second factors.",
    ),
    code(
        "auth.wrong_code",
        403,
        "Code wrong",
        "The code you gave to confirm this change is wrong, or was used already.",
    ),
    code(
        "auth.wrong_password",
        403,
        "Current password wrong",
        "The password you gave to confirm this change is not your current one.",
    ),
    code(
        "cursor.invalid",
        400,
        "Cursor not valid",
        "A cursor works only with the list and the `sort` that gave it out. Start again with `cursor=`.",
    ),
    code(
        "etag.malformed",
        400,
        "Entity tag malformed",
        "`If-Match` and `If-None-Match` take quoted tags as the `ETag` header gave them, or `*`.",
    ),
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
    code(
        "oauth.bad_grant",
        400,
        "Code not valid",
        "The one-time code is unknown, over or used, or does not fit `redirect_uri`, `client_id` and `code_verifier`. Begin again.",
    ),
    code(
        "oauth.bad_state",
        400,
        "Not begun here",
        "The sign-in was not begun in this browser or with this provider, was finished before, or took longer than ten minutes. Begin again.",
    ),
    code(
        "oauth.challenge_invalid",
        400,
        "Challenge not valid",
        "`code_challenge` is the SHA-256 of the verifier in base64url, 43 characters (RFC 7636, S256).",
    ),
    code(
        "oauth.denied",
        403,
        "Not allowed at the provider",
        "Whoever was asked at the provider said no, or the provider did.",
    ),
    code(
        "oauth.email_missing",
        409,
        "No mail address",
        "The provider tells no mail address, and an account needs one. Register here, sign in, and link the provider.",
    ),
    code(
        "oauth.email_taken",
        409,
        "Mail address taken",
        "There is an account with this mail address, and it was not proven on both sides that it is yours. Sign in to the account and link the provider there.",
    ),
    code(
        "oauth.identity_taken",
        409,
        "Linked elsewhere",
        "This identity belongs to another account. Sign in with it, or unlink it there first.",
    ),
    code(
        "oauth.last_way_in",
        409,
        "Only way in",
        "Without this identity nobody could sign in to the account. Set a password or link another provider first.",
    ),
    code("oauth.not_linked", 404, "Not linked", "The account has no identity of this provider."),
    code("oauth.only", 400, "One value only", "This parameter has one value that is taken."),
    code(
        "oauth.provider_linked",
        409,
        "Linked already",
        "The account has another identity of this provider. Unlink it first.",
    ),
    code(
        "oauth.provider_refused",
        401,
        "Provider's answer refused",
        "What came from the provider does not hold: the code, or the ID token's signature, issuer, audience, times or nonce. Begin again.",
    ),
    code(
        "oauth.provider_unavailable",
        503,
        "Provider unavailable",
        "The provider does not answer, or not in a way that can be understood, or does not know this server. Try again shortly.",
    ),
    code(
        "oauth.provider_unknown",
        404,
        "No such provider",
        "This server has no sign-in with a provider of this name. GET /api/v1/auth/providers lists those it has.",
    ),
    code(
        "oauth.redirect_uri_unknown",
        400,
        "Front-end unknown",
        "`redirect_uri` is not among the setting `auth.frontend_urls`, letter by letter.",
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
        "request.timeout",
        503,
        "Took too long",
        "The request was not finished in time. A write may have happened: repeat it with the same Idempotency-Key, or look.",
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
    code("tasks.assignee_unknown", 400, "Assignee unknown", "The assignee must be an active user."),
    code("tasks.bulk_empty", 400, "Nothing to do", "`operations` must hold 1 to 500 operations."),
    code(
        "tasks.bulk_too_many",
        400,
        "Too many operations",
        "`operations` must hold 1 to 500 operations.",
    ),
    code(
        "tasks.comment_not_found",
        404,
        "No such comment",
        "The comment is not there, or not on this task.",
    ),
    code(
        "tasks.comment_stale",
        412,
        "Comment changed meanwhile",
        "`If-Match` names an old version; `current` is the comment as it is now.",
    ),
    code("tasks.content_empty", 400, "Comment empty", "A comment has 1 to 4000 characters."),
    code("tasks.content_too_long", 400, "Comment too long", "A comment has 1 to 4000 characters."),
    code("tasks.date_invalid", 400, "Date not valid", "Dates look like 2026-02-01."),
    code(
        "tasks.description_too_long",
        400,
        "Description too long",
        "A description has at most 10 000 characters.",
    ),
    code(
        "tasks.due_date_invalid",
        400,
        "Due date not valid",
        "Times are RFC 3339, such as 2026-02-01T09:30:00Z.",
    ),
    code(
        "tasks.export_format_unknown",
        400,
        "Export format unknown",
        "`format` is csv, json or ics.",
    ),
    code(
        "tasks.forbidden",
        403,
        "Not yours to change",
        "An assignee may change the `status` only; the rest belongs to the owner and to `tasks:manage`.",
    ),
    code(
        "tasks.invalid",
        400,
        "Request has faults",
        "Each entry of `errors` names a field, a code and what is wrong with it.",
    ),
    code("tasks.not_author", 403, "Not your comment", "Only its author may change a comment."),
    code("tasks.not_deleted", 409, "Task not deleted", "Only a deleted task can be restored."),
    code("tasks.not_found", 404, "No such task", "The task is not there, or not yours to see."),
    code("tasks.operation_unknown", 400, "Operation unknown", "`op` is create, update or delete."),
    code("tasks.priority_unknown", 400, "Priority unknown", "`priority` is low, medium or high."),
    code("tasks.range_reversed", 400, "Range reversed", "`from` must not be after `to`."),
    code(
        "tasks.range_too_long",
        400,
        "Range too long",
        "`from` and `to` may be at most 366 days apart.",
    ),
    code(
        "tasks.search_invalid",
        400,
        "Search not valid",
        "`q` has 1 to 10 words of letters or digits, at most 200 characters.",
    ),
    code(
        "tasks.stale",
        412,
        "Task changed meanwhile",
        "`If-Match` names an old version; `current` is the task as it is now.",
    ),
    code(
        "tasks.status_unknown",
        400,
        "Status unknown",
        "`status` is pending, in_progress or completed.",
    ),
    code("tasks.tag_empty", 400, "Tag empty", "A tag has 1 to 50 characters."),
    code("tasks.tag_too_long", 400, "Tag too long", "A tag has 1 to 50 characters."),
    code("tasks.title_empty", 400, "Title empty", "A title has 1 to 200 characters."),
    code("tasks.title_too_long", 400, "Title too long", "A title has 1 to 200 characters."),
    code("tasks.too_many_tags", 400, "Too many tags", "A task carries at most 20 tags."),
    code("text.nul", 400, "NUL in a text", "Texts must not contain U+0000."),
    code("text.too_long", 400, "Text too long", "The text has more characters than it may."),
    code("text.too_short", 400, "Text too short", "The text has fewer characters than it must."),
    code(
        "users.above_your_role",
        403,
        "Above your role",
        "You may only change accounts below your own role, and only to roles below it.",
    ),
    code("users.bio_too_long", 400, "Bio too long", "A bio has at most 1000 characters."),
    code(
        "users.custom_role_unknown",
        400,
        "Role unknown",
        "There is no role of this name that somebody made. GET /api/v1/admin/roles lists them; the base role is changed by PUT /api/v1/admin/users/{id}.",
    ),
    code(
        "users.email_invalid",
        400,
        "Mail address not valid",
        "The address must look like ada@example.com.",
    ),
    code(
        "users.email_same",
        400,
        "Address unchanged",
        "The new mail address is the one that the account has.",
    ),
    code(
        "users.email_taken",
        409,
        "Mail address taken",
        "Another account has this address, perhaps in other letter case.",
    ),
    code(
        "users.invalid",
        400,
        "Request has faults",
        "Each entry of `errors` names a field, a code and what is wrong with it.",
    ),
    code(
        "users.last_super_admin",
        409,
        "Last super_admin",
        "There must always be a super_admin; make another one first.",
    ),
    code("users.name_too_long", 400, "Name too long", "Names have at most 100 characters."),
    code("users.not_found", 404, "No such user", "The account is not there, or not yours to see."),
    code(
        "users.password_common",
        400,
        "Password too common",
        "The password is among those that are tried first. Take another one; length helps more than symbols.",
    ),
    code(
        "users.password_same_as_name",
        400,
        "Password is your name",
        "The password must not be your username or mail address.",
    ),
    code(
        "users.password_too_long",
        400,
        "Password too long",
        "A password has 8 to 128 characters.",
    ),
    code(
        "users.password_too_short",
        400,
        "Password too short",
        "A password has 8 to 128 characters.",
    ),
    code(
        "users.role_built_in",
        409,
        "Role built in",
        "The roles that came with the server cannot be changed. Make another one beside them.",
    ),
    code(
        "users.role_description_too_long",
        400,
        "Description of role too long",
        "The description of a role has at most 500 characters.",
    ),
    code(
        "users.role_name_built_in",
        400,
        "Name of a built-in role",
        "user, moderator, admin and super_admin came with the server. Take another name.",
    ),
    code(
        "users.role_name_invalid",
        400,
        "Name of role not valid",
        "The name of a role is a letter a-z, then 1 to 49 of a-z, digits, _ and -.",
    ),
    code("users.role_not_found", 404, "No such role", "There is no role of this name."),
    code(
        "users.role_stale",
        412,
        "Role changed meanwhile",
        "`If-Match` names an old version; `current` is the role as it is now.",
    ),
    code("users.role_taken", 409, "Name of role taken", "There is a role of this name already."),
    code(
        "users.role_unknown",
        400,
        "Role unknown",
        "`role` is user, moderator, admin or super_admin.",
    ),
    code(
        "users.roles_full",
        409,
        "Too many roles",
        "There can be at most 100 roles besides the built-in ones.",
    ),
    code(
        "users.search_invalid",
        400,
        "Search not valid",
        "`search` has 1 to 10 words of letters or digits, at most 200 characters.",
    ),
    code(
        "users.session_not_found",
        404,
        "No such session",
        "The session is not there, has ended, or is not yours.",
    ),
    code(
        "users.stale",
        412,
        "Account changed meanwhile",
        "`If-Match` names an old version; `current` is the account as it is now.",
    ),
    code("users.status_unknown", 400, "Status unknown", "`status` is active or suspended."),
    code(
        "users.too_many_roles",
        400,
        "Too many roles for one account",
        "An account has at most 20 roles besides its base role.",
    ),
    code(
        "users.username_invalid",
        400,
        "Username not valid",
        "A username has 3 to 50 letters A-Z, digits or the characters _ . -",
    ),
    code(
        "users.username_taken",
        409,
        "Username taken",
        "Another account has this username, perhaps in other letter case.",
    ),
];

/// Looks a code up.
pub fn find(code: &str) -> Option<&'static Code> {
    TABLES.iter().find_map(|table| {
        let at = table.binary_search_by_key(&code, |entry| entry.code).ok()?;
        table.get(at)
    })
}

/// Every code, in alphabetical order.
pub fn all() -> Vec<&'static Code> {
    let mut all: Vec<&Code> = TABLES.iter().copied().flatten().collect();
    all.sort_by_key(|entry| entry.code);
    all
}

/// `openapi/problems.md`.
pub fn markdown() -> String {
    use std::fmt::Write as _;
    let mut out = String::from(
        "# Problems\n\nEvery failure carries one of these codes; `type` leads to its page.\n\n\
         | code | status | title | what to do |\n|---|---|---|---|\n",
    );
    for Code { code, status, title, help } in all() {
        let _ = writeln!(out, "| `{code}` | {status} | {title} | {help} |");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_and_unique() {
        let tables = TABLES.iter().map(|table| table.iter().collect::<Vec<_>>());
        for list in tables.chain([all()]) {
            for pair in list.windows(2) {
                assert!(pair[0].code < pair[1].code, "{} before {}", pair[0].code, pair[1].code);
            }
        }
    }
}
