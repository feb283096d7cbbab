//! The codes of accounts.

use rest::codes::{Code, code};

/// In alphabetical order.
pub const CODES: &[Code] = &[
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
        "users.service_account_limit",
        422,
        "Too much for a service account",
        "A service account is an `admin` at most: it cannot be a `super_admin`, nor hold what only a `super_admin` holds, such as `roles:manage`.",
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
    code("users.locale_unknown", 400, "Language unknown", "`locale` is en, fr or zh-Hans."),
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
