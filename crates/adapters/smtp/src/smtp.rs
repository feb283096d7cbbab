//! Over SMTP.

use std::{
    fmt,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use kernel::{
    Timestamp,
    email::{Email, EmailId, Mailer, SendError},
};
use lettre::{
    AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor,
    transport::smtp::{
        AsyncSmtpTransportBuilder, Error, PoolConfig,
        client::{Certificate, CertificateStore, Tls, TlsParameters},
    },
};

use crate::Sender;

/// Connections to the mail server at once.
const CONNECTIONS: u32 = 4;
/// Answers that are about this letter and will not change: mailbox, size, content (RFC 5321
/// §4.2.3). Whatever else a server says, a wrong password for instance, is for the operator to
/// mend, and the letter waits for that.
const REFUSALS: [u16; 6] = [550, 551, 552, 553, 554, 556];

/// Why an SMTP address is not taken. It may hold a password, so nothing of it is shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "must look like smtps://user:password@host or smtp://user:password@host:587 (with STARTTLS; \
     without only to this machine, or when `?tls=none` says so)"
)]
pub struct SmtpUrlError;

type Transport = AsyncSmtpTransport<Tokio1Executor>;

/// Gives letters to a mail server.
pub struct SmtpMailer {
    builder: AsyncSmtpTransportBuilder,
    /// Made with the first letter: its pool wants a runtime, which is not there yet when things
    /// are put together.
    transport: Mutex<Option<Arc<Transport>>>,
    sender: Sender,
    timeout: Duration,
}

impl SmtpMailer {
    /// Reads the address; connects when there is something to send. `timeout` bounds each letter as
    /// a whole.
    pub fn new(url: &str, sender: Sender, timeout: Duration) -> Result<Self, SmtpUrlError> {
        Self::trusting(url, sender, timeout, None)
    }

    /// As [`SmtpMailer::new`]. `authorities` are certificates, in PEM, of those that are trusted instead of
    /// the system's.
    pub fn trusting(
        url: &str,
        sender: Sender,
        timeout: Duration,
        authorities: Option<&[u8]>,
    ) -> Result<Self, SmtpUrlError> {
        let url = with_tls(url)?;
        let mut builder = Transport::from_url(&url).map_err(|_| SmtpUrlError)?;
        if let Some(pem) = authorities {
            builder = trust(builder, &url, pem)?;
        }
        let builder =
            builder.timeout(Some(timeout)).pool_config(PoolConfig::new().max_size(CONNECTIONS));
        Ok(Self { builder, transport: Mutex::new(None), sender, timeout })
    }

    /// Asks whether the mail server answers and lets us in.
    ///
    /// # Errors
    ///
    /// `Unavailable`, with its reason.
    pub async fn ping(&self) -> Result<(), SendError> {
        let transport = self.transport();
        match tokio::time::timeout(self.timeout, transport.test_connection()).await {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => Err(SendError::Unavailable("the mail server hung up".to_owned())),
            Ok(Err(error)) => Err(SendError::Unavailable(error.to_string())),
            Err(_) => Err(SendError::Unavailable("the mail server took too long".to_owned())),
        }
    }

    fn transport(&self) -> Arc<Transport> {
        let mut transport = self.transport.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(transport.get_or_insert_with(|| Arc::new(self.builder.clone().build())))
    }

    /// Lets go of all connections. One whose dialogue was broken off goes back into its pool, and
    /// its next answer would belong to the last question.
    fn begin_anew(&self) {
        *self.transport.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Replaces the authorities of a transport whose address asks for TLS.
fn trust(
    builder: AsyncSmtpTransportBuilder,
    url: &str,
    pem: &[u8],
) -> Result<AsyncSmtpTransportBuilder, SmtpUrlError> {
    let (scheme, place) = url.split_once("://").ok_or(SmtpUrlError)?;
    let wrapped = scheme == "smtps";
    if !wrapped && !url.ends_with("?tls=required") {
        return Ok(builder);
    }
    let parameters = TlsParameters::builder(host(place).to_owned())
        .certificate_store(CertificateStore::None)
        .add_root_certificate(Certificate::from_pem(pem).map_err(|_| SmtpUrlError)?)
        .build()
        .map_err(|_| SmtpUrlError)?;
    Ok(builder.tls(if wrapped { Tls::Wrapper(parameters) } else { Tls::Required(parameters) }))
}

/// The address with what it does not say about TLS.
fn with_tls(url: &str) -> Result<String, SmtpUrlError> {
    let Some(rest) = url.strip_prefix("smtp://") else {
        return if url.starts_with("smtps://") { Ok(url.to_owned()) } else { Err(SmtpUrlError) };
    };
    let (place, query) = rest.split_once('?').map_or((rest, None), |(p, q)| (p, Some(q)));
    match query {
        Some("tls=required") => Ok(url.to_owned()),
        Some("tls=none") => Ok(format!("smtp://{place}")),
        None if is_loopback(place) => Ok(url.to_owned()),
        None => Ok(format!("{url}?tls=required")),
        Some(_) => Err(SmtpUrlError),
    }
}

/// The host in what stands behind `smtp://`.
fn host(place: &str) -> &str {
    let authority = place.split(['/', '?']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    match host.strip_prefix('[') {
        Some(six) => six.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    }
}

/// True when what stands behind `smtp://` is on this machine.
fn is_loopback(place: &str) -> bool {
    let host = host(place);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Shows no address: it may hold a password.
impl fmt::Debug for SmtpMailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpMailer").field("sender", &self.sender).finish_non_exhaustive()
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, email: &Email, id: EmailId, at: Timestamp) -> Result<(), SendError> {
        let message = self.sender.message(email, id, at)?;
        let transport = self.transport();
        let mut sending = transport.send(message);
        match tokio::time::timeout(self.timeout, &mut sending).await {
            Ok(sent) => sent.map(|_| ()).map_err(|error| judge(&error)),
            Err(_) => {
                self.begin_anew();
                drop(sending);
                Err(SendError::Unavailable("the mail server took too long".to_owned()))
            }
        }
    }
}

/// Errors of the client's are not about the letter either: that the server has no STARTTLS, for
/// instance, or no way of signing in that we know.
fn judge(error: &Error) -> SendError {
    if error.status().is_some_and(|code| REFUSALS.contains(&u16::from(code))) {
        SendError::Refused(error.to_string())
    } else {
        SendError::Unavailable(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_the_machine_in_the_clear_unasked() {
        for (given, taken) in [
            ("smtp://mail.example.com:587", "smtp://mail.example.com:587?tls=required"),
            ("smtp://u:p@mail.example.com", "smtp://u:p@mail.example.com?tls=required"),
            ("smtp://mail.example.com?tls=none", "smtp://mail.example.com"),
            ("smtp://mail.example.com?tls=required", "smtp://mail.example.com?tls=required"),
            ("smtp://127.0.0.1:2525", "smtp://127.0.0.1:2525"),
            ("smtp://u:p@localhost", "smtp://u:p@localhost"),
            ("smtp://[::1]:2525", "smtp://[::1]:2525"),
            ("smtp://127.0.0.1.example.com", "smtp://127.0.0.1.example.com?tls=required"),
            ("smtps://mail.example.com", "smtps://mail.example.com"),
        ] {
            assert_eq!(with_tls(given).as_deref(), Ok(taken));
        }
        for bad in ["", "mail.example.com", "http://a", "smtp://a?tls=opportunistic", "smtp://a?x"]
        {
            assert_eq!(with_tls(bad), Err(SmtpUrlError), "{bad}");
        }
    }
}
