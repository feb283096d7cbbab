//! What notifications are about: kinds, and the categories that people know them by.

kernel::words!(
    /// What happened. Stores keep the number, clients see the word.
    Kind {
        /// Someone gave the reader a task.
        TaskAssigned = 0 "task.assigned",
        /// Someone took a task from the reader.
        TaskUnassigned = 1 "task.unassigned",
        /// Someone commented on a task of the reader.
        TaskCommented = 2 "task.commented",
        /// Someone named the reader in a comment.
        TaskMentioned = 3 "task.mentioned",
        /// The warranty of something that the reader owns ends soon.
        WarrantyExpiring = 4 "product.warranty_expiring",
        /// Something happened to the account of the reader that may not have been them.
        AccountSecurity = 5 "account.security",
        /// A task of the reader is due soon.
        TaskDueSoon = 6 "task.due_soon",
        /// A task of the reader is overdue.
        TaskOverdue = 7 "task.overdue",
        /// A job was given up.
        JobDead = 8 "job.dead",
        /// How the program did on the day before; for those who operate it.
        ReportOperations = 9 "report.operations",
        /// What the reader has to do today, and did; for those who ask for it.
        ReportDaily = 10 "report.daily",
        /// Every request to a webhook endpoint of the reader fails.
        WebhookFailing = 11 "webhook.failing",
        /// A webhook endpoint of the reader was disabled.
        WebhookDisabled = 12 "webhook.disabled",
        /// Someone named the reader in a chat room.
        ChatMentioned = 13 "chat.mentioned",
        /// Someone wrote to the reader alone.
        ChatMessage = 14 "chat.message",
        /// An alert of monitoring fires, goes on, is resolved or flaps.
        MonitoringAlert = 15 "monitoring.alert",
    }
);

kernel::words!(
    /// Kinds that people switch on and off together.
    Category {
        /// Tasks.
        Tasks = 0 "tasks",
        /// Owned products.
        Products = 1 "products",
        /// The account itself. It cannot be switched off.
        Security = 2 "security",
        /// The operation of the program; administrators hear of it.
        Operations = 3 "operations",
        /// Reports of each day.
        Reports = 4 "reports",
        /// Webhook endpoints.
        Webhooks = 5 "webhooks",
        /// Rooms and direct messages.
        Chat = 6 "chat",
        /// Alerts of monitoring; administrators hear of them.
        Monitoring = 7 "monitoring",
    }
);

kernel::words!(
    /// What a notification can be about.
    SubjectKind {
        /// A task.
        Task = 0 "task",
        /// Something that someone owns.
        OwnedProduct = 1 "owned_product",
        /// A job.
        Job = 2 "job",
        /// A webhook endpoint.
        WebhookEndpoint = 3 "webhook_endpoint",
        /// A chat message.
        Message = 4 "message",
        /// A chat room.
        Room = 5 "room",
        /// An alert of monitoring.
        Alert = 6 "alert",
    }
);

impl Kind {
    /// The category that it belongs to.
    pub const fn category(self) -> Category {
        match self {
            Self::TaskAssigned
            | Self::TaskUnassigned
            | Self::TaskCommented
            | Self::TaskMentioned
            | Self::TaskDueSoon
            | Self::TaskOverdue => Category::Tasks,
            Self::WarrantyExpiring => Category::Products,
            Self::AccountSecurity => Category::Security,
            Self::JobDead => Category::Operations,
            Self::ReportOperations | Self::ReportDaily => Category::Reports,
            Self::WebhookFailing | Self::WebhookDisabled => Category::Webhooks,
            Self::ChatMentioned | Self::ChatMessage => Category::Chat,
            Self::MonitoringAlert => Category::Monitoring,
        }
    }

    /// True when people cannot switch it off (N3).
    pub const fn is_required(self) -> bool {
        matches!(self, Self::AccountSecurity)
    }
}
