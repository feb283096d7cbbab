//! The use cases: accounts. Each is an asynchronous shell around one synchronous transaction; what
//! is cached is decided here and in [`crate::signin`], nowhere else.

mod account_deletion;
mod address;
mod admin;
mod audit;
mod audited_action;
mod chores;
mod emails;
mod encryption;
mod export;
mod factors;
mod first_admin;
mod inactivity;
mod links;
mod login_throttle;
mod operator;
mod others_sessions;
mod phone;
mod profile;
mod roles;
mod service_accounts;
mod verify;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use kernel::{
    Actor, Cache, Clock, FieldError, KeyedDigest, Limiter, Page, PageRequest, Paging, Permission,
    SessionId, SortKey, StoreError, Timestamp, UnitOfWork, UserId, actor::Origin,
    cache::get_or_load, page::Direction,
};

pub use self::{
    address::Confirmed,
    encryption::{KeyCheck, check_key},
    export::{PersonalData, Side},
    factors::FactorSetup,
    links::LinkSettings,
    phone::{PHONE_CODE, TextSettings},
    verify::{Opener, Verified},
};
pub(crate) use self::{
    admin::{as_of_now, create, manageable, newcomer},
    audited_action::AuditedAction,
    emails::notify_owner,
    inactivity::note_activity,
    links::{Sending, disown},
    login_throttle::Admitted,
};
use crate::{
    audit::AuditOutcome,
    error::UserError,
    external::{ExternalIdentity, ProviderName},
    factor::PENDING,
    inactivity::Inactivity,
    login_throttle::MEMORY,
    policy::{self, Roles},
    ports::{Answer, Ask, Factors, IdentityProviders, Passwords, ProviderError, Tokens, UsersTx},
    query::{SearchIn, UserFilter, UserSort},
    session::Live,
    user::User,
    values::{EmailAddress, Password, PasswordError, Status, Username},
};

/// Rows that one transaction sweeps: small enough not to keep other writers waiting.
const PRUNE_BATCH: u32 = 500;
/// How long a device is known that is not used.
const DEVICE_MEMORY: Duration = Duration::from_hours(400 * 24);

/// How long codes and attempts are kept after they expired.
const GRANTS_KEPT: Duration = Duration::from_hours(1);

/// What operators decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// How long an access token lives.
    pub access_ttl: Duration,
    /// How long a refresh token lives, and a session that nobody refreshes.
    pub refresh_ttl: Duration,
    /// How long a session lives, however often it is refreshed (ASVS V7.3.2).
    pub session_ttl: Duration,
    /// How long an account that its owner deletes can be had back; at zero it goes at once.
    pub deletion_grace: Duration,
    /// When accounts that no one uses are closed; none: never.
    pub inactivity: Option<Inactivity>,
    /// Of a personal access token; without a bound when there is none.
    pub token_max_ttl: Option<Duration>,
    /// The roles that must have a second factor.
    pub factor_roles: Roles,
}

impl Settings {
    /// When the refresh tokens of a session that began at `begun` and is used `now` end, and the
    /// session with them.
    pub(crate) fn session_end(&self, begun: Timestamp, now: Timestamp) -> Timestamp {
        now.plus(self.refresh_ttl).min(begun.plus(self.session_ttl))
    }
}

/// What the use cases work with.
pub struct Dependencies {
    /// Where everything is kept.
    pub work: Arc<dyn UnitOfWork<dyn UsersTx>>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What hashes and compares passwords.
    pub passwords: Arc<dyn Passwords>,
    /// Bounds the judged attempts at one account's password, under the policy `account`.
    pub limiter: Arc<dyn Limiter>,
    /// What names and addresses are digested with.
    pub digests: Arc<dyn KeyedDigest>,
    /// What makes and reads tokens.
    pub tokens: Arc<dyn Tokens>,
    /// What makes and reads second factors; without a key to keep their secrets with there are none.
    pub factors: Option<Arc<dyn Factors>>,
    /// Live sessions. Must not keep an entry longer than five seconds.
    pub live: Arc<dyn Cache<SessionId, Live>>,
    /// Accounts.
    pub cache: Arc<dyn Cache<UserId, User>>,
    /// What operators decide.
    pub settings: Settings,
    /// How one-time links are made.
    pub links: LinkSettings,
}

/// The use cases of this room.
pub struct Users {
    pub(crate) work: Arc<dyn UnitOfWork<dyn UsersTx>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) passwords: Arc<dyn Passwords>,
    pub(crate) limiter: Arc<dyn Limiter>,
    pub(crate) digests: Arc<dyn KeyedDigest>,
    pub(crate) tokens: Arc<dyn Tokens>,
    pub(crate) factors: Option<Arc<dyn Factors>>,
    pub(crate) live: Arc<dyn Cache<SessionId, Live>>,
    pub(crate) cache: Arc<dyn Cache<UserId, User>>,
    pub(crate) settings: Settings,
    pub(crate) links: LinkSettings,
    pub(crate) texts: Option<TextSettings>,
    pub(crate) providers: Arc<dyn IdentityProviders>,
    pub(crate) front_ends: Vec<String>,
}

/// Nobody can sign in with another provider.
struct NoProviders;

#[async_trait]
impl IdentityProviders for NoProviders {
    fn names(&self) -> Vec<ProviderName> {
        Vec::new()
    }

    fn begin(&self, _: &ProviderName, _: Ask<'_>) -> Option<String> {
        None
    }

    async fn finish(
        &self,
        provider: &ProviderName,
        _: Answer,
    ) -> Result<ExternalIdentity, ProviderError> {
        Err(ProviderError::Unavailable(format!("there is no {}", provider.as_str())))
    }
}

/// How many accounts and sessions there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Accounts.
    pub accounts: u64,
    /// Those made since the day began, in UTC.
    pub new_today: u64,
    /// Those used within a day.
    pub active_in_a_day: u64,
    /// Sessions that have not ended.
    pub open_sessions: u64,
}

impl Users {
    /// Wires the room.
    pub fn new(dependencies: Dependencies) -> Self {
        let Dependencies {
            work,
            clock,
            passwords,
            limiter,
            digests,
            tokens,
            factors,
            live,
            cache,
            settings,
            links,
        } = dependencies;
        Self {
            work,
            clock,
            passwords,
            limiter,
            digests,
            tokens,
            factors,
            live,
            cache,
            settings,
            links,
            texts: None,
            providers: Arc::new(NoProviders),
            front_ends: Vec::new(),
        }
    }

    /// Lets people sign in with other providers too, and go to these front-ends afterwards. Each is
    /// a whole URL, compared letter by letter.
    #[must_use]
    pub fn with_providers(
        self,
        providers: Arc<dyn IdentityProviders>,
        front_ends: Vec<String>,
    ) -> Self {
        Self { providers, front_ends, ..self }
    }

    /// An account, through the cache. Whether the caller sees it is asked every time.
    pub async fn get(&self, actor: &Actor, id: UserId) -> Result<Arc<User>, UserError> {
        actor.require(Permission::UsersRead)?;
        let user = self.account(id).await?;
        policy::may_see(actor, &user)?;
        Ok(user)
    }

    /// The caller's own account.
    pub async fn me(&self, actor: &Actor) -> Result<Arc<User>, UserError> {
        self.account(actor.user).await
    }

    async fn account(&self, id: UserId) -> Result<Arc<User>, UserError> {
        let load = || self.work.read(move |tx| tx.users().get(id));
        get_or_load(&*self.cache, id, load).await?.ok_or(UserError::NotFound(id))
    }

    /// A page of the accounts in the caller's sight. Addresses are searched, and roles and
    /// statuses filtered by, for those who manage accounts only.
    pub async fn list(
        &self,
        actor: &Actor,
        mut filter: UserFilter,
        order: Vec<SortKey<UserSort>>,
        page: PageRequest,
    ) -> Result<Page<User>, UserError> {
        actor.require(Permission::UsersRead)?;
        if filter.role.is_some() || filter.status.is_some() {
            actor.require(Permission::UsersManage)?;
        }
        let manages = actor.may(Permission::UsersManage);
        if !manages {
            filter.status = Some(Status::Active);
            filter.open_only = true;
        }
        let place = if manages { SearchIn::NamesAndEmail } else { SearchIn::Names };
        filter.search = filter.search.map(|(query, _)| (query, place));
        if filter.search.is_some() {
            self.work.read_slow(move |tx| Ok(tx.users().list(&filter, &order, &page)?)).await
        } else {
            self.work.read(move |tx| Ok(tx.users().list(&filter, &order, &page)?)).await
        }
    }

    /// Reads the newest accounts into the cache, at most `limit`.
    pub async fn warm_up(&self, limit: u32) -> Result<(), UserError> {
        let newest = SortKey { field: UserSort::CreatedAt, direction: Direction::Descending };
        let page = PageRequest { paging: Paging::Cursor(None), limit };
        let found: Page<User> = self
            .work
            .read_slow(move |tx| {
                Ok::<_, UserError>(tx.users().list(&UserFilter::default(), &[newest], &page)?)
            })
            .await?;
        for user in found.items {
            // Loaded again rather than put: it may have changed since the list was read.
            self.account(user.id).await?;
        }
        Ok(())
    }

    /// How many there are, for gauges and the dashboard.
    pub async fn record_metrics(&self) -> Result<Counts, UserError> {
        let now = self.clock.now();
        let (today, day_ago) = (now.date().start(), now.minus(Duration::from_hours(24)));
        self.work
            .read_slow(move |tx| {
                let one = PageRequest { paging: Paging::Number(1), limit: 1 };
                let accounts = tx.users().list(&UserFilter::default(), &[], &one)?.total;
                Ok(Counts {
                    accounts: accounts.unwrap_or_default(),
                    new_today: tx.activity().counts(today, u32::MAX)?.made,
                    active_in_a_day: tx.activity().counts(day_ago, u32::MAX)?.active,
                    open_sessions: tx.sessions().count_open(now)?,
                })
            })
            .await
    }

    /// Removes for good what ended longer than `older_than` ago (sessions, their tokens, tickets,
    /// challenges, personal access tokens) and what expired or is forgotten anyway (idempotency
    /// records, links, numbers without their code, devices, wrong passwords, counts of emails and texts, secrets that no device took, those
    /// who never came back from a provider); gives how many.
    pub async fn purge(&self, older_than: Duration) -> Result<u64, UserError> {
        let now = self.clock.now();
        let (before, unseen) = (now.minus(older_than), now.minus(DEVICE_MEMORY));
        let (waited, forgotten) = (now.minus(PENDING), now.minus(MEMORY));
        let sessions = self.prune(move |tx| tx.sessions().prune(before, PRUNE_BATCH)).await?;
        let personal_access_tokens =
            self.prune(move |tx| tx.personal_access_tokens().prune(before, PRUNE_BATCH)).await?;
        let idempotency_records =
            self.prune(move |tx| tx.idempotency().prune(now, PRUNE_BATCH)).await?;
        let links = self.prune(move |tx| tx.one_time_tokens().prune(now, PRUNE_BATCH)).await?;
        let devices = self.prune(move |tx| tx.devices().prune(unseen, PRUNE_BATCH)).await?;
        let factors = self.prune(move |tx| tx.factors().prune(waited, PRUNE_BATCH)).await?;
        let login_throttle =
            self.prune(move |tx| tx.login_throttle().prune(forgotten, PRUNE_BATCH)).await?;
        // A code that comes again is worth noticing for a while.
        let kept = now.minus(GRANTS_KEPT);
        let identities = self.prune(move |tx| tx.identities().prune(kept, PRUNE_BATCH)).await?;
        let began = now.minus(emails::DAY);
        let emails = self.prune(move |tx| tx.email_counts().prune(began, PRUNE_BATCH)).await?;
        let phones = self.prune(move |tx| tx.phone_changes().prune(now, PRUNE_BATCH)).await?;
        Ok(sessions
            + personal_access_tokens
            + idempotency_records
            + links
            + devices
            + factors
            + login_throttle
            + identities
            + emails
            + phones)
    }

    /// Sweeps in batches, each in a transaction of its own, until one is not full.
    async fn prune(
        &self,
        batch: impl Fn(&mut dyn UsersTx) -> Result<u64, StoreError> + Clone + Send + 'static,
    ) -> Result<u64, UserError> {
        let mut pruned = 0;
        loop {
            let batch = batch.clone();
            let gone: u64 = self.work.write(move |tx| Ok::<_, UserError>(batch(tx)?)).await?;
            pruned += gone;
            if gone < u64::from(PRUNE_BATCH) {
                return Ok(pruned);
            }
        }
    }

    /// Judges a new password; `field` names where it came from.
    pub(crate) async fn judge(
        &self,
        field: &'static str,
        password: &Password,
        username: &Username,
        email: &EmailAddress,
    ) -> Result<(), UserError> {
        let refused = |code, why| UserError::Invalid(vec![FieldError::new(field, code, why)]);
        if policy::is_a_name(password, username, email) {
            let why = PasswordError::SameAsName;
            return Err(refused("users.password_same_as_name", why));
        }
        if self.passwords.turn().await?.is_common(password.clone()).await? {
            return Err(refused("users.password_common", PasswordError::Common));
        }
        Ok(())
    }

    /// Writes an act down in a transaction of its own: what was refused must be on record, whatever
    /// becomes of the rest.
    pub(crate) async fn record_alone(
        &self,
        audited: AuditedAction,
        action: &'static str,
        target: Option<UserId>,
        outcome: AuditOutcome,
        detail: Option<String>,
    ) -> Result<(), UserError> {
        self.work
            .write(move |tx| Ok(audited.record(tx, action, target, outcome, detail.clone())?))
            .await
    }

    /// Makes the caches forget an account and what is live of it.
    pub(crate) async fn forget(&self, user: UserId, sessions: &[SessionId]) {
        self.cache.evict(&user).await;
        for session in sessions {
            self.live.evict(session).await;
        }
    }
}

/// The account if it is at the version that the caller knows.
fn at_version(user: User, expected: Option<i64>) -> Result<User, UserError> {
    match expected {
        Some(version) if version != user.version => Err(UserError::Stale(Box::new(user))),
        _ => Ok(user),
    }
}

/// The open sessions of an account, so that the caches can forget them.
pub(crate) fn open_sessions(
    tx: &mut dyn UsersTx,
    user: UserId,
    now: Timestamp,
) -> Result<Vec<SessionId>, StoreError> {
    let sessions = tx.sessions().of_user(user, now)?;
    Ok(sessions.into_iter().map(|session| session.id).collect())
}

/// Refuses unless somebody else in `holders`, who are locked, is an active `super_admin`.
fn another_remains(
    tx: &mut dyn UsersTx,
    holders: &[UserId],
    account_deletion: UserId,
) -> Result<(), UserError> {
    for id in holders.iter().filter(|id| **id != account_deletion) {
        let other = tx.users().get(*id)?;
        if other.is_some_and(|user| policy::is_the_last_super_admin(&user)) {
            return Ok(());
        }
    }
    Err(UserError::LastSuperAdmin)
}

/// Where a call came from that says no more than its request.
fn origin_of(actor: &Actor) -> Origin {
    Origin { request_id: actor.request_id.as_deref().map(str::to_owned), ..Origin::default() }
}
