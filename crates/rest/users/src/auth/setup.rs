//! Making the first administrator: parse, call, present.

use actix_web::{HttpResponse, get, http::StatusCode, http::header, post, web::Data};
use kernel::actor::Origin;
use rest::{
    call::{Body, Call},
    fields::{Reason, string},
    problem::Problem,
    reply::{self, Envelope},
};
use serde::Serialize;
use users::{
    Users,
    commands::{Login, Register, SignIn},
    values::PersonName,
};
use utoipa::ToSchema;

use super::{
    browser::{SessionWord, TokenKeeper},
    factors::entered,
};
use crate::{
    Answer,
    accounts::dto::{TokensBody, email, new_password, username},
};

/// Whether the server has an administrator.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = auth::Setup)]
pub struct SetupStateBody {
    /// True until somebody made the first administrator.
    #[schema(example = false)]
    needed: bool,
}

/// The first administrator.
#[derive(Debug, ToSchema)]
#[schema(as = auth::SetUp, example = json!({
    "token": "7f3c…", "username": "root", "email": "root@example.org", "password": "correct horse battery staple"
}))]
pub struct SetUpBody {
    /// As the server printed it at its start.
    pub token: String,
    /// 3 to 50 letters A-Z, digits or `_ . -`.
    #[schema(min_length = 3, max_length = 50, pattern = "^[A-Za-z0-9_.-]+$")]
    pub username: String,
    /// A mail address.
    #[schema(format = Email, max_length = 254)]
    pub email: String,
    /// 8 to 128 characters.
    #[schema(format = Password, min_length = 8, max_length = 128)]
    pub password: String,
    /// For pages of a browser, as at the sign-in.
    #[schema(nullable = false)]
    pub session: Option<SessionWord>,
}

/// What a body of `POST /auth/setup` says.
struct SetUp {
    token: String,
    register: Register,
    keeper: TokenKeeper,
}

fn set_up_of(body: &Body, origin: Origin) -> Result<SetUp, Problem> {
    let mut fields = body.fields()?;
    let token = fields.required("token", string(|raw| Ok::<_, Reason>(raw.to_owned())));
    let username = fields.required("username", string(username));
    let email = fields.required("email", string(email));
    let password = fields.required("password", string(new_password));
    let keeper = TokenKeeper::of(&mut fields);
    let empty = PersonName::parse("").ok();
    let read = (|| {
        let register = Register {
            username: username?,
            email: email?,
            password: password?,
            first_name: empty.clone()?,
            last_name: empty?,
            origin,
        };
        Some(SetUp { token: token?, register, keeper })
    })();
    fields.finish(read)
}

/// Ask whether the server has an administrator
#[utoipa::path(
    tag = "auth",
    operation_id = "auth_setup",
    responses((status = 200, description = "Whether the first administrator is missing", body = Envelope<SetupStateBody>)),
    extensions(("x-alveole" = json!({"permission": "public"})))
)]
#[get("/auth/setup")]
pub(crate) async fn state(call: Call, users: Data<Users>) -> Answer {
    call.no_query()?;
    Ok(reply::secret(SetupStateBody { needed: users.lacks_super_admin().await? }))
}

/// Make the first administrator
///
/// With the token that the server prints at its start for as long as there is no `super_admin`. Signs the new
/// account in, as `POST /auth/login` does.
#[utoipa::path(
    tag = "auth",
    operation_id = "auth_set_up",
    request_body = SetUpBody,
    responses(
        (status = 201, description = "The account, signed in", body = Envelope<TokensBody>),
        (status = 401, description = "The token is not the one of this server"),
        (status = 403, description = "The page may not have a session"),
        (status = 409, description = "There is an administrator, or the username or the address is taken")
    ),
    extensions(("x-alveole" = json!({"permission": "public", "codes": ["auth.bad_setup_token", "auth.already_set_up", "auth.page_refused"]})))
)]
#[post("/auth/setup")]
pub(crate) async fn set_up(call: Call, users: Data<Users>, body: Body) -> Answer {
    call.no_query()?;
    let SetUp { token, register, keeper } = set_up_of(&body, call.origin())?;
    keeper.check(&call)?;
    let login = Login::Username(register.username.as_str().to_owned());
    let password = register.password.clone();
    let user = users.set_up(&token, register).await?;
    let entry = users.sign_in(SignIn { login, password, origin: call.origin() }).await?;
    Ok(created(entered(&call, keeper, entry), &format!("/api/v1/users/{}", user.id)))
}

fn created(mut response: HttpResponse, location: &str) -> HttpResponse {
    *response.status_mut() = StatusCode::CREATED;
    if let Ok(location) = header::HeaderValue::from_str(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}
