//! The values of rooms and messages. `parse` is the only constructor of each.

pub use kernel::{FileId, RoomId};
use kernel::{
    UserId, id, number, text,
    text::{TextError, bounded},
    words,
};

id!(
    /// A message.
    MessageId
);
id!(
    /// An invitation to a private room.
    InvitationId
);
text!(
    /// What a room is for: at most 500 characters, trimmed.
    RoomDescription,
    trimmed,
    0,
    500
);
text!(
    /// What a client calls a message before it has a number: 1 to 64 characters. A message that is sent again
    /// under the same id is stored once.
    ClientId,
    bounded,
    1,
    64
);
number!(
    /// The time between two messages of one member of a room, in seconds.
    SlowMode,
    0,
    21_600
);
number!(
    /// How long a room keeps messages, in days.
    Retention,
    1,
    3650
);

words!(
    /// Who finds a room.
    RoomKind {
        /// Everyone finds it, reads it and may join.
        Public = 0 "public",
        /// Its members and those who are invited find it.
        Private = 1 "private",
        /// Two people write to each other.
        Direct = 2 "direct",
    }
);

words!(
    /// What a member may do in a room; each may do what those before may.
    MemberRole {
        /// Reads and writes.
        Member = 0 "member",
        /// Deletes messages, mutes, bans and invites.
        Moderator = 1 "moderator",
        /// Changes the room and the roles of its members.
        Owner = 2 "owner",
    }
);

words!(
    /// Whether someone belongs to a room.
    MemberState {
        /// They are in it.
        Joined = 0 "joined",
        /// They were in it.
        Left = 1 "left",
        /// They may not come back.
        Banned = 2 "banned",
    }
);

words!(
    /// What a member is notified of.
    Notify {
        /// Messages that name them.
        Mentions = 0 "mentions",
        /// Nothing.
        Nothing = 1 "none",
    }
);

/// The most characters of a room's name.
pub const NAME_MAX: usize = 100;
/// The most characters of a message.
pub const CONTENT_MAX: usize = 4000;
/// The most bytes of a reaction.
pub const EMOJI_MAX: usize = 32;
/// Files of one message, at most.
pub const ATTACHMENTS_MAX: usize = 10;
/// People that one message can name.
pub const MENTIONS_MAX: usize = 50;

impl RoomDescription {
    /// The empty one.
    pub const fn empty() -> Self {
        Self(String::new())
    }
}

/// The name of a room: 1 to 100 characters, trimmed, with a letter among them, so that no name looks like a number.
/// Unique without regard to case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RoomName(String);

/// Why a text is no name of a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RoomNameError {
    /// Empty, or too long.
    #[error(transparent)]
    Text(#[from] TextError),
    /// Nothing in it is a letter.
    #[error("must contain a letter")]
    NoLetter,
    /// A slash, or a character that cannot be seen.
    #[error("must not contain slashes and invisible characters")]
    Character,
}

impl RoomName {
    /// Trims and judges a name.
    pub fn parse(raw: &str) -> Result<Self, RoomNameError> {
        let name = text::trimmed(raw, 1, NAME_MAX)?;
        if name.chars().any(|c| matches!(c, '/' | '\\') || is_invisible(c)) {
            return Err(RoomNameError::Character);
        }
        if !name.chars().any(char::is_alphabetic) {
            return Err(RoomNameError::NoLetter);
        }
        Ok(Self(name))
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form that must be unique: lower case, white space as single spaces.
    pub fn key(&self) -> String {
        let words: Vec<&str> = self.0.split_whitespace().collect();
        words.join(" ").to_lowercase()
    }
}

/// Controls, and characters without width or of direction, by which two names could look alike. Joiners stay,
/// because scripts need them.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// A room as callers name it: by its number, or by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoomRef {
    /// By its number.
    Id(RoomId),
    /// By its name.
    Name(RoomName),
}

impl RoomRef {
    /// Digits are a number, everything else is a name. `None`: no room is called so.
    pub fn parse(raw: &str) -> Option<Self> {
        match raw.parse() {
            Ok(id) => Some(Self::Id(id)),
            Err(_) => RoomName::parse(raw).ok().map(Self::Name),
        }
    }
}

impl From<RoomId> for RoomRef {
    fn from(id: RoomId) -> Self {
        Self::Id(id)
    }
}

/// What a message says: 1 to 4000 characters, kept as they came, and not only white space.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Content(String);

impl Content {
    /// Judges a text.
    pub fn parse(raw: &str) -> Result<Self, TextError> {
        if raw.trim().is_empty() {
            return Err(TextError::Empty);
        }
        bounded(raw, 1, CONTENT_MAX).map(Self)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A reaction: an emoji, or a name such as `:tada:`; at most 32 bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Emoji(String);

/// Why a text is no reaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an emoji or a name such as :tada:, of at most {EMOJI_MAX} bytes")]
pub struct EmojiError;

impl Emoji {
    /// Judges a text.
    pub fn parse(raw: &str) -> Result<Self, EmojiError> {
        let is_of_name =
            |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'+' | b'-');
        let named = raw.strip_prefix(':').and_then(|rest| rest.strip_suffix(':'));
        let is_name = named.is_some_and(|name| !name.is_empty() && name.bytes().all(is_of_name));
        // Joiners and variation selectors are part of emojis; letters and spaces are not.
        let is_picture = !raw.is_ascii()
            && raw.chars().all(|c| {
                !c.is_alphabetic() && !c.is_whitespace() && (c == '\u{200d}' || !is_invisible(c))
            });
        if raw.len() <= EMOJI_MAX && (is_name || is_picture) {
            Ok(Self(raw.to_owned()))
        } else {
            Err(EmojiError)
        }
    }

    /// The emoji.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Two people who write to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pair {
    lower: UserId,
    higher: UserId,
}

impl Pair {
    /// `None` when they are the same person.
    pub fn new(one: UserId, other: UserId) -> Option<Self> {
        let (lower, higher) = (one.min(other), one.max(other));
        (lower != higher).then_some(Self { lower, higher })
    }

    /// The other one; `None` for a third person.
    pub fn other(self, one: UserId) -> Option<UserId> {
        match one {
            one if one == self.lower => Some(self.higher),
            one if one == self.higher => Some(self.lower),
            _ => None,
        }
    }

    /// Both.
    pub const fn both(self) -> [UserId; 2] {
        [self.lower, self.higher]
    }

    /// As stores keep it: `3:17`.
    pub fn key(self) -> String {
        format!("{}:{}", self.lower, self.higher)
    }

    /// From how stores keep it.
    pub fn parse(key: &str) -> Option<Self> {
        let (lower, higher) = key.split_once(':')?;
        let pair = Self::new(lower.parse().ok()?, higher.parse().ok()?)?;
        (pair.key() == key).then_some(pair)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_no_numbers_and_unique_without_regard_to_case() {
        let key = |raw: &str| RoomName::parse(raw).map(|name| name.key());
        assert_eq!(key("  Audio \u{3000} Production "), Ok("audio production".to_owned()));
        assert_eq!(key("ÄÖ 2"), key("äö  2"));
        assert_eq!(key("公共"), Ok("公共".to_owned()));
        assert_eq!(key("42"), Err(RoomNameError::NoLetter));
        for raw in ["*", "..", "٤٢", "🎉"] {
            assert_eq!(key(raw), Err(RoomNameError::NoLetter), "{raw}");
        }
        for raw in ["a/b", "a\\b", "a\u{202e}b", "a\u{200b}b", "a\nb"] {
            assert_eq!(key(raw), Err(RoomNameError::Character), "{raw:?}");
        }
        assert_eq!(key(" "), Err(RoomNameError::Text(TextError::Empty)));
        assert!(key(&"ä".repeat(100)).is_ok() && key(&"ä".repeat(101)).is_err());
    }

    #[test]
    fn a_room_is_named_by_number_or_name() {
        let id = RoomId::parse(42).unwrap();
        assert_eq!(RoomRef::parse("42"), Some(RoomRef::Id(id)));
        let name = RoomName::parse("general").unwrap();
        assert_eq!(RoomRef::parse("general"), Some(RoomRef::Name(name)));
        assert_eq!(RoomRef::parse("0"), None);
        assert_eq!(RoomRef::parse(""), None);
    }

    #[test]
    fn a_message_is_not_only_white_space() {
        assert_eq!(Content::parse(" a\n").unwrap().as_str(), " a\n");
        assert_eq!(Content::parse(" \n\u{a0}"), Err(TextError::Empty));
        assert_eq!(Content::parse("a\0"), Err(TextError::Nul));
        assert!(Content::parse(&"🦀".repeat(CONTENT_MAX)).is_ok());
        assert!(Content::parse(&"x".repeat(CONTENT_MAX + 1)).is_err());
    }

    #[test]
    fn reactions_are_short() {
        for raw in ["👍", "👍🏽", "👩‍👩‍👧", "❤️", "1️⃣", "🇫🇷", ":tada:", ":+1:"]
        {
            assert_eq!(Emoji::parse(raw).unwrap().as_str(), raw);
        }
        let long = "👍".repeat(9);
        for raw in ["", "a", "é", "::", ":A:", "👍 👍", "<b>", "👍\u{202e}", "👍\n", &long]
        {
            assert_eq!(Emoji::parse(raw), Err(EmojiError), "{raw:?}");
        }
    }

    #[test]
    fn a_pair_is_the_same_from_both_sides() {
        let user = |id| UserId::parse(id).unwrap();
        let pair = Pair::new(user(17), user(3)).unwrap();
        assert_eq!(Some(pair), Pair::new(user(3), user(17)));
        assert_eq!((pair.key().as_str(), Pair::parse("3:17")), ("3:17", Some(pair)));
        assert_eq!((pair.other(user(3)), pair.other(user(4))), (Some(user(17)), None));
        assert_eq!(Pair::new(user(3), user(3)), None);
        for key in ["17:3", "3:3", "3", "3:", "3:017", ""] {
            assert_eq!(Pair::parse(key), None, "{key}");
        }
    }
}
