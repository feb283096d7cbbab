//! What is stored of this domain.

use std::{collections::BTreeSet, sync::Arc};

use kernel::{SessionId, Timestamp, TokenId, UserId};
use users::{
    User,
    audit::Audit,
    chain::ChainEntry,
    external::{self, Attempt, Identity, ProviderName, Subject},
    factor::{Challenge, Factor},
    login_throttle::LoginThrottle,
    one_time_token::{EmailChange, OneTimeToken},
    personal_access_token::PersonalAccessToken,
    phone::PhoneChange,
    role::CustomRole,
    session::{RefreshToken, Session},
    values::{AuditId, Digest, PasswordHash, RoleName},
};

use crate::state::Table;

/// An account and what is kept beside it.
#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) user: User,
    pub(crate) password: Option<PasswordHash>,
    pub(crate) active_at: Timestamp,
    pub(crate) closing_at: Option<Timestamp>,
}

/// The tables, and the last number that each has given.
#[derive(Clone, Default)]
pub(crate) struct UsersTables {
    pub(crate) last_user: i64,
    pub(crate) last_session: i64,
    pub(crate) last_token: i64,
    pub(crate) accounts: Table<UserId, Arc<Account>>,
    /// Accounts without a person: nothing but the id is left, for what points to it.
    pub(crate) removed: Arc<BTreeSet<UserId>>,
    pub(crate) sessions: Table<SessionId, Arc<Session>>,
    pub(crate) refresh: Table<(SessionId, i64), Arc<RefreshToken>>,
    pub(crate) refresh_digests: Table<Digest, (SessionId, i64)>,
    pub(crate) tickets: Table<Digest, (SessionId, Timestamp)>,
    pub(crate) one_time_tokens: Table<Digest, Arc<OneTimeToken>>,
    pub(crate) email_changes: Table<UserId, Arc<EmailChange>>,
    /// Numbers that wait for their code.
    pub(crate) phone_changes: Table<UserId, Arc<PhoneChange>>,
    /// When each was last met.
    pub(crate) devices: Table<(UserId, Digest), Timestamp>,
    pub(crate) personal_access_tokens: Table<TokenId, Arc<PersonalAccessToken>>,
    pub(crate) token_digests: Table<Digest, TokenId>,
    pub(crate) roles: Table<RoleName, Arc<CustomRole>>,
    pub(crate) roles_held: Arc<BTreeSet<(UserId, RoleName)>>,
    pub(crate) factors: Table<UserId, Arc<Factor>>,
    pub(crate) recovery_codes: Table<(UserId, Digest), ()>,
    pub(crate) challenges: Table<Digest, Arc<Challenge>>,
    pub(crate) login_throttle: Table<Digest, LoginThrottle>,
    /// When a window began, and how many emails it has.
    pub(crate) email_counts: Table<Digest, (Timestamp, u64)>,
    pub(crate) key_mark: Option<Digest>,
    pub(crate) identities: Table<(ProviderName, Subject), Arc<Identity>>,
    pub(crate) attempts: Table<Digest, Arc<Attempt>>,
    /// One-time codes of front-ends.
    pub(crate) codes: Table<Digest, Arc<external::AuthorizationCode>>,
    pub(crate) audit: Table<AuditId, Arc<Audit>>,
    /// The newest entry of the audit trail; nothing before the first.
    pub(crate) audit_head: Option<ChainEntry>,
    /// The last entry that was removed from it.
    pub(crate) audit_pruned: Option<ChainEntry>,
}
