//! An attempt to sign in with a name and a password: whose name it is, what is known of the caller,
//! and what the password is judged to be.

use std::{sync::Arc, time::Duration};

use kernel::{KeyedDigest, StoreError, Timestamp, UserId, actor::Origin};

use super::Users;
use crate::{
    commands::Login,
    error::UserError,
    login_throttle::{Door, Keys, network},
    one_time_token::fingerprint,
    ports::{Match, UsersTx},
    service::Admitted,
    values::{Digest, Password, PasswordHash},
};

/// Longer than any username or address; what is longer is nobody's.
const LOGIN_MAX: usize = 254;
/// How long a network or a device counts as known after a sign-in from it.
const KNOWN_FOR: Duration = Duration::from_hours(30 * 24);

/// An attempt that was judged.
pub(crate) struct Judged {
    /// Whose name it is.
    pub(crate) user: Option<UserId>,
    /// What the password was compared with.
    pub(crate) stored: Option<PasswordHash>,
    pub(crate) matched: Match,
    pub(crate) admitted: Admitted,
}

impl Users {
    /// Judges a password, when the caller's turn has come and nothing speaks against judging it.
    pub(crate) async fn judge_login(
        &self,
        login: &Login,
        password: &Password,
        origin: &Origin,
    ) -> Result<Judged, UserError> {
        let (user, stored, door) = self.meet_at_the_door(login, origin).await?;
        let keys = Keys::at_the_door(&door, &*self.digests);
        let allowance = door.allowance(&*self.digests);
        let (admitted, turn) = self.admit(keys, Some(allowance)).await?;
        match turn.verify(password.clone(), stored.clone()).await {
            Ok(matched) => Ok(Judged { user, stored, matched, admitted }),
            Err(error) => {
                self.unjudged(admitted).await;
                Err(error.into())
            }
        }
    }

    /// The account of this name, its stored password, and whether the caller is known there.
    async fn meet_at_the_door(
        &self,
        login: &Login,
        origin: &Origin,
    ) -> Result<(Option<UserId>, Option<PasswordHash>, Door), UserError> {
        let (Login::Email(name) | Login::Username(name)) = login;
        let place = network(origin.ip.as_deref());
        let nobody = Door::of_nobody(name, place.clone());
        let Some(look_up) = look_up(login) else { return Ok((None, None, nobody)) };
        let (digests, origin, now) = (Arc::clone(&self.digests), origin.clone(), self.clock.now());
        self.work
            .read(move |tx| {
                let Some(id) = look_up(tx)? else { return Ok((None, None, nobody.clone())) };
                let lately =
                    |last: Option<Timestamp>| last.is_some_and(|last| now.since(last) < KNOWN_FOR);
                let network_known = match network_mark(&*digests, id, &origin) {
                    Some(mark) => lately(tx.devices().last_met(id, &mark)?),
                    None => false,
                };
                let device = match origin.device.as_deref() {
                    Some(device) => {
                        let mark = fingerprint(id, Some(device));
                        lately(tx.devices().last_met(id, &mark)?).then_some(mark)
                    }
                    None => None,
                };
                let door = Door::of(id, place.clone(), network_known, device);
                Ok((Some(id), tx.users().password(id)?, door))
            })
            .await
    }

    /// The account of this name and its stored password.
    pub(crate) async fn find(
        &self,
        login: &Login,
    ) -> Result<(Option<UserId>, Option<PasswordHash>), UserError> {
        let Some(look_up) = look_up(login) else { return Ok((None, None)) };
        self.work
            .read(move |tx| {
                let Some(id) = look_up(tx)? else { return Ok((None, None)) };
                Ok((Some(id), tx.users().password(id)?))
            })
            .await
    }
}

/// How to find the account of this name; `None` for a text that can be no account's.
fn look_up(
    login: &Login,
) -> Option<impl Fn(&mut dyn UsersTx) -> Result<Option<UserId>, StoreError> + Send + 'static> {
    let (Login::Email(name) | Login::Username(name)) = login;
    let (name, by_email) = (name.trim().to_owned(), matches!(login, Login::Email(_)));
    if name.is_empty() || name.len() > LOGIN_MAX || name.contains('\0') {
        return None;
    }
    Some(move |tx: &mut dyn UsersTx| {
        let found = if by_email {
            tx.users().find_by_email(&name)?
        } else {
            tx.users().find_by_username(&name)?
        };
        Ok(found.map(|user| user.id))
    })
}

/// What is kept of a network that an account was signed in to from, in the place of a device; `None`
/// without an address. It is keyed, because addresses can be guessed.
pub(crate) fn network_mark(
    digests: &dyn KeyedDigest,
    user: UserId,
    origin: &Origin,
) -> Option<Digest> {
    let address = origin.ip.as_deref()?;
    let (id, place) = (user.get().to_be_bytes(), network(Some(address)));
    Some(digests.digest("network of an account", &[&id, place.as_bytes()]))
}
