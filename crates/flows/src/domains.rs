//! The consumers, each in the file of its name, by the domain that it commands.

#[cfg(feature = "files")]
#[path = "forget_files.rs"]
pub mod forget_files;
#[cfg(feature = "products")]
#[path = "forget_owner.rs"]
pub mod forget_owner;
#[cfg(feature = "tasks")]
#[path = "forget_user.rs"]
pub mod forget_user;
#[cfg(feature = "notifications")]
#[path = "notify.rs"]
mod notify;
#[cfg(feature = "notifications")]
#[path = "notify_account.rs"]
pub mod notify_account;
#[cfg(all(feature = "notifications", feature = "chat"))]
#[path = "notify_chat.rs"]
pub mod notify_chat;
#[cfg(feature = "notifications")]
#[path = "notify_jobs.rs"]
pub mod notify_jobs;
#[cfg(all(feature = "notifications", feature = "monitoring"))]
#[path = "notify_monitoring.rs"]
pub mod notify_monitoring;
#[cfg(all(feature = "notifications", feature = "products"))]
#[path = "notify_products.rs"]
pub mod notify_products;
#[cfg(all(feature = "notifications", feature = "tasks"))]
#[path = "notify_tasks.rs"]
pub mod notify_tasks;
#[cfg(all(feature = "notifications", feature = "webhooks"))]
#[path = "notify_webhooks.rs"]
pub mod notify_webhooks;
#[cfg(all(feature = "notifications", feature = "files"))]
#[path = "report_files.rs"]
pub mod report_files;
#[cfg(all(feature = "notifications", feature = "tasks"))]
#[path = "report_tasks.rs"]
pub mod report_tasks;
#[cfg(feature = "notifications")]
#[path = "reports.rs"]
pub mod reports;
