//! One-time codes: what a front-end gets instead of tokens, because addresses stand in histories
//! and logs. Only who made the challenge can redeem it (RFC 7636).

use std::time::Duration;

use kernel::{SessionId, StoreError, Timestamp, UserId, actor::Origin};
use sha2::{Digest as _, Sha256};

use crate::{
    audit::Outcome,
    error::UserError,
    external::{ExternalIdentity, FrontEnd, Grant},
    ports::UsersTx,
    service::{Deed, Users},
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
    Good(Box<Grant>),
    Bad,
    /// It was presented before, and this session that was made of it has ended now.
    Reused(SessionId),
}

impl Users {
    /// A code for an account that was just proven.
    pub(super) async fn grant(
        &self,
        user: UserId,
        identity: &ExternalIdentity,
        front: &FrontEnd,
        now: Timestamp,
    ) -> Result<String, UserError> {
        let code = self.tokens.secret();
        let grant = Grant {
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
            .write(move |tx| Ok::<_, UserError>(tx.identities().insert_grant(&grant)?))
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
            let grant = match judged {
                Judged::Good(grant) => grant,
                Judged::Bad => return Err(UserError::BadGrant),
                Judged::Reused(session) => {
                    self.live.evict(&session).await;
                    return Err(UserError::BadGrant);
                }
            };
            let Grant { user, provider, subject, .. } = *grant;
            let first = First::Identity { provider, subject, grant: Some(code) };
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
    let Some(grant) = tx.identities().lock_grant(code)? else { return Ok(Judged::Bad) };
    if grant.spent_at.is_some() {
        return end(tx, &grant, asked, now);
    }
    let verifier: Digest = Sha256::digest(asked.verifier.as_bytes()).into();
    let owner = tx.identities().find(&grant.provider, &grant.subject)?;
    let fits = now < grant.expires_at
        && verifier == grant.challenge
        && asked.redirect_uri == grant.redirect_uri
        && asked.client_id == grant.client_id
        && owner.is_some_and(|owner| owner.user == grant.user);
    if fits {
        return Ok(Judged::Good(Box::new(grant)));
    }
    tx.identities().spend_grant(code, None, now)?;
    let deed = Deed::anonymous(&asked.origin, now);
    let detail = Some(grant.provider.as_str().to_owned());
    deed.note(tx, "auth.login", Some(grant.user), Outcome::Failure, detail)?;
    Ok(Judged::Bad)
}

/// Two have the code, and one of them should not: what was made of it ends for both.
fn end(
    tx: &mut dyn UsersTx,
    grant: &Grant,
    asked: &Exchange,
    now: Timestamp,
) -> Result<Judged, UserError> {
    let Some(id) = grant.session else { return Ok(Judged::Bad) };
    let session = tx.sessions().lock(id)?;
    if let Some(mut session) = session.filter(|session| session.is_open(now)) {
        close(tx, &mut session, now)?;
        let deed = Deed::anonymous(&asked.origin, now);
        let detail = Some(format!("session {id}"));
        deed.note(tx, "auth.code_reused", Some(grant.user), Outcome::Denied, detail)?;
    }
    Ok(Judged::Reused(id))
}
