//! Who may do what. Pure.

use kernel::{Actor, Permission};

use crate::error::MonitoringError;

/// Callers with `monitoring:read` see everything.
pub fn may_read(actor: &Actor) -> Result<(), MonitoringError> {
    Ok(actor.require(Permission::MonitoringRead)?)
}

/// Callers with `monitoring:manage` change rules, and acknowledge and silence alerts.
pub fn may_manage(actor: &Actor) -> Result<(), MonitoringError> {
    Ok(actor.require(Permission::MonitoringManage)?)
}

#[cfg(test)]
mod tests {
    use kernel::{Role, UserId};

    use super::*;

    #[test]
    fn administrators_see_and_manage_and_others_do_not() {
        let user = UserId::parse(1).unwrap();
        for may in [may_read, may_manage] {
            let allowed = Role::ALL.map(|role| may(&Actor::new(user, role)).is_ok());
            assert_eq!(allowed, [false, false, true, true]);
        }
    }
}
