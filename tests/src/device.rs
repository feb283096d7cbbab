//! The device with somebody's second factor: it computes codes as a stranger does, with Python's
//! standard library, and shares no code with the server.

use std::process::Command;

use serde_json::{Value, json};

use crate::{Answer, Client, server::PASSWORD};

/// A secret, typed in.
pub struct Device {
    secret: String,
}

impl Device {
    /// With the secret of an `otpauth://` URL.
    pub fn from_url(url: &str) -> Self {
        let secret = url.split(['?', '&']).find_map(|part| part.strip_prefix("secret="));
        Self { secret: secret.unwrap_or_else(|| panic!("no secret in {url}")).to_owned() }
    }

    /// Gives an account a second factor; the code of now is used. With its recovery codes.
    #[track_caller]
    pub fn enrol(client: &Client) -> (Self, Vec<String>) {
        let setup = client
            .post("/api/v1/auth/2fa/setup", &json!({"current_password": PASSWORD}))
            .expect(200);
        let url = setup.at("/data/otpauth_url").as_str().expect("a URL");
        let device = Self::from_url(url);
        let body = json!({"code": device.code(0)});
        let enabled = client.post("/api/v1/auth/2fa/enable", &body).expect(200);
        let codes = enabled.at("/data/recovery_codes").as_array().into_iter().flatten();
        let codes = codes.filter_map(Value::as_str).map(str::to_owned).collect();
        (device, codes)
    }

    /// The code of so many steps from now (RFC 6238, SHA-1, six digits, 30 s).
    pub fn code(&self, steps: i64) -> String {
        const SCRIPT: &str = "
import base64, hashlib, hmac, struct, sys, time
step = int(time.time()) // 30 + int(sys.argv[2])
mac = hmac.new(base64.b32decode(sys.argv[1]), struct.pack('>Q', step), hashlib.sha1).digest()
at = mac[19] & 15
print('%06d' % ((struct.unpack('>I', mac[at:at + 4])[0] & 0x7fffffff) % 1000000))
";
        let output = Command::new("python3")
            .args(["-c", SCRIPT, &self.secret, &steps.to_string()])
            .output()
            .unwrap_or_else(|error| panic!("{error} (is Python installed?)"));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// A code that is none of those near now.
    pub fn wrong_code(&self) -> String {
        let near: Vec<String> = (-3..=3).map(|steps| self.code(steps)).collect();
        let wrong = (0..10).map(|number| format!("{number:06}")).find(|code| !near.contains(code));
        wrong.unwrap_or_default()
    }
}

/// Answers the question for a second factor.
pub fn verify(client: &Client, mfa_token: &str, code: &str) -> Answer {
    client.post("/api/v1/auth/2fa/verify", &json!({"mfa_token": mfa_token, "code": code}))
}
