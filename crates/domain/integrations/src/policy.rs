//! Who may do what. Pure. Facts are for everybody who is signed in.

use kernel::{Actor, Permission};

use crate::error::IntegrationsError;

/// Callers with `integrations:manage` see how the providers are.
pub fn may_look(actor: &Actor) -> Result<(), IntegrationsError> {
    Ok(actor.require(Permission::IntegrationsManage)?)
}

#[cfg(test)]
mod tests {
    use kernel::{Role, UserId};

    use super::*;

    #[test]
    fn administrators_look_and_others_do_not() {
        let user = UserId::parse(1).unwrap();
        let may = |role| may_look(&Actor::new(user, role)).is_ok();
        assert_eq!(Role::ALL.map(may), [false, false, true, true]);
    }
}
