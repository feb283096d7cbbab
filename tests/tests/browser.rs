//! Swagger UI in a real browser: `make test-browser`. What the browser does is written down in
//! `tests/browser/docs.cjs`.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

use alveole_tests::{Backend, Idp, Server, idp::Visitor, server::workspace};

/// What Chromium is called, where it is installed.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

fn browser() -> Option<PathBuf> {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
    named.or_else(|| {
        let path = std::env::var_os("PATH")?;
        let places: Vec<PathBuf> = std::env::split_paths(&path).collect();
        let found = |name: &str| places.iter().map(|p| p.join(name)).find(|file| file.is_file());
        BROWSERS.into_iter().find_map(found)
    })
}

#[test]
fn authorize_and_try_it_out_work() {
    let script = workspace().join("tests/browser");
    let Some(chromium) = browser() else {
        eprintln!(
            "SKIPPED: Swagger UI in a browser: there is no Chromium (Debian: the package \
             chromium), or CHROMIUM does not name it"
        );
        return;
    };
    assert!(
        script.join("node_modules/playwright-core").is_dir(),
        "run `make test-browser`, which installs playwright-core"
    );
    let idp = Idp::start();
    idp.welcome(Visitor::new("1", "visitor1@example.com"));
    let settings = idp.settings("google");
    let settings: Vec<(&str, &str)> =
        settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let server = Server::with(Backend::Sqlite, &settings);
    let ada = server.person("ada");
    let status = Command::new("node")
        .arg("docs.cjs")
        .current_dir(script)
        .env("CHROMIUM", chromium)
        .env("ALVEOLE_URL", format!("http://127.0.0.1:{}", server.port()))
        .env("ALVEOLE_TOKEN", &ada.access_token)
        .env("OAUTH_SCHEME", "google")
        .stdin(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "the browser's journey failed: {status}");
}
