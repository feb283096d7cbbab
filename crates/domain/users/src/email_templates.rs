//! Every email about an account, in one place and in each language. Pure: an email follows from its
//! arguments alone. [`EmailDraft`] gives it its two parts.
//!
//! A link shows its secret a second time by itself, for whoever has no page behind the link. Emails that go
//! to an address which nobody proved carry nothing that anybody typed: a stranger may have given it, and
//! nobody shall be able to send words of their own through us.

use std::time::Duration;

use kernel::{EmailDraft, Locale, Timestamp};

use crate::values::EmailAddress;

/// A way to prove something by email.
#[derive(Clone, Copy)]
pub struct Way<'a> {
    /// What links begin with.
    pub base: &'a str,
    /// The secret.
    pub token: &'a str,
    /// How long it works.
    pub life: Duration,
}

/// The characters of a client's name that an email shows.
const DEVICE_MAX: usize = 120;

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

const WHEN: Words = Words("When", "Quand", "时间");
const ASK_ANEW: Words = Words(
    "If that was not you, ask for a new password immediately (\"forgot password\").",
    "Si ce n’était pas vous, demandez tout de suite un nouveau mot de passe (« mot de passe oublié »).",
    "如果不是您本人操作，请立即通过“忘记密码”申请新密码。",
);

const UNTIL: Words = Words("Until", "Jusqu’au", "截止");
const HAVE_BACK: Words = Words(
    "Send your name and password to POST /api/v1/auth/restore-account. If you forgot the password, ask \
     for a new one first. After that moment all that is yours is deleted for good.",
    "Envoyez votre nom et votre mot de passe à POST /api/v1/auth/restore-account. Si vous avez oublié \
     le mot de passe, demandez-en d’abord un nouveau. Après ce moment, tout ce qui est à vous est \
     supprimé définitivement.",
    "请将您的用户名和密码发送到 POST /api/v1/auth/restore-account。如果忘记了密码，请先申请新密码。\
     此后，您的所有内容将被永久删除。",
);

/// To a new account, and to who asks again.
pub fn verify_email(locale: Locale, way: Way<'_>) -> EmailDraft {
    let subject = Words(
        "Confirm your mail address",
        "Confirmez votre adresse e-mail",
        "请确认您的电子邮件地址",
    );
    let mut draft = EmailDraft::new(locale, subject.of(locale));
    let reason = Words(
        "Someone, probably you, made an account with this email address. Please confirm it:",
        "Quelqu’un, sans doute vous, a créé un compte avec cette adresse e-mail. Veuillez la confirmer :",
        "有人（可能是您）使用此电子邮件地址创建了账户。请确认：",
    );
    draft.say(reason.of(locale));
    add_way(&mut draft, locale, way, "verify-email", "email/verify");
    let otherwise = Words(
        "If that was not you, ignore this email: without you the address stays unconfirmed.",
        "Si ce n’était pas vous, ignorez cet e-mail : sans vous, l’adresse reste non confirmée.",
        "如果不是您本人操作，请忽略此邮件：未经您确认，该地址将保持未确认状态。",
    );
    draft.say(otherwise.of(locale));
    draft
}

/// To who forgot the password.
pub fn reset_password(locale: Locale, way: Way<'_>) -> EmailDraft {
    let subject = Words("Set a new password", "Choisissez un nouveau mot de passe", "设置新密码");
    let mut draft = EmailDraft::new(locale, subject.of(locale));
    let reason = Words(
        "Someone, probably you, asked for a new password for the account with this address:",
        "Quelqu’un, sans doute vous, a demandé un nouveau mot de passe pour le compte de cette adresse :",
        "有人（可能是您）为此地址的账户申请了新密码：",
    );
    draft.say(reason.of(locale));
    add_way(&mut draft, locale, way, "reset-password", "password/reset");
    let otherwise = Words(
        "If that was not you, ignore this email: your password stays as it is.",
        "Si ce n’était pas vous, ignorez cet e-mail : votre mot de passe reste le même.",
        "如果不是您本人操作，请忽略此邮件：您的密码保持不变。",
    );
    draft.say(otherwise.of(locale));
    draft
}

/// To the address that an account is to have.
pub fn confirm_new_email(locale: Locale, way: Way<'_>) -> EmailDraft {
    let subject = Words(
        "Confirm your new mail address",
        "Confirmez votre nouvelle adresse e-mail",
        "请确认您的新电子邮件地址",
    );
    let mut draft = EmailDraft::new(locale, subject.of(locale));
    let reason = Words(
        "Someone, probably you, wants to use this email address for an account:",
        "Quelqu’un, sans doute vous, veut utiliser cette adresse e-mail pour un compte :",
        "有人（可能是您）想将此电子邮件地址用于一个账户：",
    );
    draft.say(reason.of(locale));
    add_way(&mut draft, locale, way, "confirm-email", "email/confirm");
    let otherwise = Words(
        "If that was not you, ignore this email: the address will not be used.",
        "Si ce n’était pas vous, ignorez cet e-mail : l’adresse ne sera pas utilisée.",
        "如果不是您本人操作，请忽略此邮件：该地址不会被使用。",
    );
    draft.say(otherwise.of(locale));
    draft
}

/// To the address that an account still has.
pub fn confirm_old_email(locale: Locale, way: Way<'_>, to: &EmailAddress) -> EmailDraft {
    let subject = Words(
        "Agree to a change of your mail address",
        "Acceptez le changement de votre adresse e-mail",
        "请同意更改您的电子邮件地址",
    );
    let mut draft = EmailDraft::new(locale, subject.of(locale));
    let reason = Words(
        "Someone, probably you, wants your account to have another email address:",
        "Quelqu’un, sans doute vous, veut donner une autre adresse e-mail à votre compte :",
        "有人（可能是您）想为您的账户更换电子邮件地址：",
    );
    draft.say(reason.of(locale));
    draft.fact(Words("New address", "Nouvelle adresse", "新地址").of(locale), to.as_str());
    let both = Words(
        "The change happens when you agree to it here and the new address is confirmed too:",
        "Le changement a lieu quand vous l’acceptez ici et que la nouvelle adresse est confirmée aussi :",
        "您在此同意且新地址也得到确认后，更改才会生效：",
    );
    draft.say(both.of(locale));
    add_way(&mut draft, locale, way, "confirm-email", "email/confirm");
    let otherwise = Words(
        "If that was not you, do not agree, and change your password: whoever asked for this knows it.",
        "Si ce n’était pas vous, n’acceptez pas et changez votre mot de passe : l’auteur de la demande \
         le connaît.",
        "如果不是您本人操作，请不要同意，并更改您的密码：提出此请求的人知道您的密码。",
    );
    draft.say(otherwise.of(locale));
    draft
}

/// To the address that an account had.
pub fn email_changed(locale: Locale, at: Timestamp) -> EmailDraft {
    let subject = Words(
        "Your mail address was changed",
        "Votre adresse e-mail a été modifiée",
        "您的电子邮件地址已更改",
    );
    let mut draft = EmailDraft::new(locale, subject.of(locale));
    let what = Words(
        "Your account has another email address from now on; emails no longer come here.",
        "Votre compte a désormais une autre adresse e-mail ; plus aucun e-mail n’arrivera ici.",
        "您的账户从现在起使用另一个电子邮件地址；此地址不再接收邮件。",
    );
    draft.say(what.of(locale));
    draft.fact(WHEN.of(locale), &minute(at));
    let otherwise = Words(
        "If that was not you, turn to whoever runs this service immediately.",
        "Si ce n’était pas vous, adressez-vous tout de suite à l’exploitant de ce service.",
        "如果不是您本人操作，请立即联系本服务的运营者。",
    );
    draft.say(otherwise.of(locale));
    draft
}

/// After an account got a phone number.
pub fn phone_changed(locale: Locale, at: Timestamp) -> EmailDraft {
    let subject = Words(
        "Your phone number was set",
        "Votre numéro de téléphone a été enregistré",
        "您的手机号码已设置",
    );
    let what = Words(
        "A phone number was confirmed for your account; text messages go there from now on.",
        "Un numéro de téléphone a été confirmé pour votre compte ; les SMS y seront envoyés désormais.",
        "您的账户已确认一个手机号码；短信今后将发送到该号码。",
    );
    phone_event(locale, at, &subject, &what)
}

/// After the phone number of an account was removed.
pub fn phone_removed(locale: Locale, at: Timestamp) -> EmailDraft {
    let subject = Words(
        "Your phone number was removed",
        "Votre numéro de téléphone a été supprimé",
        "您的手机号码已移除",
    );
    let what = Words(
        "Your account has no phone number any more; no text messages are sent.",
        "Votre compte n’a plus de numéro de téléphone ; aucun SMS ne sera envoyé.",
        "您的账户不再有手机号码；不会再发送短信。",
    );
    phone_event(locale, at, &subject, &what)
}

fn phone_event(locale: Locale, at: Timestamp, subject: &Words, what: &Words) -> EmailDraft {
    let mut draft = EmailDraft::new(locale, subject.of(locale));
    draft.say(what.of(locale));
    draft.fact(WHEN.of(locale), &minute(at));
    draft.say(ASK_ANEW.of(locale));
    draft
}

/// After a password was changed or set.
pub fn password_changed(locale: Locale, at: Timestamp) -> EmailDraft {
    let subject =
        Words("Your password was changed", "Votre mot de passe a été modifié", "您的密码已更改");
    let mut draft = EmailDraft::new(locale, subject.of(locale));
    let what = Words(
        "The password of your account was changed, and other sessions were ended.",
        "Le mot de passe de votre compte a été modifié et les autres sessions ont été fermées.",
        "您账户的密码已更改，其他会话已结束。",
    );
    draft.say(what.of(locale));
    draft.fact(WHEN.of(locale), &minute(at));
    draft.say(ASK_ANEW.of(locale));
    draft
}

/// After a sign-in from where there never was one.
pub fn new_device(
    locale: Locale,
    at: Timestamp,
    device: Option<&str>,
    ip: Option<&str>,
) -> EmailDraft {
    let subject = Words(
        "New sign-in to your account",
        "Nouvelle connexion à votre compte",
        "您的账户有新的登录",
    );
    let mut draft = EmailDraft::new(locale, subject.of(locale));
    let what = Words(
        "Someone signed in to your account from a device that was not seen before:",
        "Quelqu’un s’est connecté à votre compte depuis un appareil encore inconnu :",
        "有人从一台未曾见过的设备登录了您的账户：",
    );
    draft.say(what.of(locale));
    draft.fact(WHEN.of(locale), &minute(at));
    draft.fact(Words("Device", "Appareil", "设备").of(locale), &shown(locale, device));
    draft.fact(Words("Address", "Adresse", "地址").of(locale), &shown(locale, ip));
    let otherwise = Words(
        "If that was you, all is well. If not, ask for a new password immediately (\"forgot password\"): \
         that ends every session.",
        "Si c’était vous, tout va bien. Sinon, demandez tout de suite un nouveau mot de passe (« mot de \
         passe oublié ») : cela ferme toutes les sessions.",
        "如果是您本人，则一切正常。否则请立即通过“忘记密码”申请新密码：这将结束所有会话。",
    );
    draft.say(otherwise.of(locale));
    draft
}

/// After a sign-in with another provider was added.
pub fn identity_linked(locale: Locale, provider: &str, at: Timestamp) -> EmailDraft {
    let subject = Words(
        "A new way to sign in to your account",
        "Une nouvelle façon de se connecter à votre compte",
        "登录您账户的新方式",
    );
    let mut draft = EmailDraft::new(locale, subject.of(locale));
    let what = Words(
        "From now on it is possible to sign in to your account with another provider:",
        "Il est désormais possible de se connecter à votre compte avec un autre fournisseur :",
        "从现在起可以通过另一个提供商登录您的账户：",
    );
    draft.say(what.of(locale));
    draft.fact(Words("Provider", "Fournisseur", "提供商").of(locale), provider);
    draft.fact(WHEN.of(locale), &minute(at));
    let otherwise = Words(
        "If that was not you, ask for a new password immediately (\"forgot password\"), sign in with it \
         and unlink the provider.",
        "Si ce n’était pas vous, demandez tout de suite un nouveau mot de passe (« mot de passe oublié »), \
         connectez-vous avec lui et détachez le fournisseur.",
        "如果不是您本人操作，请立即通过“忘记密码”申请新密码，用它登录并解除该提供商的关联。",
    );
    draft.say(otherwise.of(locale));
    draft
}

/// After an account was closed that can still be had back.
pub fn account_closed(locale: Locale, until: Timestamp) -> EmailDraft {
    let subject = Words("Your account was closed", "Votre compte a été fermé", "您的账户已关闭");
    let mut draft = EmailDraft::new(locale, subject.of(locale));
    let what = Words(
        "Your account was closed as you asked. Until then you can have it back:",
        "Votre compte a été fermé comme vous l’avez demandé. Jusque-là, vous pouvez le récupérer :",
        "您的账户已按您的要求关闭。在此之前您可以恢复它：",
    );
    draft.say(what.of(locale));
    draft.fact(UNTIL.of(locale), &minute(until));
    draft.say(HAVE_BACK.of(locale));
    let otherwise = Words(
        "If you did not close it, have it back and change your password.",
        "Si vous ne l’avez pas fermé, récupérez-le et changez votre mot de passe.",
        "如果不是您关闭的，请恢复账户并更改密码。",
    );
    draft.say(otherwise.of(locale));
    draft
}

/// To the owner of an account that no one has used for long.
pub fn inactive(
    locale: Locale,
    active_at: Timestamp,
    closing_at: Timestamp,
    sign_in: &str,
) -> EmailDraft {
    let subject = Words(
        "Your account will be closed unless you use it",
        "Votre compte sera fermé si vous ne l’utilisez pas",
        "如不使用，您的账户将被关闭",
    );
    let mut draft = EmailDraft::new(locale, subject.of(locale));
    let what = Words(
        "You have not used your account for a long time. Unused accounts are closed.",
        "Vous n’avez pas utilisé votre compte depuis longtemps. Les comptes inutilisés sont fermés.",
        "您已很久没有使用您的账户。未使用的账户将被关闭。",
    );
    draft.say(what.of(locale));
    draft.fact(
        Words("Last used", "Dernière utilisation", "最近使用").of(locale),
        &minute(active_at),
    );
    let when = Words("Closed after", "Fermeture après le", "关闭时间不早于");
    draft.fact(when.of(locale), &minute(closing_at));
    let keep = Words(
        "To keep it, sign in before then:",
        "Pour le garder, connectez-vous avant cette date :",
        "如需保留账户，请在此之前登录：",
    );
    draft.say(keep.of(locale));
    draft.link(sign_in);
    let otherwise = Words(
        "If you no longer need the account, you need not do anything.",
        "Si vous n’avez plus besoin du compte, vous n’avez rien à faire.",
        "如果您不再需要该账户，则无需任何操作。",
    );
    draft.say(otherwise.of(locale));
    draft
}

/// After an account was closed because no one used it.
pub fn closed_for_inactivity(locale: Locale, until: Timestamp) -> EmailDraft {
    let subject = Words(
        "Your unused account was closed",
        "Votre compte inutilisé a été fermé",
        "您未使用的账户已关闭",
    );
    let mut draft = EmailDraft::new(locale, subject.of(locale));
    let what = Words(
        "Your account was closed because you have not used it for a long time. Until then you can have it \
         back:",
        "Votre compte a été fermé parce que vous ne l’avez pas utilisé depuis longtemps. Jusque-là, vous \
         pouvez le récupérer :",
        "由于您很久没有使用，您的账户已关闭。在此之前您可以恢复它：",
    );
    draft.say(what.of(locale));
    draft.fact(UNTIL.of(locale), &minute(until));
    draft.say(HAVE_BACK.of(locale));
    draft
}

/// The link, and the same for who has no page behind it.
fn add_way(draft: &mut EmailDraft, locale: Locale, way: Way<'_>, page: &str, endpoint: &str) {
    let Way { base, token, life } = way;
    draft.link(&format!("{base}/{page}?token={token}"));
    let life = lasting(locale, life);
    let path = format!("POST /api/v1/auth/{endpoint}");
    draft.say(&match locale {
        Locale::En => {
            format!("It works once, for {life}. Without the page, send this token to {path}:")
        }
        Locale::Fr => format!(
            "Il fonctionne une seule fois, pendant {life}. Sans la page, envoyez ce jeton à {path} :"
        ),
        Locale::ZhHans => {
            format!("该链接只能使用一次，有效期为 {life}。如果没有页面，请将此令牌发送到 {path}：")
        }
    });
    draft.code(token);
}

/// What a client says of itself, short and on one line. Dots that would make a link of it go.
fn shown(locale: Locale, raw: Option<&str>) -> String {
    let unknown = Words("unknown", "inconnu", "未知").of(locale);
    let raw = raw.map(str::trim).filter(|raw| !raw.is_empty()).unwrap_or(unknown);
    let plain = raw.chars().filter(|c| !c.is_control());
    plain.take(DEVICE_MAX).collect::<String>().replace("://", " ")
}

/// `2026-11-21 08:00 UTC`
fn minute(at: Timestamp) -> String {
    let text = at.to_string();
    let whole: String = text.chars().take("2026-11-21T08:00".len()).collect();
    format!("{} UTC", whole.replace('T', " "))
}

fn lasting(locale: Locale, life: Duration) -> String {
    let seconds = life.as_secs();
    let (count, unit) = match seconds {
        0..120 => (seconds, Words("second", "seconde", "秒")),
        120..7200 => (seconds / 60, Words("minute", "minute", "分钟")),
        7200..172_800 => (seconds / 3600, Words("hour", "heure", "小时")),
        _ => (seconds / 86_400, Words("day", "jour", "天")),
    };
    let plural = if count == 1 || locale == Locale::ZhHans { "" } else { "s" };
    format!("{count} {}{plural}", unit.of(locale))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAY: Way<'static> = Way {
        base: "https://app.example.com/a&b",
        token: "t-o_k3n",
        life: Duration::from_secs(86_400),
    };

    fn at() -> Timestamp {
        Timestamp::parse("2026-11-21T08:00:59.999999Z").unwrap()
    }

    fn all(locale: Locale) -> Vec<EmailDraft> {
        vec![
            verify_email(locale, WAY),
            reset_password(locale, WAY),
            confirm_new_email(locale, WAY),
            confirm_old_email(locale, WAY, &EmailAddress::parse("o'neil&co@example.com").unwrap()),
            email_changed(locale, at()),
            phone_changed(locale, at()),
            phone_removed(locale, at()),
            password_changed(locale, at()),
            new_device(locale, at(), Some("curl/8"), Some("192.0.2.1")),
            new_device(locale, at(), None, None),
            identity_linked(locale, "github", at()),
            account_closed(locale, at()),
            inactive(locale, at(), at(), "https://app.example.com/"),
            closed_for_inactivity(locale, at()),
        ]
    }

    #[test]
    fn every_language_says_it_with_the_same_facts() {
        for locale in [Locale::Fr, Locale::ZhHans] {
            for (other, english) in all(locale).iter().zip(all(Locale::En)) {
                assert_ne!(other.subject(), english.subject());
                for fact in
                    ["t-o_k3n", "2026-11-21 08:00 UTC", "24 ", "POST /api", "curl/8", "o'neil"]
                {
                    let is_said = |draft: &EmailDraft| draft.text().contains(fact);
                    assert_eq!(is_said(other), is_said(&english), "{fact}: {}", other.text());
                }
                let paragraphs = |draft: &EmailDraft| draft.text().split("\n\n").count();
                assert_eq!(paragraphs(other), paragraphs(&english), "{}", other.text());
            }
        }
    }

    #[test]
    fn what_others_typed_is_text_on_one_line() {
        let odd = "evil\r\nBcc: eve@example.com <script>alert('1')</script>";
        let email = new_device(Locale::En, at(), Some(odd), Some("192.0.2.1"));
        assert!(email.text().contains("Device: evilBcc: eve@example.com <script>"));
        assert!(!email.text().lines().any(|line| line.starts_with("Bcc")));
        assert!(!email.html().contains("<script"), "{}", email.html());
        let long = new_device(Locale::En, at(), Some(&"x".repeat(5000)), None);
        assert!(long.text().len() < 1000);
        let link = new_device(Locale::En, at(), Some("https://evil"), None);
        assert!(!link.text().contains("://"));
    }

    #[test]
    fn links_lead_to_the_base_and_show_their_token() {
        for (email, page) in [
            (verify_email(Locale::En, WAY), "verify-email"),
            (reset_password(Locale::En, WAY), "reset-password"),
            (confirm_new_email(Locale::En, WAY), "confirm-email"),
        ] {
            let link = format!("https://app.example.com/a&b/{page}?token=t-o_k3n");
            assert!(email.text().lines().any(|line| line == link), "{}", email.text());
            assert!(email.text().lines().any(|line| line == "t-o_k3n"));
            let escaped = link.replace('&', "&amp;");
            assert!(email.html().contains(&format!("href=\"{escaped}\"")));
            assert!(email.text().contains("for 24 hours"), "{}", email.text());
        }
    }

    #[test]
    fn moments_and_lives_are_for_people() {
        assert_eq!(minute(at()), "2026-11-21 08:00 UTC");
        for (seconds, english, french, chinese) in [
            (1, "1 second", "1 seconde", "1 秒"),
            (90, "90 seconds", "90 secondes", "90 秒"),
            (3600, "60 minutes", "60 minutes", "60 分钟"),
            (86_400, "24 hours", "24 heures", "24 小时"),
            (604_800, "7 days", "7 jours", "7 天"),
        ] {
            let life = Duration::from_secs(seconds);
            let said = Locale::ALL.iter().map(|locale| lasting(*locale, life));
            assert_eq!(said.collect::<Vec<_>>(), [english, french, chinese]);
        }
    }
}
