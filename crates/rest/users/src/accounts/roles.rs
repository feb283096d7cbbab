//! Roles and who has them: parse, call, present.

use actix_web::{delete, get, post, route, web::Data};
use kernel::{Actor, Patch, Permission, Permissions, Role, Timestamp};
use rest::{
    call::{Body, Call},
    etag,
    fields::{Reason, TextCodes, string, strings},
    problem::Problem,
    reply::{self, Done, Envelope, Reply},
};
use serde::Serialize;
use users::{
    User, UserError, Users,
    commands::UpdateRole,
    role::{CustomRole, MAX_PER_ACCOUNT, NewRole},
    values::{RoleDescription, RoleName, RoleNameError},
};
use utoipa::ToSchema;

use super::{dto::user_etag, explain};
use crate::{
    Answer,
    authz::{permission, words},
    present,
};

/// A role.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = admin::Role)]
pub struct RoleBody {
    /// To be given by.
    #[schema(example = "auditors")]
    name: String,
    /// What it is for.
    #[schema(max_length = 500, example = "They read the audit trail.")]
    description: String,
    /// What it allows.
    #[schema(example = json!(["audit:read"]))]
    permissions: Vec<&'static str>,
    /// Whether it came with the server; such roles decide about rank, and do not change.
    #[schema(example = false)]
    built_in: bool,
    /// When it was made; null for built-in roles.
    #[schema(format = DateTime)]
    created_at: Option<String>,
    /// When it last changed; null for built-in roles.
    #[schema(format = DateTime)]
    updated_at: Option<String>,
}

impl From<&CustomRole> for RoleBody {
    fn from(role: &CustomRole) -> Self {
        Self {
            name: role.name.as_str().to_owned(),
            description: role.description.as_str().to_owned(),
            permissions: words(role.permissions),
            built_in: false,
            created_at: Some(role.created_at.to_string()),
            updated_at: Some(role.updated_at.to_string()),
        }
    }
}

impl From<Role> for RoleBody {
    fn from(role: Role) -> Self {
        let description = match role {
            Role::User => "Own resources.",
            Role::Moderator => "And moderation.",
            Role::Admin => "And people, catalogue and operations.",
            Role::SuperAdmin => "Everything.",
        };
        Self {
            name: role.as_str().to_owned(),
            description: description.to_owned(),
            permissions: words(role.permissions()),
            built_in: true,
            created_at: None,
            updated_at: None,
        }
    }
}

/// The tag of a role that somebody made.
pub fn role_etag(role: &CustomRole) -> String {
    etag::of(role.version, "")
}

/// The roles of an account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = admin::UserRoles)]
pub struct UserRolesBody {
    /// Whose.
    #[schema(minimum = 1, example = 1)]
    user_id: i64,
    /// The base role, which decides about rank.
    #[schema(example = "user")]
    role: &'static str,
    /// The roles besides.
    roles: Vec<RoleBody>,
    /// What all of them allow together.
    #[schema(example = json!(["tasks:read", "tasks:write", "users:read", "audit:read"]))]
    permissions: Vec<&'static str>,
}

impl UserRolesBody {
    fn of(user: &User, roles: &[CustomRole]) -> Self {
        let base = user.role.permissions();
        let held = roles.iter().fold(base, |all, role| all.union(role.permissions));
        Self {
            user_id: user.id.get(),
            role: user.role.as_str(),
            roles: roles.iter().map(RoleBody::from).collect(),
            permissions: words(held),
        }
    }
}

/// A role to be made.
#[derive(Debug, ToSchema)]
#[schema(as = admin::CreateRole, example = json!({
    "name": "auditors", "description": "They read the audit trail.", "permissions": ["audit:read"]
}))]
pub struct MakeRoleBody {
    /// A letter a-z, then letters, digits, `_` and `-`.
    #[schema(min_length = 2, max_length = 50, pattern = "^[a-z][a-z0-9_-]{1,49}$")]
    pub name: String,
    /// What it is for.
    #[schema(max_length = 500)]
    pub description: Option<String>,
    /// What it allows; none that the caller does not have.
    pub permissions: Vec<String>,
}

/// A change of a role, as a merge patch: what is absent stays.
#[derive(Debug, ToSchema)]
#[schema(as = admin::UpdateRole, example = json!({"description": "They look."}))]
pub struct UpdateRoleBody {
    /// What it is for.
    #[schema(max_length = 500)]
    pub description: Option<String>,
    /// All that it allows from now on.
    #[schema(nullable = false)]
    pub permissions: Option<Vec<String>>,
}

/// The roles that an account is to have.
#[derive(Debug, ToSchema)]
#[schema(as = admin::AssignRoles, example = json!({"roles": []}))]
pub struct AssignRolesBody {
    /// All that it has from now on besides its base role.
    #[schema(max_items = 20)]
    pub roles: Vec<String>,
}

const DESCRIPTION: TextCodes = TextCodes {
    empty: "users.role_description_too_long",
    too_long: "users.role_description_too_long",
};

fn description(raw: &str) -> Result<RoleDescription, Reason> {
    RoleDescription::parse(raw).map_err(|error| DESCRIPTION.reason(error))
}

fn name(raw: &str) -> Result<RoleName, Reason> {
    RoleName::parse(raw).map_err(|error| {
        let code = match error {
            RoleNameError::Form => "users.role_name_invalid",
            RoleNameError::BuiltIn => "users.role_name_built_in",
        };
        (code, error.to_string())
    })
}

/// A name of a role that is to be given: what can be none is unknown.
fn known(raw: &str) -> Result<RoleName, Reason> {
    let message = || "is not the name of a role that somebody made".to_owned();
    RoleName::parse(raw).map_err(|_| ("users.custom_role_unknown", message()))
}

fn together(permissions: Vec<Permission>) -> Permissions {
    permissions.into_iter().collect()
}

fn new_role(body: &Body, now: Timestamp) -> Result<NewRole, Problem> {
    let mut fields = body.fields()?;
    let name = fields.required("name", string(name));
    let text = fields.optional("description", string(description));
    let permissions = fields.required("permissions", strings(permission));
    let text = text.or_else(|| RoleDescription::parse("").ok());
    let new = (|| {
        let (name, description, permissions) = (name?, text?, together(permissions?));
        Some(NewRole { name, description, permissions, created_at: now })
    })();
    fields.finish(new)
}

fn update(body: &Body) -> Result<UpdateRole, Problem> {
    let mut fields = body.fields()?;
    let update = UpdateRole {
        description: match fields.patch("description", string(description)) {
            Patch::Keep => None,
            Patch::Clear => RoleDescription::parse("").ok(),
            Patch::Set(text) => Some(text),
        },
        permissions: fields.keep("permissions", strings(permission)).map(together),
    };
    fields.finish(Some(update))
}

fn names(body: &Body) -> Result<Vec<RoleName>, Problem> {
    let mut fields = body.fields()?;
    let roles = fields.required("roles", strings(known));
    if roles.as_ref().is_some_and(|roles| roles.len() > MAX_PER_ACCOUNT) {
        fields.fault("roles", "users.too_many_roles", "must be at most 20");
    }
    fields.finish(roles)
}

/// The role that a path names.
enum Named {
    BuiltIn(Role),
    Custom(RoleName),
}

fn named(call: &Call) -> Result<Named, Problem> {
    let raw = call.segment("name");
    if let Some(role) = Role::parse(raw) {
        return Ok(Named::BuiltIn(role));
    }
    let name = RoleName::parse(raw).map_err(|_| present(UserError::RoleNotFound))?;
    Ok(Named::Custom(name))
}

/// The role that a path names, which must be one that can be changed.
fn changeable(call: &Call) -> Result<(Actor, RoleName), Problem> {
    let actor = call.actor()?;
    call.no_query()?;
    match named(call)? {
        Named::Custom(name) => Ok((actor, name)),
        Named::BuiltIn(_) => Err(present(UserError::RoleBuiltIn)),
    }
}

fn made(role: &CustomRole) -> Reply {
    let location = format!("/api/v1/admin/roles/{}", role.name.as_str());
    Reply::created(RoleBody::from(role), location, Some(role_etag(role)))
}

/// List roles
///
/// The built-in ones, which decide about rank, then those that somebody made, by name.
#[utoipa::path(
    tag = "roles",
    operation_id = "admin_roles",
    responses((status = 200, description = "The roles", body = Envelope<Vec<RoleBody>>)),
    extensions(("x-alveole" = json!({"permission": "roles:manage"})))
)]
#[get("/admin/roles")]
pub(crate) async fn list(call: Call, users: Data<Users>) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    let custom = users.roles(&actor).await?;
    let built_in = Role::ALL.into_iter().map(RoleBody::from);
    Ok(reply::ok(built_in.chain(custom.iter().map(RoleBody::from)).collect::<Vec<_>>()))
}

/// Make a role
///
/// A set of permissions that can be given to accounts besides their base role.
#[utoipa::path(
    tag = "roles",
    operation_id = "admin_roles_create",
    request_body = MakeRoleBody,
    responses(
        (status = 201, description = "The new role", body = Envelope<RoleBody>),
        (status = 409, description = "The name is taken, or there are as many roles as there can be")
    ),
    extensions(("x-alveole" = json!({"permission": "roles:manage", "idempotent": true, "tagged": true})))
)]
#[post("/admin/roles")]
pub(crate) async fn make(call: Call, users: Data<Users>, body: Body) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    let new = new_role(&body, call.state().clock.now())?;
    let idempotent = reply::idempotent(&call, &body, made)?;
    let outcome = users.make_role(&actor, idempotent, new, call.origin()).await?;
    reply::outcome(outcome, made)
}

/// Read a role
#[utoipa::path(
    tag = "roles",
    operation_id = "admin_roles_read",
    responses((status = 200, description = "The role", body = Envelope<RoleBody>)),
    extensions(("x-alveole" = json!({
        "permission": "roles:manage", "conditional": "read", "finds": true
    })))
)]
#[get("/admin/roles/{name}")]
pub(crate) async fn read(call: Call, users: Data<Users>) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    match named(&call)? {
        Named::BuiltIn(role) => {
            reply::tagged_unless_known(&call, RoleBody::from(role), &etag::of(0, role.as_str()))
        }
        Named::Custom(name) => {
            let role = users.role(&actor, name).await?;
            reply::tagged_unless_known(&call, RoleBody::from(&role), &role_etag(&role))
        }
    }
}

/// Change a role
///
/// Who has it feels it within five seconds.
#[utoipa::path(
    tag = "roles",
    operation_id = "admin_roles_update",
    request_body = UpdateRoleBody,
    responses(
        (status = 200, description = "The role as it is now", body = Envelope<RoleBody>),
        (status = 409, description = "Built-in roles cannot be changed")
    ),
    extensions(("x-alveole" = json!({
        "permission": "roles:manage", "conditional": "write", "finds": true
    , "codes": ["users.role_built_in"]})))
)]
#[route("/admin/roles/{name}", method = "PUT", method = "PATCH")]
pub(crate) async fn change(call: Call, users: Data<Users>, body: Body) -> Answer {
    let (actor, name) = changeable(&call)?;
    let (update, expected) = (update(&body)?, call.expected()?);
    let result = users.change_role(&actor, name, expected, update, call.origin()).await;
    let role = result.map_err(|error| explain(&call, error))?;
    Ok(reply::tagged(RoleBody::from(&role), &role_etag(&role)))
}

/// Delete a role
///
/// It is taken from everybody who has it.
#[utoipa::path(
    tag = "roles",
    operation_id = "admin_roles_delete",
    responses(
        (status = 200, description = "It is deleted", body = Done),
        (status = 409, description = "Built-in roles cannot be deleted")
    ),
    extensions(("x-alveole" = json!({
        "permission": "roles:manage", "conditional": "write", "finds": true
    , "codes": ["users.role_built_in"]})))
)]
#[delete("/admin/roles/{name}")]
pub(crate) async fn remove(call: Call, users: Data<Users>) -> Answer {
    let (actor, name) = changeable(&call)?;
    let expected = call.expected()?;
    let result = users.remove_role(&actor, name, expected, call.origin()).await;
    result.map_err(|error| explain(&call, error))?;
    Ok(reply::done("Role deleted."))
}

/// Read the roles of a user
#[utoipa::path(
    tag = "roles",
    operation_id = "admin_users_roles",
    responses((status = 200, description = "The roles", body = Envelope<UserRolesBody>)),
    extensions(("x-alveole" = json!({"permission": "roles:manage"})))
)]
#[get("/admin/users/{id}/roles")]
pub(crate) async fn of_user(call: Call, users: Data<Users>) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let (user, roles) = users.roles_of(&actor, id).await?;
    Ok(reply::ok(UserRolesBody::of(&user, &roles)))
}

/// Say which roles a user has
///
/// All of them, besides the base role. It is a change of the account: `If-Match` takes the account's
/// tag. Nobody gives or takes a permission that they do not have, nor changes their equals.
#[utoipa::path(
    tag = "roles",
    operation_id = "admin_users_roles_assign",
    request_body = AssignRolesBody,
    responses(
        (status = 200, description = "The roles as they are now", body = Envelope<UserRolesBody>),
        (status = 422, description = "A service account holds no more than an `admin`")
    ),
    extensions(("x-alveole" = json!({"permission": "roles:manage", "conditional": "write", "codes": ["users.service_account_limit"]})))
)]
#[route("/admin/users/{id}/roles", method = "PUT", method = "PATCH")]
pub(crate) async fn assign(call: Call, users: Data<Users>, body: Body) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let (names, expected) = (names(&body)?, call.expected()?);
    let result = users.assign_roles(&actor, id, expected, names, call.origin()).await;
    let (user, roles) = result.map_err(|error| explain(&call, error))?;
    Ok(reply::tagged(UserRolesBody::of(&user, &roles), &user_etag(&actor, &user)))
}
