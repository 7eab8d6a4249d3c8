//! Requests with placeholders, as an inventory writes them.

use std::borrow::Cow;
use std::time::Duration;

use super::placeholders::{Content, Missing, Place, Values};
use super::{Auth, Body, Delivery, Expect, JsonCondition, Meaning, Method, Request, Tls, Url};
use crate::domain::wait::WaitStart;

/// A request with placeholders.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestTemplate {
    pub method: Method,
    /// A whole URL; or a path, where the request is one of an API that has a URL.
    pub url: Url,
    pub headers: Vec<(String, String)>,
    pub body: Option<BodyTemplate>,
    pub auth: Option<Auth>,
    pub tls: Tls,
    pub expect: Expect,
    pub delivery: Delivery,
    /// See [`Request::if_match`].
    pub if_match: Option<Box<RequestTemplate>>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct BodyTemplate {
    pub content: Content,
    pub text: String,
}

/// A request that does something, and what is waited for after it.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// `upload`, `switch`
    pub name: String,
    pub request: RequestTemplate,
    /// The time limit of all attempts.
    pub deadline: Duration,
    pub poll: Option<PollTemplate>,
}

/// A request that is repeated until its answer is as expected.
#[derive(Debug, Clone, PartialEq)]
pub struct PollTemplate {
    pub request: RequestTemplate,
    pub every: Duration,
    pub deadline: Duration,
    /// How many expected answers in a row end the wait.
    pub successes: u32,
    pub begin: WaitStart,
}

impl Call {
    /// Returns the texts of its requests that may contain secrets.
    pub fn texts_with_secrets(&self) -> Vec<Cow<'_, str>> {
        let poll = self.poll.iter().flat_map(|poll| poll.request.texts_with_secrets());
        self.request.texts_with_secrets().into_iter().chain(poll).collect()
    }
}

impl RequestTemplate {
    /// Returns a GET that expects any of 200 to 299.
    pub fn get(url: impl Into<String>) -> Self {
        Self {
            method: Method::Get,
            url: Url::Plain(url.into()),
            headers: Vec::new(),
            body: None,
            auth: None,
            tls: Tls::default(),
            expect: Expect::default(),
            delivery: Delivery::default(),
            if_match: None,
        }
    }

    /// Returns the request with its placeholders filled in. `Err`: the placeholder whose value is not known.
    pub fn fill(&self, values: &Values) -> Result<Request, Missing> {
        let url = match &self.url {
            Url::Plain(text) => Url::Plain(values.fill(text, Place::Url)?),
            Url::Secret(reference) => Url::Secret(reference.clone()),
        };
        let header = |(name, text): &(String, String)| {
            values.fill(text, Place::Header).map(|text| (name.clone(), text))
        };
        let headers: Vec<_> = self.headers.iter().map(header).collect::<Result<_, _>>()?;
        // A header of the request says it more exactly, such as `application/merge-patch+json`.
        let of_body = |(name, _): &(String, String)| {
            self.body.is_some() && name.eq_ignore_ascii_case("content-type")
        };
        let (own_type, headers): (Vec<_>, Vec<_>) = headers.into_iter().partition(of_body);
        let body = self.body.as_ref().map(|body| -> Result<Body, Missing> {
            let own_type = own_type.into_iter().next().map(|(_, text)| text);
            let content_type = own_type.unwrap_or_else(|| body.content.media_type().to_owned());
            Ok(Body { content_type, text: values.fill(&body.text, body.content.into())? })
        });
        Ok(Request {
            method: self.method,
            url,
            headers,
            body: body.transpose()?,
            auth: self.auth.clone(),
            expect: filled(&self.expect, values)?,
            tls: self.tls.clone(),
            delivery: self.delivery.clone(),
            if_match: self
                .if_match
                .as_ref()
                .map(|read| read.fill(values).map(Box::new))
                .transpose()?,
        })
    }

    /// Returns the texts that may contain secrets.
    pub fn texts_with_secrets(&self) -> Vec<Cow<'_, str>> {
        let url = match &self.url {
            Url::Plain(text) => Some(Cow::Borrowed(text.as_str())),
            Url::Secret(_) => None,
        };
        let headers = self.headers.iter().map(|(name, text)| Cow::Owned(format!("{name}: {text}")));
        let body = self.body.iter().map(|body| Cow::Borrowed(body.text.as_str()));
        let read = self.if_match.iter().flat_map(|read| read.texts_with_secrets());
        url.into_iter().chain(headers).chain(body).chain(read).collect()
    }

    /// Returns whether a server that receives it may change something.
    pub fn changes_something(&self) -> bool {
        self.method.changes_something()
    }
}

fn filled(expect: &Expect, values: &Values) -> Result<Expect, Missing> {
    let fill = |text: &String| values.fill(text, Place::Text);
    let header = |(name, text): &(String, String)| fill(text).map(|text| (name.clone(), text));
    let condition = |condition: &JsonCondition| -> Result<JsonCondition, Missing> {
        let is = condition.is.iter().map(fill).collect::<Result<_, _>>()?;
        Ok(JsonCondition { pointer: condition.pointer.clone(), is })
    };
    let meaning = |Meaning { of, text }: &Meaning| fill(text).map(|text| Meaning { of: *of, text });
    Ok(Expect {
        status: expect.status.clone(),
        headers: expect.headers.iter().map(header).collect::<Result<_, _>>()?,
        body: expect.body.iter().map(fill).collect::<Result<_, _>>()?,
        json: expect.json.iter().map(condition).collect::<Result<_, _>>()?,
        meanings: expect.meanings.iter().map(meaning).collect::<Result<_, _>>()?,
    })
}
