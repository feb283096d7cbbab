//! One field of a merge patch (RFC 7396): absent, null or a value.

/// What a partial update says about one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Patch<T> {
    /// The field was absent: leave it.
    #[default]
    Keep,
    /// The field was null: clear it.
    Clear,
    /// The field had a value: take it.
    Set(T),
}

impl<T: Clone> Patch<T> {
    /// Applies this to an optional field.
    pub fn apply(&self, field: &mut Option<T>) {
        match self {
            Self::Keep => {}
            Self::Clear => *field = None,
            Self::Set(value) => *field = Some(value.clone()),
        }
    }
}

impl<T> Patch<T> {
    /// True when nothing is said.
    pub const fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }
}
