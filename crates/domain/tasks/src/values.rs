//! The values a task is made of. Each is parsed once, at the door.

pub use kernel::TaskId;
use kernel::{id, text, words};

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

#[cfg(test)]
mod tests {
    use kernel::text::TextError;
    use proptest::prelude::*;

    use super::*;

    fn tag(text: &str) -> Tag {
        Tag::parse(text).unwrap()
    }

    #[test]
    fn texts_are_trimmed_where_noted_and_bounded_everywhere() {
        assert_eq!(Title::parse("  t\n").as_ref().map(Title::as_str), Ok("t"));
        assert_eq!(Title::parse(" \t "), Err(TextError::Empty));
        assert_eq!(Title::parse(&"ü".repeat(201)), Err(TextError::TooLong { max: 200 }));
        assert!(Title::parse(&"ü".repeat(200)).is_ok());
        assert_eq!(Description::parse(" d ").as_ref().map(Description::as_str), Ok(" d "));
        assert_eq!(Description::parse(""), Ok(Description::empty()));
        assert!(Description::parse(&"🦀".repeat(10_000)).is_ok());
        assert!(Description::parse(&"x".repeat(10_001)).is_err());
        assert_eq!(CommentText::parse(" c ").as_ref().map(CommentText::as_str), Ok("c"));
        assert!(CommentText::parse(&"x".repeat(4001)).is_err());
        assert!(Tag::parse(&"x".repeat(51)).is_err());
    }

    #[test]
    fn a_tag_counts_once_and_tags_know_case() {
        let tags = Tags::parse(vec![tag("b"), tag("a"), tag(" b "), tag("B")]).unwrap();
        assert_eq!(tags.as_slice(), [tag("b"), tag("a"), tag("B")]);
    }

    #[test]
    fn twenty_tags_are_enough_however_often_each_is_said() {
        let many = |count: usize| (0..count).map(|n| tag(&n.to_string()));
        assert_eq!(Tags::parse(many(21).collect()), Err(TooManyTags));
        let twice = many(20).chain(many(20)).collect();
        assert_eq!(Tags::parse(twice).map(|tags| tags.as_slice().len()), Ok(20));
    }

    #[test]
    fn words_and_ranks_lead_back() {
        for status in Status::ALL {
            assert_eq!(Status::parse(status.as_str()), Some(*status));
            assert_eq!(Status::from_rank(status.rank()), Some(*status));
        }
        for priority in Priority::ALL {
            assert_eq!(Priority::parse(priority.as_str()), Some(*priority));
            assert_eq!(Priority::from_rank(priority.rank()), Some(*priority));
        }
        assert_eq!((Status::parse("Pending"), Priority::parse("")), (None, None));
        assert_eq!((Status::from_rank(3), Priority::from_rank(-1)), (None, None));
        assert!(Status::ALL.is_sorted() && Priority::ALL.is_sorted());
    }

    proptest! {
        #[test]
        fn a_title_parses_to_itself(raw in ".{0,220}") {
            if let Ok(title) = Title::parse(&raw) {
                prop_assert_eq!(title.as_str(), raw.trim());
                prop_assert_eq!(Title::parse(title.as_str()), Ok(title.clone()));
                prop_assert!((1..=200).contains(&title.as_str().chars().count()));
            }
        }

        #[test]
        fn tags_are_unique_and_few(raw in proptest::collection::vec("[a-c]{1,2}", 0..60)) {
            let given: Vec<Tag> = raw.iter().map(|text| tag(text)).collect();
            let tags = Tags::parse(given.clone()).unwrap();
            let slice = tags.as_slice();
            prop_assert!(given.iter().all(|tag| slice.contains(tag)));
            for (index, tag) in slice.iter().enumerate() {
                prop_assert!(!slice[..index].contains(tag));
            }
        }
    }
}
