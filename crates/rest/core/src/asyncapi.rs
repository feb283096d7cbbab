//! Sockets, described: an AsyncAPI 3 document for programs, and a page for people. Both are made of what the modules
//! declare, which is made of the types that are sent.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::{docs::escape, module::Module, openapi::About};

/// A frame: a JSON object that is one text message of a socket.
#[derive(Debug, Clone, Copy)]
pub struct FrameType {
    /// Its `type`.
    pub name: &'static str,
    /// What it means: a sentence.
    pub about: &'static str,
    /// The JSON Schema (draft 2020-12) of the whole frame, without references.
    pub schema: fn() -> Value,
    /// A frame of this type.
    pub example: &'static str,
}

/// A socket.
#[derive(Debug, Clone, Copy)]
pub struct Channel {
    /// Its name, unique in the program.
    pub name: &'static str,
    /// Its path below the base path of the API.
    pub path: &'static str,
    /// What it is for, and how to connect.
    pub about: &'static str,
    /// What clients send.
    pub receives: &'static [FrameType],
    /// What the server sends.
    pub sends: &'static [FrameType],
}

/// The AsyncAPI document.
pub(crate) fn document(about: &About, base: &str, base_url: &str, modules: &[Module]) -> Value {
    let (secure, host) = match base_url.split_once("://") {
        Some((scheme, host)) => (scheme == "https", host),
        None => (false, base_url),
    };
    let (mut channels, mut operations, mut messages) = (Map::new(), Map::new(), Map::new());
    for channel in channels_of(modules) {
        let mut of_channel = Map::new();
        for (action, frames) in [("receive", channel.receives), ("send", channel.sends)] {
            let mut links = Vec::new();
            for frame in frames {
                // Both sides may have a frame of one type.
                let key = format!("{action}.{}", frame.name);
                let id = format!("{}.{key}", channel.name);
                of_channel.insert(key.clone(), reference("components/messages", &id));
                links.push(reference(&format!("channels/{}/messages", channel.name), &key));
                messages.insert(id, message(frame));
            }
            operations.insert(
                format!("{}.{action}", channel.name),
                json!({
                    "action": action,
                    "channel": reference("channels", channel.name),
                    "messages": links,
                }),
            );
        }
        channels.insert(
            channel.name.to_owned(),
            json!({
                "address": format!("{base}{}", channel.path),
                "description": channel.about,
                "servers": [reference("servers", "this")],
                "messages": of_channel,
                "bindings": {"ws": {"method": "GET"}},
            }),
        );
    }
    let query = |name: &str, about: &str| json!({"type": "httpApiKey", "in": "query", "name": name, "description": about});
    let schemes = json!({
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
        "ticket": query("ticket", "Used once, from POST /auth/ticket: for browsers."),
        "token": query("token", "An access token: for clients that cannot do otherwise."),
    });
    let security: Vec<Value> = ["bearer", "ticket", "token"]
        .map(|scheme| reference("components/securitySchemes", scheme))
        .into();
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": format!("{}: sockets", about.title),
            "version": about.version,
            "description": "WebSockets (RFC 6455). Frames are texts of JSON. Clients ignore types that they don't know.",
            "license": {"name": about.license},
        },
        "defaultContentType": "application/json",
        "servers": {"this": {
            "host": host,
            "protocol": if secure { "wss" } else { "ws" },
            "security": security,
        }},
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "securitySchemes": schemes},
    })
}

fn channels_of(modules: &[Module]) -> impl Iterator<Item = &Channel> {
    modules.iter().flat_map(|module| module.channels)
}

fn reference(place: &str, name: &str) -> Value {
    json!({"$ref": format!("#/{place}/{name}")})
}

fn message(frame: &FrameType) -> Value {
    let example: Value = serde_json::from_str(frame.example).unwrap_or_default();
    json!({
        "name": frame.name,
        "summary": frame.about,
        "payload": (frame.schema)(),
        "examples": [{"payload": example}],
    })
}

/// The page for people, the part between the title and the end.
pub(crate) fn page(base: &str, modules: &[Module]) -> String {
    let mut text = String::from(
        "<p>WebSockets (RFC 6455). Each frame is a text of JSON. Clients ignore types that they don't know. For \
         programs: <a href=\"/asyncapi.json\">the AsyncAPI document</a>. Everything else: \
         <a href=\"/docs/\">the REST API</a>.</p>",
    );
    for channel in channels_of(modules) {
        let address = format!("{base}{}", channel.path);
        let _ =
            write!(text, "<h2 id=\"{0}\"><code>{1}</code></h2>", channel.name, escape(&address));
        for part in channel.about.split("\n\n") {
            let _ = write!(text, "<p>{}</p>", escape(part));
        }
        for (title, frames) in
            [("Clients send", channel.receives), ("The server sends", channel.sends)]
        {
            let _ = write!(text, "<h3>{title}</h3>");
            for frame in frames {
                let _ = write!(
                    text,
                    "<h4><code>{}</code></h4><p>{}</p><pre><code>{}</code></pre>{}",
                    escape(frame.name),
                    escape(frame.about),
                    escape(frame.example),
                    fields(&(frame.schema)())
                );
            }
        }
    }
    text
}

/// The fields of a frame: those of its data, if it has any.
fn fields(schema: &Value) -> String {
    let data = schema.pointer("/properties/data").unwrap_or(schema);
    let Some(fields) = data.get("properties").and_then(Value::as_object) else {
        return String::new();
    };
    let required = |name: &str| {
        let names = data.get("required").and_then(Value::as_array);
        names.is_some_and(|names| names.iter().any(|one| one == name))
    };
    let mut rows = String::new();
    for (name, field) in fields.iter().filter(|(name, _)| *name != "type") {
        let about = field.get("description").and_then(Value::as_str).unwrap_or_default();
        let must = if required(name) { "" } else { " (may be absent)" };
        let _ = write!(rows, "<li><code>{}</code>{must}: {}</li>", escape(name), escape(about));
    }
    format!("<ul>{rows}</ul>")
}
