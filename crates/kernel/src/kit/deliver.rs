//! Hands an event to a consumer as the driver does.

use std::sync::Arc;

use crate::{
    BoxFuture, CommonTx, Consumer, ConsumerError, Delivery, NewEvent, Position, StoreError,
    UnitOfWork, consumer::Source,
};

/// Appends an event, starts the consumer before it and delivers it twice. Returns both answers: a
/// consumer that takes effect exactly once refuses the second delivery.
pub async fn deliver<Tx: CommonTx + ?Sized + 'static>(
    work: &(dyn UnitOfWork<Tx> + 'static),
    consumer: &Consumer,
    event: &NewEvent,
) -> [Result<(), ConsumerError>; 2] {
    let (name, appended) = (consumer.name, event.clone());
    let written: Result<(), StoreError> = work
        .write(move |tx| {
            let head = Position::after(tx.outbox().head()?);
            tx.inbox().start(name, head)?;
            tx.outbox().append(&appended)
        })
        .await;
    written.expect("the event must be appended");
    let found = work
        .write(move |tx| {
            while tx.outbox().sequence(100)? > 0 {}
            let at = tx.inbox().position(name)?.expect("it was started");
            Ok::<_, StoreError>((at, tx.outbox().after(at.event(), 1)?.pop()))
        })
        .await;
    let (at, event) = found.expect("the feed must be readable");
    let event = Arc::new(event.expect("the event is in the feed"));
    let deliver = || -> BoxFuture<'static, Result<(), ConsumerError>> {
        let (event, source) = (Arc::clone(&event), Source::Feed(at));
        (consumer.run)(Delivery { consumer: name, event, source })
    };
    let first = deliver().await;
    [first, deliver().await]
}
