//! The rules of the house, checked by a machine. Each failure says what to do.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "these are tests; their helpers fail by panicking"
)]

#[path = "architecture/layers.rs"]
mod layers;
#[path = "architecture/migrations.rs"]
mod migrations;
#[path = "architecture/promises.rs"]
mod promises;
#[path = "architecture/words.rs"]
mod words;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use alveole_tests::{authz, server::workspace};
use serde_json::Value;

use self::{
    layers::{Layer, listed},
    promises::{cases, promises},
};

/// `cargo metadata`, asked once.
fn metadata() -> &'static Value {
    static METADATA: OnceLock<Value> = OnceLock::new();
    METADATA.get_or_init(|| {
        let output = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()))
            // For this platform only: a machine that has just built us has no other one's crates.
            .args(["metadata", "--format-version", "1", "--locked", "--offline"])
            .args(["--filter-platform", &host()])
            .current_dir(workspace())
            .output()
            .expect("cargo metadata");
        assert!(
            output.status.success(),
            "cargo metadata failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice(&output.stdout).expect("JSON")
    })
}

/// The platform this runs on, as the compiler calls it.
fn host() -> String {
    let output = Command::new(std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned()))
        .arg("-vV")
        .output()
        .expect("rustc -vV");
    let text = String::from_utf8_lossy(&output.stdout);
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.expect("rustc names its host").to_owned()
}

struct Package<'a> {
    name: &'a str,
    manifest: PathBuf,
    layer: Layer,
    dependencies: &'a [Value],
}

/// The packages of the workspace.
fn members() -> Vec<Package<'static>> {
    let ids: BTreeSet<&str> = metadata()["workspace_members"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    metadata()["packages"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|package| ids.contains(text(package, "id")))
        .map(|package| {
            let manifest = PathBuf::from(text(package, "manifest_path"));
            let layer = Layer::of(&manifest).unwrap_or_else(|| {
                panic!(
                    "{} is in no known layer; put it under crates/{{kernel,domain,flows,adapters,\
                     app}} and add its folder to `Layer::of` with its row of the table",
                    manifest.display()
                )
            });
            Package {
                name: text(package, "name"),
                manifest,
                layer,
                dependencies: package["dependencies"].as_array().unwrap(),
            }
        })
        .collect()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

/// Every file below `folder` (of the workspace) with this ending.
fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![workspace().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The path as seen from the root, with `/`.
fn short(path: &Path) -> String {
    path.strip_prefix(workspace()).unwrap_or(path).display().to_string().replace('\\', "/")
}

/// Fails with every finding and what to do about them.
#[track_caller]
fn nothing(findings: Vec<String>, advice: &str) {
    assert!(findings.is_empty(), "{}\n→ {advice}", findings.join("\n"));
}

/// Lines of code: comments and what stands in `#[cfg(test)] mod tests` at the end are left out.
fn code(path: &Path) -> Vec<(usize, String)> {
    let source = fs::read_to_string(path).unwrap();
    source
        .lines()
        .enumerate()
        .take_while(|(_, line)| line.trim() != "#[cfg(test)]")
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .map(|(number, line)| (number + 1, line.to_owned()))
        .collect()
}

fn mentions(line: &str, word: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        let after = line.get(at + word.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })
}

#[test]
fn rule_1_every_package_is_in_a_layer() {
    let layers: BTreeSet<Layer> = members().iter().map(|package| package.layer).collect();
    assert!(layers.contains(&Layer::Kernel) && layers.contains(&Layer::App), "{layers:?}");
}

#[test]
fn rule_2_layers_depend_only_on_what_the_table_allows() {
    let mut findings = Vec::new();
    for package in members() {
        let allowed = package.layer.allowed();
        for dependency in package.dependencies {
            let name = text(dependency, "name");
            let ok = match (dependency["kind"].as_str(), dependency["optional"].as_bool()) {
                (Some("dev"), _) => {
                    listed(allowed.dev, name)
                        || listed(allowed.ours, name)
                        || listed(allowed.registry, name)
                }
                (Some("build"), _) => package.layer == Layer::Diesel || package.layer == Layer::App,
                (_, Some(true)) if listed(allowed.optional, name) => true,
                _ if dependency["path"].is_string() => listed(allowed.ours, name),
                _ => listed(allowed.registry, name),
            };
            if !ok {
                findings.push(format!(
                    "{}: the layer {:?} may not use `{name}`",
                    package.name, package.layer
                ));
            }
        }
    }
    nothing(
        findings,
        "put the code into the layer that may use it behind a port, or change the table in \
         `Layer::allowed` with a reason",
    );
}

#[test]
fn rule_3_nothing_forbidden_is_below_a_layer() {
    let nodes: BTreeMap<&str, &Value> = metadata()["resolve"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| (text(node, "id"), node))
        .collect();
    let packages: BTreeMap<&str, &str> = metadata()["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| (text(package, "id"), text(package, "name")))
        .collect();
    let mut findings = Vec::new();
    for package in members() {
        let never = package.layer.never();
        let start = *packages.iter().find(|(_, name)| **name == package.name).expect("its node").0;
        let mut came_from: BTreeMap<&str, &str> = BTreeMap::new();
        let mut queue = VecDeque::from([start]);
        while let Some(id) = queue.pop_front() {
            for dependency in nodes[id]["deps"].as_array().unwrap() {
                let normal = dependency["dep_kinds"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .any(|kind| kind["kind"].is_null());
                let to = text(dependency, "pkg");
                if normal && to != start && !came_from.contains_key(to) {
                    came_from.insert(to, id);
                    queue.push_back(to);
                }
            }
        }
        // what a feature of somebody else's switches on (mocks) is not this package's own
        let is_optional = |name: &str| {
            package
                .dependencies
                .iter()
                .any(|d| text(d, "name") == name && d["optional"] == Value::Bool(true))
                && listed(package.layer.allowed().optional, name)
        };
        for &id in came_from.keys() {
            let name = packages[id];
            if listed(never, name) && !is_optional(name) {
                let mut path = vec![name];
                let mut at = id;
                while let Some(&from) = came_from.get(at) {
                    path.push(packages[from]);
                    at = from;
                }
                path.reverse();
                findings.push(path.join(" → "));
            }
        }
    }
    nothing(findings, "cut the path at its first step: that crate is not for this layer");
}

#[test]
fn rule_4_members_inherit_lints_versions_and_features() {
    let mut findings = Vec::new();
    for package in members() {
        let manifest = fs::read_to_string(&package.manifest).unwrap();
        if !manifest.replace(' ', "").contains("[lints]\nworkspace=true") {
            findings.push(format!("{}: no `[lints] workspace = true`", package.name));
        }
        let mut in_dependencies = false;
        for line in manifest.lines().map(str::trim) {
            if line.starts_with('[') {
                in_dependencies = line.contains("dependencies");
                continue;
            }
            if !in_dependencies || line.is_empty() || line.starts_with('#') {
                continue;
            }
            let packed = line.replace(' ', "");
            let inherited = packed.contains(".workspace=true") || packed.contains("workspace=true");
            // `kit` adds our own conformance cases, and what tests use of ours has all domains
            let packed =
                packed.replace(",default-features=true", "").replace(",features=[\"kit\"]", "");
            let features = packed.contains("features=");
            if !inherited || features {
                findings.push(format!("{}: `{line}`", package.name));
            }
        }
    }
    nothing(
        findings,
        "write version and features in [workspace.dependencies] with a reason, and `x.workspace = \
         true` in the member; only so is every build the same graph",
    );
}

#[test]
fn rule_5_each_technology_has_one_owner() {
    let owners = [
        ("diesel", "alveole-adapter-diesel"),
        ("diesel_migrations", "alveole-adapter-diesel"),
        ("libsqlite3-sys", "alveole-adapter-diesel"),
        ("r2d2", "alveole-adapter-diesel"),
        ("bcrypt", "alveole-adapter-crypto"),
        ("zxcvbn", "alveole-adapter-crypto"),
        ("aws-lc-rs", "alveole-adapter-crypto"),
        ("qrcodegen", "alveole-adapter-crypto"),
        ("jsonwebtoken", "alveole-adapter-crypto"),
        ("deadpool-redis", "alveole-adapter-redis"),
        ("lettre", "alveole-adapter-smtp"),
        ("oauth2", "alveole-adapter-oauth2"),
        ("reqwest", "alveole-adapter-http"),
        ("object_store", "alveole-adapter-objects"),
        ("image", "alveole-adapter-images"),
        ("krilla", "alveole-adapter-pdf"),
        ("harfrust", "alveole-adapter-pdf"),
        ("moka", "alveole-adapter-memory"),
        ("governor", "alveole-adapter-memory"),
        ("clap", "alveole-app"),
        ("opentelemetry", "alveole-app"),
        ("opentelemetry-otlp", "alveole-app"),
        ("ureq", "alveole-tests"),
    ];
    let mut findings = Vec::new();
    for package in members() {
        for dependency in package.dependencies {
            let name = text(dependency, "name");
            // A journey checks our tokens, and makes those of a provider, as a stranger does: from
            // outside, with a library of its own. The tokens of providers are not ours either.
            let stranger = match package.layer {
                Layer::Tests => ["aws-lc-rs", "jsonwebtoken"].contains(&name),
                Layer::OAuth2 => name == "jsonwebtoken",
                _ => false,
            };
            for (technology, owner) in owners {
                if name == technology && package.name != owner && !stranger {
                    findings.push(format!("{} uses `{name}`, which is {owner}'s", package.name));
                }
            }
        }
    }
    nothing(findings, "ask the owner for what you need through a port");
}

#[test]
fn rule_6_serde_in_domains_stays_in_events_and_records() {
    let mut findings = Vec::new();
    for path in files("crates/domain", "rs") {
        let name = short(&path);
        let serialized = name.ends_with("src/events.rs") || name.ends_with("src/record.rs");
        if serialized || !name.contains("/src/") {
            continue;
        }
        for (number, line) in code(&path) {
            if mentions(&line, "serde") {
                findings.push(format!("{}:{number}: {}", short(&path), line.trim()));
            }
        }
    }
    nothing(
        findings,
        "entities have no wire format: DTOs do (crates/rest), events.rs and record.rs do",
    );
}

#[test]
fn rule_6_http_knows_no_adapter_and_no_transaction() {
    let mut findings = Vec::new();
    for path in files("crates/rest", "rs").into_iter().filter(|path| short(path).contains("/src/"))
    {
        for (number, line) in code(&path) {
            for word in [
                "memory",
                "adapter_diesel",
                "adapter_oauth2",
                "adapter_redis",
                "crypto",
                "diesel",
                "UnitOfWork",
            ] {
                let adapter = if word == "UnitOfWork" {
                    mentions(&line, word)
                } else {
                    // the crate, not the English word
                    line.contains(&format!("{word}::")) && mentions(&line, word)
                };
                if adapter {
                    findings.push(format!("{}:{number}: {}", short(&path), line.trim()));
                }
            }
        }
    }
    nothing(findings, "a handler parses, calls one service method, presents; wiring is in wire.rs");
}

#[test]
fn rule_6_generic_code_names_no_domain() {
    let domains: Vec<String> = fs::read_dir(workspace().join("crates/domain"))
        .unwrap()
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    let may_name = |path: &str| {
        ["modules.rs", "wire.rs", "seed.rs", "serve.rs", "keys.rs", "cli.rs"]
            .iter()
            .any(|name| path == format!("crates/app/src/{name}"))
            || path.starts_with("crates/app/src/cli/")
            || path.starts_with("crates/app/src/seed/")
            || path.starts_with("crates/app/src/wire/")
            || path.starts_with("crates/app/src/config")
            || path.contains("/tests/")
    };
    let generic = files("crates/rest/core", "rs").into_iter().chain(files("crates/app", "rs"));
    let mut findings = Vec::new();
    for path in generic.filter(|path| !may_name(&short(path))) {
        for (number, line) in code(&path) {
            for domain in &domains {
                let is_crate = line.contains(&format!("{domain}::")) && mentions(&line, domain)
                    || line.contains(&format!("rest_{domain}"));
                let is_path = line.contains(&format!("/{domain}"));
                if is_crate || is_path {
                    findings.push(format!("{}:{number}: {}", short(&path), line.trim()));
                }
            }
        }
    }
    nothing(findings, "a domain brings it in its `Module`; generic code looks it up there");
}

#[test]
fn rule_6_a_rest_crate_presents_one_domain() {
    let mut findings = Vec::new();
    for member in members().iter().filter(|member| member.layer == Layer::Rest) {
        let own = member.name.trim_start_matches("alveole-rest-");
        for dependency in member.dependencies.iter().filter(|one| one["kind"].is_null()) {
            let name = text(dependency, "name");
            let known = ["alveole-kernel", "alveole-rest", "alveole-rest-socket"].contains(&name);
            if name.starts_with("alveole-") && !known && name != format!("alveole-{own}") {
                findings.push(format!("{} uses {name}", member.name));
            }
        }
    }
    nothing(
        findings,
        "ids of other domains are in the kernel; `app/src/modules.rs` glues the rest",
    );
}

#[test]
fn rule_6_routes_are_registered_with_their_operation() {
    let mut findings = Vec::new();
    for path in files("crates/rest", "rs").into_iter().filter(|path| short(path).contains("/src/"))
    {
        for (number, line) in code(&path) {
            if line.contains(".route(") {
                findings.push(format!("{}:{number}: {}", short(&path), line.trim()));
            }
        }
    }
    nothing(
        findings,
        "use an attribute handler with #[utoipa::path] and `.service(…)`: `.route` is silently \
         missing from the OpenAPI document",
    );
}

/// Where features are chosen. The lists of domains, the wiring, the settings and the connection of either engine;
/// engines and the technologies of an adapter are files, and their `mod` lines are in the last ones.
const FEATURES_ARE_CHOSEN_IN: [&str; 16] = [
    "crates/app/src/modules.rs",
    "crates/app/src/wire.rs",
    "crates/app/src/config.rs",
    "crates/flows/src/domains.rs",
    "crates/adapters/diesel/src/domains.rs",
    "crates/adapters/memory/src/domains.rs",
    "crates/adapters/redis/src/domains.rs",
    "crates/adapters/diesel/src/db.rs",
    "crates/adapters/diesel/src/engine/mod.rs",
    "crates/adapters/diesel/src/backup/mod.rs",
    "crates/adapters/memory/src/lib.rs",
    "crates/adapters/redis/src/lib.rs",
    "crates/adapters/crypto/src/lib.rs",
    "crates/adapters/objects/src/lib.rs",
    "crates/adapters/smtp/src/lib.rs",
    "crates/adapters/sms/src/lib.rs",
];

#[test]
fn rule_6_features_are_chosen_in_few_places() {
    let mut findings = Vec::new();
    let mut unused: BTreeSet<&str> = FEATURES_ARE_CHOSEN_IN.into();
    for path in files("crates", "rs").into_iter().filter(|path| short(path).contains("/src/")) {
        let source = fs::read_to_string(&path).unwrap();
        for (number, line) in source.lines().enumerate() {
            if line.trim_start().starts_with("//") {
                continue;
            }
            // What only tests need is no choice of a program.
            let of_tests = ["\"kit\"", "\"mocks\""].iter().any(|name| line.contains(name));
            if line.contains("cfg") && line.contains("feature = ") && !of_tests {
                let name = short(&path);
                if FEATURES_ARE_CHOSEN_IN.contains(&name.as_str()) {
                    unused.retain(|known| *known != name);
                } else {
                    findings.push(format!("{name}:{}: {}", number + 1, line.trim()));
                }
            }
        }
    }
    findings.extend(unused.into_iter().map(|name| format!("{name} chooses none any more")));
    nothing(
        findings,
        "a feature is a file: choose it, or the file of a program without it, in wire.rs or domains.rs",
    );
}

/// What of ours a program can leave out is a feature of it, and all of them are on by default.
#[test]
fn rule_6_every_domain_and_every_optional_crate_is_a_feature_of_the_program() {
    let packages = metadata()["packages"].as_array().unwrap();
    let app =
        packages.iter().find(|package| package["name"] == "alveole-app").expect("the program");
    let features = app["features"].as_object().unwrap();
    let mut findings = Vec::new();
    let defaults: BTreeSet<&str> =
        features["default"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    for name in features.keys().filter(|name| *name != "default") {
        if !defaults.contains(name.as_str()) {
            findings.push(format!("the feature {name} is not among the default ones"));
        }
    }
    let domains = fs::read_dir(workspace().join("crates/domain")).unwrap().flatten();
    let domains = domains.filter(|entry| entry.path().is_dir());
    // Without accounts nobody signs in; every domain may enqueue jobs.
    let core = ["users", "jobs"];
    for domain in domains.map(|entry| entry.file_name().to_string_lossy().into_owned()) {
        if !core.contains(&domain.as_str()) && !defaults.contains(domain.as_str()) {
            findings.push(format!("the domain {domain} is no feature"));
        }
    }
    for dependency in app["dependencies"].as_array().unwrap() {
        let switch = format!("dep:{}", text(dependency, "name"));
        let is_switched = features.values().any(|parts| {
            parts.as_array().unwrap().iter().any(|part| part.as_str() == Some(&switch))
        });
        if dependency["optional"] == Value::Bool(true) && !is_switched {
            findings.push(format!("no feature has {switch}"));
        }
    }
    let config = fs::read_to_string(workspace().join("crates/app/src/config.rs")).unwrap();
    for name in &defaults {
        let refused = format!("#[cfg(not(feature = \"{name}\"))]\n    (\"{name}\", &[");
        if !config.contains(&refused) && *name != "postgres" {
            findings.push(format!("the settings of {name} are not in ABSENT of config.rs"));
        }
    }
    nothing(findings, "write the feature into crates/app/Cargo.toml and crates/app/src/config.rs");
}

#[test]
fn rule_6_no_source_file_is_longer_than_800_lines() {
    let mut findings = Vec::new();
    for path in files("crates", "rs").into_iter().chain(files("tests", "rs")) {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        if lines > 800 {
            findings.push(format!("{}: {lines} lines", short(&path)));
        }
    }
    nothing(findings, "divide it by what it is about; 400 lines are the aim");
}

#[test]
fn rule_6_nothing_is_left_unfinished() {
    // written apart, so that this line is not a finding
    let marks =
        [["TO", "DO"], ["FIX", "ME"], ["to", "do!"], ["unimple", "mented!"]].map(|m| m.concat());
    let mut findings = Vec::new();
    for path in files("crates", "rs").into_iter().chain(files("tests", "rs")) {
        for (number, line) in fs::read_to_string(&path).unwrap().lines().enumerate() {
            for mark in &marks {
                let word = mark.trim_end_matches('!');
                if line.contains(mark.as_str()) && mentions(line, word) {
                    findings.push(format!("{}:{}: {}", short(&path), number + 1, line.trim()));
                }
            }
        }
    }
    nothing(findings, "finish it, or file an issue and describe the limit in the room's README");
}

#[test]
fn rule_8_every_promise_has_a_case_and_every_case_a_promise() {
    let is_kit = |path: &PathBuf| {
        let path = short(path);
        path.ends_with("/kit.rs") || path.contains("/kit/")
    };
    let kits: Vec<PathBuf> = files("crates", "rs").into_iter().filter(is_kit).collect();
    let of = |names: &[&str]| -> BTreeSet<String> {
        names
            .iter()
            .flat_map(|name| promises(&workspace().join(format!("crates/kernel/src/{name}.rs"))))
            .collect()
    };
    let of_kernel = of(&[
        "uow",
        "idempotency",
        "event",
        "consumer",
        "chore",
        "claim",
        "lease",
        "cache",
        "limit",
        "email",
        "job",
    ]);
    let mut promised = of_kernel.clone();
    let mut findings = Vec::new();
    for path in files("crates/domain", "rs") {
        let outbound = path.ends_with("outbound.rs");
        if !outbound && !path.ends_with("ports.rs") {
            continue;
        }
        let domain = path.parent().unwrap().to_path_buf();
        let own = promises(&path);
        let mut in_domain: Vec<PathBuf> =
            kits.iter().filter(|kit| kit.starts_with(&domain)).cloned().collect();
        // What only one adapter can do, such as drawing, that adapter's own tests prove.
        if outbound {
            in_domain.extend(files("crates/adapters", "rs"));
        }
        let proven = cases(&in_domain);
        for number in own.difference(&proven) {
            findings.push(format!("{}: {number} has no case in the domain's kit", short(&path)));
        }
        promised.extend(own);
    }
    for number in of_kernel.difference(&cases(&kits)) {
        findings.push(format!("the promise {number} of the kernel has no case in any kit"));
    }
    for number in cases(&kits).difference(&promised) {
        findings.push(format!("a kit has cases {number}_… but no port promises {number}"));
    }
    nothing(
        findings,
        "promises are `* T7 …` in the documentation of a port, cases are functions `t7_…` in a kit",
    );
}

#[test]
fn rule_9_every_operation_is_in_the_authorization_table() {
    let path = workspace().join("openapi/openapi.json");
    let document = fs::read(&path)
        .ok()
        .and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok())
        .expect("openapi/openapi.json, which `make openapi` writes");
    nothing(
        authz::faults(&document),
        "decide who may use it and write a row into `tests/authz.txt` of its REST crate (or into \
         tests/src/authz.rs); the journey `authz` tries it out",
    );
}

#[test]
fn rule_9_operations_are_documented() {
    let path = workspace().join("openapi/openapi.json");
    let document: Value =
        serde_json::from_slice(&fs::read(path).expect("openapi/openapi.json")).expect("JSON");
    let mut findings = Vec::new();
    let mut ids = BTreeSet::new();
    let paths = document["paths"].as_object().expect("paths");
    for (path, item) in paths {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let Some(responses) = operation["responses"].as_object() else { continue };
            let name = format!("{} {path}", method.to_ascii_uppercase());
            for field in ["operationId", "summary"] {
                if text(operation, field).is_empty() {
                    findings.push(format!("{name} has no {field}"));
                }
            }
            if !ids.insert(text(operation, "operationId").to_owned()) {
                findings.push(format!("{name}: its operationId is another's too"));
            }
            if operation["tags"].as_array().is_none_or(Vec::is_empty) {
                findings.push(format!("{name} has no tag"));
            }
            if path.starts_with("/api/") {
                for class in ["4", "5"] {
                    if !responses.keys().any(|status| status.starts_with(class)) {
                        findings.push(format!("{name} documents no {class}xx answer"));
                    }
                }
            }
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let shared = text(parameter, "$ref").strip_prefix('#');
                let parameter =
                    shared.and_then(|place| document.pointer(place)).unwrap_or(parameter);
                if text(parameter, "description").is_empty() {
                    findings.push(format!("{name}: no description of {}", text(parameter, "name")));
                }
            }
        }
    }
    nothing(findings, "complete its #[utoipa::path]");
}

/// Two schemas of one name in one module overwrite one another without a word.
#[test]
fn rule_9_a_schema_has_a_name_of_its_own() {
    let mut findings = Vec::new();
    let mut names = BTreeMap::new();
    for file in files("crates/rest", "rs") {
        let text = fs::read_to_string(&file).expect("a source");
        for line in text.lines().filter_map(|line| line.trim().strip_prefix("#[schema(as = ")) {
            let name = line.split([',', ')']).next().unwrap_or_default().to_owned();
            if let Some(other) = names.insert(name.clone(), file.clone()) {
                findings.push(format!("{name} in {} and {}", short(&other), short(&file)));
            }
        }
    }
    assert!(names.len() > 100, "{}", names.len());
    nothing(findings, "give each its own name");
}
