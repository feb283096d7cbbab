//! Service accounts: accounts for machines, which come in by personal access tokens only. Whoever
//! manages accounts makes them, below their own role.

use kernel::{
    Actor, FieldError, Idempotent, Locale, Outcome, Page, PageRequest, Permission, SortKey,
    StoreError, TokenId, UserId, actor::Origin, idempotency,
};

use super::{AuditedAction, Users, as_of_now, create, manageable};
use crate::{
    commands::{CreateServiceAccount, MakeToken},
    error::UserError,
    personal_access_token::{MadeToken, PersonalAccessToken},
    policy,
    ports::UsersTx,
    query::{UserFilter, UserSort},
    signin::personal_access_tokens::{insert, remove, still_signed_in},
    user::{NewUser, User},
    values::{EmailAddress, PersonName, Provider},
};

/// Where their addresses are: at a host that can never be (RFC 2606).
const HOST: &str = "service.invalid";

const CREATED: &str = "users.service_account_created";

impl Users {
    /// Makes a service account.
    pub async fn create_service_account(
        &self,
        actor: &Actor,
        idempotent: Option<Idempotent<User>>,
        make: CreateServiceAccount,
    ) -> Result<Outcome<User>, UserError> {
        let audited = AuditedAction::by(actor, &make.origin, self.clock.now());
        let new = service_account(&make, &audited)?;
        let (actor, inside) = (actor.clone(), audited.clone());
        let result = self
            .work
            .write(move |tx| {
                policy::may_create_service_account(&as_of_now(tx, &actor)?, new.role)?;
                idempotency::run_once(tx, idempotent.as_ref(), inside.at, |tx| {
                    create(tx, &new, None, &inside, CREATED)
                })
            })
            .await;
        let detail = Some(format!("-> {}", make.role.as_str()));
        self.denied(audited, CREATED, None, detail, result).await
    }

    /// A page of the service accounts.
    pub async fn service_accounts(
        &self,
        actor: &Actor,
        order: Vec<SortKey<UserSort>>,
        page: PageRequest,
    ) -> Result<Page<User>, UserError> {
        actor.require(Permission::UsersManage)?;
        let filter = UserFilter { provider: Some(Provider::Service), ..UserFilter::default() };
        self.work.read(move |tx| Ok(tx.users().list(&filter, &order, &page)?)).await
    }

    /// Removes a service account with its tokens.
    pub async fn delete_service_account(
        &self,
        actor: &Actor,
        id: UserId,
        expected: Option<i64>,
        origin: Origin,
    ) -> Result<(), UserError> {
        self.permit(actor, Permission::UsersManage, "users.deleted", &origin).await?;
        // What kind of account it is never changes, so this may be asked before.
        self.work.read(move |tx| is_service_account(tx.users().get(id)?, id)).await?;
        self.remove(actor, id, expected, origin).await
    }

    /// Makes a token for a service account, from a sign-in. It names no more than what the account
    /// holds, nor than what its maker does.
    pub async fn create_service_account_token(
        &self,
        actor: &Actor,
        id: UserId,
        make: MakeToken,
    ) -> Result<MadeToken, UserError> {
        self.by_session(actor, "auth.token_created", &make.origin).await?;
        let audited = AuditedAction::by(actor, &make.origin, self.clock.now());
        let minting = self.minting(id, &make, audited.clone())?;
        let (actor, new) = (actor.clone(), minting.new.clone());
        let result = self
            .work
            .write(move |tx| {
                still_signed_in(tx, &actor, new.created_at)?;
                let actor = as_of_now(tx, &actor)?;
                let user = administered_service_account(tx, &actor, id)?;
                let held = policy::acting(&user, tx.roles().permissions_of(id)?);
                let permissions = actor.permissions.intersection(held.permissions);
                policy::may_give(&Actor { permissions, ..actor }, new.scopes)?;
                insert(tx, &new, &audited)
            })
            .await;
        self.minted(minting, result).await
    }

    /// The tokens of a service account, newest first.
    pub async fn service_account_tokens(
        &self,
        actor: &Actor,
        id: UserId,
    ) -> Result<Vec<PersonalAccessToken>, UserError> {
        actor.require(Permission::UsersManage)?;
        self.work
            .read(move |tx| {
                is_service_account(tx.users().get(id)?, id)?;
                Ok(tx.personal_access_tokens().of_user(id)?)
            })
            .await
    }

    /// Deletes a token of a service account.
    pub async fn delete_service_account_token(
        &self,
        actor: &Actor,
        id: UserId,
        token: TokenId,
        origin: Origin,
    ) -> Result<(), UserError> {
        let audited = AuditedAction::by(actor, &origin, self.clock.now());
        let (actor, inside) = (actor.clone(), audited.clone());
        let result = self
            .work
            .write(move |tx| {
                let actor = as_of_now(tx, &actor)?;
                administered_service_account(tx, &actor, id)?;
                remove(tx, id, token, &inside)
            })
            .await;
        self.denied(audited, "auth.token_deleted", id, Some(format!("token {token}")), result).await
    }
}

/// A service account, locked, that the caller may manage. Others are not there.
fn administered_service_account(
    tx: &mut dyn UsersTx,
    actor: &Actor,
    id: UserId,
) -> Result<User, UserError> {
    actor.require(Permission::UsersManage)?;
    let user = is_service_account(tx.users().lock(id)?, id)?;
    manageable(tx, actor, &user)?;
    Ok(user)
}

fn is_service_account(user: Option<User>, id: UserId) -> Result<User, UserError> {
    user.filter(|user| user.provider == Provider::Service).ok_or(UserError::NotFound(id))
}

/// A service account as it begins. Its address is one that nothing can be sent to.
fn service_account(
    make: &CreateServiceAccount,
    audited: &AuditedAction,
) -> Result<NewUser, UserError> {
    let nameless =
        || PersonName::parse("").map_err(|error| StoreError::Internal(error.to_string()));
    let email = EmailAddress::parse(&format!("{}@{HOST}", make.username.as_str()));
    Ok(NewUser {
        username: make.username.clone(),
        email: email.map_err(|_| {
            let message = "must make a mail address: no dots at its ends, nor two in a row";
            let fault = FieldError::new("/username", "users.username_invalid", message);
            UserError::Invalid(vec![fault])
        })?,
        role: make.role,
        first_name: nameless()?,
        last_name: nameless()?,
        locale: Locale::DEFAULT,
        provider: Provider::Service,
        email_verified: false,
        created_at: audited.at,
    })
}
