//! What a handler gets: the call (who, where, which headers) and the body.

use std::{
    collections::HashMap, future::Future, pin::Pin, str::FromStr, sync::Arc, time::Duration,
};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, web};
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt as _, future::LocalBoxFuture};
use kernel::{Actor, AuthError, Caller, Entitlement, ErrorKind, FeedCursor, actor::Origin};

use super::{
    client::{ClientIp, origin},
    etag,
    fields::Fields,
    gate, incoming,
    problem::Problem,
    query::Query,
    routes::Matched,
    state::State,
    trace::TraceId,
    url,
};

/// The id of a request, as in its answer and every log line.
#[derive(Debug, Clone)]
pub struct RequestId(pub Arc<str>);

/// The trace that a request belongs to, as in every log line of it.
#[derive(Debug, Clone, Copy)]
pub struct TraceOf(pub TraceId);

/// Marks a HEAD, which is routed as the GET it asks about.
#[derive(Debug, Clone, Copy)]
pub struct HeadRequest;

/// What the gate found out about the caller.
#[derive(Debug, Clone)]
pub enum Identity {
    /// Nobody said who they are.
    Anonymous,
    /// Somebody is signed in.
    Known(Arc<Caller>),
    /// Somebody said who they are, and it did not hold.
    Refused(AuthError),
}

impl Identity {
    /// The caller, who must be signed in.
    pub fn caller(&self) -> Result<&Arc<Caller>, Problem> {
        match self {
            Self::Known(caller) => Ok(caller),
            Self::Refused(refusal) => Err(refusal.clone().into()),
            Self::Anonymous => Err(Problem::new(
                ErrorKind::Unauthenticated,
                "auth.not_signed_in",
                "This needs an access token.",
            )),
        }
    }
}

/// One call of the API.
pub struct Call {
    request: HttpRequest,
    state: Arc<State>,
    feed: Option<FeedCursor>,
}

impl Call {
    /// What the modules share.
    pub fn state(&self) -> &Arc<State> {
        &self.state
    }

    /// The request, for what only one handler asks.
    pub fn request(&self) -> &HttpRequest {
        &self.request
    }

    /// The caller of a token that came elsewhere than in `Authorization`.
    ///
    /// # Errors
    /// When the token does not hold.
    pub async fn caller_by_token(&self, token: &str) -> Result<Arc<Caller>, Problem> {
        gate::by_token(&self.state, &self.request, token, self.request_id()).await
    }

    /// The caller of a single-use ticket, which is used up.
    ///
    /// # Errors
    /// When the ticket does not hold.
    pub async fn caller_by_ticket(&self, ticket: &str) -> Result<Arc<Caller>, Problem> {
        let redeemed = self.state.authenticator.redeem_ticket(ticket, Some(self.request_id()));
        Ok(gate::note_caller(&self.request, redeemed.await?))
    }

    /// Where the feed was before this call read anything.
    pub fn feed_cursor(&self) -> Option<FeedCursor> {
        self.feed
    }

    /// The caller, who must be signed in, and have the second factor that their role asks for.
    pub fn caller(&self) -> Result<Arc<Caller>, Problem> {
        let caller = self.caller_without_factor()?;
        self.state.authenticator.check(&caller, Entitlement::default())?;
        Ok(caller)
    }

    /// The caller, who must be signed in, also when they still lack the second factor that their
    /// role asks for: for the few routes by which they get one, see who they are, and leave.
    pub fn caller_without_factor(&self) -> Result<Arc<Caller>, Problem> {
        let extensions = self.request.extensions();
        extensions.get::<Identity>().unwrap_or(&Identity::Anonymous).caller().cloned()
    }

    /// The caller, if the call says who that is. Fails when what it says does not hold.
    pub fn caller_if_signed_in(&self) -> Result<Option<Arc<Caller>>, Problem> {
        match self.request.extensions().get::<Identity>() {
            None | Some(Identity::Anonymous) => return Ok(None),
            Some(Identity::Known(_) | Identity::Refused(_)) => {}
        }
        self.caller_without_factor().map(Some)
    }

    /// The caller as domains know them.
    pub fn actor(&self) -> Result<Actor, Problem> {
        let actor = self.caller()?.actor.clone();
        Ok(Actor { ip: self.ip().0.map(|ip| ip.to_string().into()), ..actor })
    }

    /// The caller's name in idempotency scopes: the account, or the address of who has none. What was
    /// answered to one token is nothing to another, whose scopes may be fewer.
    pub fn caller_name(&self) -> String {
        match self.request.extensions().get::<Identity>() {
            Some(Identity::Known(caller)) => match caller.actor.token {
                None => format!("user:{}", caller.actor.user),
                Some(token) => format!("user:{} token:{token}", caller.actor.user),
            },
            _ => format!("ip:{}", self.ip().key()),
        }
    }

    fn ip(&self) -> ClientIp {
        self.request.extensions().get::<ClientIp>().copied().unwrap_or(ClientIp(None))
    }

    /// The client's address as text.
    pub fn address(&self) -> String {
        self.ip().0.map(|ip| ip.to_string()).unwrap_or_default()
    }

    /// The request's id.
    pub fn request_id(&self) -> Arc<str> {
        self.request
            .extensions()
            .get::<RequestId>()
            .map_or_else(|| Arc::from(""), |id| Arc::clone(&id.0))
    }

    /// Where the call comes from.
    pub fn origin(&self) -> Origin {
        origin(&self.request, self.ip(), &self.request_id())
    }

    /// True for a HEAD.
    pub fn is_head(&self) -> bool {
        self.request.extensions().get::<HeadRequest>().is_some()
    }

    /// The path as it was asked for.
    pub fn path(&self) -> &str {
        self.request.path()
    }

    /// The path as the router sees it: the same for every spelling of it.
    pub fn decoded_path(&self) -> &str {
        self.request.match_info().as_str()
    }

    /// The query string as it was sent.
    pub fn query_string(&self) -> &str {
        self.request.query_string()
    }

    /// This call's URL with one parameter replaced.
    pub fn with_parameter(&self, name: &str, value: &str) -> String {
        let query = url::replace_parameter(self.query_string(), name, value);
        format!("{}?{query}", self.path())
    }

    /// The query parameters.
    pub fn query(&self) -> Query {
        Query::parse(self.query_string())
    }

    /// Fails if there is any query parameter.
    pub fn no_query(&self) -> Result<(), Problem> {
        self.query().finish()
    }

    /// An id in the path.
    pub fn id<T: FromStr<Err = kernel::IdError>>(&self, name: &str) -> Result<T, Problem> {
        let raw = self.request.match_info().query(name);
        raw.parse().map_err(|error| Problem::field(name, "id.invalid", error))
    }

    /// A parameter of the path as it stands there.
    pub fn segment(&self, name: &str) -> &str {
        self.request.match_info().query(name)
    }

    /// The values of a cookie; several when a browser sends several of that name.
    pub fn cookies(&self, name: &str) -> impl Iterator<Item = &str> {
        let headers = self.request.headers().get_all("cookie");
        let pairs = headers.filter_map(|value| value.to_str().ok()).flat_map(|all| all.split(';'));
        pairs.filter_map(move |pair| {
            let (key, value) = pair.trim().split_once('=')?;
            (key == name).then_some(value)
        })
    }

    /// A header's value, if it is there and readable.
    pub fn header(&self, name: &str) -> Result<Option<&str>, Problem> {
        let mut values = self.request.headers().get_all(name);
        let Some(value) = values.next() else { return Ok(None) };
        let unreadable =
            || Problem::field("", "request.header_malformed", format!("`{name}` cannot be read"));
        if values.next().is_some() {
            return Err(Problem::field(
                "",
                "request.duplicate",
                format!("`{name}` is given twice"),
            ));
        }
        value.to_str().map(Some).map_err(|_| unreadable())
    }

    /// Counts this call under a policy, where the rule of its route leaves that to the handler.
    ///
    /// # Errors
    ///
    /// 429 when there were too many.
    pub async fn count(&self, policy: &'static str, key: &str) -> Result<(), Problem> {
        gate::count(&self.state, &self.request, policy, key).await
    }

    /// The same under the policy of anonymous callers, by the client's address.
    ///
    /// # Errors
    ///
    /// 429 when there were too many.
    pub async fn count_address(&self) -> Result<(), Problem> {
        self.count("anon", &self.ip().key()).await
    }

    /// The version that `If-Match` names.
    pub fn expected(&self) -> Result<Option<i64>, Problem> {
        etag::expected_version(self.header("if-match")?)
    }
}

impl FromRequest for Call {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let state = request.app_data::<web::Data<Arc<State>>>();
        let pattern = request.match_pattern();
        let agreed =
            request.extensions().get::<Matched>().map(Matched::template) == pattern.as_deref();
        std::future::ready(match state {
            Some(state) if agreed => {
                let feed = state.live_feed.head();
                Ok(Self { request: request.clone(), state: Arc::clone(state), feed })
            }
            _ => {
                // What was checked before is about another route than this.
                tracing::error!(pattern, "the route table and the router differ");
                Err(Problem::new(
                    ErrorKind::Internal,
                    "internal",
                    "Something went wrong on our side.",
                ))
            }
        })
    }
}

/// A JSON body, read whole.
#[derive(Debug)]
pub struct Body(Bytes);

impl Body {
    /// The bytes as they came.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The fields.
    pub fn fields(&self) -> Result<Fields, Problem> {
        Fields::parse(&self.0)
    }
}

impl FromRequest for Body {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let checked = check_media_type(request, false);
        whole(request, payload, checked)
    }
}

/// A body of pairs: a form, or a JSON object of texts.
#[derive(Debug)]
pub struct Form {
    body: Body,
    is_json: bool,
}

impl Form {
    /// The pairs, without those that are empty (RFC 6749 §3.2). None when it cannot be read, names
    /// something twice or contains the NUL character.
    pub fn pairs(&self) -> Option<HashMap<String, String>> {
        let mut all = HashMap::new();
        if self.is_json {
            let mut fields: serde_json::Map<String, serde_json::Value> =
                serde_json::from_slice(self.body.bytes()).ok()?;
            for (name, value) in std::mem::take(&mut fields) {
                match value {
                    serde_json::Value::String(text) => all.insert(name, text),
                    _ => None,
                };
            }
        } else {
            for (name, value) in url::pairs(std::str::from_utf8(self.body.bytes()).ok()?) {
                if all.insert(name, value).is_some() {
                    return None;
                }
            }
        }
        if all.iter().any(|(name, value)| name.contains('\0') || value.contains('\0')) {
            return None;
        }
        all.retain(|_, value| !value.is_empty());
        Some(all)
    }
}

impl FromRequest for Form {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let checked = check_media_type(request, true);
        let is_json = checked.as_ref().is_ok_and(|essence| essence == JSON);
        let reading = whole(request, payload, checked);
        Box::pin(async move { Ok(Self { body: reading.await?, is_json }) })
    }
}

/// Reads a body of a media type that was checked.
fn whole(
    request: &HttpRequest,
    payload: &mut Payload,
    checked: Result<String, Problem>,
) -> LocalBoxFuture<'static, Result<Body, Problem>> {
    let (limit, time) = request.app_data::<web::Data<Arc<State>>>().map_or(
        (1 << 20, Duration::from_secs(30)),
        |state| {
            let least = request.extensions().get::<Matched>().and_then(|m| m.rules().max_body);
            let most = state.limits.max_body_bytes.max(least.unwrap_or_default());
            (most, state.limits.request_timeout / 2)
        },
    );
    let payload = payload.take();
    let announced = incoming::announced(request.headers()).unwrap_or_default();
    Box::pin(async move {
        if announced > limit as u64 {
            return Err(incoming::too_large(limit as u64));
        }
        checked?;
        let reading = tokio::time::timeout(time, read(payload, limit));
        reading.await.map_err(|_| incoming::too_slow())?
    })
}

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// The media type, if it is one that is taken here.
fn check_media_type(request: &HttpRequest, forms: bool) -> Result<String, Problem> {
    let refuse = |detail: String| {
        Err(Problem::new(ErrorKind::UnsupportedMedia, "request.media_type", detail))
    };
    let header = |name: &str| {
        request.headers().get(name).map(|value| value.to_str().unwrap_or("?").to_ascii_lowercase())
    };
    if let Some(coding) = header("content-encoding").filter(|coding| coding != "identity") {
        return refuse(format!("Bodies coded as {coding} are not taken."));
    }
    let kind = header("content-type").unwrap_or_default();
    let mut parts = kind.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    let patch = matches!(request.method().as_str(), "PUT" | "PATCH");
    let known = essence == JSON
        || (patch && essence == "application/merge-patch+json")
        || (forms && essence == FORM);
    if !known {
        let form = if forms { format!(" or `{FORM}`") } else { String::new() };
        return refuse(format!("The body must be `{JSON}`{form}."));
    }
    let charset = parts.find_map(|part| part.strip_prefix("charset="));
    match charset.map(|name| name.trim_matches('"')) {
        None | Some("utf-8" | "utf8") => Ok(essence.to_owned()),
        Some(other) => refuse(format!("The body must be UTF-8, not {other}.")),
    }
}

type Reading = Pin<Box<dyn Future<Output = Result<Body, Problem>>>>;

fn read(mut payload: Payload, limit: usize) -> Reading {
    Box::pin(async move {
        let mut body = BytesMut::new();
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|error| incoming::unreadable(&error))?;
            if body.len() + chunk.len() > limit {
                return Err(incoming::too_large(limit as u64));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Body(body.freeze()))
    })
}
