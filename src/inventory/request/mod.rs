//! Reads requests: their address, body, expected answer, and how they are delivered. An app behind an API has them for its
//! phases, and any app for its hooks.

mod json;
mod words;

use std::time::Duration;

use super::fields::Fields;
use super::layer::LayerValue;
use super::scalar::{AtLeastOne, HeaderName, JsonPointer, Limit, LocalPath, Status, Text};
use crate::base::yaml::{Node, Value};
use crate::domain::http::placeholders::{Content, Place, Values, unknown};
use crate::domain::http::{
    Auth, BodyTemplate, Call, ClientIdentity, Delivery, Expect, JsonCondition, Method,
    PollTemplate, Replay, RequestTemplate, Tls, Url,
};
use crate::domain::wait::WaitStart;
use words::{BodyText, MethodWord, ReplayWord, RequestPath, RequestUrl};

/// How often a request is sent again where its `replay` says that this does no harm, and nothing says how often.
const RETRIES: u32 = 2;

/// What requests of one kind may say.
#[derive(Debug, Clone, Copy)]
pub struct RequestRules {
    pub address: Address,
    /// The names of its placeholders.
    pub placeholders: &'static [&'static str],
}

/// The key that a request has its address under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Address {
    /// `path`: added to the URL of an API; or a whole URL.
    Path,
    /// `url`: a whole URL.
    Url,
}

/// How client and server authenticate each other.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Login {
    pub auth: Option<Auth>,
    pub tls: Tls,
}

/// Reads a request and what is waited for after it. `None`: there are mistakes, which were reported.
pub fn call(fields: &Fields<'_, '_>, name: Option<String>, rules: RequestRules) -> Option<Call> {
    let request = template(fields, rules);
    let read =
        fields.optional_section("if_match").map(|section| if_match(section, rules).ok_or(()));
    let deadline = fields.or("deadline", Limit(Duration::from_secs(30)), "30s").0;
    let poll = fields.optional_section("poll").map(|section| poll(section, rules).ok_or(()));
    let (mut request, read) = (request?, read.transpose().ok()?);
    if let (Some(_), false, Some(source)) =
        (&read, request.changes_something(), fields.source("if_match"))
    {
        let what = format!("`if_match`: a {} changes nothing", request.method);
        fields.reject(source, what, "remove it, or write the `method` that changes something");
        return None;
    }
    if read.is_some() && !fields.is_written("retries") && request.delivery.replay.is_none() {
        request.delivery.retries = RETRIES;
    }
    request.if_match = read.map(Box::new);
    Some(Call { name: name?, request, deadline, poll: poll.transpose().ok()? })
}

/// Reads the GET whose `ETag` becomes the condition of a request.
fn if_match(fields: Fields<'_, '_>, rules: RequestRules) -> Option<RequestTemplate> {
    let read = template(&fields, rules);
    if let (Some(true), Some(source)) =
        (read.as_ref().map(|read| read.method != Method::Get), fields.source("method"))
    {
        fields.reject(source, "`method`: what is read first is a GET", "remove `method`");
        return None;
    }
    fields.finish();
    read
}

fn poll(fields: Fields<'_, '_>, rules: RequestRules) -> Option<PollTemplate> {
    let request = template(&fields, rules);
    let every = fields.or("every", Limit(Duration::from_secs(2)), "2s").0;
    let deadline = fields.or("deadline", Limit(Duration::from_secs(120)), "2m").0;
    let successes = fields.or("successes", AtLeastOne(1), "1").0;
    fields.finish();
    Some(PollTemplate {
        request: request?,
        every,
        deadline,
        successes,
        begin: WaitStart::AfterDone,
    })
}

/// Reads a request. `None`: there are mistakes, which were reported.
pub fn template(fields: &Fields<'_, '_>, rules: RequestRules) -> Option<RequestTemplate> {
    let method = fields.or("method", MethodWord::default(), "GET").0;
    let url = match rules.address {
        Address::Path => fields.need::<RequestPath>("path", "/live").map(|path| Url::Plain(path.0)),
        Address::Url => {
            fields.need::<RequestUrl>("url", "https://api.example.org/live").map(|url| url.0)
        }
    };
    let headers = headers(fields, "headers");
    let body = body(fields, rules);
    let login = login(fields);
    let expect = expect(fields);
    let delivery = delivery(fields);
    let known =
        ["path", "url", "headers", "json", "form", "text", "contains", "expect", "expect_headers"]
            .map(|key| are_known(fields, key, rules.placeholders));
    let (url, body, login) = (url?, body.ok()?, login?);
    known.into_iter().all(|known| known).then_some(())?;
    let Login { auth, tls } = login;
    Some(RequestTemplate {
        method,
        url,
        headers: headers?,
        body,
        auth,
        tls,
        expect: expect?,
        delivery,
        if_match: None,
    })
}

/// Reads a path of an API that has no placeholders. `None`: it is missing or wrong, which was reported.
pub fn fixed_path(fields: &Fields<'_, '_>, key: &'static str, example: &str) -> Option<String> {
    let path = fields.need::<RequestPath>(key, example)?.0;
    let source = fields.source(key)?;
    let what = if !path.starts_with('/') {
        format!("`{key}`: `{path}` is a whole URL")
    } else if let Some(name) = unknown(&path, &[]) {
        format!("`{key}`: {{{name}}} stands for nothing here")
    } else {
        return Some(path);
    };
    fields.reject(source, what, format!("write a path of the API, such as `{example}`"));
    None
}

/// Reads `auth`, `ca_file` and `client`. `None`: there are mistakes, which were reported.
pub fn login(fields: &Fields<'_, '_>) -> Option<Login> {
    let auth = fields.optional_section("auth").map(|section| auth(section).ok_or(()));
    let ca_file = fields.get::<LocalPath>("ca_file").map(|path| fields.reader().local(&path.0));
    let client = fields.optional_section("client").map(|section| client(section).ok_or(()));
    let client = client.transpose().ok()?;
    Some(Login { auth: auth.transpose().ok()?, tls: Tls { name: None, ca_file, client } })
}

fn auth(fields: Fields<'_, '_>) -> Option<Auth> {
    let auth = if fields.source("bearer").is_some() {
        fields.get("bearer").map(Auth::Bearer)
    } else if fields.source("header").is_some() {
        let name = fields.get::<HeaderName>("header");
        let value = fields.need("value", "env:API_TOKEN");
        name.zip(value).map(|(name, value)| Auth::Header { name: name.0, value })
    } else {
        let user = fields.need::<Text>("user", "deploy");
        let password = fields.need("password", "env:API_PASSWORD");
        user.zip(password).map(|(user, password)| Auth::Basic { user: user.0, password })
    };
    fields.finish();
    auth
}

fn client(fields: Fields<'_, '_>) -> Option<ClientIdentity> {
    let certificate = fields.need("certificate", "file:certs/flipside.pem");
    let key = fields.need("key", "file:certs/flipside.key.pem");
    fields.finish();
    Some(ClientIdentity { certificate: certificate?, key: key? })
}

/// Reads headers and their values. `None`: a value has a character that no header can have, which was reported.
pub fn headers(fields: &Fields<'_, '_>, key: &'static str) -> Option<Vec<(String, String)>> {
    let headers = fields.table::<HeaderName>(key);
    let source = fields.source(key);
    let mut good = true;
    for (name, node) in source.map(|source| source.node.entries()).unwrap_or_default() {
        let fits = |text: &str| text.chars().all(|c| matches!(c, ' '..='~' | '\t'));
        if let (Value::Scalar(word), Some(source)) = (&node.value, source)
            && !fits(&word.text)
        {
            let what = format!("`{}`: a header holds one line of ASCII characters", name.text());
            fields.reject(
                LayerValue { node, ..source },
                what,
                "write other characters as `%` and two digits",
            );
            good = false;
        }
    }
    good.then(|| headers.into_iter().collect())
}

fn expect(fields: &Fields<'_, '_>) -> Option<Expect> {
    let status = fields.one_or_more::<Status>("status").unwrap_or_default();
    let contains = fields.one_or_more::<BodyText>("contains").unwrap_or_default();
    let json = fields.texts::<JsonPointer>("expect").into_iter();
    Some(Expect {
        status: status.into_iter().map(|status| status.0).collect(),
        headers: headers(fields, "expect_headers")?,
        body: contains.into_iter().map(|text| text.0).collect(),
        json: json.map(|(pointer, is)| JsonCondition { pointer, is }).collect(),
        ..Expect::default()
    })
}

fn delivery(fields: &Fields<'_, '_>) -> Delivery {
    let timeout = fields.get::<Limit>("timeout").map(|limit| limit.0);
    let replay = fields.get::<ReplayWord>("replay").map(|word| word.0);
    let retries = match replay {
        Some(Replay::Safe | Replay::Conditional) => RETRIES,
        Some(Replay::Unsafe) | None => 0,
    };
    let retries = fields.or("retries", retries, &retries.to_string());
    Delivery { replay, retries, timeout }
}

/// Returns the body, if there is one. `Err`: it has a mistake, which was reported.
fn body(fields: &Fields<'_, '_>, rules: RequestRules) -> Result<Option<BodyTemplate>, ()> {
    let kinds = [("json", Content::Json), ("form", Content::Form), ("text", Content::Text)];
    let mut bodies = Vec::new();
    for (key, content) in kinds {
        let Some(source) = fields.source(key) else {
            fields.expect(key);
            continue;
        };
        let written = matches!(source.node.value, Value::Map(_) | Value::List(_));
        let text = if content == Content::Json && written {
            fields.value(key);
            json::value(source.node).to_string()
        } else {
            fields.get::<BodyText>(key).ok_or(())?.0
        };
        if content == Content::Json && !is_json(&text, rules.placeholders) {
            let what = format!("`{key}` is not JSON once its placeholders are filled in");
            fields.reject(source, what, "write placeholders inside of strings: `\"{release}\"`");
            return Err(());
        }
        bodies.push((source, BodyTemplate { content, text }));
    }
    if let [_, (source, _), ..] = bodies.as_slice() {
        fields.reject(*source, "a request has one body".to_owned(), "keep one of them");
        return Err(());
    }
    Ok(bodies.pop().map(|(_, body)| body))
}

fn is_json(text: &str, names: &[&'static str]) -> bool {
    let filled = Values::sample(names).fill(text, Place::Json);
    filled.is_ok_and(|text| serde_json::from_str::<serde_json::Value>(&text).is_ok())
}

/// Checks that every placeholder in the value of a key exists.
fn are_known(fields: &Fields<'_, '_>, key: &str, names: &'static [&'static str]) -> bool {
    let Some(source) = fields.source(key) else { return true };
    let mut good = true;
    each_text(source.node, &mut |node, text| {
        if let Some(name) = unknown(text, names) {
            let list: Vec<String> = names.iter().map(|name| format!("{{{name}}}")).collect();
            let remedy = format!("the placeholders are {}", list.join(", "));
            let what = format!("`{key}`: {{{name}}} is not a placeholder");
            fields.reject(LayerValue { node, ..source }, what, remedy);
            good = false;
        }
    });
    good
}

fn each_text<'n>(node: &'n Node, found: &mut impl FnMut(&'n Node, &'n str)) {
    match &node.value {
        Value::Null => {}
        Value::Scalar(word) => found(node, &word.text),
        Value::List(items) => items.iter().for_each(|item| each_text(item, found)),
        Value::Map(entries) => entries.iter().for_each(|(key, node)| {
            found(node, key.text());
            each_text(node, found);
        }),
    }
}
