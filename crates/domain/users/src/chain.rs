//! The chain of the audit trail: what an entry's hash is made of, and how a trail is checked. Pure,
//! so that every store, the command line and a stranger with an export come to the same answer.
//!
//! # The encoding
//!
//! An entry on an account, or on nothing, has version 1; one on anything else has version 2. The hash of an
//! entry is the SHA-256 of these bytes, one after another:
//!
//! 1. the 16 bytes `alveole-audit-1` or `alveole-audit-2` and a line feed;
//! 2. the 32 bytes of the hash of the entry before it (32 zeros before the first);
//! 3. its fields in the order `id, at, actor_id, action, target_id, outcome, ip, request_id, detail`; in
//!    version 2 `target_type` stands before `target_id` and `target_name` behind it. A field that is absent
//!    is the byte 0. Any other is the byte 1, the number of its bytes as 8 bytes, the greatest first, and
//!    its bytes: the text as it stands in an export, in UTF-8; numbers in decimal.
//!
//! Every field says how long it is, so no two entries have the same encoding. Should the fields
//! ever change, the first line says another version. Entries of all versions follow on one another.

use kernel::IdError;
use sha2::{Digest as _, Sha256};

use crate::{
    audit::{Audit, AuditResource, NewAudit},
    values::{AuditId, Digest},
};

/// What the encoding of an entry on an account begins with.
const ON_ACCOUNTS: &[u8; 16] = b"alveole-audit-1\n";
/// What the encoding of an entry on anything else begins with.
const ON_RESOURCES: &[u8; 16] = b"alveole-audit-2\n";

/// The act that tells of a cut at the old end.
pub const PRUNED: &str = "audit.pruned";

/// A place in the chain: an entry's id and hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainEntry {
    /// The entry's id; 0 before the first.
    pub id: i64,
    /// The entry's hash; zeros before the first.
    pub hash: Digest,
}

impl ChainEntry {
    /// Before the first entry.
    pub const ORIGIN: Self = Self { id: 0, hash: [0; 32] };

    /// Reads what `Display` writes, `ID:HASH`.
    pub fn parse(raw: &str) -> Option<Self> {
        let (id, hash) = raw.split_once(':')?;
        let entry = Self { id: id.parse().ok()?, hash: from_hex(hash)? };
        (entry.id > 0).then_some(entry)
    }

    /// The place of an entry.
    pub const fn of(entry: &Audit) -> Self {
        Self { id: entry.id.get(), hash: entry.hash }
    }

    /// The entry that follows here.
    pub fn follow(&self, new: &NewAudit) -> Result<Audit, IdError> {
        let entry = Audit {
            id: AuditId::parse(self.id.saturating_add(1))?,
            at: new.at,
            actor: new.actor,
            action: new.action.to_owned(),
            target: new.target,
            resource: new.resource.clone(),
            outcome: new.outcome,
            ip: new.ip.clone(),
            request_id: new.request_id.clone(),
            detail: new.detail.clone(),
            previous: self.hash,
            hash: [0; 32],
        };
        Ok(Audit { hash: hash(&entry), ..entry })
    }

    /// What an entry says that was written when everything up to here was removed.
    pub fn removal(&self) -> String {
        format!("through entry {}, {}", self.id, hex(&self.hash))
    }
}

/// `id:hash`, as an operator notes it down.
impl std::fmt::Display for ChainEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.id, hex(&self.hash))
    }
}

/// Both ends of a trail, as of one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ends {
    /// The last entry that was removed; [`ChainEntry::ORIGIN`] as long as none was.
    pub pruned: ChainEntry,
    /// The newest entry, as the store noted it when it was written.
    pub head: ChainEntry,
    /// The greatest id that is there.
    pub newest: Option<i64>,
}

/// The hash of an entry, from its fields and its `previous`.
pub fn hash(entry: &Audit) -> Digest {
    let mut sha = Sha256::new();
    sha.update(if entry.resource.is_some() { ON_RESOURCES } else { ON_ACCOUNTS });
    sha.update(entry.previous);
    let mut put = |field: Option<&str>| match field {
        None => sha.update([0]),
        Some(text) => {
            sha.update([1]);
            sha.update((text.len() as u64).to_be_bytes());
            sha.update(text.as_bytes());
        }
    };
    put(Some(&entry.id.to_string()));
    put(Some(&entry.at.to_string()));
    put(entry.actor.map(|id| id.to_string()).as_deref());
    put(Some(&entry.action));
    match &entry.resource {
        None => put(entry.target.map(|id| id.to_string()).as_deref()),
        Some(AuditResource { kind, id, name }) => {
            put(Some(kind));
            put(id.map(|id| id.to_string()).as_deref());
            put(name.as_deref());
        }
    }
    put(Some(entry.outcome.as_str()));
    put(entry.ip.as_deref());
    put(entry.request_id.as_deref());
    put(entry.detail.as_deref());
    sha.finalize().into()
}

/// A hash as text.
pub fn hex(hash: &Digest) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(64);
    for byte in hash {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// A hash from its text: 64 small hexadecimal digits.
pub fn from_hex(text: &str) -> Option<Digest> {
    if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
        return None;
    }
    let mut hash = [0; 32];
    for (byte, pair) in hash.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(hash)
}

/// The first thing that is wrong with a trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// A field was changed.
    #[error("entry {0} was changed: its hash does not follow from its fields")]
    Changed(i64),
    /// A field holds what no entry can hold.
    #[error("entry {id} was changed: its `{column}` cannot be read")]
    Unreadable {
        /// Which entry.
        id: i64,
        /// Which field.
        column: &'static str,
    },
    /// The entry before it is not the one that it was written after.
    #[error("missing before entry {id}: it does not follow on entry {after}")]
    MissingBefore {
        /// Which entry.
        id: i64,
        /// The one that is there before it; 0 for none.
        after: i64,
    },
    /// The newest entries are gone.
    #[error("cut off at the end: entry {head} was the newest, and the last one there is {last}")]
    CutOff {
        /// The newest, as the store noted it.
        head: i64,
        /// The newest that is there; 0 for none.
        last: i64,
    },
    /// The newest entry is not the one that was written.
    #[error("entry {0}, the newest, is not the one that was written: the head has another hash")]
    NotTheHead(i64),
    /// An entry that nobody wrote through the store.
    #[error("entry {0} was not written by the server: it is newer than the head")]
    BehindTheHead(i64),
    /// The old end was cut, and no entry tells of it.
    #[error("missing up to entry {0}: the old end was cut, and no `audit.pruned` tells of it")]
    CutUntold(i64),
    /// The note of both ends is gone, or is none.
    #[error("the head of the trail is missing: nobody can tell whether its end is there")]
    NoHead,
    /// An entry has another hash than the one that was noted down.
    #[error("entry {0} is not there with the hash that was noted down: the trail was replaced")]
    NotAsNoted(i64),
}

/// A trail that was found whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Whole {
    /// How many entries.
    pub entries: u64,
    /// The place before the oldest of them.
    pub before: ChainEntry,
    /// The newest of them; equal to `before` when there is none.
    pub newest: ChainEntry,
}

/// Walks along a chain, entry by entry, oldest first.
#[derive(Debug, Clone)]
pub struct Walk {
    before: Option<ChainEntry>,
    at: ChainEntry,
    entries: u64,
    told: bool,
    noted: Option<ChainEntry>,
}

impl Walk {
    /// From a known place: what comes first must follow on it.
    pub fn from(place: ChainEntry) -> Self {
        Self { before: Some(place), at: place, entries: 0, told: place.id == 0, noted: None }
    }

    /// From wherever the first entry says that it follows: an export may begin anywhere.
    pub fn anywhere() -> Self {
        Self { before: None, at: ChainEntry::ORIGIN, entries: 0, told: true, noted: None }
    }

    /// Also looks for an entry that somebody noted down earlier.
    #[must_use]
    pub fn expecting(self, noted: Option<ChainEntry>) -> Self {
        Self { noted, ..self }
    }

    /// The place that was reached.
    pub const fn place(&self) -> ChainEntry {
        self.at
    }

    /// Takes the next entry.
    pub fn step(&mut self, entry: &Audit) -> Result<(), Flaw> {
        let id = entry.id.get();
        if hash(entry) != entry.hash {
            return Err(Flaw::Changed(id));
        }
        let before = self.before.unwrap_or_else(|| {
            self.at = ChainEntry { id: id.saturating_sub(1), hash: entry.previous };
            self.at
        });
        self.before = Some(before);
        if entry.previous != self.at.hash || id <= self.at.id {
            return Err(Flaw::MissingBefore { id, after: self.at.id });
        }
        self.at = ChainEntry::of(entry);
        self.entries = self.entries.saturating_add(1);
        self.told = self.told
            || (entry.action == PRUNED && entry.detail.as_deref() == Some(&before.removal()));
        match self.noted {
            Some(noted) if noted.id == id && noted.hash != entry.hash => Err(Flaw::NotAsNoted(id)),
            Some(noted) if noted.id == id => {
                self.noted = None;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Ends at the last entry that was given.
    pub fn end(self) -> Result<Whole, Flaw> {
        let before = self.before.unwrap_or(ChainEntry::ORIGIN);
        if !self.told {
            return Err(Flaw::CutUntold(before.id));
        }
        // What was removed by the rules cannot be compared any more.
        match self.noted {
            Some(noted) if noted.id > before.id || (noted.id == before.id && noted != before) => {
                Err(Flaw::NotAsNoted(noted.id))
            }
            _ => Ok(Whole { entries: self.entries, before, newest: self.at }),
        }
    }

    /// Ends where the store says that the newest entry is.
    pub fn end_at(self, head: ChainEntry) -> Result<Whole, Flaw> {
        if self.at.id != head.id {
            return Err(Flaw::CutOff { head: head.id, last: self.at.id });
        }
        if self.at.hash != head.hash {
            return Err(Flaw::NotTheHead(head.id));
        }
        self.end()
    }
}

/// An entry from before there were hashes, put behind `place`.
pub fn adopt(place: &ChainEntry, entry: Audit) -> Audit {
    let entry = Audit { previous: place.hash, ..entry };
    Audit { hash: hash(&entry), ..entry }
}

#[cfg(test)]
mod tests {
    use kernel::{Timestamp, UserId};
    use proptest::prelude::*;

    use super::*;
    use crate::audit::AuditOutcome;

    fn new(detail: Option<&str>) -> NewAudit {
        NewAudit {
            at: Timestamp::parse("2026-02-01T09:30:00.000001Z").unwrap(),
            actor: UserId::parse(7).ok(),
            action: "users.role_changed",
            target: UserId::parse(8).ok(),
            resource: None,
            outcome: AuditOutcome::Success,
            ip: Some("192.0.2.1".to_owned()),
            request_id: None,
            detail: detail.map(str::to_owned),
        }
    }

    fn chain(count: usize) -> Vec<Audit> {
        let mut place = ChainEntry::ORIGIN;
        (0..count)
            .map(|number| {
                let entry = place.follow(&new(Some(&number.to_string()))).unwrap();
                place = ChainEntry::of(&entry);
                entry
            })
            .collect()
    }

    fn checked(entries: &[Audit], head: ChainEntry) -> Result<Whole, Flaw> {
        let mut walk = Walk::from(ChainEntry::ORIGIN);
        entries.iter().try_for_each(|entry| walk.step(entry))?;
        walk.end_at(head)
    }

    /// Made by another program (Python's hashlib) from the description above: it may never change.
    #[test]
    fn the_encoding_is_what_the_documentation_says() {
        let first = ChainEntry::ORIGIN.follow(&new(Some("user -> é"))).unwrap();
        let second = ChainEntry::of(&first).follow(&new(None)).unwrap();
        assert_eq!(
            hex(&first.hash),
            "3801d4a0e92a7531972a152627d098049925a1b44c51eb3e850d4c63aa364acb"
        );
        assert_eq!(
            hex(&second.hash),
            "4375de7bc4e8d71ce33f06aa8844b93bc2a8a1fe72a15110cca2488e11357fa0"
        );
        let on = |kind: &str, id, name: Option<&str>| NewAudit {
            target: None,
            resource: Some(AuditResource {
                kind: kind.to_owned(),
                id,
                name: name.map(str::to_owned),
            }),
            ..new(None)
        };
        let queue = on("queue", None, Some("défaut"));
        let queue = ChainEntry::of(&first).follow(&queue).unwrap();
        assert_eq!(
            hex(&queue.hash),
            "6cf216782e42185d71c4b90b3fb774d9f4092ccde25f2854f4d5ca339b86a1df"
        );
        let task = ChainEntry::of(&queue).follow(&on("task", Some(42), None)).unwrap();
        assert_eq!(
            hex(&task.hash),
            "f117df2f21cb58d0e2eb97f5bc8651c4a5d5e7c4f8ea7bf642908c9ed543e1e0"
        );
        assert_eq!(from_hex(&hex(&first.hash)), Some(first.hash));
        for wrong in ["", "ff", &hex(&first.hash).to_uppercase(), &"é".repeat(32)] {
            assert_eq!(from_hex(wrong), None);
        }
    }

    #[test]
    fn every_kind_of_flaw_is_named() {
        let entries = chain(5);
        let head = ChainEntry::of(&entries[4]);
        assert_eq!(checked(&entries, head).map(|whole| whole.entries), Ok(5));

        let mut changed = entries.clone();
        changed[2].ip = None;
        assert_eq!(checked(&changed, head), Err(Flaw::Changed(3)));
        let mut redone = changed.clone();
        redone[2].hash = hash(&redone[2]);
        assert_eq!(checked(&redone, head), Err(Flaw::MissingBefore { id: 4, after: 3 }));

        let without = |at: usize| [&entries[..at], &entries[at + 1..]].concat();
        assert_eq!(checked(&without(2), head), Err(Flaw::MissingBefore { id: 4, after: 2 }));
        assert_eq!(checked(&without(0), head), Err(Flaw::MissingBefore { id: 2, after: 0 }));
        assert_eq!(checked(&without(4), head), Err(Flaw::CutOff { head: 5, last: 4 }));
        let other = ChainEntry { hash: [1; 32], ..head };
        assert_eq!(checked(&entries, other), Err(Flaw::NotTheHead(5)));

        let mut swapped = entries.clone();
        swapped.swap(1, 2);
        assert_eq!(checked(&swapped, head), Err(Flaw::MissingBefore { id: 3, after: 1 }));
        (swapped[1].id, swapped[2].id) = (entries[1].id, entries[2].id);
        assert_eq!(checked(&swapped, head), Err(Flaw::Changed(2)));
    }

    #[test]
    fn a_cut_must_be_recorded() {
        let mut entries = chain(3);
        let cut = ChainEntry::of(&entries[0]);
        let walked = |entries: &[Audit]| {
            let mut walk = Walk::from(cut);
            entries.iter().try_for_each(|entry| walk.step(entry))?;
            walk.end()
        };
        assert_eq!(walked(&entries[1..]), Err(Flaw::CutUntold(1)));
        let told = NewAudit { action: PRUNED, ..new(Some(&cut.removal())) };
        entries.push(ChainEntry::of(&entries[2]).follow(&told).unwrap());
        assert_eq!(walked(&entries[1..]).map(|whole| whole.before), Ok(cut));
    }

    #[test]
    fn an_export_may_begin_anywhere_and_is_held_to_what_was_noted() {
        let entries = chain(6);
        let walked = |noted: ChainEntry| {
            let mut walk = Walk::anywhere().expecting(Some(noted));
            entries[2..].iter().try_for_each(|entry| walk.step(entry))?;
            walk.end()
        };
        let before = ChainEntry::of(&entries[1]);
        for at in [1, 2, 5] {
            let whole = walked(ChainEntry::of(&entries[at])).unwrap();
            assert_eq!((whole.entries, whole.before), (4, before));
        }
        assert_eq!(walked(ChainEntry { id: 4, hash: [1; 32] }), Err(Flaw::NotAsNoted(4)));
        assert_eq!(walked(ChainEntry { id: 9, hash: [1; 32] }), Err(Flaw::NotAsNoted(9)));
        assert_eq!(walked(ChainEntry { id: 2, hash: [1; 32] }), Err(Flaw::NotAsNoted(2)));
    }

    proptest! {
        #[test]
        fn no_two_entries_have_one_hash(
            a in proptest::collection::vec(proptest::option::of("[a\0\u{1}]{0,3}"), 3),
            b in proptest::collection::vec(proptest::option::of("[a\0\u{1}]{0,3}"), 3),
        ) {
            let entry = |fields: &[Option<String>]| {
                let entry = ChainEntry::ORIGIN.follow(&new(None)).unwrap();
                Audit {
                    ip: fields[0].clone(),
                    request_id: fields[1].clone(),
                    detail: fields[2].clone(),
                    ..entry
                }
            };
            prop_assert_eq!(a == b, hash(&entry(&a)) == hash(&entry(&b)));
        }
    }
}
