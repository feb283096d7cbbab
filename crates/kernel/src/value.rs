//! Values that many domains have: bounded numbers and closed lists of words.

/// Why a number was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be {min} to {max}")]
pub struct RangeError {
    /// The least.
    pub min: i64,
    /// The greatest.
    pub max: i64,
}

/// Declares a bounded number: constructor `parse`, read with `get`. Its default is 0.
#[macro_export]
macro_rules! number {
    ($(#[$meta:meta])* $name:ident, $min:expr, $max:expr) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
        pub struct $name(i64);

        impl $name {
            /// The least.
            pub const MIN: i64 = $min;
            /// The greatest.
            pub const MAX: i64 = $max;

            /// Accepts `MIN ..= MAX`.
            pub const fn parse(raw: i64) -> Result<Self, $crate::value::RangeError> {
                if raw >= $min && raw <= $max {
                    Ok(Self(raw))
                } else {
                    Err($crate::value::RangeError { min: $min, max: $max })
                }
            }

            /// The number itself.
            pub const fn get(self) -> i64 {
                self.0
            }
        }
    };
}

/// Declares a closed list of words: each variant with the number that stores keep and the word on
/// the wire. Variants compare in the order in which they are declared.
///
/// ```
/// kernel::words!(
///     /// How far a task has come.
///     Status {
///         /// Not begun.
///         Pending = 0 "pending",
///         /// Done.
///         Completed = 1 "completed",
///     }
/// );
/// assert_eq!(Status::parse("completed"), Some(Status::Completed));
/// assert_eq!((Status::Pending.as_str(), Status::Pending.rank()), ("pending", 0));
/// assert_eq!((Status::from_rank(1), Status::from_rank(2)), (Some(Status::Completed), None));
/// ```
#[macro_export]
macro_rules! words {
    ($(#[$meta:meta])* $name:ident {
        $($(#[$vmeta:meta])* $variant:ident = $rank:literal $word:literal),+ $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$vmeta])* $variant),+ }

        $crate::value_schema!($name, {"type": "string", "enum": [$($word),+]});

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

            /// The number that stores keep.
            pub const fn rank(self) -> i16 {
                match self { $(Self::$variant => $rank),+ }
            }

            /// From the number that stores keep.
            pub const fn from_rank(rank: i16) -> Option<Self> {
                match rank { $($rank => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}
