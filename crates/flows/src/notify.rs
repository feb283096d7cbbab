//! What the consumers that notify people have in common.

use kernel::StoreError;
use notifications::NotificationError;

use crate::FlowError;

impl From<NotificationError> for FlowError {
    fn from(error: NotificationError) -> Self {
        Self::Failed {
            domain: "notifications",
            // A rule does not change its mind.
            permanent: match &error {
                NotificationError::Store(error) => matches!(error, StoreError::Corrupt { .. }),
                _ => true,
            },
            why: error.to_string(),
        }
    }
}
