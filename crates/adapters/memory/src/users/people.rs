//! People for the tests and examples of domains that know them by number only, and so cannot make an
//! account themselves.

use kernel::{Access, Locale, PhoneNumber, Role, StoreError, Timestamp, UserId, Verdict};
use users::{
    User, UserStore,
    user::NewUser,
    values::{EmailAddress, PasswordHash, PersonName, Provider, Status, Username},
};

use crate::{MemoryDb, tx::MemoryTx};

impl MemoryDb {
    /// Adds an active account of this name that nobody can sign in to.
    pub fn add_person(&self, name: &str) -> Result<UserId, StoreError> {
        let (person, password) = person(name)?;
        self.simultaneously(|tx| Ok(UserStore::insert(tx, &person, Some(&password))?.id))
    }

    /// Suspends an account.
    pub fn suspend(&self, id: UserId) -> Result<(), StoreError> {
        self.change(id, |user| user.status = Status::Suspended)
    }

    /// Proves the address of an account.
    pub fn prove_address(&self, id: UserId) -> Result<(), StoreError> {
        self.change(id, |user| user.email_verified = true)
    }

    /// Gives an account a role.
    pub fn set_role(&self, id: UserId, role: Role) -> Result<(), StoreError> {
        self.change(id, |user| user.role = role)
    }

    /// Gives an account a phone number, as if it had been proven.
    pub fn set_phone(&self, id: UserId, phone: &PhoneNumber) -> Result<(), StoreError> {
        self.change(id, |user| user.phone = Some(phone.clone()))
    }

    /// Takes the phone number of an account.
    pub fn remove_phone(&self, id: UserId) -> Result<(), StoreError> {
        self.change(id, |user| user.phone = None)
    }

    /// Gives an account a language.
    pub fn set_locale(&self, id: UserId, locale: Locale) -> Result<(), StoreError> {
        self.change(id, |user| user.locale = locale)
    }

    fn change(&self, id: UserId, change: impl Fn(&mut User)) -> Result<(), StoreError> {
        self.simultaneously(|tx| {
            let found = UserStore::lock(tx, id)?;
            let mut user = found.ok_or(StoreError::Missing("users.id"))?;
            change(&mut user);
            UserStore::save(tx, &mut user)
        })
    }

    pub(crate) fn simultaneously<T>(
        &self,
        mut f: impl FnMut(&mut MemoryTx) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut outcome = Err(StoreError::Internal("the unit of work never ran".to_owned()));
        self.execute_now(Access::Write, &mut |tx| {
            outcome = f(tx);
            if outcome.is_ok() { Verdict::Commit } else { Verdict::RollBack }
        })?;
        outcome
    }
}

pub(crate) fn bad(error: impl std::fmt::Display) -> StoreError {
    StoreError::Internal(error.to_string())
}

fn person(name: &str) -> Result<(NewUser, PasswordHash), StoreError> {
    let person = NewUser {
        username: Username::parse(name).map_err(bad)?,
        email: EmailAddress::parse(&format!("{name}@example.com")).map_err(bad)?,
        role: Role::User,
        first_name: PersonName::parse("").map_err(bad)?,
        last_name: PersonName::parse("").map_err(bad)?,
        locale: Locale::DEFAULT,
        provider: Provider::Local,
        email_verified: false,
        created_at: Timestamp::from_micros(0).map_err(bad)?,
    };
    // No scheme writes this, so no password fits it.
    let password = PasswordHash::parse("none").map_err(bad)?;
    Ok((person, password))
}
