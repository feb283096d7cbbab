//! The routes: paths, methods, who may call them, and their rules. The operations come from the
//! OpenAPI document, so that what is enforced is what is documented. A request is looked up once,
//! by the same decoded path that the router matches; what is not found here is 404 without asking
//! the router.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use actix_web::http::Method;
use kernel::Permission;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    rules::{RequestRule, Rules},
    suggest,
};

/// Why the routes of a program contradict one another.
#[derive(Debug, thiserror::Error)]
pub enum RouteError {
    /// The OpenAPI document cannot be read.
    #[error("the OpenAPI document cannot be read: {0}")]
    Document(#[from] serde_json::Error),
    /// An operation asks for a permission that does not exist.
    #[error("{0} {1} asks for the unknown permission `{2}`")]
    Permission(String, String, String),
    /// A rule is about a route that does not exist.
    #[error("there is a rule for {0}, which is no route")]
    Rule(String),
    /// Two routes match the same paths.
    #[error("{0} and {1} match the same paths")]
    Ambiguous(String, String),
    /// An alias stands for no route, or is one itself.
    #[error("{0} cannot be another path of {1}")]
    Alias(String, String),
}

/// A route outside the document: a page for people.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// The pattern, as registered. `{file:.*}` matches the rest of the path.
    pub template: &'static str,
    /// The `Content-Security-Policy` of its answers.
    pub content_security: Option<&'static str>,
    /// Whether its form is sent to it by `POST`. That counts as an attempt to sign in.
    pub form: bool,
}

/// The rate-limit policy of forms.
const FORMS: &str = "auth";

/// Every route.
#[derive(Debug, Default)]
pub struct RouteTable {
    /// Those without a parameter, by the whole path.
    fixed: HashMap<String, Arc<Route>>,
    /// The others, by their number of segments; fewer parameters first.
    patterns: Vec<Vec<Pattern>>,
    /// Those that match the rest of a path, by what stands before it.
    tails: Vec<(String, Arc<Route>)>,
    /// Where the API is mounted.
    base: String,
    /// Other paths of the same resources, with what they stand for.
    aliases: Vec<(String, String)>,
}

#[derive(Debug)]
struct Pattern {
    segments: Vec<Segment>,
    route: Arc<Route>,
}

#[derive(Debug, PartialEq, Eq)]
enum Segment {
    Fixed(String),
    Any,
}

/// One route: a template and its operations.
#[derive(Debug)]
pub struct Route {
    template: String,
    allow: String,
    rules: Rules,
    operations: Vec<(Method, Operation)>,
}

/// One operation, as far as it concerns the code around its handler.
#[derive(Debug)]
pub struct Operation {
    /// Who may call it.
    pub access: Access,
    /// Whether calls are counted against rate limits.
    pub limited: bool,
    rules: Rules,
}

/// Who may call an operation. It is checked before the body is read.
#[derive(Debug, Default)]
pub struct Access {
    /// Whether the caller must be signed in.
    pub caller: CallerRule,
    /// The permission that the caller needs.
    pub permission: Option<Permission>,
    /// Whether the caller must come with a session rather than with a personal access token.
    pub session: bool,
    /// Whether a caller who still lacks a required second factor is let in.
    pub without_factor: bool,
}

/// Whether an operation needs a caller who is signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CallerRule {
    /// Anyone may call.
    #[default]
    Nothing,
    /// Anyone may call; what they may see, the domain decides.
    Optional,
    /// A session or a token, or a one-time `ticket` in the query, which the handler redeems.
    CallerOrTicket,
    /// As `CallerOrTicket`; the handler also takes tokens where a browser can put them when it opens a
    /// WebSocket, and refuses calls without any.
    CallerOfSocket,
    /// A session or a token.
    Caller,
}

/// The route that a request matched, and its method.
#[derive(Debug, Clone)]
pub struct Matched {
    route: Arc<Route>,
    operation: Option<usize>,
}

impl Matched {
    /// The path as it is documented, without the values of its parameters: `/api/v1/tasks/{id}`.
    pub fn template(&self) -> &str {
        &self.route.template
    }

    /// The `Allow` header.
    pub fn allow(&self) -> &str {
        &self.route.allow
    }

    /// The operation; `None` when the route does not have the method.
    pub fn operation(&self) -> Option<&Operation> {
        self.operation.and_then(|index| self.route.operations.get(index)).map(|(_, found)| found)
    }

    /// The rules of the operation, or of the route when it does not have the method.
    pub fn rules(&self) -> &Rules {
        self.operation().map_or(&self.route.rules, |operation| &operation.rules)
    }

    /// The same route, called by another method.
    #[must_use]
    pub fn with_method(self, method: &Method) -> Self {
        // HEAD is routed as the GET it asks about.
        let method = if method == Method::HEAD { &Method::GET } else { method };
        let operation = self.route.operations.iter().position(|(known, _)| known == method);
        Self { operation, ..self }
    }

    /// The value of a path parameter.
    pub fn parameter<'p>(&self, name: &str, path: &'p str) -> Option<&'p str> {
        let mut parts = self.route.template.split('/').zip(path.split('/'));
        let is_it = |segment: &str| {
            segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) == Some(name)
        };
        parts.find(|(segment, _)| is_it(segment)).map(|(_, value)| value)
    }
}

impl RouteTable {
    /// Reads the document and adds what stands beside it. Rules name their templates below `base`;
    /// only operations below `base` are limited.
    ///
    /// # Errors
    /// When the document cannot be read, names an unknown permission, has two routes for the same
    /// paths, or a rule is about no route.
    pub fn new(
        document: &str,
        base: &str,
        rules: &[&[RequestRule]],
        pages: &[Page],
    ) -> Result<Self, RouteError> {
        let Document { paths } = serde_json::from_str(document)?;
        let mut rules: HashMap<String, Vec<&RequestRule>> = rules
            .iter()
            .flat_map(|rules| rules.iter())
            .map(|rule| (format!("{base}{}", rule.template), rule))
            .fold(HashMap::new(), |mut all, (template, rule)| {
                all.entry(template).or_default().push(rule);
                all
            });
        let mut table = Self { base: base.to_owned(), ..Self::default() };
        for (template, item) in paths {
            let own = rules.remove(&template).unwrap_or_default();
            let methods: Vec<String> = item.keys().map(|method| method.to_uppercase()).collect();
            let lost = own.iter().filter_map(|rule| rule.method);
            if let Some(method) = lost.into_iter().find(|m| !methods.iter().any(|known| known == m))
            {
                return Err(RouteError::Rule(format!("{method} {template}")));
            }
            let limited = template.starts_with(base);
            table.add(route(template, item, &own, limited)?)?;
        }
        if let Some(template) = rules.into_keys().next() {
            return Err(RouteError::Rule(template));
        }
        for page in pages {
            let rules = Rules { content_security: page.content_security, ..Rules::default() };
            let operation = Operation { access: Access::default(), limited: false, rules };
            let mut operations = vec![(Method::GET, operation)];
            let mut allow = "GET, HEAD, OPTIONS";
            if page.form {
                let rules = Rules { rate_limit: Some(FORMS), ..rules };
                let sent = Operation { access: Access::default(), limited: true, rules };
                operations.push((Method::POST, sent));
                allow = "GET, HEAD, POST, OPTIONS";
            }
            table.add(Route {
                template: page.template.to_owned(),
                allow: allow.to_owned(),
                rules,
                operations,
            })?;
        }
        Ok(table)
    }

    /// Adds other paths of the same resources, both below the base path.
    ///
    /// # Errors
    /// When an alias stands for no route, or there are routes below it.
    pub fn with_aliases<'a>(
        mut self,
        aliases: impl IntoIterator<Item = &'a (&'static str, &'static str)>,
    ) -> Result<Self, RouteError> {
        for (from, to) in aliases {
            let (from, to) = (format!("{}{from}", self.base), format!("{}{to}", self.base));
            let has_routes = |path: &str| {
                let patterns = self.patterns.iter().flatten().map(|pattern| &pattern.route);
                let mut all = self.fixed.values().chain(patterns);
                all.any(|route| below(&route.template, path).is_some())
            };
            if has_routes(&from) || !has_routes(&to) {
                return Err(RouteError::Alias(from, to));
            }
            self.aliases.push((from, to));
        }
        Ok(self)
    }

    /// The path that an alias stands for; `None` for a path that is none.
    pub fn meant(&self, path: &str) -> Option<String> {
        let meant = |(from, to): &(String, String)| Some(format!("{to}{}", below(path, from)?));
        self.aliases.iter().find_map(meant)
    }

    fn add(&mut self, route: Route) -> Result<(), RouteError> {
        let route = Arc::new(route);
        let template = route.template.clone();
        if let Some((before, _)) = template.split_once("{file:.*}") {
            self.tails.push((before.to_owned(), route));
            return Ok(());
        }
        if !template.contains('{') {
            return match self.fixed.insert(template.clone(), route) {
                Some(other) => Err(RouteError::Ambiguous(template, other.template.clone())),
                None => Ok(()),
            };
        }
        let segments: Vec<Segment> = template
            .split('/')
            .map(|segment| {
                if segment.starts_with('{') {
                    Segment::Any
                } else {
                    Segment::Fixed(segment.to_owned())
                }
            })
            .collect();
        if self.patterns.len() <= segments.len() {
            self.patterns.resize_with(segments.len() + 1, Vec::new);
        }
        let Some(same_length) = self.patterns.get_mut(segments.len()) else { return Ok(()) };
        if let Some(other) = same_length.iter().find(|other| other.segments == segments) {
            return Err(RouteError::Ambiguous(template, other.route.template.clone()));
        }
        let parameters = |p: &Pattern| p.segments.iter().filter(|s| **s == Segment::Any).count();
        same_length.push(Pattern { segments, route });
        // A fixed segment goes before a parameter, as routes are registered.
        same_length.sort_by_key(parameters);
        Ok(())
    }

    /// The route of a path, decoded as the router decodes it; `None` when there is none.
    pub fn find(&self, path: &str, method: &Method) -> Option<Matched> {
        let route = self.fixed.get(path).or_else(|| self.pattern(path)).or_else(|| {
            let tail = self.tails.iter().find(|(before, _)| path.starts_with(before.as_str()));
            tail.map(|(_, route)| route)
        })?;
        Some(Matched { route: Arc::clone(route), operation: None }.with_method(method))
    }

    /// The path that a client may have meant by one without a route: with the base path, without a
    /// slash at the end, or with its words corrected.
    pub fn closest(&self, path: &str, method: &Method) -> Option<String> {
        if path.len() > LONGEST_GUESS {
            return None;
        }
        let trimmed = path.trim_end_matches('/');
        let based = format!("{}{trimmed}", self.base);
        let exact = [trimmed, &based].into_iter().find(|candidate| {
            *candidate != path
                && self.find(candidate, method).is_some_and(|m| m.operation.is_some())
        });
        if let Some(exact) = exact {
            return Some(exact.to_owned());
        }
        let given = if trimmed.starts_with(&self.base) { trimmed } else { &based };
        let same_length = self.patterns.get(given.split('/').count()).into_iter().flatten();
        let all = self.fixed.values().chain(same_length.map(|pattern| &pattern.route));
        let guesses = all.filter_map(|route| {
            let (distance, guess) = respelled(given, &route.template)?;
            Some((distance, guess, &route.template))
        });
        guesses
            .min_by_key(|(distance, _, template)| (*distance, *template))
            .map(|(_, guess, _)| guess)
    }

    fn pattern(&self, path: &str) -> Option<&Arc<Route>> {
        let candidates = self.patterns.get(path.split('/').count())?;
        let fits = |pattern: &&Pattern| {
            pattern.segments.iter().zip(path.split('/')).all(|(segment, text)| match segment {
                Segment::Fixed(fixed) => fixed == text,
                Segment::Any => !text.is_empty(),
            })
        };
        candidates.iter().find(fits).map(|pattern| &pattern.route)
    }
}

/// What follows a path in one that is it, or below it.
fn below<'p>(path: &'p str, above: &str) -> Option<&'p str> {
    path.strip_prefix(above).filter(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The longest path for which a better one is looked for.
const LONGEST_GUESS: usize = 120;

/// A path with the words of a template where they differ by little, and by how much they do.
fn respelled(path: &str, template: &str) -> Option<(usize, String)> {
    if path.split('/').count() != template.split('/').count() {
        return None;
    }
    let mut distance = 0;
    let mut words = Vec::new();
    for (given, known) in path.split('/').zip(template.split('/')) {
        // A parameter is what the client wrote, as far as it can be one.
        let is_value =
            |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty();
        if known.starts_with('{') {
            if !is_value(given) {
                return None;
            }
            words.push(given);
        } else {
            distance += suggest::distance(given, known)?;
            words.push(known);
        }
    }
    (distance > 0).then(|| (distance, words.join("/")))
}

fn route(
    template: String,
    item: BTreeMap<String, Documented>,
    rules: &[&RequestRule],
    limited: bool,
) -> Result<Route, RouteError> {
    let mut allow = Vec::new();
    let mut operations = Vec::new();
    let general = rules.iter().filter(|rule| rule.method.is_none());
    let general = general.fold(Rules::default(), |all, rule| rule.rules.or(all));
    for (name, documented) in item {
        let name = name.to_uppercase();
        let Ok(method) = Method::from_bytes(name.as_bytes()) else { continue };
        let of = |method: &str| {
            let own = rules.iter().filter(|rule| rule.method == Some(method));
            own.fold(Rules::default(), |all, rule| rule.rules.or(all))
        };
        // PATCH is PUT by another name, unless it has rules of its own.
        let rules = if name == "PATCH" { of("PATCH").or(of("PUT")) } else { of(&name) };
        let rules = rules.or(general);
        let access = documented.access().map_err(|permission| {
            RouteError::Permission(name.clone(), template.clone(), permission)
        })?;
        allow.push(name.clone());
        if method == Method::GET {
            allow.push("HEAD".to_owned());
        }
        operations.push((method, Operation { access, limited, rules }));
    }
    allow.push("OPTIONS".to_owned());
    Ok(Route { template, allow: allow.join(", "), rules: general, operations })
}

/// What the table needs of the document.
#[derive(Deserialize)]
struct Document {
    paths: BTreeMap<String, BTreeMap<String, Documented>>,
}

/// What the table needs of an operation.
#[derive(Deserialize)]
struct Documented {
    #[serde(rename = "x-permission")]
    permission: String,
    #[serde(rename = "x-access", default)]
    details: Details,
    #[serde(default)]
    security: Vec<Map<String, Value>>,
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Details {
    session: bool,
    without_factor: bool,
    ticket: bool,
    socket: bool,
}

impl Documented {
    /// Fails with the name of a permission that does not exist.
    fn access(self) -> Result<Access, String> {
        let Self { permission, details, security } = self;
        let Details { session, without_factor, ticket, socket } = details;
        let caller = match permission.as_str() {
            "public" => CallerRule::Nothing,
            _ if security.iter().any(Map::is_empty) => CallerRule::Optional,
            _ if ticket => CallerRule::CallerOrTicket,
            _ if socket => CallerRule::CallerOfSocket,
            _ => CallerRule::Caller,
        };
        let session = session || permission == "session";
        let permission = match permission.as_str() {
            "public" | "signed-in" | "session" => None,
            other => Some(Permission::parse(other).ok_or(permission)?),
        };
        Ok(Access { caller, permission, session, without_factor })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = r#"{"paths": {
        "/b/tasks": {"get": {"x-permission": "tasks:read"}, "post": {"x-permission": "tasks:write"}},
        "/b/tasks/{id}": {"get": {"x-permission": "tasks:read"},
            "put": {"x-permission": "tasks:write"}, "patch": {"x-permission": "tasks:write"}},
        "/b/tasks/bulk": {"post": {"x-permission": "tasks:write"}},
        "/health": {"get": {"x-permission": "public"}}
    }}"#;

    const DOCS: Page =
        Page { template: "/docs/{file:.*}", content_security: Some("docs"), form: false };

    fn table(rules: &[RequestRule]) -> Result<RouteTable, RouteError> {
        RouteTable::new(DOCUMENT, "/b", &[rules], &[DOCS])
    }

    #[test]
    fn a_path_has_one_route() {
        let table = table(&[]).unwrap();
        let found =
            |path: &str| table.find(path, &Method::GET).map(|found| found.template().to_owned());
        for (path, template) in [
            ("/b/tasks", "/b/tasks"),
            ("/b/tasks/7", "/b/tasks/{id}"),
            ("/b/tasks/bulk", "/b/tasks/bulk"),
            ("/b/tasks/bulk;x=1", "/b/tasks/{id}"),
            ("/docs/", "/docs/{file:.*}"),
            ("/docs/a/b", "/docs/{file:.*}"),
        ] {
            assert_eq!(found(path).as_deref(), Some(template), "{path}");
        }
        for path in ["", "/", "/b", "/b/tasks/", "//b/tasks", "/B/tasks", "/b/tasks/7/8", "/docs"] {
            assert_eq!(found(path), None, "{path}");
        }
    }

    #[test]
    fn a_fixed_path_does_not_borrow_the_methods_of_its_sister() {
        let bulk = table(&[]).unwrap().find("/b/tasks/bulk", &Method::GET).unwrap();
        assert!(bulk.operation().is_none());
        assert_eq!(bulk.allow(), "POST, OPTIONS");
        assert!(bulk.with_method(&Method::POST).operation().is_some());
    }

    #[test]
    fn a_rule_of_a_method_goes_before_that_of_the_route() {
        let table = table(&[
            RequestRule::new("/tasks").max_body(1).rate_limit("few"),
            RequestRule::new("/tasks").method("POST").max_body(2),
        ]);
        let table = table.unwrap();
        let rules = |method: &Method| *table.find("/b/tasks", method).unwrap().rules();
        assert_eq!(rules(&Method::GET).max_body, Some(1));
        assert_eq!(
            (rules(&Method::POST).max_body, rules(&Method::POST).rate_limit),
            (Some(2), Some("few"))
        );
        assert_eq!(rules(&Method::PUT).max_body, Some(1));
    }

    #[test]
    fn a_rule_of_put_holds_for_patch() {
        let table = table(&[RequestRule::new("/tasks/{id}").method("PUT").max_body(3)]).unwrap();
        let most = |method: &Method| table.find("/b/tasks/7", method).unwrap().rules().max_body;
        assert_eq!((most(&Method::PUT), most(&Method::PATCH)), (Some(3), Some(3)));
        assert_eq!(most(&Method::GET), None);
    }

    #[test]
    fn a_rule_about_no_route_is_refused() {
        assert!(matches!(table(&[RequestRule::new("/task")]), Err(RouteError::Rule(_))));
        let other = RequestRule::new("/tasks").method("PUT").no_deadline();
        assert!(matches!(table(&[other]), Err(RouteError::Rule(_))));
    }

    #[test]
    fn a_misspelled_path_leads_to_the_closest() {
        let table = table(&[]).unwrap();
        let closest = |path: &str| table.closest(path, &Method::GET);
        for (path, meant) in [
            ("/tasks", "/b/tasks"),
            ("/b/tasks/", "/b/tasks"),
            ("/b/taks", "/b/tasks"),
            ("/tsaks", "/b/tasks"),
            ("/b/task/7", "/b/tasks/7"),
            ("/tasks/7", "/b/tasks/7"),
        ] {
            assert_eq!(closest(path).as_deref(), Some(meant), "{path}");
        }
        for path in ["/", "", "/b/other", "/b/tasks/7/8", "/wp-login.php", &"/a".repeat(100)] {
            assert_eq!(closest(path), None, "{path}");
        }
    }

    #[test]
    fn an_alias_stands_for_a_resource_and_what_is_below_it() {
        let aliased = table(&[]).unwrap().with_aliases(&[("/to-dos", "/tasks")]).unwrap();
        for (path, meant) in [
            ("/b/to-dos", Some("/b/tasks")),
            ("/b/to-dos/7", Some("/b/tasks/7")),
            ("/b/to-dos/", Some("/b/tasks/")),
            ("/b/to-dos-7", None),
            ("/to-dos", None),
            ("/b/tasks", None),
        ] {
            assert_eq!(aliased.meant(path).as_deref(), meant, "{path}");
        }
        for (from, to) in [("/to-dos", "/nothing"), ("/tasks", "/tasks/bulk"), ("/x", "/task")] {
            let refused = table(&[]).unwrap().with_aliases(&[(from, to)]);
            assert!(matches!(refused, Err(RouteError::Alias(..))), "{from}");
        }
    }

    #[test]
    fn a_permission_that_does_not_exist_is_refused() {
        let document = r#"{"paths": {"/b/x": {"get": {"x-permission": "tasks:raed"}}}}"#;
        let built = RouteTable::new(document, "/b", &[], &[]);
        assert!(matches!(built, Err(RouteError::Permission(..))));
    }
}
