//! One-time codes: what a front-end gets instead of tokens, because addresses stand in histories
//! and logs. Only who made the challenge can redeem it (RFC 7636).

use std::time::Duration;

use kernel::{SessionId, StoreError, Timestamp, UserId, actor::Origin};
use sha2::{Digest as _, Sha256};

use crate::{
    audit::AuditOutcome,
    error::UserError,
    external::{AuthorizationCode, ExternalIdentity, FrontEnd},
    ports::UsersTx,
    service::{AuditedAction, Users},
    signin::{Entry, First, close},
    values::Digest,
};

/// How long a code lives.
const GRANT_TTL: Duration = Duration::from_secs(60);
/// How often a code is judged anew because something changed meanwhile.
const ATTEMPTS: usize = 3;

/// A front-end redeems a code.
#[derive(Clone)]
pub struct Exchange {
    /// The code.
    pub code: String,
    /// As it was when the code was asked for.
    pub redirect_uri: String,
    /// As it was when the code was asked for.
    pub client_id: Option<String>,
    /// What the challenge was made of.
    pub verifier: String,
    /// Where from.
    pub origin: Origin,
}

/// How a code was judged; all of these are kept.
enum Judged {
    Good(Box<AuthorizationCode>),
    Bad,
    /// It was presented before, and this session that was made of it has ended now.
    Reused(SessionId),
}

impl Users {
    /// A code for an account that was just proven.
    pub(super) async fn authorization_code(
        &self,
        user: UserId,
        identity: &ExternalIdentity,
        front: &FrontEnd,
        now: Timestamp,
    ) -> Result<String, UserError> {
        let code = self.tokens.secret();
        let issued = AuthorizationCode {
            code: self.tokens.digest(&code),
            user,
            provider: identity.provider.clone(),
            subject: identity.subject.clone(),
            challenge: front.challenge.ok_or(UserError::FrontEndUnknown)?,
            redirect_uri: front.redirect_uri.clone(),
            client_id: front.client_id.clone(),
            expires_at: now.plus(GRANT_TTL),
            spent_at: None,
            session: None,
        };
        self.work
            .write(move |tx| Ok::<_, UserError>(tx.identities().insert_code(&issued)?))
            .await?;
        Ok(code)
    }

    /// Redeems a code for a session. It works once: who presents it again ends the session that was
    /// made of it, because then two have it (RFC 6749 §4.1.2). A wrong verifier uses it up as well.
    pub async fn exchange(&self, exchange: Exchange) -> Result<Entry, UserError> {
        let code = self.tokens.digest(&exchange.code);
        for _ in 0..ATTEMPTS {
            let (asked, now) = (exchange.clone(), self.clock.now());
            let judged = self.work.write(move |tx| judge(tx, &code, &asked, now)).await?;
            let issued = match judged {
                Judged::Good(issued) => issued,
                Judged::Bad => return Err(UserError::BadGrant),
                Judged::Reused(session) => {
                    self.live.evict(&session).await;
                    return Err(UserError::BadGrant);
                }
            };
            let AuthorizationCode { user, provider, subject, .. } = *issued;
            let first = First::Identity { provider, subject, code: Some(code) };
            if let Some(entry) = self.enter(user, first, &exchange.origin, now).await? {
                return Ok(entry);
            }
            // The code was spent by somebody else, or the identity is gone: judged anew.
        }
        Err(StoreError::Contention.into())
    }
}

fn judge(
    tx: &mut dyn UsersTx,
    code: &Digest,
    asked: &Exchange,
    now: Timestamp,
) -> Result<Judged, UserError> {
    let Some(issued) = tx.identities().lock_code(code)? else { return Ok(Judged::Bad) };
    if issued.spent_at.is_some() {
        return end(tx, &issued, asked, now);
    }
    let verifier: Digest = Sha256::digest(asked.verifier.as_bytes()).into();
    let owner = tx.identities().find(&issued.provider, &issued.subject)?;
    let fits = now < issued.expires_at
        && verifier == issued.challenge
        && asked.redirect_uri == issued.redirect_uri
        && asked.client_id == issued.client_id
        && owner.is_some_and(|owner| owner.user == issued.user);
    if fits {
        return Ok(Judged::Good(Box::new(issued)));
    }
    tx.identities().spend_code(code, None, now)?;
    let audited = AuditedAction::anonymous(&asked.origin, now);
    let detail = Some(issued.provider.as_str().to_owned());
    audited.record(tx, "auth.login", Some(issued.user), AuditOutcome::Failure, detail)?;
    Ok(Judged::Bad)
}

/// Two have the code, and one of them should not: what was made of it ends for both.
fn end(
    tx: &mut dyn UsersTx,
    issued: &AuthorizationCode,
    asked: &Exchange,
    now: Timestamp,
) -> Result<Judged, UserError> {
    let Some(id) = issued.session else { return Ok(Judged::Bad) };
    let session = tx.sessions().lock(id)?;
    if let Some(mut session) = session.filter(|session| session.is_open(now)) {
        close(tx, &mut session, now)?;
        let audited = AuditedAction::anonymous(&asked.origin, now);
        let detail = Some(format!("session {id}"));
        audited.record(tx, "auth.code_reused", Some(issued.user), AuditOutcome::Denied, detail)?;
    }
    Ok(Judged::Reused(id))
}
