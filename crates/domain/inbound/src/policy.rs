//! Who may do what. Pure.

use kernel::{Actor, Permission};

use crate::error::InboundError;

/// Callers with `webhooks:manage` see and change sources, events and payments.
pub fn may_manage(actor: &Actor) -> Result<(), InboundError> {
    Ok(actor.require(Permission::WebhooksManage)?)
}

#[cfg(test)]
mod tests {
    use kernel::{Role, UserId};

    use super::*;

    #[test]
    fn administrators_manage_webhooks_and_others_do_not() {
        let user = UserId::parse(1).unwrap();
        let may = |role| may_manage(&Actor::new(user, role)).is_ok();
        assert_eq!(Role::ALL.map(may), [false, false, true, true]);
    }
}
