//! Who is asking. Built once per request from live state, passed down, never a token.

use std::sync::Arc;

use crate::{SessionId, TokenId, UserId};

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
        use Permission::{
            AuditRead, CatalogManage, FilesManage, FilesRead, FilesWrite, ProductsRead,
            ProductsWrite, TagsManage, TasksManage, TasksRead, TasksWrite, UsersManage, UsersRead,
        };
        let of = |held: &[Permission]| -> Permissions { held.iter().copied().collect() };
        match self {
            Self::User => of(&[
                TasksRead,
                TasksWrite,
                UsersRead,
                FilesRead,
                FilesWrite,
                ProductsRead,
                ProductsWrite,
            ]),
            Self::Moderator => Self::User.permissions().union(of(&[TagsManage])),
            Self::Admin => Self::Moderator.permissions().union(of(&[
                TasksManage,
                UsersManage,
                AuditRead,
                FilesManage,
                CatalogManage,
            ])),
            Self::SuperAdmin => of(&Permission::ALL),
        }
    }
}

/// One thing that can be allowed. Endpoints ask for permissions, never for roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
    /// `tasks:read`: read own tasks.
    TasksRead,
    /// `tasks:write`: keep own tasks.
    TasksWrite,
    /// `tasks:manage`: see and change everybody's tasks.
    TasksManage,
    /// `users:read`: find other people, in their public form.
    UsersRead,
    /// `users:manage`: see private data of accounts, change and delete them.
    UsersManage,
    /// `tags:manage`: merge and rename tags.
    TagsManage,
    /// `audit:read`: read the audit trail.
    AuditRead,
    /// `roles:manage`: make roles and say who has them.
    RolesManage,
    /// `files:read`: read own files.
    FilesRead,
    /// `files:write`: upload, share and delete own files.
    FilesWrite,
    /// `files:manage`: see and delete everybody's files.
    FilesManage,
    /// `products:read`: read the list of what one owns.
    ProductsRead,
    /// `products:write`: keep the list of what one owns.
    ProductsWrite,
    /// `catalog:manage`: keep categories, products and stock.
    CatalogManage,
}

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 14] = [
        Self::TasksRead,
        Self::TasksWrite,
        Self::TasksManage,
        Self::UsersRead,
        Self::UsersManage,
        Self::TagsManage,
        Self::AuditRead,
        Self::RolesManage,
        Self::FilesRead,
        Self::FilesWrite,
        Self::FilesManage,
        Self::ProductsRead,
        Self::ProductsWrite,
        Self::CatalogManage,
    ];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TasksRead => "tasks:read",
            Self::TasksWrite => "tasks:write",
            Self::TasksManage => "tasks:manage",
            Self::UsersRead => "users:read",
            Self::UsersManage => "users:manage",
            Self::TagsManage => "tags:manage",
            Self::AuditRead => "audit:read",
            Self::RolesManage => "roles:manage",
            Self::FilesRead => "files:read",
            Self::FilesWrite => "files:write",
            Self::FilesManage => "files:manage",
            Self::ProductsRead => "products:read",
            Self::ProductsWrite => "products:write",
            Self::CatalogManage => "catalog:manage",
        }
    }

    /// From the word on the wire.
    pub fn parse(raw: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|permission| permission.as_str() == raw)
    }

    /// What it allows, in a sentence.
    pub const fn allows(self) -> &'static str {
        match self {
            Self::TasksRead => "Read tasks of one's own and those one is assigned to.",
            Self::TasksWrite => "Keep tasks of one's own.",
            Self::TasksManage => "See and change everybody's tasks.",
            Self::UsersRead => "Find other people, in their public form.",
            Self::UsersManage => "See private data of accounts, change and delete them.",
            Self::TagsManage => "Merge and rename tags.",
            Self::AuditRead => "Read the audit trail.",
            Self::RolesManage => "Make roles and say who has them.",
            Self::FilesRead => "Read files of one's own.",
            Self::FilesWrite => "Upload, share and delete files of one's own.",
            Self::FilesManage => "See and delete everybody's files.",
            Self::ProductsRead => "Read the list of what one owns.",
            Self::ProductsWrite => "Keep the list of what one owns.",
            Self::CatalogManage => "Keep categories, products and stock.",
        }
    }
}

/// A set of permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Permissions(u64);

impl Permissions {
    /// None at all.
    pub const NONE: Self = Self(0);

    /// True when `permission` is among them.
    pub const fn contains(self, permission: Permission) -> bool {
        self.0 & (1 << permission as u32) != 0
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

    /// Each of them, in the order of [`Permission::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.into_iter().filter(move |permission| self.contains(*permission))
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        Self(permissions.into_iter().fold(0, |set, permission| set | 1 << permission as u32))
    }
}

/// The caller of a use case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The account.
    pub user: UserId,
    /// The sign-in this call belongs to; none for a personal access token, the command line and
    /// background work.
    pub session: Option<SessionId>,
    /// The personal access token this call came with instead of a sign-in.
    pub token: Option<TokenId>,
    /// The role at this moment.
    pub role: Role,
    /// What they may do at this moment, by way of this call.
    pub permissions: Permissions,
    /// The request this call belongs to; goes into events and the audit trail.
    pub request_id: Option<Arc<str>>,
}

impl Actor {
    /// Somebody with all that a role allows, in no session and no request.
    pub fn new(user: UserId, role: Role) -> Self {
        let permissions = role.permissions();
        Self { user, session: None, token: None, role, permissions, request_id: None }
    }

    /// True when the caller holds `permission`.
    pub const fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(permission)
    }

    /// Asks for a permission. A call with a token holds what the token's scopes name.
    ///
    /// # Errors
    ///
    /// The permission that is missing.
    pub const fn require(&self, permission: Permission) -> Result<(), MissingPermission> {
        if self.may(permission) { Ok(()) } else { Err(MissingPermission(permission)) }
    }
}

/// The permission that a caller lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MissingPermission(pub Permission);

/// Where a call came from, for the audit trail and the session list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origin {
    /// The client's address, after trusted proxies.
    pub ip: Option<String>,
    /// What the client calls itself (`User-Agent`), cut to 255 characters.
    pub device: Option<String>,
    /// The request id, as in every log line.
    pub request_id: Option<String>,
}

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
    }

    #[test]
    fn a_set_has_what_was_put_into_it() {
        let all: Permissions = Permission::ALL.into_iter().collect();
        assert!(all.iter().eq(Permission::ALL));
        assert_eq!(Permissions::NONE.iter().count(), 0);
        for permission in Permission::ALL {
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
        for permission in Permission::ALL {
            assert_eq!(Permission::parse(permission.as_str()), Some(permission));
        }
        assert_eq!(Permission::parse("tasks"), None);
    }
}
