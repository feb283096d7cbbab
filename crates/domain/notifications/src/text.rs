//! The text of a notification: it follows from the kind, the parameters, the name of the actor and the
//! language of the reader.

use kernel::Locale;

use crate::{
    kind::{Category, Kind},
    notice::ROOM,
    notification::Shown,
    report_text,
};

/// What a notification says, in one line.
pub fn render(shown: &Shown) -> String {
    if shown.notification.kind.category() == Category::Reports {
        return report_text::line(shown);
    }
    let params = &shown.notification.params;
    let who = shown.actor_name.as_deref();
    let said = Said {
        title: params.get("title"),
        due: &minute(params.get("due")),
        product: params.get("product"),
        expires: params.get("expires"),
        job: params.get("job"),
        endpoint: params.get("endpoint"),
        room: params.get(ROOM),
        reason: params.get("reason"),
        kind: params.get("kind"),
        error: params.get("error"),
        action: params.get("action"),
        alert: Alert {
            rule: params.get("rule"),
            series: params.get("series"),
            replica: params.get("replica"),
            value: params.get("value"),
            change: params.get("change"),
            cause: params.get("cause"),
        },
    };
    match shown.locale {
        Locale::En => english(shown.notification.kind, who.unwrap_or("Someone"), &said),
        Locale::Fr => french(shown.notification.kind, who.unwrap_or("Quelqu’un"), &said),
        Locale::ZhHans => chinese(shown.notification.kind, who.unwrap_or("某人"), &said),
    }
}

/// What texts are made of.
struct Said<'a> {
    title: &'a str,
    due: &'a str,
    product: &'a str,
    expires: &'a str,
    job: &'a str,
    kind: &'a str,
    error: &'a str,
    action: &'a str,
    endpoint: &'a str,
    reason: &'a str,
    room: &'a str,
    alert: Alert<'a>,
}

/// What texts of alerts are made of.
struct Alert<'a> {
    rule: &'a str,
    series: &'a str,
    replica: &'a str,
    value: &'a str,
    change: &'a str,
    cause: &'a str,
}

impl Alert<'_> {
    /// `cpu.total on node-1:8080 is 97.5`: the words between are the language's.
    fn fact(&self, on: &str, is: &str) -> String {
        let Self { series, replica, value, .. } = self;
        if replica.is_empty() {
            format!("{series}{is}{value}")
        } else {
            format!("{series}{on}{replica}{is}{value}")
        }
    }

    fn english(&self) -> String {
        let fact = self.fact(" on ", " is ");
        let (rule, cause) = (self.rule, self.cause);
        let busiest = if cause.is_empty() { String::new() } else { format!(" Busiest: {cause}.") };
        match self.change {
            "resolved" => format!("The alert \"{rule}\" is resolved: {fact}."),
            "repeated" => format!("The alert \"{rule}\" still fires: {fact}.{busiest}"),
            "flapping" => format!(
                "The alert \"{rule}\" changes too often: {fact}. It is mentioned no more until it has been quiet for an hour."
            ),
            _ => format!("The alert \"{rule}\" fires: {fact}.{busiest}"),
        }
    }

    fn french(&self) -> String {
        let fact = self.fact(" sur ", " vaut ");
        let (rule, cause) = (self.rule, self.cause);
        let busiest =
            if cause.is_empty() { String::new() } else { format!(" Le plus occupé : {cause}.") };
        match self.change {
            "resolved" => format!("L’alerte « {rule} » est terminée : {fact}."),
            "repeated" => format!("L’alerte « {rule} » dure encore : {fact}.{busiest}"),
            "flapping" => format!(
                "L’alerte « {rule} » change trop souvent : {fact}. Elle ne sera plus signalée avant une heure de calme."
            ),
            _ => format!("L’alerte « {rule} » est déclenchée : {fact}.{busiest}"),
        }
    }

    fn chinese(&self) -> String {
        let fact = self.fact(" 在 ", " 为 ");
        let (rule, cause) = (self.rule, self.cause);
        let busiest =
            if cause.is_empty() { String::new() } else { format!("最繁忙的是：{cause}。") };
        match self.change {
            "resolved" => format!("告警“{rule}”已恢复：{fact}。"),
            "repeated" => format!("告警“{rule}”仍在持续：{fact}。{busiest}"),
            "flapping" => format!("告警“{rule}”变化过于频繁：{fact}。平静一小时之前不再提醒。"),
            _ => format!("告警“{rule}”已触发：{fact}。{busiest}"),
        }
    }
}

fn english(kind: Kind, who: &str, said: &Said<'_>) -> String {
    let Said {
        title,
        due,
        product,
        expires,
        job,
        kind: of,
        error,
        action,
        endpoint,
        reason,
        room,
        alert,
    } = said;
    match kind {
        Kind::TaskAssigned => format!("{who} assigned you the task \"{title}\"."),
        Kind::TaskUnassigned => {
            format!("The task \"{title}\" is not yours any more: {who} took it.")
        }
        Kind::TaskCommented => format!("{who} commented on the task \"{title}\"."),
        Kind::TaskMentioned => format!("{who} mentioned you on the task \"{title}\"."),
        Kind::TaskDueSoon => format!("The task \"{title}\" is due at {due}."),
        Kind::TaskOverdue => format!("The task \"{title}\" was due at {due} and is not done."),
        Kind::WarrantyExpiring => format!("The warranty of {product} ends on {expires}."),
        Kind::JobDead => format!(
            "Job {job} ({of}) was given up: {error} All of this kind: /admin/jobs?state=dead&kind={of}"
        ),
        Kind::ReportOperations | Kind::ReportDaily => String::new(),
        Kind::WebhookFailing => {
            format!(
                "All requests to your webhook endpoint {endpoint} fail. It will be disabled if that goes on."
            )
        }
        Kind::WebhookDisabled => match *reason {
            "gone" => format!("Your webhook endpoint {endpoint} was disabled: it answered 410."),
            _ => format!(
                "Your webhook endpoint {endpoint} was disabled: all requests failed for days."
            ),
        },
        Kind::ChatMentioned => format!("{who} mentioned you in the room \"{room}\"."),
        Kind::ChatMessage => format!("{who} wrote to you."),
        Kind::MonitoringAlert => alert.english(),
        Kind::AccountSecurity => match *action {
            "email_changed" => "The email address of your account was changed.",
            "new_device" => {
                "Someone signed in to your account from a device that was not seen before."
            }
            "password_changed" => "The password of your account was changed.",
            "phone_changed" => "A phone number was confirmed for your account.",
            "phone_removed" => "The phone number of your account was removed.",
            "provider_linked" => "Your account can be signed in to with another provider.",
            "provider_unlinked" => "A provider can no longer sign in to your account.",
            "recovery_codes_renewed" => "Your account has new recovery codes.",
            "role_changed" => "Your account has another role.",
            "token_created" => "Your account has a new personal access token.",
            "two_factor_disabled" => "Your account no longer asks for a second factor.",
            "two_factor_enabled" => "Your account asks for a second factor.",
            _ => "The security of your account was changed.",
        }
        .to_owned(),
    }
}

fn french(kind: Kind, who: &str, said: &Said<'_>) -> String {
    let Said {
        title,
        due,
        product,
        expires,
        job,
        kind: of,
        error,
        action,
        endpoint,
        reason,
        room,
        alert,
    } = said;
    match kind {
        Kind::TaskAssigned => format!("{who} vous a confié la tâche « {title} »."),
        Kind::TaskUnassigned => {
            format!("La tâche « {title} » n’est plus la vôtre : {who} l’a reprise.")
        }
        Kind::TaskCommented => format!("{who} a commenté la tâche « {title} »."),
        Kind::TaskMentioned => format!("{who} vous a mentionné dans la tâche « {title} »."),
        Kind::TaskDueSoon => format!("La tâche « {title} » est à rendre pour le {due}."),
        Kind::TaskOverdue => {
            format!("La tâche « {title} » était à rendre pour le {due} et n’est pas faite.")
        }
        Kind::WarrantyExpiring => format!("La garantie de {product} prend fin le {expires}."),
        Kind::JobDead => format!(
            "Le travail {job} ({of}) a été abandonné : {error} Tous ceux de ce type : /admin/jobs?state=dead&kind={of}"
        ),
        Kind::ReportOperations | Kind::ReportDaily => String::new(),
        Kind::WebhookFailing => {
            format!(
                "Toutes les requêtes vers votre point d’accès webhook {endpoint} échouent. Il sera désactivé si cela continue."
            )
        }
        Kind::WebhookDisabled => match *reason {
            "gone" => format!(
                "Votre point d’accès webhook {endpoint} a été désactivé : il a répondu 410."
            ),
            _ => format!(
                "Votre point d’accès webhook {endpoint} a été désactivé : toutes les requêtes ont échoué pendant des jours."
            ),
        },
        Kind::ChatMentioned => format!("{who} vous a mentionné dans le salon « {room} »."),
        Kind::ChatMessage => format!("{who} vous a écrit."),
        Kind::MonitoringAlert => alert.french(),
        Kind::AccountSecurity => match *action {
            "email_changed" => "L’adresse e-mail de votre compte a été modifiée.",
            "new_device" => {
                "Quelqu’un s’est connecté à votre compte depuis un appareil encore inconnu."
            }
            "password_changed" => "Le mot de passe de votre compte a été modifié.",
            "phone_changed" => "Un numéro de téléphone a été confirmé pour votre compte.",
            "phone_removed" => "Le numéro de téléphone de votre compte a été supprimé.",
            "provider_linked" => {
                "Il est possible de se connecter à votre compte avec un autre fournisseur."
            }
            "provider_unlinked" => "Un fournisseur ne peut plus se connecter à votre compte.",
            "recovery_codes_renewed" => "Votre compte a de nouveaux codes de récupération.",
            "role_changed" => "Votre compte a un autre rôle.",
            "token_created" => "Votre compte a un nouveau jeton d’accès personnel.",
            "two_factor_disabled" => "Votre compte ne demande plus de second facteur.",
            "two_factor_enabled" => "Votre compte demande un second facteur.",
            _ => "La sécurité de votre compte a été modifiée.",
        }
        .to_owned(),
    }
}

fn chinese(kind: Kind, who: &str, said: &Said<'_>) -> String {
    let Said {
        title,
        due,
        product,
        expires,
        job,
        kind: of,
        error,
        action,
        endpoint,
        reason,
        room,
        alert,
    } = said;
    match kind {
        Kind::TaskAssigned => format!("{who} 将任务“{title}”分配给了您。"),
        Kind::TaskUnassigned => format!("任务“{title}”不再由您负责：{who} 已将其收回。"),
        Kind::TaskCommented => format!("{who} 评论了任务“{title}”。"),
        Kind::TaskMentioned => format!("{who} 在任务“{title}”中提到了您。"),
        Kind::TaskDueSoon => format!("任务“{title}”将于 {due} 到期。"),
        Kind::TaskOverdue => format!("任务“{title}”已于 {due} 到期，尚未完成。"),
        Kind::WarrantyExpiring => format!("{product} 的保修将于 {expires} 到期。"),
        Kind::JobDead => format!(
            "作业 {job}（{of}）已放弃：{error} 此类全部作业：/admin/jobs?state=dead&kind={of}"
        ),
        Kind::ReportOperations | Kind::ReportDaily => String::new(),
        Kind::WebhookFailing => {
            format!("发往您的 Webhook 端点 {endpoint} 的所有请求都失败了。若持续如此，它将被停用。")
        }
        Kind::WebhookDisabled => match *reason {
            "gone" => format!("您的 Webhook 端点 {endpoint} 已停用：它返回了 410。"),
            _ => format!("您的 Webhook 端点 {endpoint} 已停用：所有请求连续数日失败。"),
        },
        Kind::ChatMentioned => format!("{who} 在聊天室“{room}”中提到了您。"),
        Kind::ChatMessage => format!("{who} 给您发了消息。"),
        Kind::MonitoringAlert => alert.chinese(),
        Kind::AccountSecurity => match *action {
            "email_changed" => "您账户的电子邮件地址已更改。",
            "new_device" => "有人从一台未曾见过的设备登录了您的账户。",
            "password_changed" => "您账户的密码已更改。",
            "phone_changed" => "您的账户已确认一个手机号码。",
            "phone_removed" => "您账户的手机号码已移除。",
            "provider_linked" => "现在可以通过另一个提供商登录您的账户。",
            "provider_unlinked" => "某个提供商不能再登录您的账户。",
            "recovery_codes_renewed" => "您的账户有了新的恢复代码。",
            "role_changed" => "您账户的角色已更改。",
            "token_created" => "您的账户有了新的个人访问令牌。",
            "two_factor_disabled" => "您的账户不再要求第二重验证。",
            "two_factor_enabled" => "您的账户要求第二重验证。",
            _ => "您账户的安全设置已更改。",
        }
        .to_owned(),
    }
}

/// A category as readers know it.
pub const fn category(category: Category, locale: Locale) -> &'static str {
    match (category, locale) {
        (Category::Tasks, Locale::En) => "tasks",
        (Category::Products, Locale::En) => "products",
        (Category::Security, Locale::En) => "security",
        (Category::Operations, Locale::En) => "operations",
        (Category::Reports, Locale::En) => "reports",
        (Category::Webhooks, Locale::En) => "webhooks",
        (Category::Chat, Locale::En) => "chat",
        (Category::Monitoring, Locale::En) => "monitoring",
        (Category::Tasks, Locale::Fr) => "tâches",
        (Category::Products, Locale::Fr) => "produits",
        (Category::Security, Locale::Fr) => "sécurité",
        (Category::Operations, Locale::Fr) => "exploitation",
        (Category::Reports, Locale::Fr) => "rapports",
        (Category::Webhooks, Locale::Fr) => "webhooks",
        (Category::Chat, Locale::Fr) => "discussions",
        (Category::Monitoring, Locale::Fr) => "surveillance",
        (Category::Tasks, Locale::ZhHans) => "任务",
        (Category::Products, Locale::ZhHans) => "产品",
        (Category::Security, Locale::ZhHans) => "安全",
        (Category::Operations, Locale::ZhHans) => "运维",
        (Category::Reports, Locale::ZhHans) => "报告",
        (Category::Webhooks, Locale::ZhHans) => "Webhook",
        (Category::Chat, Locale::ZhHans) => "聊天",
        (Category::Monitoring, Locale::ZhHans) => "监控",
    }
}

/// How to get no more emails about some categories: the words before a link.
pub fn less(about: &[Category], locale: Locale) -> String {
    let names: Vec<&str> = about.iter().map(|one| category(*one, locale)).collect();
    match locale {
        Locale::En => format!("To get no more emails about {}, go to:", names.join(", ")),
        Locale::Fr => {
            format!("Pour ne plus recevoir d’e-mails (sujets : {}) :", names.join(", "))
        }
        Locale::ZhHans => format!("如不想再收到有关{}的电子邮件，请访问：", names.join("、")),
    }
}

/// The subject of an email with so many notifications.
pub fn digest(count: usize, locale: Locale) -> String {
    match (locale, count) {
        (Locale::En, 1) => "1 notification".to_owned(),
        (Locale::En, _) => format!("{count} notifications"),
        (Locale::Fr, 0 | 1) => format!("{count} notification"),
        (Locale::Fr, _) => format!("{count} notifications"),
        (Locale::ZhHans, _) => format!("{count} 条通知"),
    }
}

/// `2026-11-21T08:00:59.5Z` as `2026-11-21 08:00 UTC`.
pub(crate) fn minute(moment: &str) -> String {
    let whole: String = moment.chars().take("2026-11-21T08:00".len()).collect();
    format!("{} UTC", whole.replace('T', " "))
}

#[cfg(test)]
mod tests {
    use kernel::{Timestamp, UserId};

    use super::*;
    use crate::{
        notification::Notification,
        values::{NotificationId, Params},
    };

    fn shown(kind: Kind, locale: Locale) -> Shown {
        let params = Params::default()
            .with("title", "Paint")
            .with("product", "Drill")
            .with("due", "2026-12-31T23:59:59.123456Z")
            .with("job", "7")
            .with("kind", "files.scan")
            .with("error", "no disk")
            .with("date", "2026-11-23")
            .with("new_users", "3")
            .with("active_users", "12")
            .with("stored", "1234567")
            .with("failed_jobs", "41")
            .with("dead_letters", "0")
            .with("backed_up", "2026-11-22T03:00:00Z")
            .with("overdue", "2")
            .with("done", "5")
            .with("expires", "2026-12-31")
            .with("endpoint", "5")
            .with("rule", "CPU busy")
            .with("series", "cpu.total")
            .with("replica", "node-1:8080")
            .with("value", "97.5")
            .with("change", "fired")
            .with("cause", "GET /tasks 81.5 %")
            .with(ROOM, "Kitchen");
        Shown {
            notification: Notification {
                id: NotificationId::parse(1).unwrap(),
                owner: UserId::parse(1).unwrap(),
                kind,
                subject: None,
                actor: None,
                params,
                created_at: Timestamp::from_micros(0).unwrap(),
                read_at: None,
            },
            actor_name: Some("eve".to_owned()),
            locale,
        }
    }

    #[test]
    fn every_kind_says_what_happened() {
        let texts: Vec<String> =
            Kind::ALL.iter().map(|kind| render(&shown(*kind, Locale::En))).collect();
        assert_eq!(
            texts,
            [
                "eve assigned you the task \"Paint\".",
                "The task \"Paint\" is not yours any more: eve took it.",
                "eve commented on the task \"Paint\".",
                "eve mentioned you on the task \"Paint\".",
                "The warranty of Drill ends on 2026-12-31.",
                "The security of your account was changed.",
                "The task \"Paint\" is due at 2026-12-31 23:59 UTC.",
                "The task \"Paint\" was due at 2026-12-31 23:59 UTC and is not done.",
                "Job 7 (files.scan) was given up: no disk All of this kind: /admin/jobs?state=dead&kind=files.scan",
                "Report on the operation (2026-11-23): New users: 3; Active users: 12; Stored files: \
                 1.2 MB; Failed jobs: 41; Dead letters: 0; Last back-up: 2026-11-22 03:00 UTC.",
                "Your tasks (2026-11-23): Due today: 2026-12-31T23:59:59.123456Z; Overdue: 2; Done \
                 since yesterday: 5.",
                "All requests to your webhook endpoint 5 fail. It will be disabled if that goes on.",
                "Your webhook endpoint 5 was disabled: all requests failed for days.",
                "eve mentioned you in the room \"Kitchen\".",
                "eve wrote to you.",
                "The alert \"CPU busy\" fires: cpu.total on node-1:8080 is 97.5. Busiest: GET /tasks 81.5 %.",
            ]
        );
        let gone = Shown { actor_name: None, ..shown(Kind::TaskCommented, Locale::En) };
        assert_eq!(render(&gone), "Someone commented on the task \"Paint\".");
    }

    #[test]
    fn every_language_says_it_with_the_same_facts() {
        for kind in Kind::ALL {
            let english = render(&shown(*kind, Locale::En));
            for locale in [Locale::Fr, Locale::ZhHans] {
                let other = render(&shown(*kind, locale));
                assert_ne!(other, english);
                for fact in [
                    "eve",
                    "Paint",
                    "Drill",
                    "Kitchen",
                    "2026-12-31 23:59 UTC",
                    "no disk",
                    " 7 ",
                    "12",
                    "1.2 MB",
                    "41",
                    "2026-11-22 03:00 UTC",
                    "CPU busy",
                    "cpu.total",
                    "node-1:8080",
                    "97.5",
                    "GET /tasks 81.5 %",
                ] {
                    let is_said = |text: &str| text.contains(fact.trim());
                    assert_eq!(is_said(&other), is_said(&english), "{kind:?}: {other}");
                }
            }
        }
    }

    #[test]
    fn every_change_of_an_alert_is_said_in_each_language() {
        for locale in Locale::ALL {
            let said = |change| {
                let mut shown = shown(Kind::MonitoringAlert, *locale);
                shown.notification.params =
                    shown.notification.params.with("change", change).with("replica", "");
                render(&shown)
            };
            let all = ["fired", "repeated", "resolved", "flapping"].map(said);
            let mut unique = all.to_vec();
            unique.sort();
            unique.dedup();
            assert_eq!(unique.len(), 4, "{all:?}");
            assert!(all.iter().all(|text| text.contains("cpu.total") && text.contains("97.5")));
        }
    }

    #[test]
    fn every_security_action_is_known_in_each_language() {
        for action in [
            "email_changed",
            "new_device",
            "password_changed",
            "phone_changed",
            "phone_removed",
            "provider_linked",
            "provider_unlinked",
            "recovery_codes_renewed",
            "role_changed",
            "token_created",
            "two_factor_disabled",
            "two_factor_enabled",
        ] {
            for locale in Locale::ALL {
                let mut shown = shown(Kind::AccountSecurity, *locale);
                let general = render(&shown);
                shown.notification.params = Params::default().with("action", action);
                assert_ne!(render(&shown), general, "{action}: {locale:?}");
            }
        }
    }
}
