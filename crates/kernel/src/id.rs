//! Ids are positive 64-bit integers, given by the store.

/// Why a number is no id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a positive 64-bit integer")]
pub struct IdError;

/// Declares an id type: one constructor `parse`, read with `get`.
#[macro_export]
macro_rules! id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(i64);

        impl $name {
            /// Accepts 1 ..= 2^63 - 1.
            pub const fn parse(raw: i64) -> Result<Self, $crate::id::IdError> {
                if raw > 0 { Ok(Self(raw)) } else { Err($crate::id::IdError) }
            }

            /// The number itself.
            pub const fn get(self) -> i64 {
                self.0
            }
        }

        $crate::value_schema!($name, {"type": "integer", "format": "int64", "minimum": 1});

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}", self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::id::IdError;
            fn from_str(raw: &str) -> Result<Self, Self::Err> {
                // `i64::from_str` takes a leading `+`, which no id of ours has.
                if !raw.bytes().all(|b| b.is_ascii_digit()) {
                    return Err($crate::id::IdError);
                }
                raw.parse::<i64>().map_err(|_| $crate::id::IdError).and_then(Self::parse)
            }
        }
    };
}

id!(
    /// An account.
    UserId
);
id!(
    /// A sign-in of an account on one device.
    SessionId
);
id!(
    /// A personal access token of an account.
    TokenId
);
id!(
    /// Something that a person owns (`/user-products`).
    OwnedId
);

id!(
    /// A task.
    TaskId
);
id!(
    /// A file.
    FileId
);
id!(
    /// A chat room.
    RoomId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_positive_numbers_are_ids() {
        assert_eq!(UserId::parse(0), Err(IdError));
        assert_eq!(UserId::parse(-1), Err(IdError));
        assert_eq!(UserId::parse(i64::MAX).map(UserId::get), Ok(i64::MAX));
        assert_eq!("+1".parse::<UserId>(), Err(IdError));
        assert_eq!("".parse::<UserId>(), Err(IdError));
        assert_eq!("9223372036854775808".parse::<UserId>(), Err(IdError));
        assert_eq!("42".parse::<UserId>().map(UserId::get), Ok(42));
    }
}
