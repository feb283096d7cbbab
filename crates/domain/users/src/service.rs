//! The use cases: accounts. Each is an asynchronous shell around one synchronous transaction; what
//! is cached is decided here and in [`crate::signin`], nowhere else.

mod admin;
mod audit;
mod deed;
mod profile;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use kernel::{
    Actor, Cache, Clock, FieldFault, Page, PageRequest, Paging, Permission, Role, SessionId,
    SortKey, StoreError, Timestamp, UnitOfWork, UserId, actor::Origin, cache::through,
    page::Direction,
};

pub(crate) use self::{
    admin::{create, newcomer},
    deed::Deed,
};
use crate::{
    audit::Outcome,
    error::UserError,
    external::{ExternalIdentity, ProviderName},
    policy,
    ports::{Answer, Ask, IdentityProviders, Passwords, ProviderError, Tokens, UsersTx},
    query::{SearchIn, UserFilter, UserSort},
    session::Live,
    user::User,
    values::{Email, Password, PasswordError, Status, Username},
};

/// Rows that one transaction sweeps: small enough not to keep other writers waiting.
const SWEEP_BATCH: u32 = 500;

/// How long codes and attempts are kept after they expired.
const GRANTS_KEPT: Duration = Duration::from_hours(1);

/// How long tokens live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Of an access token.
    pub access_ttl: Duration,
    /// Of a refresh token, and of a session that nobody refreshes.
    pub refresh_ttl: Duration,
    /// Of a session, however often it is refreshed (ASVS V7.3.2).
    pub session_ttl: Duration,
}

impl Settings {
    /// When the refresh tokens of a session that began at `begun` and is used `now` end, and the
    /// session with them.
    pub(crate) fn session_end(&self, begun: Timestamp, now: Timestamp) -> Timestamp {
        now.plus(self.refresh_ttl).min(begun.plus(self.session_ttl))
    }
}

/// What the use cases work with.
pub struct Needs {
    /// Where everything is kept.
    pub work: Arc<dyn UnitOfWork<dyn UsersTx>>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What hashes and compares passwords.
    pub passwords: Arc<dyn Passwords>,
    /// What makes and reads tokens.
    pub tokens: Arc<dyn Tokens>,
    /// Live sessions. Must not keep an entry longer than five seconds.
    pub live: Arc<dyn Cache<SessionId, Live>>,
    /// Accounts.
    pub cache: Arc<dyn Cache<UserId, User>>,
    /// How long tokens live.
    pub settings: Settings,
}

/// The use cases of this room.
pub struct Users {
    pub(crate) work: Arc<dyn UnitOfWork<dyn UsersTx>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) passwords: Arc<dyn Passwords>,
    pub(crate) tokens: Arc<dyn Tokens>,
    pub(crate) live: Arc<dyn Cache<SessionId, Live>>,
    pub(crate) cache: Arc<dyn Cache<UserId, User>>,
    pub(crate) settings: Settings,
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

impl Users {
    /// Wires the room.
    pub fn new(needs: Needs) -> Self {
        let Needs { work, clock, passwords, tokens, live, cache, settings } = needs;
        let (providers, front_ends) = (Arc::new(NoProviders), Vec::new());
        Self { work, clock, passwords, tokens, live, cache, settings, providers, front_ends }
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
        policy::require(actor, Permission::UsersRead)?;
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
        through(&*self.cache, id, load).await?.ok_or(UserError::NotFound(id))
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
        policy::require(actor, Permission::UsersRead)?;
        if filter.role.is_some() || filter.status.is_some() {
            policy::require(actor, Permission::UsersManage)?;
        }
        let manages = actor.may(Permission::UsersManage);
        if !manages {
            filter.status = Some(Status::Active);
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

    /// How many accounts there are, and how many sessions are open.
    pub async fn census(&self) -> Result<(u64, u64), UserError> {
        let now = self.clock.now();
        self.work
            .read_slow(move |tx| {
                let one = PageRequest { paging: Paging::Number(1), limit: 1 };
                let accounts = tx.users().list(&UserFilter::default(), &[], &one)?.total;
                Ok((accounts.unwrap_or_default(), tx.sessions().count_open(now)?))
            })
            .await
    }

    /// Removes for good what ended longer than `older_than` ago (sessions, their tokens, tickets),
    /// idempotency records that expired, and those who never came back from a provider; gives how
    /// many.
    pub async fn purge(&self, older_than: Duration) -> Result<u64, UserError> {
        let now = self.clock.now();
        let before = now.minus(older_than);
        let mut purged = 0;
        loop {
            let batch: u64 = self
                .work
                .write(move |tx| Ok::<_, UserError>(tx.sessions().sweep(before, SWEEP_BATCH)?))
                .await?;
            purged += batch;
            if batch < u64::from(SWEEP_BATCH) {
                break;
            }
        }
        loop {
            let batch: u64 = self
                .work
                .write(move |tx| Ok::<_, UserError>(tx.receipts().sweep(now, SWEEP_BATCH)?))
                .await?;
            purged += batch;
            if batch < u64::from(SWEEP_BATCH) {
                break;
            }
        }
        // A code that comes again is worth noticing for a while.
        let before = now.minus(GRANTS_KEPT);
        loop {
            let batch: u64 = self
                .work
                .write(move |tx| Ok::<_, UserError>(tx.identities().sweep(before, SWEEP_BATCH)?))
                .await?;
            purged += batch;
            if batch < u64::from(SWEEP_BATCH) {
                return Ok(purged);
            }
        }
    }

    /// Writes an act down in a transaction of its own: what was refused must be on record, whatever
    /// becomes of the rest.
    pub(crate) async fn note_alone(
        &self,
        deed: Deed,
        action: &'static str,
        target: Option<UserId>,
        outcome: Outcome,
        detail: Option<String>,
    ) -> Result<(), UserError> {
        self.work.write(move |tx| Ok(deed.note(tx, action, target, outcome, detail.clone())?)).await
    }

    /// Makes the caches forget an account and what is live of it.
    pub(crate) async fn forget(&self, user: UserId, sessions: &[SessionId]) {
        self.cache.evict(&user).await;
        for session in sessions {
            self.live.evict(session).await;
        }
    }
}

/// Judges a new password; `field` names where it came from.
pub(crate) fn judge(
    field: &'static str,
    password: &Password,
    username: &Username,
    email: &Email,
) -> Result<(), UserError> {
    policy::accept_password(password, username, email).map_err(|error| {
        let code = match error {
            PasswordError::Common => "users.password_common",
            PasswordError::SameAsName => "users.password_same_as_name",
            PasswordError::Text(_) => "users.password_length",
        };
        UserError::Invalid(vec![FieldFault::new(field, code, error)])
    })
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
    leaving: UserId,
) -> Result<(), UserError> {
    for id in holders.iter().filter(|id| **id != leaving) {
        let other = tx.users().get(*id)?;
        if other.is_some_and(|u| u.role == Role::SuperAdmin && u.status == Status::Active) {
            return Ok(());
        }
    }
    Err(UserError::LastSuperAdmin)
}

/// Where a call came from that says no more than its request.
fn origin_of(actor: &Actor) -> Origin {
    Origin { request_id: actor.request_id.as_deref().map(str::to_owned), ..Origin::default() }
}
