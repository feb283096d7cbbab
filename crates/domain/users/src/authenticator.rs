//! What other entrances ask of this domain: [`kernel::Authenticator`].

use std::sync::Arc;

use async_trait::async_trait;
use kernel::{
    Actor, Attempt, AuthError, Authenticator, BoxFuture, Caller, Entitlement, Standing,
    actor::Origin,
};

use crate::{error::UserError, policy, service::Users, signin};

impl From<UserError> for AuthError {
    fn from(error: UserError) -> Self {
        let permission = match &error {
            UserError::MissingPermission(permission) => Some(*permission),
            _ => None,
        };
        Self { permission, ..Self::of(&error) }
    }
}

impl From<signin::Caller> for Caller {
    fn from(caller: signin::Caller) -> Self {
        let (actor, expires_at) = (caller.actor.clone(), caller.expires_at);
        Self { actor, expires_at, detail: Arc::new(caller) }
    }
}

/// What this domain knows of a caller that it authenticated.
pub(crate) fn known(caller: &Caller) -> Option<&signin::Caller> {
    caller.detail.downcast_ref()
}

#[async_trait]
impl Authenticator for Users {
    async fn authenticate(
        &self,
        token: &str,
        request_id: Option<Arc<str>>,
    ) -> Result<Caller, AuthError> {
        Ok(Self::authenticate(self, token, request_id).await?.into())
    }

    async fn redeem_ticket(
        &self,
        ticket: &str,
        request_id: Option<Arc<str>>,
    ) -> Result<Caller, AuthError> {
        Ok(Self::redeem_ticket(self, ticket, request_id).await?.into())
    }

    fn check(&self, caller: &Caller, needs: Entitlement) -> Result<(), AuthError> {
        let lacks_factor = known(caller).is_none_or(|caller| caller.lacks_factor);
        if lacks_factor && !needs.without_factor {
            return Err(UserError::FactorRequired.into());
        }
        Ok(policy::entitled(&caller.actor, needs)?)
    }

    async fn record_denial(
        &self,
        caller: &Caller,
        denial: &AuthError,
        attempt: Attempt,
        origin: &Origin,
    ) -> Result<(), AuthError> {
        if denial.code == kernel::DomainError::code(&UserError::FactorRequired) {
            return Ok(());
        }
        Ok(self.record_refusal(&caller.actor, denial.permission, attempt, origin).await?)
    }

    async fn still_valid(&self, actor: &Actor) -> bool {
        self.still_valid(actor).await
    }

    async fn standing(&self, actor: &Actor) -> Standing {
        self.standing(actor).await
    }

    async fn standings(&self, actors: &[&Actor]) -> Vec<Standing> {
        self.standings(actors).await
    }

    fn note_use(
        &self,
        caller: &Caller,
        ip: Option<String>,
    ) -> Option<BoxFuture<'static, Result<(), AuthError>>> {
        let token = self.unnoted(known(caller)?)?;
        let noting = self.note_token_use(token, ip);
        Some(Box::pin(async move { Ok(noting.await.map(|_| ())?) }))
    }
}
