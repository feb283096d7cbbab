//! Who is asking. Built once per request from live state, passed down, never a token.

use std::sync::Arc;

use crate::{SessionId, UserId};

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
    pub const fn permissions(self) -> &'static [Permission] {
        use Permission::{AuditRead, TagsManage, TasksManage, TasksWrite, UsersManage, UsersRead};
        match self {
            Self::User => &[TasksWrite, UsersRead],
            Self::Moderator => &[TasksWrite, UsersRead, TagsManage],
            Self::Admin | Self::SuperAdmin => {
                &[TasksWrite, UsersRead, TagsManage, TasksManage, UsersManage, AuditRead]
            }
        }
    }
}

/// One thing that can be allowed. Endpoints ask for permissions, never for roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
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
}

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 6] = [
        Self::TasksWrite,
        Self::TasksManage,
        Self::UsersRead,
        Self::UsersManage,
        Self::TagsManage,
        Self::AuditRead,
    ];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TasksWrite => "tasks:write",
            Self::TasksManage => "tasks:manage",
            Self::UsersRead => "users:read",
            Self::UsersManage => "users:manage",
            Self::TagsManage => "tags:manage",
            Self::AuditRead => "audit:read",
        }
    }

    /// From the word on the wire.
    pub fn parse(raw: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|permission| permission.as_str() == raw)
    }

    /// What it allows, in a sentence.
    pub const fn allows(self) -> &'static str {
        match self {
            Self::TasksWrite => "Keep tasks of one's own.",
            Self::TasksManage => "See and change everybody's tasks.",
            Self::UsersRead => "Find other people, in their public form.",
            Self::UsersManage => "See private data of accounts, change and delete them.",
            Self::TagsManage => "Merge and rename tags.",
            Self::AuditRead => "Read the audit trail.",
        }
    }
}

/// The caller of a use case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The account.
    pub user: UserId,
    /// The sign-in this call belongs to; none for the command line and background work.
    pub session: Option<SessionId>,
    /// The role at this moment.
    pub role: Role,
    /// The request this call belongs to; goes into events and the audit trail.
    pub request_id: Option<Arc<str>>,
}

impl Actor {
    /// True when the caller's role holds `permission`.
    pub fn may(&self, permission: Permission) -> bool {
        self.role.permissions().contains(&permission)
    }
}

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
            for permission in low.permissions() {
                assert!(high.permissions().contains(permission), "{high:?} lacks {permission:?}");
            }
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
