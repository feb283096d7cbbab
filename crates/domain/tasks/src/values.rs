//! The values a task is made of. Each is parsed once, at the door.

use kernel::{id, text};

id!(
    /// A task.
    TaskId
);
id!(
    /// A comment on a task.
    CommentId
);
text!(
    /// 1–200 characters, trimmed.
    Title,
    trimmed,
    1,
    200
);
text!(
    /// At most 10 000 characters.
    Description,
    bounded,
    0,
    10_000
);
text!(
    /// A label, 1–50 characters, trimmed.
    Tag,
    trimmed,
    1,
    50
);
text!(
    /// What a comment says, 1–4000 characters, trimmed.
    CommentText,
    trimmed,
    1,
    4000
);

impl Description {
    /// No description.
    pub const fn empty() -> Self {
        Self(String::new())
    }
}

/// Labels of a task: at most 20, each once, in the order given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tags(Vec<Tag>);

/// More labels than a task can carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be at most 20 tags")]
pub struct TooManyTags;

impl Tags {
    /// The greatest number of labels.
    pub const MAX: usize = 20;

    /// Drops repetitions, then counts.
    pub fn parse(tags: Vec<Tag>) -> Result<Self, TooManyTags> {
        let mut unique: Vec<Tag> = Vec::with_capacity(tags.len().min(Self::MAX));
        for tag in tags {
            if !unique.contains(&tag) {
                if unique.len() == Self::MAX {
                    return Err(TooManyTags);
                }
                unique.push(tag);
            }
        }
        Ok(Self(unique))
    }

    /// The labels.
    pub fn as_slice(&self) -> &[Tag] {
        &self.0
    }
}

macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $rank:literal $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$vmeta])* $variant),+ }

        impl $name {
            /// Every one, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// From the word on the wire.
            pub fn parse(raw: &str) -> Option<Self> {
                match raw { $($word => Some(Self::$variant),)+ _ => None }
            }

            /// Its place in the order, as stores keep it.
            pub const fn rank(self) -> i16 {
                match self { $(Self::$variant => $rank),+ }
            }

            /// From its place in the order.
            pub const fn from_rank(rank: i16) -> Option<Self> {
                match rank { $($rank => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

words!(
    /// How far a task has come.
    Status {
        /// Not begun.
        Pending = 0 "pending",
        /// Begun.
        InProgress = 1 "in_progress",
        /// Done.
        Completed = 2 "completed",
    }
);
words!(
    /// How much a task matters.
    Priority {
        /// Can wait.
        Low = 0 "low",
        /// The default.
        Medium = 1 "medium",
        /// First.
        High = 2 "high",
    }
);
