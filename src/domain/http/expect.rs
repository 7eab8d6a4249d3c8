//! The expected answer of a request.

use serde::{Deserialize, Serialize};

use super::response::Response;
use crate::base::text::clean_words;

/// The expected answer. Every condition that is given must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Expect {
    /// Any of these. An empty list means any of 200 to 299.
    pub status: Vec<u16>,
    /// Header names are compared without regard to case, values exactly.
    pub headers: Vec<(String, String)>,
    /// Texts that the body must contain.
    pub body: Vec<String>,
    /// Values that a JSON body holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub json: Vec<JsonCondition>,
    /// What other answers mean, where the server's contract says so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub meanings: Vec<Meaning>,
}

/// What a server means by an answer that is not as expected. It is added to the error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meaning {
    pub of: Unexpected,
    pub text: String,
}

/// The part of an answer that is not as expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unexpected {
    Status(u16),
    /// A value of the JSON body.
    Value,
}

/// A condition on one value of a JSON body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JsonCondition {
    /// Names the value (RFC 6901): `/status`, `/workers/0/state`.
    pub pointer: String,
    /// The value is one of these: a text itself, everything else as JSON writes it.
    pub is: Vec<String>,
}

impl JsonCondition {
    fn check(&self, body: &serde_json::Value) -> Result<(), String> {
        let wanted = self.is.join(" or ");
        let Some(found) = body.pointer(&self.pointer) else {
            return Err(format!("the body has no {}, wanted {wanted}", self.pointer));
        };
        let text = found.as_str().map_or_else(|| found.to_string(), str::to_owned);
        if self.is.contains(&text) {
            return Ok(());
        }
        Err(format!("the body says {}: {}, wanted {wanted}", self.pointer, clean_words(&text)))
    }
}

impl Expect {
    fn takes(&self, status: u16) -> bool {
        if self.status.is_empty() {
            (200..300).contains(&status)
        } else {
            self.status.contains(&status)
        }
    }

    /// Checks an answer. `Err`: the first condition that does not hold.
    pub fn check(&self, response: &Response) -> Result<(), String> {
        let status = response.status;
        if !self.takes(status) {
            let wanted: Vec<String> = self.status.iter().map(u16::to_string).collect();
            let wanted =
                if wanted.is_empty() { "200 to 299".to_owned() } else { wanted.join(" or ") };
            let why = match response.redirects_to() {
                // A redirected POST may arrive as a GET, or twice; a check wants to see the redirect itself.
                Some(to) => format!(
                    "answered {status}, a redirect to {to}, which is not followed; expected {wanted}"
                ),
                None => format!("answered {status}, expected {wanted}"),
            };
            return Err(self.explained(why, Unexpected::Status(status)));
        }
        for (name, wanted) in &self.headers {
            match response.header(name) {
                None => return Err(format!("answered without {name}, expected {name}: {wanted}")),
                Some(found) if found != wanted => {
                    return Err(format!("answered {name}: {found}, expected {wanted}"));
                }
                Some(_) => {}
            }
        }
        if let Some(wanted) =
            self.body.iter().find(|wanted| !response.body.contains(wanted.as_str()))
        {
            return Err(format!("the body does not contain {wanted:?}"));
        }
        if self.json.is_empty() {
            return Ok(());
        }
        let body = serde_json::from_str(&response.body)
            .map_err(|error| format!("the body is not JSON: {error}"))?;
        let checked = self.json.iter().try_for_each(|condition| condition.check(&body));
        checked.map_err(|why| self.explained(why, Unexpected::Value))
    }

    /// Returns the error with what the server means by it.
    fn explained(&self, why: String, of: Unexpected) -> String {
        match self.meanings.iter().find(|meaning| meaning.of == of) {
            Some(meaning) => format!("{why}: {}", meaning.text),
            None => why,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_conditions_name_what_differs() {
        let condition = |pointer: &str, is: &[&str]| JsonCondition {
            pointer: pointer.to_owned(),
            is: is.iter().map(|&text| text.to_owned()).collect(),
        };
        let check = |body: &str, json: JsonCondition| {
            let expect = Expect { json: vec![json], ..Expect::default() };
            let response = Response { status: 200, headers: Vec::new(), body: body.to_owned() };
            expect.check(&response)
        };
        let body = r#"{"status":"ok","workers":[{"up":true}],"count":3}"#;
        assert_eq!(check(body, condition("/status", &["done", "ok"])), Ok(()));
        assert_eq!(check(body, condition("/workers/0/up", &["true"])), Ok(()));
        assert_eq!(check(body, condition("/count", &["3"])), Ok(()));
        let why = |json| check(body, json).unwrap_err();
        assert_eq!(why(condition("/status", &["done"])), "the body says /status: ok, wanted done");
        assert_eq!(why(condition("/gone", &["1"])), "the body has no /gone, wanted 1");
        let html = check("<html>", condition("/status", &["ok"])).unwrap_err();
        assert!(html.starts_with("the body is not JSON"), "{html}");
    }

    #[test]
    fn error_says_what_the_server_means_by_its_answer() {
        let meaning = |of, text: &str| Meaning { of, text: text.to_owned() };
        let expect = Expect {
            json: vec![JsonCondition { pointer: "/live".to_owned(), is: vec!["v2".to_owned()] }],
            meanings: vec![
                meaning(Unexpected::Status(409), "another deploy is in progress"),
                meaning(Unexpected::Value, "another deploy was faster"),
            ],
            ..Expect::default()
        };
        let why = |status, body: &str| {
            let response = Response { status, headers: Vec::new(), body: body.to_owned() };
            expect.check(&response).unwrap_err()
        };
        let busy = "answered 409, expected 200 to 299: another deploy is in progress";
        assert_eq!(why(409, ""), busy);
        assert_eq!(why(500, ""), "answered 500, expected 200 to 299");
        let other = "the body says /live: v3, wanted v2: another deploy was faster";
        assert_eq!(why(200, r#"{"live":"v3"}"#), other);
    }
}
