//! What a report says: a headline, and a line for each figure.

use kernel::Locale;

use crate::{kind::Kind, notification::Shown, text::minute, values::Params};

/// The same words in each language: English, French, Chinese.
struct Words(&'static str, &'static str, &'static str);

impl Words {
    const fn of(&self, locale: Locale) -> &'static str {
        match locale {
            Locale::En => self.0,
            Locale::Fr => self.1,
            Locale::ZhHans => self.2,
        }
    }
}

/// How a figure is written.
enum Form {
    Number,
    Bytes,
    Moment,
}

type Figure = (&'static str, Form, Words);

const OPERATIONS: [Figure; 6] = [
    ("new_users", Form::Number, Words("New users", "Nouveaux utilisateurs", "新用户")),
    ("active_users", Form::Number, Words("Active users", "Utilisateurs actifs", "活跃用户")),
    ("stored", Form::Bytes, Words("Stored files", "Fichiers stockés", "已存储的文件")),
    ("failed_jobs", Form::Number, Words("Failed jobs", "Travaux abandonnés", "失败的作业")),
    ("dead_letters", Form::Number, Words("Dead letters", "Événements abandonnés", "死信")),
    ("backed_up", Form::Moment, Words("Last back-up", "Dernière sauvegarde", "最近备份")),
];

const DAILY: [Figure; 3] = [
    ("due", Form::Number, Words("Due today", "À rendre aujourd’hui", "今日到期")),
    ("overdue", Form::Number, Words("Overdue", "En retard", "已逾期")),
    ("done", Form::Number, Words("Done since yesterday", "Faites depuis hier", "昨日以来完成")),
];

/// The figures of a kind.
const fn figures(kind: Kind) -> &'static [Figure] {
    match kind {
        Kind::ReportOperations => &OPERATIONS,
        Kind::ReportDaily => &DAILY,
        _ => &[],
    }
}

/// What a report is called.
pub(crate) fn headline(kind: Kind, params: &Params, locale: Locale) -> String {
    let what = match kind {
        Kind::ReportOperations => {
            Words("Report on the operation", "Rapport d’exploitation", "运维报告")
        }
        _ => Words("Your tasks", "Vos tâches", "您的任务"),
    };
    format!("{} ({})", what.of(locale), params.get("date"))
}

/// The figures of a report, each with its name. Other notifications have none.
pub(crate) fn facts(shown: &Shown) -> Vec<(&'static str, String)> {
    let (params, locale) = (&shown.notification.params, shown.locale);
    let fact = |(name, form, words): &Figure| {
        let raw = params.all().get(*name)?;
        let value = match form {
            Form::Number => raw.clone(),
            Form::Bytes => bytes(raw),
            Form::Moment if raw.is_empty() => {
                Words("unknown", "inconnue", "未知").of(locale).to_owned()
            }
            Form::Moment => minute(raw),
        };
        Some((words.of(locale), value))
    };
    figures(shown.notification.kind).iter().filter_map(fact).collect()
}

/// A report in one line.
pub(crate) fn line(shown: &Shown) -> String {
    let Shown { notification, locale, .. } = shown;
    let said = headline(notification.kind, &notification.params, *locale);
    let (colon, and, stop) = match locale {
        Locale::En => (": ", "; ", "."),
        Locale::Fr => (" : ", " ; ", "."),
        Locale::ZhHans => ("：", "；", "。"),
    };
    let facts: Vec<String> =
        facts(shown).into_iter().map(|(name, value)| format!("{name}{colon}{value}")).collect();
    format!("{said}{colon}{}{stop}", facts.join(and))
}

/// `1234567` as `1.2 MB`.
fn bytes(raw: &str) -> String {
    let whole: u64 = raw.parse().unwrap_or_default();
    let (mut tenths, mut unit) = (whole.saturating_mul(10), "B");
    for next in ["kB", "MB", "GB", "TB", "PB"] {
        if tenths < 10_000 {
            break;
        }
        (tenths, unit) = (tenths / 1000, next);
    }
    match tenths % 10 {
        0 => format!("{} {unit}", tenths / 10),
        rest => format!("{}.{rest} {unit}", tenths / 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        for (raw, said) in [
            ("0", "0 B"),
            ("999", "999 B"),
            ("1000", "1 kB"),
            ("1234567", "1.2 MB"),
            ("5000000000", "5 GB"),
            ("", "0 B"),
        ] {
            assert_eq!(bytes(raw), said);
        }
    }
}
