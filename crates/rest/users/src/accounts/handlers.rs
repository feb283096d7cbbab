//! Accounts: parse, call, present.

use actix_web::{delete, get, post, route, web::Data};
use kernel::{PageRequest, SortKey, UserId};
use rest::{
    call::{Body, Call},
    fields::search,
    problem::Problem,
    query::Query,
    reply::{self, Done, Envelope, PageEnvelope},
};
use users::{
    UserError, Users,
    query::{DEFAULT_ORDER, SearchIn, UserFilter, UserSort},
};

use super::{
    dto::{
        self, ChangeEmailBody, ChangePasswordBody, ConfirmPasswordBody, SearchParams,
        UpdateProfileBody, UserBody, user_etag,
    },
    explain,
};
use crate::{Answer, present};

/// A list request: the filter without what only administrators may ask for.
pub fn asked(query: &mut Query) -> (UserFilter, Vec<SortKey<UserSort>>, PageRequest) {
    let search = query.optional("search", search("users.search_invalid"));
    let order = query.order(&UserSort::ALL, &DEFAULT_ORDER);
    let page = query.page(&order, &UserSort::ALL);
    let search = search.map(|query| (query, SearchIn::Names));
    (UserFilter { search, ..UserFilter::default() }, order, page)
}

async fn listed(call: &Call, users: &Users, except: Option<UserId>) -> Answer {
    let actor = call.actor()?;
    let mut query = call.query();
    let (filter, order, request) = asked(&mut query);
    query.finish()?;
    let filter = UserFilter { except, ..filter };
    let page = users.list(&actor, filter, order, request.clone()).await?;
    Ok(reply::page(call, &request, page.map(|user| UserBody::seen_by(&actor, &user))))
}

/// List users
#[utoipa::path(
    tag = "users",
    operation_id = "users_list",
    params(SearchParams),
    responses((status = 200, description = "A page of users", body = PageEnvelope<UserBody>)),
    extensions(("x-alveole" = json!({"permission": "users:read", "paged": true})))
)]
#[get("/users")]
pub(crate) async fn list(call: Call, users: Data<Users>) -> Answer {
    listed(&call, &users, None).await
}

/// List everybody else
#[utoipa::path(
    tag = "users",
    operation_id = "users_list_others",
    params(SearchParams),
    responses((status = 200, description = "A page of users", body = PageEnvelope<UserBody>)),
    extensions(("x-alveole" = json!({"permission": "users:read", "paged": true})))
)]
#[get("/users/except-me")]
pub(crate) async fn list_others(call: Call, users: Data<Users>) -> Answer {
    let caller = call.actor()?.user;
    listed(&call, &users, Some(caller)).await
}

/// Read one's own account
#[utoipa::path(
    tag = "users",
    operation_id = "users_me",
    responses((status = 200, description = "The account", body = Envelope<UserBody>)),
    extensions(("x-alveole" = json!({"permission": "signed-in", "conditional": "read", "without_factor": true})))
)]
#[get("/users/me")]
pub(crate) async fn me(call: Call, users: Data<Users>) -> Answer {
    own(&call, &users).await
}

/// The caller's own account; `/auth/me` is the same.
pub async fn own(call: &Call, users: &Users) -> Answer {
    let actor = call.caller_without_factor()?.actor.clone();
    call.no_query()?;
    let user = users.me(&actor).await?;
    reply::tagged_unless_known(call, UserBody::own(&user), &user_etag(&actor, &user))
}

/// Change one's own profile
///
/// A merge patch: what is absent stays, null empties.
#[utoipa::path(
    tag = "users",
    operation_id = "users_update_me",
    request_body = UpdateProfileBody,
    responses(
        (status = 200, description = "The account as it is now", body = Envelope<UserBody>),
        (status = 409, description = "The username is taken")
    ),
    extensions(("x-alveole" = json!({"permission": "session", "conditional": "write", "codes": ["users.username_taken"]})))
)]
#[route("/users/me", method = "PUT", method = "PATCH")]
pub(crate) async fn update_me(call: Call, users: Data<Users>, body: Body) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    let update = dto::profile(&body)?;
    let result = users.update_me(&actor, call.expected()?, update).await;
    let user = result.map_err(|error| explain(&call, error))?;
    Ok(reply::tagged(UserBody::own(&user), &user_etag(&actor, &user)))
}

/// Delete one's own account
///
/// Asks for the password. Personal data is removed and cannot be restored; the account's tasks are
/// deleted. At once, or, where `users.deletion_grace_seconds` is set, after that time: until then the
/// account is closed, and `POST /auth/restore-account` opens it again.
#[utoipa::path(
    tag = "users",
    operation_id = "users_delete_me",
    request_body = ConfirmPasswordBody,
    responses(
        (status = 200, description = "It is deleted, or closed until it will be", body = Done),
        (status = 409, description = "The last super_admin cannot go")
    ),
    extensions(("x-alveole" = json!({"permission": "session", "codes": ["users.last_super_admin"]})))
)]
#[delete("/users/me")]
pub(crate) async fn remove_me(call: Call, users: Data<Users>, body: Body) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    let password = dto::confirmation(&body)?;
    guard_account(&call, actor.user).await?;
    let until = users.remove_me(&actor, password, call.origin()).await?;
    Ok(until.map_or_else(
        || reply::done("Account deleted."),
        |until| reply::done(&format!("Account closed. It can be had back until {until}.")),
    ))
}

/// Change one's own password
///
/// Asks for the present one. Every other session ends.
#[utoipa::path(
    tag = "users",
    operation_id = "users_change_password",
    request_body = ChangePasswordBody,
    responses((status = 200, description = "It is changed", body = Done)),
    extensions(("x-alveole" = json!({"permission": "session"})))
)]
#[route("/users/password", method = "PUT", method = "PATCH")]
pub(crate) async fn change_password(call: Call, users: Data<Users>, body: Body) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    let (current, new) = dto::passwords(&body)?;
    guard_account(&call, actor.user).await?;
    users.change_password(&actor, current, new, call.origin()).await?;
    Ok(reply::done("Password changed."))
}

/// Change one's own mail address
///
/// Asks for the password. A letter with a link goes to the new address, and one to the present address
/// if that was confirmed; `POST /auth/email/confirm` takes what they show. The address changes when
/// all have confirmed.
#[utoipa::path(
    tag = "users",
    operation_id = "users_change_email",
    request_body = ChangeEmailBody,
    responses(
        (status = 200, description = "The letters are on their way", body = Done),
        (status = 409, description = "The address is taken"),
        (status = 429, description = "A change was asked for a moment ago")
    ),
    extensions(("x-alveole" = json!({"permission": "session", "codes": ["users.email_taken"]})))
)]
#[post("/users/me/email")]
pub(crate) async fn change_email(call: Call, users: Data<Users>, body: Body) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    let (new, current) = dto::new_email(&body)?;
    guard_account(&call, actor.user).await?;
    let asked = users.ask_email_change(&actor, new, current, call.origin()).await;
    asked.map_err(|error| match error {
        UserError::EmailTaken => present(error).at("/new_email"),
        error => present(error),
    })?;
    Ok(reply::done("Confirm the change by the links in the letters that are on their way."))
}

/// Tries at an account's password are limited, also from inside a session.
pub async fn guard_account(call: &Call, user: UserId) -> Result<(), Problem> {
    super::super::auth::within_account_limit(call, &format!("id:{user}")).await
}

/// Read a user
#[utoipa::path(
    tag = "users",
    operation_id = "users_read",
    responses((status = 200, description = "The user", body = Envelope<UserBody>)),
    extensions(("x-alveole" = json!({"permission": "users:read", "conditional": "read"})))
)]
#[get("/users/{id}")]
pub(crate) async fn read(call: Call, users: Data<Users>) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let user = users.get(&actor, id).await?;
    let etag = user_etag(&actor, &user);
    reply::tagged_unless_known(&call, UserBody::seen_by(&actor, &user), &etag)
}
