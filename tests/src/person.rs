//! Somebody who is signed in.

use serde_json::{Value, json};

use crate::{Answer, Client};

/// An account with a session.
#[derive(Clone)]
pub struct Person {
    /// The account's id.
    pub id: i64,
    /// Its username.
    pub username: String,
    /// Its address.
    pub email: String,
    /// The access token.
    pub access_token: String,
    /// The refresh token.
    pub refresh_token: String,
    /// A client that sends the access token.
    pub client: Client,
}

impl Person {
    /// Signs in by mail address; a refusal fails the test.
    pub fn sign_in(client: &Client, email: &str, password: &str) -> Self {
        let answer = client
            .post("/api/v1/auth/login", &json!({"email": email, "password": password}))
            .expect(200);
        Self::from_answer(client, &answer)
    }

    /// Reads the answer of `login` or `refresh`.
    #[track_caller]
    pub fn from_answer(client: &Client, answer: &Answer) -> Self {
        let text = |pointer: &str| {
            answer
                .at(pointer)
                .as_str()
                .unwrap_or_else(|| panic!("no `{pointer}`: {answer}"))
                .to_owned()
        };
        let access_token = text("/data/access_token");
        Self {
            id: answer
                .at("/data/user/id")
                .as_i64()
                .unwrap_or_else(|| panic!("no user id: {answer}")),
            username: text("/data/user/username"),
            email: text("/data/user/email"),
            refresh_token: text("/data/refresh_token"),
            client: client.with_token(&access_token),
            access_token,
        }
    }

    /// Makes a task and gives its id.
    #[track_caller]
    pub fn task(&self, title: &str) -> i64 {
        self.new_task(&json!({"title": title})).id()
    }

    /// Makes a task.
    #[track_caller]
    pub fn new_task(&self, body: &Value) -> Answer {
        self.client.post("/api/v1/tasks", body).expect(201)
    }
}
