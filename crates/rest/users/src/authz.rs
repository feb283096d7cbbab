//! Permissions that explain themselves.

use actix_web::{get, web::Data};
use kernel::{Permission, Permissions, Role};
use rest::{
    call::Call,
    fields::Reason,
    reply::{self, Envelope},
};
use serde::Serialize;
use users::Users;
use utoipa::{IntoParams, ToSchema};

use crate::Answer;

/// Which permission.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ExplainParams {
    /// This one only.
    #[param(nullable = false, example = "users:manage")]
    pub permission: Option<String>,
}

/// What the caller may do, and why.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = authz::PermissionReport)]
pub struct ExplanationBody {
    /// The caller.
    #[schema(minimum = 1, example = 1)]
    user_id: i64,
    /// The caller's role at this moment.
    #[schema(example = "user")]
    role: &'static str,
    /// Roles besides, that somebody made.
    #[schema(example = json!(["auditors"]))]
    custom_roles: Vec<String>,
    /// What the personal access token of this call names; null when it came with a sign-in.
    #[schema(example = json!(["tasks:read"]))]
    scopes: Option<Vec<&'static str>>,
    /// Each permission.
    permissions: Vec<PermissionBody>,
}

/// One permission.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = authz::ExplainedPermission)]
pub struct PermissionBody {
    /// Its name, as in a 403.
    #[schema(example = "users:manage")]
    permission: &'static str,
    /// What it allows.
    #[schema(example = "See private data of accounts, change and delete them.")]
    allows: &'static str,
    /// Whether the caller has it, by way of this call.
    #[schema(example = false)]
    granted: bool,
    /// The caller's roles that give it; the scopes of a token may still withhold it.
    #[schema(example = json!([]))]
    held_by: Vec<String>,
    /// The built-in roles that have it.
    #[schema(example = json!(["admin", "super_admin"]))]
    roles: Vec<&'static str>,
}

/// Explain permissions
///
/// Says which permissions there are, which of them the caller has, and which roles would give the
/// others. A 403 names the permission that is missing; this says who has it.
#[utoipa::path(
    tag = "auth",
    operation_id = "authz_explain",
    params(ExplainParams),
    responses((status = 200, description = "The explanation", body = Envelope<ExplanationBody>)),
    extensions(("x-alveole" = json!({"permission": "signed-in"})))
)]
#[get("/authz/explain")]
pub(crate) async fn explain(call: Call, users: Data<Users>) -> Answer {
    let caller = crate::caller(&call)?;
    let actor = &caller.actor;
    let mut query = call.query();
    let one = query.optional("permission", permission);
    query.finish()?;
    let custom = users.own_roles(actor).await?;
    let held_by = |permission: Permission| {
        let base = actor.role.permissions().contains(permission);
        let base = base.then(|| actor.role.as_str().to_owned());
        let others = custom.iter().filter(|role| role.permissions.contains(permission));
        base.into_iter().chain(others.map(|role| role.name.as_str().to_owned())).collect()
    };
    let about = |permission: Permission| PermissionBody {
        permission: permission.as_str(),
        allows: permission.allows(),
        granted: actor.may(permission),
        held_by: held_by(permission),
        roles: Role::ALL
            .into_iter()
            .filter(|role| role.permissions().contains(permission))
            .map(Role::as_str)
            .collect(),
    };
    let wanted = |permission: &Permission| one.is_none_or(|one| one == *permission);
    Ok(reply::ok(ExplanationBody {
        user_id: actor.user.get(),
        role: actor.role.as_str(),
        custom_roles: custom.iter().map(|role| role.name.as_str().to_owned()).collect(),
        scopes: caller.token().map(|token| words(token.scopes)),
        permissions: Permission::all().filter(wanted).map(about).collect(),
    }))
}

/// The words of permissions.
pub fn words(permissions: Permissions) -> Vec<&'static str> {
    permissions.iter().map(Permission::as_str).collect()
}

/// Reads a permission.
pub fn permission(raw: &str) -> Result<Permission, Reason> {
    let known: Vec<&str> = Permission::all().map(Permission::as_str).collect();
    Permission::parse(raw)
        .ok_or_else(|| ("auth.permission_unknown", format!("must be one of {}", known.join(", "))))
}
