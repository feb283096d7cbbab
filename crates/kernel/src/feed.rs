//! Cursors of the event feed: where a listener goes on, and when that is not possible without a gap.
//!
//! The feed keeps its events for some days, and a database can be replaced by an older copy of
//! itself. So a cursor names the feed it is of (its [`Epoch`]) besides the place, and the feed knows
//! its floor: the last place that was removed.

use std::{fmt, str::FromStr};

use crate::{ErrorKind, EventId, Timestamp};

/// Which feed a place is in. A place may be given again after a restore; an epoch never is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Epoch(i64);

impl Epoch {
    /// The epoch of this number.
    pub const fn from_number(number: i64) -> Self {
        Self(number)
    }

    /// As a number, for stores.
    pub const fn number(self) -> i64 {
        self.0
    }

    /// The epoch that follows this one when it is drawn at `now`. Of two copies of one database that
    /// are put to use at different moments, each gets its own.
    #[must_use]
    pub fn next(self, now: Timestamp) -> Self {
        Self(now.micros().max(self.0.saturating_add(1)))
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}", self.0)
    }
}

/// A place in a feed: `18f2c7a.1042`. The place 0 is before the first event. A number alone, as
/// earlier versions gave out, is a place in the feed as it is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FeedCursor {
    /// The feed, if the cursor names one.
    pub epoch: Option<Epoch>,
    /// The last event that was seen.
    pub after: Option<EventId>,
}

impl FeedCursor {
    /// Before the first event.
    pub const START: Self = Self { epoch: None, after: None };

    /// Behind this event of a feed.
    pub const fn new(epoch: Epoch, after: Option<EventId>) -> Self {
        Self { epoch: Some(epoch), after }
    }
}

impl fmt::Display for FeedCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.after.map_or(0, EventId::get);
        match self.epoch {
            Some(epoch) => write!(f, "{epoch}.{place}"),
            None => write!(f, "{place}"),
        }
    }
}

/// Why a text is no cursor of the feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a cursor of the feed, or an event's id")]
pub struct FeedCursorError;

impl FromStr for FeedCursor {
    type Err = FeedCursorError;

    fn from_str(raw: &str) -> Result<Self, FeedCursorError> {
        let (epoch, place) = match raw.split_once('.') {
            Some((epoch, place)) => {
                let plain = epoch.bytes().all(|byte| byte.is_ascii_hexdigit());
                let number = i64::from_str_radix(epoch, 16).ok().filter(|_| plain);
                (Some(Epoch(number.ok_or(FeedCursorError)?)), place)
            }
            None => (None, raw),
        };
        let after = match place {
            "0" => None,
            place => Some(place.parse().map_err(|_| FeedCursorError)?),
        };
        Ok(Self { epoch, after })
    }
}

/// What the feed holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedState {
    /// Which feed it is.
    pub epoch: Epoch,
    /// The last place that was removed; `None` when none was.
    pub floor: Option<EventId>,
    /// The last place that was given; `None` when none was.
    pub head: Option<EventId>,
}

impl FeedState {
    /// The cursor behind which every event that is kept follows.
    pub const fn oldest(&self) -> FeedCursor {
        FeedCursor::new(self.epoch, self.floor)
    }

    /// The cursor behind which only new events follow.
    pub fn end(&self) -> FeedCursor {
        FeedCursor::new(self.epoch, self.head.max(self.floor))
    }

    /// The place from which to read on, if nothing is missing behind it.
    ///
    /// # Errors
    ///
    /// When the cursor is of another feed, or events behind it were removed.
    pub fn locate(&self, cursor: FeedCursor) -> Result<Option<EventId>, FeedGap> {
        let is_other = cursor.epoch.is_some_and(|epoch| epoch != self.epoch);
        let why = if is_other || cursor.after > self.end().after {
            GapCause::EpochChanged
        } else if cursor.after < self.floor {
            GapCause::CursorExpired
        } else {
            return Ok(cursor.after);
        };
        Err(FeedGap { why, oldest: self.oldest(), head: self.end() })
    }
}

/// Why events between a cursor and the feed are missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GapCause {
    /// They were kept as long as events are kept.
    CursorExpired,
    /// The cursor is of a feed that was replaced.
    EpochChanged,
}

/// A cursor from which nobody can go on without a gap: read the state again and follow from `head`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", match .why {
    GapCause::CursorExpired => "Events behind this cursor are no longer kept.",
    GapCause::EpochChanged => "This cursor is of a feed that was replaced.",
})]
pub struct FeedGap {
    /// Why.
    pub why: GapCause,
    /// Every event that is kept follows behind it.
    pub oldest: FeedCursor,
    /// Only new events follow behind it.
    pub head: FeedCursor,
}

impl FeedGap {
    /// Gone.
    pub const fn kind(&self) -> ErrorKind {
        ErrorKind::Gone
    }

    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self.why {
            GapCause::CursorExpired => "events.cursor_expired",
            GapCause::EpochChanged => "events.epoch_changed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(number: i64) -> Option<EventId> {
        EventId::parse(number).ok()
    }

    #[test]
    fn cursors_are_read_as_they_are_written() {
        for text in ["0", "7", "9223372036854775807", "18f2c7a.0", "18f2c7a.1042"] {
            assert_eq!(text.parse::<FeedCursor>().unwrap().to_string(), text);
        }
        for text in ["", ".", "a", "-1", "+1", "1.", ".1", "x.1", "-1.1", "+1.1", "1.1.1", "1.-1"] {
            assert_eq!(text.parse::<FeedCursor>(), Err(FeedCursorError), "{text:?}");
        }
    }

    #[test]
    fn f3_and_f4_a_cursor_works_between_floor_and_head_of_its_feed() {
        let epoch = Epoch::from_number(0xabc);
        let state = FeedState { epoch, floor: place(4), head: place(9) };
        for number in 4..=9 {
            let bare = FeedCursor { epoch: None, after: place(number) };
            assert_eq!(state.locate(bare), Ok(place(number)));
            assert_eq!(state.locate(FeedCursor::new(epoch, place(number))), Ok(place(number)));
        }
        let refused = |text: &str| {
            let gap = state.locate(text.parse().unwrap()).unwrap_err();
            assert_eq!(
                (gap.oldest.to_string(), gap.head.to_string()),
                ("abc.4".into(), "abc.9".into())
            );
            gap.code()
        };
        for text in ["0", "3", "abc.0", "abc.3"] {
            assert_eq!(refused(text), "events.cursor_expired", "{text}");
        }
        for text in ["10", "abc.10", "abd.9", "abd.4", "1.1"] {
            assert_eq!(refused(text), "events.epoch_changed", "{text}");
        }
    }

    #[test]
    fn an_empty_feed_begins_at_its_start() {
        let state = FeedState { epoch: Epoch::from_number(1), floor: None, head: None };
        assert_eq!(state.locate(FeedCursor::START), Ok(None));
        assert_eq!(state.end().to_string(), "1.0");
        // The newest events were removed by hand: the end is never before the floor.
        let state = FeedState { floor: place(4), head: place(2), ..state };
        assert_eq!(state.end().to_string(), "1.4");
    }
}
