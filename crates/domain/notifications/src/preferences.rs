//! What people want to hear by which channel. The most specific wish counts (N3).

use crate::kind::{Category, Kind};

kernel::words!(
    /// Ways by which notifications leave the inbox. The inbox itself has every notification.
    Channel {
        /// Email, to a proven address.
        Email = 0 "email",
        /// Text messages, to a proven phone number.
        Sms = 1 "sms",
        /// Webhooks: an event that endpoints of the reader may subscribe to.
        Webhook = 2 "webhook",
    }
);

kernel::words!(
    /// How a channel brings notifications.
    Mode {
        /// Each by itself, when it comes.
        On = 0 "on",
        /// Not at all.
        Off = 1 "off",
        /// Several together, some time after the first of them came.
        Digest = 2 "digest",
    }
);

kernel::words!(
    /// What decided about a kind and a channel.
    Why {
        /// A wish about the kind.
        Kind = 0 "kind",
        /// A wish about the category.
        Category = 1 "category",
        /// A wish about the channel.
        Channel = 2 "channel",
        /// No wish: what the kind does by itself.
        Default = 3 "default",
        /// No wish counts: the kind cannot be switched off.
        Required = 4 "required",
    }
);

impl Channel {
    /// True when it can bring notifications so. A text message and a webhook hold one notification, so there is
    /// no digest of them.
    pub const fn brings(self, mode: Mode) -> bool {
        match self {
            Self::Email => true,
            Self::Sms | Self::Webhook => !matches!(mode, Mode::Digest),
        }
    }
}

/// What a wish is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// One kind.
    Kind(Kind),
    /// The kinds of a category.
    Category(Category),
    /// Every kind.
    All,
}

/// A wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Preference {
    /// What it is about.
    pub scope: Scope,
    /// By which channel.
    pub channel: Channel,
    /// How.
    pub mode: Mode,
}

/// How a channel brings a kind, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effective {
    /// The kind.
    pub kind: Kind,
    /// The channel.
    pub channel: Channel,
    /// How.
    pub mode: Mode,
    /// What decided.
    pub why: Why,
}

/// The wishes of one person: at most one for each scope and channel.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Preferences(Vec<Preference>);

impl Preferences {
    /// In this order; the last one of a scope and channel counts.
    pub fn of(all: impl IntoIterator<Item = Preference>) -> Self {
        let mut preferences = Self::default();
        preferences.merge(all);
        preferences
    }

    /// With these instead of those of the same scope and channel.
    pub fn merge(&mut self, more: impl IntoIterator<Item = Preference>) {
        for new in more {
            self.0.retain(|old| (old.scope, old.channel) != (new.scope, new.channel));
            self.0.push(new);
        }
    }

    /// All of them.
    pub fn all(&self) -> &[Preference] {
        &self.0
    }

    /// Switches a category off, and every wish about one of its kinds with it (N8).
    pub fn switch_off(&mut self, category: Category, channel: Channel) {
        self.0.retain(|one| match one.scope {
            Scope::Kind(kind) => kind.category() != category || one.channel != channel,
            Scope::Category(_) | Scope::All => true,
        });
        self.merge([Preference { scope: Scope::Category(category), channel, mode: Mode::Off }]);
    }

    /// True when a kind leaves the inbox by any channel.
    pub fn wants(&self, kind: Kind) -> bool {
        Channel::ALL.iter().any(|channel| self.effective(kind, *channel).mode != Mode::Off)
    }

    /// N3: the kind, then its category, then the channel, then what the kind does by itself. What cannot be switched
    /// off comes by email; a text message is a wish like any other.
    pub fn effective(&self, kind: Kind, channel: Channel) -> Effective {
        if kind.is_required() && channel == Channel::Email {
            return Effective { kind, channel, mode: Mode::On, why: Why::Required };
        }
        let wishes = [
            (Scope::Kind(kind), Why::Kind),
            (Scope::Category(kind.category()), Why::Category),
            (Scope::All, Why::Channel),
        ];
        let found = wishes.into_iter().find_map(|(scope, why)| {
            let wish = self.0.iter().find(|one| (one.scope, one.channel) == (scope, channel))?;
            Some((wish.mode, why))
        });
        let (mode, why) = found.unwrap_or((kind.by_default(channel), Why::Default));
        Effective { kind, channel, mode, why }
    }
}

impl Kind {
    /// What happens without a wish. Text messages cost money and wake people, and webhooks are for programs, so
    /// none is sent unasked.
    const fn by_default(self, channel: Channel) -> Mode {
        if matches!(channel, Channel::Sms | Channel::Webhook) {
            return Mode::Off;
        }
        match self {
            Self::TaskAssigned
            | Self::TaskCommented
            | Self::TaskMentioned
            | Self::TaskDueSoon
            | Self::TaskOverdue
            | Self::WarrantyExpiring
            | Self::AccountSecurity
            | Self::JobDead
            | Self::ReportOperations
            | Self::WebhookFailing
            | Self::WebhookDisabled
            | Self::MonitoringAlert => Mode::On,
            // People read chat where it is written. An email is for those who were away: the digest leaves out what
            // they have read in the room meanwhile (N5).
            Self::ChatMentioned | Self::ChatMessage => Mode::Digest,
            Self::TaskUnassigned | Self::ReportDaily => Mode::Off,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn wish(scope: Scope, mode: Mode) -> Preference {
        Preference { scope, channel: Channel::Email, mode }
    }

    fn effective(preferences: &Preferences, kind: Kind) -> (Mode, Why) {
        let effective = preferences.effective(kind, Channel::Email);
        (effective.mode, effective.why)
    }

    #[test]
    fn n3_the_most_specific_wish_counts() {
        let kind = Kind::TaskAssigned;
        let mut all = Preferences::default();
        assert_eq!(effective(&all, kind), (Mode::On, Why::Default));
        assert_eq!(effective(&all, Kind::TaskUnassigned), (Mode::Off, Why::Default));
        all.merge([wish(Scope::All, Mode::Off)]);
        assert_eq!(effective(&all, kind), (Mode::Off, Why::Channel));
        all.merge([wish(Scope::Category(Category::Tasks), Mode::On)]);
        assert_eq!(effective(&all, kind), (Mode::On, Why::Category));
        assert_eq!(effective(&all, Kind::WarrantyExpiring), (Mode::Off, Why::Channel));
        all.merge([wish(Scope::Kind(kind), Mode::Off)]);
        assert_eq!(effective(&all, kind), (Mode::Off, Why::Kind));
        assert_eq!(effective(&all, Kind::TaskCommented), (Mode::On, Why::Category));
        all.merge([wish(Scope::Kind(kind), Mode::On)]);
        assert_eq!((effective(&all, kind), all.all().len()), ((Mode::On, Why::Kind), 3));
    }

    #[test]
    fn n3_text_messages_are_off_until_someone_wants_them() {
        let mut all = Preferences::default();
        for kind in Kind::ALL {
            let effective = all.effective(*kind, Channel::Sms);
            assert_eq!((effective.mode, effective.why), (Mode::Off, Why::Default), "{kind:?}");
        }
        let all_of = |channel, mode| Preference { scope: Scope::All, channel, mode };
        all.merge([all_of(Channel::Email, Mode::Off), all_of(Channel::Sms, Mode::On)]);
        for kind in Kind::ALL {
            let effective = all.effective(*kind, Channel::Sms);
            assert_eq!((effective.mode, effective.why), (Mode::On, Why::Channel), "{kind:?}");
        }
        // Required means email.
        assert_eq!(effective(&all, Kind::AccountSecurity), (Mode::On, Why::Required));
        let scope = Scope::Kind(Kind::AccountSecurity);
        all.merge([Preference { scope, channel: Channel::Sms, mode: Mode::Off }]);
        let texted = all.effective(Kind::AccountSecurity, Channel::Sms);
        assert_eq!((texted.mode, texted.why), (Mode::Off, Why::Kind));
        // Who wants no more emails of a category still gets texts of it.
        all.switch_off(Category::Tasks, Channel::Email);
        assert_eq!(all.effective(Kind::TaskAssigned, Channel::Sms).mode, Mode::On);
    }

    #[test]
    fn n8_a_category_is_switched_off_whatever_was_wished_of_its_kinds() {
        let mut all = Preferences::of([
            wish(Scope::Kind(Kind::TaskMentioned), Mode::On),
            wish(Scope::Kind(Kind::WarrantyExpiring), Mode::On),
        ]);
        all.switch_off(Category::Tasks, Channel::Email);
        for kind in Kind::ALL {
            let is_off = kind.category() == Category::Tasks;
            let expected = if is_off { Mode::Off } else { kind.by_default(Channel::Email) };
            assert_eq!(effective(&all, *kind).0, expected, "{kind:?}");
        }
        let security = Kind::AccountSecurity;
        all.merge([wish(Scope::Kind(security), Mode::Off)]);
        all.switch_off(Category::Security, Channel::Email);
        assert_eq!(effective(&all, security), (Mode::On, Why::Required));
    }
}
