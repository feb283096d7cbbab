//! Endpoints of people.

use std::time::Duration;

use kernel::{
    Act, ActTarget, Actor, FeedCursor, Page, PageRequest, Position, StoreError, act, act::Own,
};

use super::{DISPATCHER, Webhooks};
use crate::{
    commands::{CreateEndpoint, From, Overlap, UpdateEndpoint, Whose},
    endpoint::{Endpoint, NewEndpoint, Reason, State},
    error::{ENDPOINTS_MAX, WebhookError},
    events,
    policy::{may_touch, may_use},
    ports::WebhooksTx,
    signature::SigningSecret,
    values::{EndpointId, EndpointUrl},
};

/// An endpoint with what is not stored in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// How many places of the feed are in front of it; 0 for one that keeps up.
    pub behind: u64,
}

impl Webhooks {
    /// The URL in its canonical form, if an endpoint may have it.
    ///
    /// Errors: `Invalid`.
    pub fn judge_url(&self, raw: &str) -> Result<EndpointUrl, WebhookError> {
        let url = self.settings.urls.parse(raw).map_err(WebhookError::url)?;
        EndpointUrl::parse(url.as_str())
            .map_err(|_| WebhookError::url(crate::address::UrlError::TooLong))
    }

    /// Creates an endpoint of the caller. Its secret is shown this once.
    ///
    /// Errors: `MissingPermission`, `Invalid`, `TooMany`, `Gap`, `Vault`, `Store`.
    pub async fn create(
        &self,
        actor: &Actor,
        command: CreateEndpoint,
    ) -> Result<(View, SigningSecret), WebhookError> {
        actor.require(kernel::Permission::WebhooksWrite)?;
        let url = self.judge_url(&command.url)?;
        let vault = self.vault()?;
        let secret = vault.generate();
        let sealed = vault.seal(actor.user, &secret)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        let view = self
            .work
            .write(move |tx| {
                if tx.endpoints().count(actor.user)? >= ENDPOINTS_MAX {
                    return Err(WebhookError::TooMany);
                }
                let feed = tx.outbox().feed()?;
                let begin = match command.from {
                    Some(cursor) => feed.locate(cursor)?,
                    None => feed.end().after,
                };
                let CreateEndpoint { url: _, patterns, description, ordered, rate, from: _ } =
                    command.clone();
                let new = NewEndpoint {
                    owner: actor.user,
                    url: url.clone(),
                    patterns,
                    description,
                    ordered,
                    rate,
                    secret: sealed.clone(),
                    behind: Position::after(begin),
                    created_at: now,
                };
                let endpoint = tx.endpoints().insert(&new)?;
                let event = events::event(events::CREATED, &endpoint, Some(&actor), now);
                tx.outbox().append(&event)?;
                Ok(shown(tx, endpoint)?)
            })
            .await?;
        self.wake();
        Ok((view, secret))
    }

    /// An endpoint of the caller, or anyone's for those who manage endpoints.
    ///
    /// Errors: `MissingPermission`, `NotFound`, `Store`.
    pub async fn get(&self, actor: &Actor, id: EndpointId) -> Result<View, WebhookError> {
        may_use(actor)?;
        let actor = actor.clone();
        self.work
            .read(move |tx| {
                let endpoint = tx.endpoints().get(id)?.ok_or(WebhookError::NotFound(id))?;
                may_touch(&actor, &endpoint)?;
                Ok(shown(tx, endpoint)?)
            })
            .await
    }

    /// A page of endpoints, in [`ORDER`](crate::query::ORDER).
    ///
    /// Errors: `MissingPermission`, `Store`.
    pub async fn list(
        &self,
        actor: &Actor,
        whose: Whose,
        page: PageRequest,
    ) -> Result<Page<View>, WebhookError> {
        may_use(actor)?;
        let owner = match whose {
            Whose::Own => Some(actor.user),
            Whose::Of(user) if user == actor.user => Some(user),
            Whose::Everyone | Whose::Of(_) => {
                actor.require(kernel::Permission::WebhooksManage)?;
                if let Whose::Of(user) = whose { Some(user) } else { None }
            }
        };
        self.work
            .read(move |tx| {
                let page = tx.endpoints().list(owner, &page)?;
                let end = tx.outbox().feed()?.end();
                Ok(page.map(|endpoint| view(endpoint, end)))
            })
            .await
    }

    /// Changes some fields, only at version `expected` if there is one.
    ///
    /// Errors: `MissingPermission`, `NotFound`, `Stale`, `Store`.
    pub async fn update(
        &self,
        actor: &Actor,
        id: EndpointId,
        expected: Option<i64>,
        update: UpdateEndpoint,
    ) -> Result<View, WebhookError> {
        may_use(actor)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        let view = self
            .work
            .write(move |tx| {
                let (mut endpoint, own) = locked(tx, &actor, id, expected)?;
                if endpoint.update(&update, now) {
                    save(tx, &actor, own, &mut endpoint)?;
                    tx.endpoints().wake(&[id], now)?;
                }
                Ok::<_, WebhookError>(shown(tx, endpoint)?)
            })
            .await?;
        self.wake();
        Ok(view)
    }

    /// Deletes an endpoint with its deliveries, only at version `expected` if there is one.
    ///
    /// Errors: `MissingPermission`, `NotFound`, `Stale`, `Store`.
    pub async fn remove(
        &self,
        actor: &Actor,
        id: EndpointId,
        expected: Option<i64>,
    ) -> Result<(), WebhookError> {
        may_use(actor)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        self.work
            .write(move |tx| {
                let (endpoint, own) = locked(tx, &actor, id, expected)?;
                tx.endpoints().remove(&endpoint)?;
                let event = events::event(events::DELETED, &endpoint, Some(&actor), now);
                Ok(act::publish(tx, &actor, own, &event)?)
            })
            .await
    }

    /// Serves an endpoint again. To enable one that is enabled changes nothing.
    ///
    /// Errors: `MissingPermission`, `NotFound`, `Stale`, `Gap`, `Store`.
    pub async fn enable(
        &self,
        actor: &Actor,
        id: EndpointId,
        expected: Option<i64>,
        from: From,
    ) -> Result<View, WebhookError> {
        may_use(actor)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        let view = self
            .work
            .write(move |tx| {
                let at = dispatched(tx)?;
                let (mut endpoint, own) = locked(tx, &actor, id, expected)?;
                if endpoint.state == State::Disabled {
                    let feed = tx.outbox().feed()?;
                    let from = match from {
                        From::Cursor => None,
                        From::Now => Some(Position::after(feed.end().after)),
                        From::Place(cursor) => Some(Position::after(feed.locate(cursor)?)),
                    };
                    endpoint.enable(from, at, now);
                    save(tx, &actor, own, &mut endpoint)?;
                    tx.endpoints().wake(&[id], now)?;
                }
                Ok::<_, WebhookError>(shown(tx, endpoint)?)
            })
            .await?;
        self.wake();
        Ok(view)
    }

    /// Stops serving an endpoint. What happens meanwhile is not lost as long as the feed keeps it.
    ///
    /// Errors: `MissingPermission`, `NotFound`, `Stale`, `Store`.
    pub async fn disable(
        &self,
        actor: &Actor,
        id: EndpointId,
        expected: Option<i64>,
    ) -> Result<View, WebhookError> {
        may_use(actor)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        self.work
            .write(move |tx| {
                let at = dispatched(tx)?;
                let (mut endpoint, own) = locked(tx, &actor, id, expected)?;
                if endpoint.state == State::Enabled {
                    endpoint.disable(Reason::Manual, at, now);
                    tx.endpoints().save(&mut endpoint)?;
                    let event = events::event(events::DISABLED, &endpoint, Some(&actor), now);
                    act::publish(tx, &actor, own, &event)?;
                }
                Ok(shown(tx, endpoint)?)
            })
            .await
    }

    /// Gives an endpoint another secret. The one before holds for `overlap` seconds more.
    ///
    /// Errors: `MissingPermission`, `NotFound`, `Vault`, `Store`.
    pub async fn rotate(
        &self,
        actor: &Actor,
        id: EndpointId,
        overlap: Overlap,
    ) -> Result<(SigningSecret, Option<kernel::Timestamp>), WebhookError> {
        may_use(actor)?;
        let view = self.get(actor, id).await?;
        let vault = self.vault()?;
        let secret = vault.generate();
        let sealed = vault.seal(view.endpoint.owner, &secret)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        let seconds = u64::try_from(overlap.get()).unwrap_or(0);
        let until = (seconds > 0).then(|| now.plus(Duration::from_secs(seconds)));
        self.work
            .write(move |tx| {
                let (mut endpoint, own) = locked(tx, &actor, id, None)?;
                endpoint.rotate(sealed.clone(), until, now);
                save(tx, &actor, own, &mut endpoint)?;
                Ok::<_, WebhookError>(())
            })
            .await?;
        Ok((secret, until))
    }
}

/// The place up to which events were dispatched, locked; the end of the feed before the first start.
fn dispatched(tx: &mut dyn WebhooksTx) -> Result<Position, StoreError> {
    match tx.inbox().lock(DISPATCHER)? {
        Some(position) => Ok(position),
        None => Ok(Position::after(tx.outbox().feed()?.end().after)),
    }
}

/// The endpoint at the version that the caller expects, locked.
pub(super) fn locked(
    tx: &mut dyn WebhooksTx,
    actor: &Actor,
    id: EndpointId,
    expected: Option<i64>,
) -> Result<(Endpoint, Own), WebhookError> {
    let endpoint = tx.endpoints().lock(id)?.ok_or(WebhookError::NotFound(id))?;
    let own = may_touch(actor, &endpoint)?;
    match expected {
        Some(version) if version != endpoint.version => {
            Err(WebhookError::Stale(Box::new(endpoint)))
        }
        _ => Ok((endpoint, own)),
    }
}

fn save(
    tx: &mut dyn WebhooksTx,
    actor: &Actor,
    own: Own,
    endpoint: &mut Endpoint,
) -> Result<(), StoreError> {
    tx.endpoints().save(endpoint)?;
    let event = events::event(events::UPDATED, endpoint, Some(actor), endpoint.updated_at);
    act::publish(tx, actor, own, &event)
}

/// Notes what a caller does to an endpoint of another person.
pub(super) fn note(
    tx: &mut dyn WebhooksTx,
    actor: &Actor,
    own: Own,
    at: kernel::Timestamp,
    action: &'static str,
    id: EndpointId,
) -> Result<(), StoreError> {
    match own {
        Own::Yes => Ok(()),
        Own::No => {
            let target = ActTarget::numbered("webhook", id.get());
            tx.acts().record_act(&Act::by(actor, at, action, target))
        }
    }
}

fn shown(tx: &mut dyn WebhooksTx, endpoint: Endpoint) -> Result<View, StoreError> {
    let end = tx.outbox().feed()?.end();
    Ok(view(endpoint, end))
}

fn view(endpoint: Endpoint, end: FeedCursor) -> View {
    let place = |event: Option<kernel::EventId>| event.map_or(0, kernel::EventId::get);
    let distance = endpoint.behind.map_or(0, |at| place(end.after) - place(at.event()));
    View { endpoint, behind: u64::try_from(distance).unwrap_or(0) }
}
