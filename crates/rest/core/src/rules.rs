//! What a route asks of the code around its handler. A domain declares its rules beside its routes;
//! the generic code looks them up once per request, by the template of the route that matched, and
//! never compares paths.

use actix_web::http::header::HeaderMap;

use super::state::State;

/// Adds headers to every answer of a route; the method is the one that was asked for.
pub type Describe = fn(&mut HeaderMap, method: &str, &State);

/// The rules of one template, for one method or for all of them.
#[derive(Debug, Clone, Copy)]
pub struct RequestRule {
    /// Below the API's base path, as registered: `/files/{id}`.
    pub(crate) template: &'static str,
    pub(crate) method: Option<&'static str>,
    pub(crate) rules: Rules,
}

/// What holds for a request; absent parts are the defaults of the API.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rules {
    /// Bytes that the body may have even where the general limit is lower.
    pub max_body: Option<usize>,
    /// True where a request may last as long as bytes keep coming.
    pub no_deadline: bool,
    /// The `Content-Security-Policy` of every answer.
    pub content_security: Option<&'static str>,
    /// The rate-limit policy, for every caller. It counts by address.
    pub rate_limit: Option<&'static str>,
    /// True where the handler counts its calls, by what it finds out about them.
    pub counts_itself: bool,
    /// True where `X-HTTP-Method-Override` of a POST is honoured.
    pub method_override: bool,
    /// Adds headers to every answer.
    pub describe: Option<Describe>,
    /// How a refused caller goes into the audit log; absent where refusals are not recorded.
    pub audit: Option<Audit>,
}

/// How a refused caller goes into the audit log.
#[derive(Debug, Clone, Copy)]
pub struct Audit {
    /// The action that was refused.
    pub action: &'static str,
    /// The path parameter that names the account it was aimed at.
    pub account: Option<&'static str>,
}

impl Rules {
    /// These rules, and those of `other` where these say nothing.
    pub(crate) const fn or(self, other: Self) -> Self {
        Self {
            max_body: if self.max_body.is_some() { self.max_body } else { other.max_body },
            no_deadline: self.no_deadline || other.no_deadline,
            content_security: if self.content_security.is_some() {
                self.content_security
            } else {
                other.content_security
            },
            rate_limit: if self.rate_limit.is_some() { self.rate_limit } else { other.rate_limit },
            counts_itself: self.counts_itself || other.counts_itself,
            method_override: self.method_override || other.method_override,
            describe: if self.describe.is_some() { self.describe } else { other.describe },
            audit: if self.audit.is_some() { self.audit } else { other.audit },
        }
    }
}

impl RequestRule {
    /// Rules for every method of a route.
    pub const fn new(template: &'static str) -> Self {
        let rules = Rules {
            max_body: None,
            no_deadline: false,
            content_security: None,
            rate_limit: None,
            counts_itself: false,
            method_override: false,
            describe: None,
            audit: None,
        };
        Self { template, method: None, rules }
    }

    /// For this method only, in capitals.
    #[must_use]
    pub const fn method(mut self, method: &'static str) -> Self {
        self.method = Some(method);
        self
    }

    /// Lets the body have this many bytes even where the general limit is lower.
    #[must_use]
    pub const fn max_body(mut self, bytes: usize) -> Self {
        self.rules.max_body = Some(bytes);
        self
    }

    /// Lets a request last as long as bytes keep coming.
    #[must_use]
    pub const fn no_deadline(mut self) -> Self {
        self.rules.no_deadline = true;
        self
    }

    /// Sets the `Content-Security-Policy` of every answer.
    #[must_use]
    pub const fn content_security(mut self, policy: &'static str) -> Self {
        self.rules.content_security = Some(policy);
        self
    }

    /// Counts every call under this rate-limit policy, by address.
    #[must_use]
    pub const fn rate_limit(mut self, policy: &'static str) -> Self {
        self.rules.rate_limit = Some(policy);
        self
    }

    /// Leaves it to the handler to count calls, by [`Call::count`](crate::call::Call::count) and
    /// [`Call::count_address`](crate::call::Call::count_address): the policy depends on what the body proves.
    #[must_use]
    pub const fn counts_itself(mut self) -> Self {
        self.rules.counts_itself = true;
        self
    }

    /// Honours `X-HTTP-Method-Override` of a POST.
    #[must_use]
    pub const fn method_override(mut self) -> Self {
        self.rules.method_override = true;
        self
    }

    /// Records a caller without the permission under this action.
    #[must_use]
    pub const fn audit(mut self, action: &'static str) -> Self {
        self.rules.audit = Some(Audit { action, account: None });
        self
    }

    /// The same, aimed at the account that the path names by `{id}`.
    #[must_use]
    pub const fn audit_of_account(mut self, action: &'static str) -> Self {
        self.rules.audit = Some(Audit { action, account: Some("id") });
        self
    }

    /// Adds headers to every answer.
    #[must_use]
    pub const fn describe(mut self, describe: Describe) -> Self {
        self.rules.describe = Some(describe);
        self
    }
}
