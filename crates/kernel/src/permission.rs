//! What can be allowed, and the roles that allow it.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

/// A named set of permissions. Higher roles hold everything that lower ones do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Own resources.
    User,
    /// And moderation.
    Moderator,
    /// And people, catalogue and operations.
    Admin,
    /// Everything.
    SuperAdmin,
}

impl Role {
    /// Every role, lowest first.
    pub const ALL: [Self; 4] = [Self::User, Self::Moderator, Self::Admin, Self::SuperAdmin];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Moderator => "moderator",
            Self::Admin => "admin",
            Self::SuperAdmin => "super_admin",
        }
    }

    /// From the word on the wire.
    pub fn parse(raw: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == raw)
    }

    /// What this role may do.
    pub fn permissions(self) -> Permissions {
        let built_in: Permissions = Permission::BUILT_IN
            .into_iter()
            .filter(|permission| permission.role() <= self)
            .collect();
        let [user, moderator, admin, super_admin] = &HELD;
        let held = match self {
            Self::User => user,
            Self::Moderator => moderator,
            Self::Admin => admin,
            Self::SuperAdmin => super_admin,
        };
        let registered = held.load(Ordering::Acquire);
        Permissions(built_in.0 | u128::from(registered) << FIRST_REGISTERED)
    }
}

crate::value_schema!(Role, {"type": "string", "enum": Role::ALL.map(Role::as_str)});

/// Declares the built-in permissions: a line each, with the lowest role that holds it, the word on
/// the wire and what it allows.
macro_rules! permissions {
    ($($name:ident: $role:ident, $word:literal, $allows:literal;)+) => {
        /// One thing that can be allowed. Endpoints ask for permissions, never for roles.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Permission {
            $(#[doc = concat!("`", $word, "`: ", $allows)] $name,)+
            /// One that a module from outside this repository brought.
            Registered(&'static Registered),
        }

        /// The places of the built-in permissions in a set.
        enum Place { $($name,)+ }

        impl Permission {
            /// Every built-in permission.
            pub const BUILT_IN: [Self; [$(Place::$name as usize),+].len()] = [$(Self::$name),+];

            /// The word on the wire.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)+
                    Self::Registered(registered) => registered.permission.name,
                }
            }

            /// What it allows, in a sentence.
            pub const fn allows(self) -> &'static str {
                match self {
                    $(Self::$name => $allows,)+
                    Self::Registered(registered) => registered.permission.allows,
                }
            }

            /// The lowest role that holds it.
            pub const fn role(self) -> Role {
                match self {
                    $(Self::$name => Role::$role,)+
                    Self::Registered(registered) => registered.permission.role,
                }
            }

            /// Its place in a set.
            const fn bit(self) -> u32 {
                match self {
                    $(Self::$name => Place::$name as u32,)+
                    Self::Registered(registered) => FIRST_REGISTERED + registered.index,
                }
            }
        }
    };
}

permissions! {
    TasksRead: User, "tasks:read", "Read your own tasks and those assigned to you.";
    TasksWrite: User, "tasks:write", "Create, change and delete your own tasks.";
    TasksManage: Admin, "tasks:manage", "See and change all tasks.";
    UsersRead: User, "users:read", "Find other people, in their public form.";
    UsersManage: Admin, "users:manage", "See private data of accounts, change and delete them.";
    TagsManage: Moderator, "tags:manage", "Merge and rename tags.";
    AuditRead: Admin, "audit:read", "Read the audit log.";
    RolesManage: SuperAdmin, "roles:manage", "Create roles and assign them.";
    FilesRead: User, "files:read", "Read your own files.";
    FilesWrite: User, "files:write", "Upload, share and delete your own files.";
    FilesManage: Admin, "files:manage", "See and delete all files.";
    ProductsRead: User, "products:read", "Read the list of products you own.";
    ProductsWrite: User, "products:write", "Change the list of products you own.";
    CatalogManage: Admin, "catalog:manage", "Change categories, products and stock.";
    JobsManage: Admin, "jobs:manage", "See, enqueue, retry and cancel jobs, and change their queues.";
    NotificationsRead: User, "notifications:read", "Read your own notifications.";
    NotificationsWrite: User, "notifications:write", "Mark your own notifications as read, and delete them.";
    WebhooksWrite: User, "webhooks:write", "Create, change and delete your own webhook endpoints, and read their deliveries.";
    WebhooksManage: Admin, "webhooks:manage", "See and change all webhook endpoints, inbound sources, their events and payments.";
    ChatRead: User, "chat:read", "Read public chat rooms and those you are in.";
    ChatWrite: User, "chat:write", "Create and join chat rooms, and write in them.";
    ChatModerate: Moderator, "chat:moderate", "See private chat rooms, delete messages of others, mute and ban people.";
    IntegrationsManage: Admin, "integrations:manage", "See how the providers of weather, prices and translations are.";
    MonitoringRead: Admin, "monitoring:read", "See the dashboard, the settings, how the machine and the program do, and the alerts.";
    MonitoringManage: Admin, "monitoring:manage", "Change the rules of monitoring, and acknowledge and silence alerts.";
}

/// Registered permissions follow the built-in ones in a set.
const FIRST_REGISTERED: u32 = 64;
/// How many may be registered in one process.
const MOST_REGISTERED: usize = 64;

/// What modules from outside registered, in order.
static REGISTERED: Mutex<Vec<&'static Registered>> = Mutex::new(Vec::new());
/// For each role, which registered permissions it holds.
static HELD: [AtomicU64; 4] = [const { AtomicU64::new(0) }; 4];

/// A permission that a module from outside this repository brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NewPermission {
    /// The word on the wire, such as `notes:read`.
    pub name: &'static str,
    /// What it allows, in a sentence.
    pub allows: &'static str,
    /// The lowest role that holds it.
    pub role: Role,
}

/// A registered permission.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Registered {
    permission: NewPermission,
    index: u32,
}

/// Why a permission cannot be registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PermissionError {
    /// The name is used for something else.
    #[error("the permission {0} exists already, with another meaning")]
    Taken(&'static str),
    /// The name does not have the form `resource:action`.
    #[error("the permission {0:?} must have the form resource:action, in lower case")]
    Malformed(&'static str),
    /// There is no place left.
    #[error("a process holds at most {MOST_REGISTERED} permissions from outside")]
    Full,
}

impl Permission {
    /// Every permission: the built-in ones, then the registered ones.
    pub fn all() -> impl Iterator<Item = Self> {
        let registered = REGISTERED.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Self::BUILT_IN.into_iter().chain(registered.into_iter().map(Self::Registered))
    }

    /// From the word on the wire.
    pub fn parse(raw: &str) -> Option<Self> {
        Self::all().find(|permission| permission.as_str() == raw)
    }

    /// Adds a permission for as long as the process runs. To register the same one again returns the
    /// first one.
    ///
    /// # Errors
    ///
    /// When its name is malformed or has another meaning, or when there are too many.
    pub fn register(new: NewPermission) -> Result<Self, PermissionError> {
        let is_word = |part: &str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
        };
        if !new
            .name
            .split_once(':')
            .is_some_and(|(resource, act)| is_word(resource) && is_word(act))
        {
            return Err(PermissionError::Malformed(new.name));
        }
        let mut registered = REGISTERED.lock().unwrap_or_else(PoisonError::into_inner);
        if Self::BUILT_IN.into_iter().any(|built_in| built_in.as_str() == new.name) {
            return Err(PermissionError::Taken(new.name));
        }
        match registered.iter().find(|known| known.permission.name == new.name) {
            Some(known) if known.permission == new => return Ok(Self::Registered(known)),
            Some(_) => return Err(PermissionError::Taken(new.name)),
            None if registered.len() == MOST_REGISTERED => return Err(PermissionError::Full),
            None => {}
        }
        let index = u32::try_from(registered.len()).map_err(|_| PermissionError::Full)?;
        let entry: &'static Registered = Box::leak(Box::new(Registered { permission: new, index }));
        registered.push(entry);
        for (role, held) in Role::ALL.into_iter().zip(&HELD) {
            if role >= new.role {
                held.fetch_or(1 << index, Ordering::Release);
            }
        }
        Ok(Self::Registered(entry))
    }
}

/// A set of permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Permissions(u128);

impl Permissions {
    /// The empty set.
    pub const NONE: Self = Self(0);

    /// True when `permission` is among them.
    pub const fn contains(self, permission: Permission) -> bool {
        self.0 & (1 << permission.bit()) != 0
    }

    /// Those in either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those in both.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Those that are not in the other.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// True when all of `other` are among them.
    pub const fn covers(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Each of them, in the order of [`Permission::all`].
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::all().filter(move |permission| self.contains(*permission))
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        Self(permissions.into_iter().fold(0, |set, permission| set | 1 << permission.bit()))
    }
}

/// The permission that a caller lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MissingPermission(pub Permission);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn higher_roles_hold_what_lower_ones_do() {
        for pair in Role::ALL.windows(2) {
            let [low, high] = pair else { continue };
            assert!(
                high.permissions().covers(low.permissions()),
                "{high:?} lacks what {low:?} has"
            );
        }
        assert!(Permission::all().all(|one| Role::SuperAdmin.permissions().contains(one)));
    }

    #[test]
    fn a_set_has_what_was_put_into_it() {
        let all: Permissions = Permission::BUILT_IN.into_iter().collect();
        assert!(all.iter().eq(Permission::BUILT_IN));
        assert_eq!(Permissions::NONE.iter().count(), 0);
        for permission in Permission::BUILT_IN {
            let one: Permissions = [permission].into_iter().collect();
            assert!(one.iter().eq([permission]));
            assert!(all.covers(one) && !one.covers(all) && one.covers(Permissions::NONE));
            assert_eq!(all.intersection(one), one);
            assert_eq!(Permissions::NONE.union(one), one);
            assert!(!all.without(one).contains(permission) && all.without(one).union(one) == all);
        }
    }

    #[test]
    fn words_are_unique_and_parse_back() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.as_str()), Some(role));
        }
        assert_eq!(Role::parse("root"), None);
        for permission in Permission::BUILT_IN {
            assert_eq!(Permission::parse(permission.as_str()), Some(permission));
        }
        assert_eq!(Permission::parse("tasks"), None);
    }

    #[test]
    fn a_registered_permission_is_as_good_as_a_built_in_one() {
        let new =
            NewPermission { name: "moons:name", allows: "Name moons.", role: Role::Moderator };
        let moons = Permission::register(new).unwrap();
        assert_eq!(Permission::register(new), Ok(moons));
        assert_eq!(Permission::parse("moons:name"), Some(moons));
        assert_eq!((moons.as_str(), moons.role()), ("moons:name", Role::Moderator));
        assert!(!Role::User.permissions().contains(moons));
        assert!(Role::Moderator.permissions().contains(moons));
        assert!(Role::SuperAdmin.permissions().contains(moons));
        assert!(Permission::all().any(|one| one == moons));

        let other = NewPermission { role: Role::User, ..new };
        assert_eq!(Permission::register(other), Err(PermissionError::Taken("moons:name")));
        let taken = NewPermission { name: "tasks:read", ..new };
        assert_eq!(Permission::register(taken), Err(PermissionError::Taken("tasks:read")));
        for name in ["moons", "Moons:name", "moons:", ":name", "moons:name:all"] {
            let malformed = NewPermission { name, ..new };
            assert_eq!(Permission::register(malformed), Err(PermissionError::Malformed(name)));
        }
    }
}
