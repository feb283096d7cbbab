//! The line of refresh tokens: see the head of [`crate::session`].

use kernel::{SessionId, Timestamp, actor::Origin};

use super::{SignedIn, close};
use crate::{
    audit::AuditOutcome,
    error::UserError,
    policy::{self, Denial, Proof},
    ports::UsersTx,
    service::{AuditedAction, Settings, Users, note_activity},
    session::{Live, RefreshState, RefreshToken, Session},
    values::Digest,
};

/// How the transaction of a refresh ended; all of these are kept.
enum Turn {
    Renewed(Box<Live>),
    Reused(SessionId),
    Denied(Denial),
}

/// What a refresh brings along.
struct Renewal {
    presented: Digest,
    next: Digest,
    origin: Origin,
    now: Timestamp,
    settings: Settings,
}

impl Users {
    /// A new pair for a refresh token. A used one gives another pair only as long as nobody used
    /// the pair that it gave before; otherwise it ends the session.
    pub async fn refresh(
        &self,
        refresh_token: &str,
        origin: Origin,
    ) -> Result<SignedIn, UserError> {
        let now = self.clock.now();
        let secret = self.tokens.secret();
        let renewal = Renewal {
            presented: self.tokens.digest(refresh_token),
            next: self.tokens.digest(&secret),
            origin,
            now,
            settings: self.settings,
        };
        match self.work.write(move |tx| renew(tx, &renewal)).await? {
            Turn::Renewed(live) => {
                self.live.evict(&live.session.id).await;
                self.pair(*live, secret, now)
            }
            Turn::Reused(session) => {
                self.live.evict(&session).await;
                Err(UserError::RefreshReused)
            }
            Turn::Denied(denial) => Err(at_refresh(denial)),
        }
    }
}

fn renew(tx: &mut dyn UsersTx, renewal: &Renewal) -> Result<Turn, UserError> {
    let now = renewal.now;
    // Found without a lock, to know what to lock; then read again under it. The account comes first: who
    // closes it, or suspends it, locks it before its sessions.
    let found = tx.sessions().find_refresh(&renewal.presented)?;
    let found = found.ok_or(UserError::BadRefreshToken)?;
    let owner = tx.sessions().get(found.session)?.ok_or(UserError::BadRefreshToken)?.user;
    let user = tx.users().lock(owner)?.ok_or(UserError::BadRefreshToken)?;
    let session = tx.sessions().lock(found.session)?.ok_or(UserError::BadRefreshToken)?;
    let token = tx.sessions().find_refresh(&renewal.presented)?;
    let token = token.ok_or(UserError::BadRefreshToken)?;
    if let Err(denial) = policy::decide(&user, Proof::Session(&session), now) {
        // Only who was shut out is worth an entry: sessions end all the time.
        if matches!(denial, Denial::Suspended | Denial::Closed) {
            let audited = AuditedAction::anonymous(&renewal.origin, now);
            let detail = Some(format!("session {}", session.id));
            audited.record(tx, "auth.refresh", Some(user.id), AuditOutcome::Denied, detail)?;
        }
        return Ok(Turn::Denied(denial));
    }
    if now >= token.expires_at {
        return Err(UserError::BadRefreshToken);
    }
    let answer_was_lost = token.generation == session.parent && session.seen <= token.generation;
    let session = match token.state {
        RefreshState::Live => {
            put(tx, &token, RefreshState::Used)?;
            let (parent, seen) = (token.generation, session.seen.max(token.generation));
            Session { parent, seen, ..session }
        }
        RefreshState::Used if answer_was_lost => {
            let unseen = RefreshToken { generation: session.generation, ..token };
            put(tx, &unseen, RefreshState::Dead)?;
            session
        }
        RefreshState::Used | RefreshState::Dead => return end(tx, session, renewal),
    };
    let session = advance(tx, session, renewal)?;
    note_activity(tx, user.id, now)?;
    Ok(Turn::Renewed(Box::new(Live::opened(session, user))))
}

fn put(tx: &mut dyn UsersTx, token: &RefreshToken, state: RefreshState) -> Result<(), UserError> {
    Ok(tx.sessions().set_refresh(&RefreshToken { state, ..token.clone() })?)
}

/// Gives a session its next generation.
fn advance(
    tx: &mut dyn UsersTx,
    session: Session,
    renewal: &Renewal,
) -> Result<Session, UserError> {
    let generation = session.last_generation + 1;
    let expires_at = renewal.settings.session_end(session.created_at, renewal.now);
    let session = Session {
        generation,
        last_generation: generation,
        expires_at,
        last_used_at: renewal.now,
        ip: renewal.origin.ip.clone().or(session.ip),
        ..session
    };
    tx.sessions().save(&session)?;
    tx.sessions().insert_refresh(&RefreshToken {
        session: session.id,
        generation,
        digest: renewal.next,
        state: RefreshState::Live,
        expires_at,
    })?;
    Ok(session)
}

/// Two hold tokens of one line, and one of them stole it: the session ends for both.
fn end(tx: &mut dyn UsersTx, mut session: Session, renewal: &Renewal) -> Result<Turn, UserError> {
    close(tx, &mut session, renewal.now)?;
    let audited = AuditedAction::anonymous(&renewal.origin, renewal.now);
    let (target, detail) = (Some(session.user), format!("session {}", session.id));
    audited.record(tx, "auth.refresh_reused", target, AuditOutcome::Denied, Some(detail))?;
    Ok(Turn::Reused(session.id))
}

const fn at_refresh(denial: Denial) -> UserError {
    match denial {
        Denial::Suspended => UserError::Suspended,
        Denial::Closed => UserError::Closed,
        Denial::ServiceAccount | Denial::Ended | Denial::Superseded | Denial::FactorMissing => {
            UserError::BadRefreshToken
        }
    }
}
