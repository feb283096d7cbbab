//! Sources: who may send, and with which secrets.

use kernel::{Act, ActTarget, Actor, FieldError, Patch, StoreError, Timestamp};

use super::Inbound;
use crate::{
    error::InboundError,
    policy::may_manage,
    ports::InboundTx,
    source::{MOST_SECRETS, MOST_SOURCES, OpenSource, SealedSecrets, Source, purpose},
    values::{HeaderName, MaxBytes, Scheme, Secret, SourceName},
};

/// What stands between secrets before they are sealed; no secret has it.
const SEPARATOR: char = '\n';

/// A new source, or a change of one: what is absent stays. It holds secrets, so it is not shown by `Debug`.
#[derive(Clone, Default)]
pub struct PutSource {
    /// How it signs. A new source needs it; with another scheme, the secrets must be given, too.
    pub scheme: Option<Scheme>,
    /// All of its secrets, as they were sent. A new source needs them.
    pub secrets: Option<Vec<String>>,
    /// Where plain signatures are.
    pub header: Patch<HeaderName>,
    /// Where plain deliveries have their id.
    pub id_header: Patch<HeaderName>,
    /// The bound of a body; cleared: that of the scheme.
    pub max_bytes: Patch<MaxBytes>,
}

/// Whether a source that is absent is added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absent {
    /// It is.
    Add,
    /// It is not found.
    Refuse,
}

/// A source that was put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Put {
    /// As it is now.
    pub source: Source,
    /// True when it was added.
    pub added: bool,
}

fn fault(field: &str, code: &'static str, why: impl std::fmt::Display) -> FieldError {
    FieldError::new(field, code, why)
}

/// The secrets, or everything that is wrong with them.
fn parsed(secrets: &[String], scheme: Scheme) -> Result<Vec<Secret>, InboundError> {
    if !(1..=MOST_SECRETS).contains(&secrets.len()) {
        let why = format!("must be 1 to {MOST_SECRETS} secrets");
        return Err(InboundError::Invalid(vec![fault(
            "/secrets",
            "webhooks.secrets_invalid",
            why,
        )]));
    }
    let (mut good, mut faults) = (Vec::new(), Vec::new());
    for (place, raw) in secrets.iter().enumerate() {
        match Secret::parse(raw, scheme) {
            Ok(secret) => good.push(secret),
            Err(error) => {
                faults.push(fault(&format!("/secrets/{place}"), "webhooks.secrets_invalid", error));
            }
        }
    }
    if faults.is_empty() { Ok(good) } else { Err(InboundError::Invalid(faults)) }
}

/// Secrets that were given, sealed.
struct Given {
    scheme: Scheme,
    sealed: SealedSecrets,
    hints: Vec<String>,
}

impl Inbound {
    fn sealed(
        &self,
        name: &SourceName,
        scheme: Scheme,
        secrets: &[String],
    ) -> Result<Given, InboundError> {
        let secrets = parsed(secrets, scheme)?;
        let seal = self.seal.as_ref().ok_or(InboundError::NoKey)?;
        let texts: Vec<&str> = secrets.iter().map(Secret::expose).collect();
        let text = texts.join(&SEPARATOR.to_string());
        let sealed = seal.seal(&purpose(name), text.as_bytes());
        let sealed = sealed.map_err(|error| StoreError::Internal(error.to_string()))?;
        let hints = secrets.iter().map(Secret::hint).collect();
        Ok(Given { scheme, sealed: SealedSecrets(sealed), hints })
    }

    /// A source with its secrets opened, for deliveries.
    ///
    /// Errors: `SourceNotFound`, `NoKey`, `Store`.
    pub async fn open_source(&self, name: &str) -> Result<OpenSource, InboundError> {
        let not_found = || InboundError::SourceNotFound(name.to_owned());
        let parsed = SourceName::parse(name).map_err(|_| not_found())?;
        let found = self.work.read(move |tx| Ok::<_, InboundError>(tx.sources().get(&parsed)?));
        let source = found.await?.ok_or_else(not_found)?;
        let seal = self.seal.as_ref().ok_or(InboundError::NoKey)?;
        let unreadable = |why: String| InboundError::Store(StoreError::Internal(why));
        let opened = seal
            .open(&purpose(&source.name), &source.secrets.0)
            .map_err(|error| unreadable(error.to_string()))?;
        let text = String::from_utf8(opened)
            .map_err(|_| unreadable("the secrets of a source are not text".to_owned()))?;
        let secrets: Result<Vec<Secret>, _> =
            text.split(SEPARATOR).map(|raw| Secret::parse(raw, source.scheme)).collect();
        let secrets = secrets.map_err(|error| unreadable(error.to_string()))?;
        Ok(OpenSource::opened(source, secrets))
    }

    /// Every source, by name.
    ///
    /// Errors: `MissingPermission`, `Store`.
    pub async fn sources(&self, actor: &Actor) -> Result<Vec<Source>, InboundError> {
        may_manage(actor)?;
        self.work.read(|tx| Ok(tx.sources().all()?)).await
    }

    /// A source.
    ///
    /// Errors: `MissingPermission`, `SourceNotFound`, `Store`.
    pub async fn source(&self, actor: &Actor, name: &str) -> Result<Source, InboundError> {
        may_manage(actor)?;
        let not_found = || InboundError::SourceNotFound(name.to_owned());
        let parsed = SourceName::parse(name).map_err(|_| not_found())?;
        let found = self.work.read(move |tx| Ok::<_, InboundError>(tx.sources().get(&parsed)?));
        found.await?.ok_or_else(not_found)
    }

    /// Adds or changes a source, only at version `expected` if there is one.
    ///
    /// Errors: `MissingPermission`, `Invalid`, `SourceNotFound`, `Stale`, `TooManySources`, `NoKey`, `Store`.
    pub async fn put_source(
        &self,
        actor: &Actor,
        name: &str,
        absent: Absent,
        expected: Option<i64>,
        put: PutSource,
    ) -> Result<Put, InboundError> {
        may_manage(actor)?;
        let not_found = InboundError::SourceNotFound(name.to_owned());
        let name = match (SourceName::parse(name), absent) {
            (Ok(name), _) => name,
            (Err(_), Absent::Refuse) => return Err(not_found),
            (Err(error), Absent::Add) => {
                let fault = fault("source", "webhooks.source_name_invalid", error);
                return Err(InboundError::Invalid(vec![fault]));
            }
        };
        // What the secrets must look like depends on the scheme, which may be the one that is stored.
        let stored = {
            let name = name.clone();
            let found = self.work.read(move |tx| Ok::<_, InboundError>(tx.sources().get(&name)?));
            found.await?
        };
        let scheme = put.scheme.or(stored.as_ref().map(|source| source.scheme));
        let given = match (scheme, &put.secrets) {
            (Some(scheme), Some(secrets)) => Some(self.sealed(&name, scheme, secrets)?),
            _ => None,
        };
        let (actor, now) = (actor.clone(), self.now());
        self.work
            .write(move |tx| {
                let put = write(tx, &name, (absent, expected), &put, given.as_ref(), now)?;
                let action =
                    if put.added { "webhook_source.created" } else { "webhook_source.updated" };
                let target = ActTarget::named("webhook_source", name.as_str());
                let Source { scheme, hints, version, .. } = &put.source;
                let told =
                    format!("{}, {} secrets, version {version}", scheme.as_str(), hints.len());
                tx.acts().record_act(&Act::by(&actor, now, action, target).with_detail(told))?;
                Ok(put)
            })
            .await
    }

    /// Removes a source, only at version `expected` if there is one. Its events stay.
    ///
    /// Errors: `MissingPermission`, `SourceNotFound`, `Stale`, `Store`.
    pub async fn remove_source(
        &self,
        actor: &Actor,
        name: &str,
        expected: Option<i64>,
    ) -> Result<(), InboundError> {
        may_manage(actor)?;
        let not_found = InboundError::SourceNotFound(name.to_owned());
        let Ok(name) = SourceName::parse(name) else { return Err(not_found) };
        let (actor, now) = (actor.clone(), self.now());
        self.work
            .write(move |tx| {
                let source = tx.sources().lock(&name)?;
                let source =
                    source.ok_or_else(|| InboundError::SourceNotFound(name.as_str().to_owned()))?;
                let source = at_version(source, expected)?;
                tx.sources().remove(&source)?;
                let target = ActTarget::named("webhook_source", name.as_str());
                let act = Act::by(&actor, now, "webhook_source.deleted", target);
                Ok(tx.acts().record_act(&act)?)
            })
            .await
    }
}

fn at_version(source: Source, expected: Option<i64>) -> Result<Source, InboundError> {
    match expected {
        Some(version) if version != source.version => Err(InboundError::Stale(Box::new(source))),
        _ => Ok(source),
    }
}

/// Adds the source, or changes the one that is there. Of two that add it, the second changes what the first added.
fn write(
    tx: &mut dyn InboundTx,
    name: &SourceName,
    (absent, expected): (Absent, Option<i64>),
    put: &PutSource,
    given: Option<&Given>,
    now: Timestamp,
) -> Result<Put, InboundError> {
    let not_found = || InboundError::SourceNotFound(name.as_str().to_owned());
    if let Some(source) = tx.sources().lock(name)? {
        return changed(tx, at_version(source, expected)?, put, given, now);
    }
    if absent == Absent::Refuse || expected.is_some() {
        return Err(not_found());
    }
    if tx.sources().all()?.len() as u64 >= MOST_SOURCES {
        return Err(InboundError::TooManySources);
    }
    let mut faults = Vec::new();
    if put.scheme.is_none() {
        faults.push(fault("/scheme", "request.missing_field", "must be given for a new source"));
    }
    if put.secrets.is_none() {
        faults.push(fault("/secrets", "request.missing_field", "must be given for a new source"));
    }
    let Some(Given { scheme, sealed, hints }) = given.filter(|_| faults.is_empty()) else {
        return Err(InboundError::Invalid(faults));
    };
    let mut source = Source {
        name: name.clone(),
        scheme: *scheme,
        header: None,
        id_header: None,
        max_bytes: match put.max_bytes {
            Patch::Set(bytes) => bytes,
            Patch::Keep | Patch::Clear => MaxBytes::of(*scheme),
        },
        secrets: sealed.clone(),
        hints: hints.clone(),
        created_at: now,
        updated_at: now,
        version: 1,
    };
    put.header.apply(&mut source.header);
    put.id_header.apply(&mut source.id_header);
    if tx.sources().insert(&source)? {
        return Ok(Put { source, added: true });
    }
    let other = tx.sources().lock(name)?.ok_or_else(not_found)?;
    changed(tx, other, put, given, now)
}

fn changed(
    tx: &mut dyn InboundTx,
    mut source: Source,
    put: &PutSource,
    given: Option<&Given>,
    now: Timestamp,
) -> Result<Put, InboundError> {
    let before = source.clone();
    if let Some(scheme) = put.scheme.filter(|scheme| *scheme != source.scheme) {
        if put.secrets.is_none() {
            let why = "must be given with another scheme, because each scheme has secrets of its own form";
            let fault = fault("/secrets", "webhooks.secrets_invalid", why);
            return Err(InboundError::Invalid(vec![fault]));
        }
        source.scheme = scheme;
        source.max_bytes = MaxBytes::of(scheme);
    }
    if let Some(given) = given {
        // The scheme that the secrets were read for; another one may have been saved since.
        if given.scheme != source.scheme {
            return Err(InboundError::Stale(Box::new(before)));
        }
        source.secrets = given.sealed.clone();
        source.hints.clone_from(&given.hints);
    } else if put.secrets.is_some() {
        // It was added since this call looked, and the call named no scheme.
        return Err(InboundError::Stale(Box::new(before)));
    }
    put.header.apply(&mut source.header);
    put.id_header.apply(&mut source.id_header);
    match put.max_bytes {
        Patch::Keep => {}
        Patch::Clear => source.max_bytes = MaxBytes::of(source.scheme),
        Patch::Set(bytes) => source.max_bytes = bytes,
    }
    if source != before {
        source.updated_at = now;
        tx.sources().save(&mut source)?;
    }
    Ok(Put { source, added: false })
}
