//! Accounts that no one uses: who is warned, and who is closed.

use std::time::Duration;

use kernel::{Role, Timestamp, UserId};

use crate::{
    user::User,
    values::{Provider, Status},
};

/// How long a warning holds after the moment that it names. A later closing needs another warning,
/// because people forget an old one.
const HOLDS: Duration = Duration::from_hours(30 * 24);

/// When accounts that no one uses are closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inactivity {
    /// How long no one used them.
    pub after: Duration,
    /// How long before that their owners are warned.
    pub warning: Duration,
}

/// What stores know of the use of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// When it was last used, to the hour: by a sign-in, a refresh, or a personal access token.
    pub active_at: Timestamp,
    /// Its owner was warned that it may be closed from this moment on, and has not used it since.
    pub closing_at: Option<Timestamp>,
    /// Whether it has more roles than its own.
    pub has_roles: bool,
}

/// Which accounts a store lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Their owners were not warned; by when they were last used.
    Idle,
    /// Their owners were warned; by when they may be closed.
    Warned,
}

/// The place of an account in the list of a [`Stage`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// When it was last used, or when it may be closed.
    pub at: Timestamp,
    /// The account.
    pub id: UserId,
}

/// How many people came lately.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActivityCounts {
    /// Accounts that were made.
    pub made: u64,
    /// Accounts that were used.
    pub active: u64,
}

/// What an account is due for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Nothing.
    Nothing,
    /// Its owner is warned.
    Warning,
    /// It is closed.
    Closing,
}

impl Inactivity {
    /// When an account was last used at the latest, if its owner is to be warned now.
    pub fn warned_before(&self, now: Timestamp) -> Timestamp {
        now.minus(self.after.saturating_sub(self.warning))
    }

    /// What an account is due for. The warning comes first, however long no one used the account, and the
    /// moment that it named has passed.
    pub fn due(&self, user: &User, standing: &Standing, now: Timestamp) -> Due {
        let Standing { active_at, closing_at, has_roles } = *standing;
        if has_roles || !may_close(user) || active_at > self.warned_before(now) {
            return Due::Nothing;
        }
        match closing_at {
            None => Due::Warning,
            Some(at) if now < at => Due::Nothing,
            Some(at) if now > at.plus(HOLDS) => Due::Warning,
            Some(_) if active_at > now.minus(self.after) => Due::Nothing,
            Some(_) => Due::Closing,
        }
    }
}

/// Only a person without any power, who can be warned and could have signed in.
fn may_close(user: &User) -> bool {
    user.role == Role::User
        && user.status == Status::Active
        && user.provider != Provider::Service
        && user.purge_at.is_none()
        && user.email_verified
}

#[cfg(test)]
mod tests {
    use kernel::Locale;

    use super::*;
    use crate::values::{Bio, EmailAddress, PersonName, Username};

    const DAY: Duration = Duration::from_hours(24);
    const RULE: Inactivity =
        Inactivity { after: DAY.saturating_mul(365), warning: DAY.saturating_mul(30) };

    fn day(number: u32) -> Timestamp {
        Timestamp::parse("2020-01-01T00:00:00Z").unwrap().plus(DAY * number)
    }

    fn ada() -> User {
        User {
            id: UserId::parse(1).unwrap(),
            username: Username::parse("ada").unwrap(),
            email: EmailAddress::parse("ada@example.com").unwrap(),
            role: Role::User,
            status: Status::Active,
            first_name: PersonName::parse("").unwrap(),
            last_name: PersonName::parse("").unwrap(),
            bio: Bio::parse("").unwrap(),
            avatar: None,
            phone: None,
            locale: Locale::En,
            provider: Provider::Local,
            email_verified: true,
            two_factor_enabled: false,
            created_at: day(0),
            updated_at: day(0),
            last_login_at: None,
            purge_at: None,
            version: 1,
        }
    }

    fn due(active: u32, closing: Option<u32>, now: u32) -> Due {
        let standing =
            Standing { active_at: day(active), closing_at: closing.map(day), has_roles: false };
        RULE.due(&ada(), &standing, day(now))
    }

    #[test]
    fn the_warning_comes_first_and_its_moment_is_kept() {
        assert_eq!(due(0, None, 334), Due::Nothing);
        assert_eq!(due(0, None, 335), Due::Warning);
        assert_eq!(due(0, None, 3000), Due::Warning, "an old installation warns first, too");
        assert_eq!(due(0, Some(365), 364), Due::Nothing);
        assert_eq!(due(0, Some(365), 365), Due::Closing);
        assert_eq!(due(0, Some(3030), 3029), Due::Nothing);
        assert_eq!(due(0, Some(3030), 3060), Due::Closing);
        assert_eq!(due(0, Some(3030), 3061), Due::Warning, "a warning is not kept for ever");
        // The rule became stricter for a while, and then milder again.
        assert_eq!(due(20, Some(365), 365), Due::Nothing);
    }

    #[test]
    fn only_people_without_power_who_can_be_warned_are_closed() {
        let standing = Standing { active_at: day(0), closing_at: Some(day(400)), has_roles: false };
        let now = day(401);
        assert_eq!(RULE.due(&ada(), &standing, now), Due::Closing);
        for other in [
            User { role: Role::Moderator, ..ada() },
            User { role: Role::SuperAdmin, ..ada() },
            User { status: Status::Suspended, ..ada() },
            User { provider: Provider::Service, ..ada() },
            User { purge_at: Some(day(500)), ..ada() },
            User { email_verified: false, ..ada() },
        ] {
            assert_eq!(RULE.due(&other, &standing, now), Due::Nothing, "{other:?}");
        }
        let more = Standing { has_roles: true, ..standing };
        assert_eq!(RULE.due(&ada(), &more, now), Due::Nothing);
    }
}
