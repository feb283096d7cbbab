//! Who may find what. Pure.

use kernel::{Actor, Permission, RoomId};

use crate::values::{Kind, Label};

/// The kinds that somebody may find documents of at all; without signing in, what the shop shows.
pub fn kinds(actor: Option<&Actor>) -> Vec<Kind> {
    let may = |kind: &Kind| match (kind, actor) {
        (Kind::Products | Kind::Categories, _) => true,
        (_, None) => false,
        (Kind::Users, Some(actor)) => actor.may(Permission::UsersRead),
        (Kind::Files, Some(actor)) => actor.may(Permission::FilesRead),
        (Kind::Tasks, Some(actor)) => actor.may(Permission::TasksRead),
        (Kind::Rooms | Kind::Messages, Some(actor)) => actor.may(Permission::ChatRead),
    };
    Kind::ALL.into_iter().filter(may).collect()
}

/// The labels of somebody who is in these rooms now. What somebody knows by a room, they know by `chat:read`.
pub fn labels(actor: Option<&Actor>, rooms: &[RoomId]) -> Vec<Label> {
    let mut labels = vec![Label::Public];
    let Some(actor) = actor else { return labels };
    labels.extend([Label::SignedIn, Label::User(actor.user.get())]);
    for (permission, kinds) in [
        (Permission::UsersManage, [Kind::Users].as_slice()),
        (Permission::TasksManage, &[Kind::Tasks]),
        (Permission::FilesManage, &[Kind::Files]),
        (Permission::CatalogManage, &[Kind::Products, Kind::Categories]),
        (Permission::ChatModerate, &[Kind::Rooms, Kind::Messages]),
    ] {
        if actor.may(permission) {
            labels.extend(kinds.iter().map(|kind| Label::Managers(*kind)));
        }
    }
    if actor.may(Permission::ChatRead) {
        labels.extend(rooms.iter().map(|room| Label::Room(room.get())));
    }
    labels
}

#[cfg(test)]
mod tests {
    use kernel::{Role, UserId};

    use super::*;

    #[test]
    fn strangers_find_what_the_shop_shows() {
        assert_eq!(kinds(None), [Kind::Products, Kind::Categories]);
        assert_eq!(labels(None, &[RoomId::parse(1).unwrap()]), [Label::Public]);
    }

    #[test]
    fn people_find_what_is_theirs_and_managers_more() {
        let actor = |role| Actor::new(UserId::parse(17).unwrap(), role);
        let rooms = [RoomId::parse(42).unwrap()];
        let own = [Label::Public, Label::SignedIn, Label::User(17), Label::Room(42)];
        assert_eq!(labels(Some(&actor(Role::User)), &rooms), own);
        assert_eq!(kinds(Some(&actor(Role::User))).len(), Kind::ALL.len());
        let reads = kernel::Permissions::default();
        let narrow = Actor { permissions: reads, ..actor(Role::User) };
        assert_eq!(labels(Some(&narrow), &rooms), own[..3], "a token without chat:read");
        assert_eq!(kinds(Some(&narrow)), [Kind::Products, Kind::Categories]);
        let labels = labels(Some(&actor(Role::SuperAdmin)), &[]);
        for kind in Kind::ALL {
            assert!(labels.contains(&Label::Managers(kind)), "{kind:?}");
        }
    }
}
