//! Service accounts: accounts for machines, which come in by personal access tokens only. Whoever
//! manages accounts makes them, below their own role.

use kernel::{
    Actor, FieldFault, GrantId, Once, Page, PageRequest, Permission, Settled, SortKey, StoreError,
    UserId, actor::Origin, once,
};

use super::{Deed, Users, as_of_now, create, manageable};
use crate::{
    commands::{MakeGrant, MakeMachine},
    error::UserError,
    grant::{Grant, MadeGrant},
    policy,
    ports::UsersTx,
    query::{UserFilter, UserSort},
    signin::grants::{insert, remove, still_signed_in},
    user::{NewUser, User},
    values::{Email, PersonName, Provider},
};

/// Where their addresses are: at a host that can never be (RFC 2606).
const HOST: &str = "service.invalid";

const CREATED: &str = "users.service_account_created";

impl Users {
    /// Makes a service account.
    pub async fn make_machine(
        &self,
        actor: &Actor,
        once: Option<Once<User>>,
        make: MakeMachine,
    ) -> Result<Settled<User>, UserError> {
        let deed = Deed::by(actor, &make.origin, self.clock.now());
        let new = machine(&make, &deed)?;
        let (actor, inside) = (actor.clone(), deed.clone());
        let result = self
            .work
            .write(move |tx| {
                policy::may_make_machine(&as_of_now(tx, &actor)?, new.role)?;
                once::settle(tx, once.as_ref(), inside.at, |tx| {
                    create(tx, &new, None, &inside, CREATED)
                })
            })
            .await;
        let detail = Some(format!("-> {}", make.role.as_str()));
        self.denied(deed, CREATED, None, detail, result).await
    }

    /// A page of the service accounts.
    pub async fn machines(
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
    pub async fn remove_machine(
        &self,
        actor: &Actor,
        id: UserId,
        expected: Option<i64>,
        origin: Origin,
    ) -> Result<(), UserError> {
        self.permit(actor, Permission::UsersManage, "users.deleted", &origin).await?;
        // What kind of account it is never changes, so this may be asked before.
        self.work.read(move |tx| is_machine(tx.users().get(id)?, id)).await?;
        self.remove(actor, id, expected, origin).await
    }

    /// Makes a token for a service account, from a sign-in. It names no more than what the account
    /// holds, nor than what its maker does.
    pub async fn make_machine_token(
        &self,
        actor: &Actor,
        id: UserId,
        make: MakeGrant,
    ) -> Result<MadeGrant, UserError> {
        self.by_session(actor, "auth.token_created", &make.origin).await?;
        let deed = Deed::by(actor, &make.origin, self.clock.now());
        let minting = self.minting(id, &make, deed.clone())?;
        let (actor, new) = (actor.clone(), minting.new.clone());
        let result = self
            .work
            .write(move |tx| {
                still_signed_in(tx, &actor, new.created_at)?;
                let actor = as_of_now(tx, &actor)?;
                let user = governed_machine(tx, &actor, id)?;
                let held = policy::acting(&user, tx.roles().permissions_of(id)?);
                let permissions = actor.permissions.intersection(held.permissions);
                policy::may_give(&Actor { permissions, ..actor }, new.scopes)?;
                insert(tx, &new, &deed)
            })
            .await;
        self.minted(minting, result).await
    }

    /// The tokens of a service account, newest first.
    pub async fn machine_tokens(&self, actor: &Actor, id: UserId) -> Result<Vec<Grant>, UserError> {
        actor.require(Permission::UsersManage)?;
        self.work
            .read(move |tx| {
                is_machine(tx.users().get(id)?, id)?;
                Ok(tx.grants().of_user(id)?)
            })
            .await
    }

    /// Deletes a token of a service account.
    pub async fn delete_machine_token(
        &self,
        actor: &Actor,
        id: UserId,
        token: GrantId,
        origin: Origin,
    ) -> Result<(), UserError> {
        let deed = Deed::by(actor, &origin, self.clock.now());
        let (actor, inside) = (actor.clone(), deed.clone());
        let result = self
            .work
            .write(move |tx| {
                let actor = as_of_now(tx, &actor)?;
                governed_machine(tx, &actor, id)?;
                remove(tx, id, token, &inside)
            })
            .await;
        self.denied(deed, "auth.token_deleted", id, Some(format!("token {token}")), result).await
    }
}

/// A service account, locked, that the caller may manage. Others are not there.
fn governed_machine(tx: &mut dyn UsersTx, actor: &Actor, id: UserId) -> Result<User, UserError> {
    actor.require(Permission::UsersManage)?;
    let user = is_machine(tx.users().lock(id)?, id)?;
    manageable(tx, actor, &user)?;
    Ok(user)
}

fn is_machine(user: Option<User>, id: UserId) -> Result<User, UserError> {
    user.filter(|user| user.provider == Provider::Service).ok_or(UserError::NotFound(id))
}

/// A service account as it begins. Its address is one that nothing can be sent to.
fn machine(make: &MakeMachine, deed: &Deed) -> Result<NewUser, UserError> {
    let nameless =
        || PersonName::parse("").map_err(|error| StoreError::Internal(error.to_string()));
    let email = Email::parse(&format!("{}@{HOST}", make.username.as_str()));
    Ok(NewUser {
        username: make.username.clone(),
        email: email.map_err(|_| {
            let message = "must make a mail address: no dots at its ends, nor two in a row";
            let fault = FieldFault::new("/username", "users.username_invalid", message);
            UserError::Invalid(vec![fault])
        })?,
        role: make.role,
        first_name: nameless()?,
        last_name: nameless()?,
        provider: Provider::Service,
        email_verified: false,
        created_at: deed.at,
    })
}
