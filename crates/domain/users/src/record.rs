//! The stored form of an account: the only code that takes one apart to keep it and rebuilds it.

use kernel::{
    Locale, PhoneNumber, Role, Timestamp,
    record::{CorruptColumn, Record, at_rank, known, moment, rank, read, read_option, user},
};
use serde::{Deserialize, Serialize};

use crate::{
    user::User,
    values::{Bio, EmailAddress, PersonName, Provider, Status, Username},
};

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is the account's field of that name")]
pub struct UserRecord {
    pub id: i64,
    pub username: String,
    pub email: String,
    pub role: i16,
    pub status: i16,
    pub first_name: String,
    pub last_name: String,
    pub bio: String,
    pub avatar: Option<String>,
    pub locale: i16,
    pub provider: i16,
    pub email_verified: bool,
    pub phone: Option<String>,
    pub two_factor_enabled: bool,
    pub created_at: i64,
    pub updated_at: i64,
    pub last_login_at: Option<i64>,
    pub purge_at: Option<i64>,
    pub version: i64,
}

impl Record for UserRecord {
    const NAME: &'static str = "users";
    const VERSION: u32 = 5;
}

impl From<&User> for UserRecord {
    fn from(user: &User) -> Self {
        let User {
            id,
            username,
            email,
            role,
            status,
            first_name,
            last_name,
            bio,
            avatar,
            locale,
            provider,
            email_verified,
            phone,
            two_factor_enabled,
            created_at,
            updated_at,
            last_login_at,
            purge_at,
            version,
        } = user;
        Self {
            id: id.get(),
            username: username.as_str().to_owned(),
            email: email.as_str().to_owned(),
            role: rank(&Role::ALL, role),
            status: rank(&Status::ALL, status),
            first_name: first_name.as_str().to_owned(),
            last_name: last_name.as_str().to_owned(),
            bio: bio.as_str().to_owned(),
            avatar: avatar.clone(),
            locale: locale.rank(),
            provider: rank(&Provider::ALL, provider),
            email_verified: *email_verified,
            phone: phone.as_ref().map(|phone| phone.as_str().to_owned()),
            two_factor_enabled: *two_factor_enabled,
            created_at: created_at.micros(),
            updated_at: updated_at.micros(),
            last_login_at: last_login_at.map(Timestamp::micros),
            purge_at: purge_at.map(Timestamp::micros),
            version: *version,
        }
    }
}

impl TryFrom<UserRecord> for User {
    type Error = CorruptColumn;

    fn try_from(r: UserRecord) -> Result<Self, CorruptColumn> {
        Ok(Self {
            id: user("id", r.id)?,
            username: read("username", Username::parse(&r.username))?,
            email: read("email", EmailAddress::parse(&r.email))?,
            role: known("role", at_rank(&Role::ALL, r.role))?,
            status: known("status", at_rank(&Status::ALL, r.status))?,
            first_name: read("first_name", PersonName::parse(&r.first_name))?,
            last_name: read("last_name", PersonName::parse(&r.last_name))?,
            bio: read("bio", Bio::parse(&r.bio))?,
            avatar: r.avatar,
            locale: known("locale", Locale::from_rank(r.locale))?,
            provider: known("provider", at_rank(&Provider::ALL, r.provider))?,
            email_verified: r.email_verified,
            phone: read_option("phone", r.phone, |phone| PhoneNumber::parse(&phone))?,
            two_factor_enabled: r.two_factor_enabled,
            created_at: moment("created_at", r.created_at)?,
            updated_at: moment("updated_at", r.updated_at)?,
            last_login_at: read_option("last_login_at", r.last_login_at, Timestamp::from_micros)?,
            purge_at: read_option("purge_at", r.purge_at, Timestamp::from_micros)?,
            version: r.version,
        })
    }
}
