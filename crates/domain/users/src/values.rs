//! The values an account is made of. Each is parsed once, at the door.

use kernel::{Role, id, text, text::TextError};

id!(
    /// An entry of the audit trail.
    AuditId
);
text!(
    /// A first or last name: at most 100 characters, trimmed; may be empty.
    PersonName,
    trimmed,
    0,
    100
);
text!(
    /// What people say of themselves: at most 1000 characters; may be empty.
    Bio,
    trimmed,
    0,
    1000
);

text!(
    /// What somebody calls a token of theirs: 1 to 100 characters, trimmed.
    TokenName,
    trimmed,
    1,
    100
);
text!(
    /// What a role is for: at most 500 characters; may be empty.
    RoleDescription,
    trimmed,
    0,
    500
);

/// The name of a role that somebody made: `[a-z][a-z0-9_-]{1,49}`, and none of the base roles.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RoleName(String);

/// Why a text is no name of a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RoleNameError {
    /// It does not look like one.
    #[error("must be a letter a-z, then 1 to 49 of a-z, digits, _ and -")]
    Form,
    /// A base role is called so.
    #[error("is the name of a built-in role")]
    BuiltIn,
}

impl RoleName {
    /// The only way in.
    pub fn parse(raw: &str) -> Result<Self, RoleNameError> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-';
        let begins = raw.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
        if !begins || !(2..=50).contains(&raw.len()) || !raw.bytes().all(plain) {
            return Err(RoleNameError::Form);
        }
        if Role::parse(raw).is_some() {
            return Err(RoleNameError::BuiltIn);
        }
        Ok(Self(raw.to_owned()))
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A name to sign in with: 3–50 of `A-Z a-z 0-9 _ . -`, unique without regard to case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Username(String);

/// Why a text is no username.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UsernameError {
    /// Not 3–50 characters.
    #[error("must have 3 to 50 characters")]
    Length,
    /// A character that is not allowed.
    #[error("may contain only letters A-Z, digits and the characters _ . -")]
    Character,
}

impl Username {
    /// The only way in; trimmed.
    pub fn parse(raw: &str) -> Result<Self, UsernameError> {
        let raw = raw.trim();
        if !raw.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b)) {
            return Err(UsernameError::Character);
        }
        if !(3..=50).contains(&raw.len()) {
            return Err(UsernameError::Length);
        }
        Ok(Self(raw.to_owned()))
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form that must be unique.
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

/// A mail address of at most 254 characters, unique without regard to case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EmailAddress(String);

/// Why a text is no mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a mail address such as ada@example.com")]
pub struct EmailAddressError;

impl EmailAddress {
    /// The only way in; trimmed. The common part of RFC 5321: an unquoted local part of at most
    /// 64 characters, `@`, and a host name of at least two labels.
    pub fn parse(raw: &str) -> Result<Self, EmailAddressError> {
        let raw = raw.trim();
        let (local, host) = raw.rsplit_once('@').ok_or(EmailAddressError)?;
        let local_ok = !local.is_empty()
            && local.len() <= 64
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..")
            && local
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+/=?^_`{|}~.-".contains(c));
        let labels: Vec<&str> = host.split('.').collect();
        let host_ok = raw.len() <= 254
            && labels.len() >= 2
            && labels.iter().all(|label| {
                (1..=63).contains(&label.len())
                    && !label.starts_with('-')
                    && !label.ends_with('-')
                    && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            });
        if local_ok && host_ok { Ok(Self(raw.to_owned())) } else { Err(EmailAddressError) }
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form that must be unique.
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

/// A password as somebody typed it: 8–128 characters, never trimmed, never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

/// Why a password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Wrong length, or NUL in it.
    #[error(transparent)]
    Text(#[from] TextError),
    /// Among those that are tried first.
    #[error("is one of the commonest passwords")]
    Common,
    /// The same as the username or the mail address.
    #[error("must not be your username or mail address")]
    SameAsName,
}

impl Password {
    /// The least number of characters.
    pub const MIN: usize = 8;
    /// The greatest number of characters.
    pub const MAX: usize = 128;

    /// A password somebody wants to have. Whether it is common or like a name is judged by
    /// `policy::accept_password`.
    pub fn parse(raw: &str) -> Result<Self, PasswordError> {
        Ok(Self(kernel::text::bounded(raw, Self::MIN, Self::MAX)?))
    }

    /// A password somebody tries. Anything goes: a wrong one must take as long as a right one.
    pub fn attempt(raw: &str) -> Self {
        Self(raw.to_owned())
    }

    /// The secret itself, for the hasher only.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

/// What is stored of a password: a versioned scheme tag and a hash.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Wraps what a hasher made or a store kept.
    pub fn parse(raw: &str) -> Result<Self, TextError> {
        kernel::text::bounded(raw, 1, 255).map(Self)
    }

    /// For the hasher and the store only.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// The SHA-256 of an opaque secret; what a store keeps instead of it.
pub type Digest = [u8; 32];

/// Whether an account may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// It may.
    Active,
    /// An administrator closed it for now.
    Suspended,
}

impl Status {
    /// Every one.
    pub const ALL: [Self; 2] = [Self::Active, Self::Suspended];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }

    /// From the word on the wire.
    pub fn parse(raw: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == raw)
    }
}

/// Where an account comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Provider {
    /// Registered here.
    Local,
    /// Signed in with Google first.
    Google,
    /// Signed in with GitHub first.
    GitHub,
    /// Made for a machine: it comes in by personal access tokens only.
    Service,
    /// Signed in with another OpenID provider first.
    OpenId,
}

impl Provider {
    /// Every one.
    pub const ALL: [Self; 5] =
        [Self::Local, Self::Google, Self::GitHub, Self::Service, Self::OpenId];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Google => "google",
            Self::GitHub => "github",
            Self::Service => "service",
            Self::OpenId => "openid",
        }
    }

    /// From the word on the wire.
    pub fn parse(raw: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|provider| provider.as_str() == raw)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn usernames_have_three_to_fifty_plain_characters() {
        for fine in ["abc", "A.b-c_9", "...", "  ada  ", &"x".repeat(50)] {
            let name = Username::parse(fine).unwrap();
            assert_eq!(name.as_str(), fine.trim());
            assert_eq!(name.key(), fine.trim().to_lowercase());
        }
        for short in ["", "  ", "ab", &"x".repeat(51)] {
            assert_eq!(Username::parse(short), Err(UsernameError::Length), "{short}");
        }
        for odd in ["ad a", "ada@x", "ädä", "a\0da", "ada\u{200b}", "ada/..", "a%b"] {
            assert_eq!(Username::parse(odd), Err(UsernameError::Character), "{odd}");
        }
    }

    #[test]
    fn roles_have_plain_names_that_no_base_role_has() {
        for fine in ["ab", "on-call_2", &"x".repeat(50)] {
            assert_eq!(RoleName::parse(fine).unwrap().as_str(), fine);
        }
        for odd in ["", "a", "1st", "-a", "On-call", "a b", "a.b", "rôle", &"x".repeat(51)] {
            assert_eq!(RoleName::parse(odd), Err(RoleNameError::Form), "{odd}");
        }
        for role in Role::ALL {
            assert_eq!(RoleName::parse(role.as_str()), Err(RoleNameError::BuiltIn));
        }
    }

    #[test]
    fn addresses_are_what_mail_servers_take() {
        let longest =
            format!("{}@{}.{}.{}", "l".repeat(64), "h".repeat(63), "o".repeat(63), "s".repeat(61));
        assert_eq!(longest.len(), 254);
        for fine in [
            "a@b.c",
            "Ada.Lovelace+tag@Example.COM",
            "!#$%&'*+/=?^_`{|}~-@x-y.org",
            " ada@example.com ",
            "ada@1.2.3",
            longest.as_str(),
        ] {
            let email = EmailAddress::parse(fine).unwrap();
            assert_eq!(email.as_str(), fine.trim());
            assert_eq!(email.key(), fine.trim().to_lowercase());
        }
        for bad in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "ada@localhost",
            "ada@@example.com",
            "a@b@example.com",
            ".ada@example.com",
            "ada.@example.com",
            "a..b@example.com",
            "ada@-example.com",
            "ada@example-.com",
            "ada@example..com",
            "ada@.example.com",
            "ada@exam_ple.com",
            "ada lovelace@example.com",
            "\"ada\"@example.com",
            "ada@[192.0.2.1]",
            "ädä@example.com",
            "ada@exämple.com",
            "ada@example.com\0",
            "ada@example.com\nbcc: eve@example.com",
            &format!("{}@example.com", "l".repeat(65)),
            &format!("ada@{}.com", "h".repeat(64)),
            &format!("l{longest}"),
        ] {
            assert_eq!(EmailAddress::parse(bad), Err(EmailAddressError), "{bad}");
        }
    }

    #[test]
    fn passwords_are_counted_in_characters_and_never_trimmed() {
        for fine in ["12345678", " spaces ", "äöüßÄÖÜ€", &"🦀".repeat(128)] {
            assert_eq!(Password::parse(fine).unwrap().expose(), fine);
        }
        let error = |raw: &str| Password::parse(raw).unwrap_err();
        assert_eq!(error("1234567"), TextError::TooShort { min: 8 }.into());
        assert_eq!(error(""), TextError::Empty.into());
        assert_eq!(error(&"x".repeat(129)), TextError::TooLong { max: 128 }.into());
        assert_eq!(error("1234567\0"), TextError::Nul.into());
        assert_eq!(Password::attempt("x").expose(), "x");
    }

    #[test]
    fn secrets_are_not_shown() {
        let password = Password::attempt("hunter2hunter2");
        let hash = PasswordHash::parse("scheme$hash").unwrap();
        assert_eq!(format!("{password:?} {hash:?}"), "Password(…) PasswordHash(…)");
        assert!(PasswordHash::parse("").is_err());
    }

    #[test]
    fn words_parse_back() {
        for status in Status::ALL {
            assert_eq!(Status::parse(status.as_str()), Some(status));
        }
        for provider in Provider::ALL {
            assert_eq!(Provider::parse(provider.as_str()), Some(provider));
        }
        for outcome in crate::audit::AuditOutcome::ALL {
            assert_eq!(crate::audit::AuditOutcome::parse(outcome.as_str()), Some(outcome));
        }
        for state in [0, 1, 2] {
            let parsed = crate::session::RefreshState::from_rank(state).unwrap();
            assert_eq!(parsed.rank(), state);
        }
        assert_eq!(crate::session::RefreshState::from_rank(3), None);
        assert_eq!((Status::parse("Active"), Provider::parse("")), (None, None));
    }

    proptest! {
        #[test]
        fn no_text_makes_parsing_panic(raw in ".{0,300}") {
            let _ = Username::parse(&raw);
            let _ = EmailAddress::parse(&raw);
            let _ = Password::parse(&raw);
            let _ = PersonName::parse(&raw);
            let _ = Bio::parse(&raw);
            let _ = RoleName::parse(&raw);
            let _ = TokenName::parse(&raw);
            let _ = PasswordHash::parse(&raw);
        }

        #[test]
        fn what_was_parsed_parses_again_to_the_same(
            name in "[A-Za-z0-9_.-]{3,50}",
            local in "[a-z0-9]{1,10}([.+_-][a-z0-9]{1,10}){0,3}",
            host in "[a-z0-9]{1,10}(-[a-z0-9]{1,10}){0,2}(\\.[a-z]{2,10}){1,3}",
        ) {
            let username = Username::parse(&name).unwrap();
            prop_assert_eq!(Username::parse(username.as_str()), Ok(username));
            let email = EmailAddress::parse(&format!("{local}@{host}")).unwrap();
            prop_assert_eq!(EmailAddress::parse(email.as_str()), Ok(email.clone()));
            prop_assert_eq!(EmailAddress::parse(&email.key()).unwrap().key(), email.key());
        }
    }
}
