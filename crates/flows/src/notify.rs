//! What the consumers that notify people have in common.

use std::sync::Arc;

use kernel::{Batch, Consumer, Event, StoreError};
use notifications::{Notice, NotificationError, Notifications};

use crate::FlowError;

/// Which notifications an event gives reason for.
pub(crate) type Notices = fn(&Event) -> Result<Vec<Notice>, FlowError>;

/// A consumer that notifies people. It only writes rows, so it happens exactly once.
pub(crate) fn consumer(
    name: &'static str,
    events: &'static [&'static str],
    notifications: Arc<Notifications>,
    notices: Notices,
) -> Consumer {
    Consumer::batched(name, events, move |batch| {
        let notifications = Arc::clone(&notifications);
        async move { Ok(run(&notifications, batch, notices).await?) }
    })
}

async fn run(
    notifications: &Notifications,
    batch: Batch,
    notices: Notices,
) -> Result<(), FlowError> {
    let told = batch.events.iter().map(|event| notices(event)).collect::<Result<_, _>>()?;
    notifications.notify(batch, told).await?;
    Ok(())
}

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
