//! A request from the operator's machine, by curl. Addresses, headers and credentials go to it by its
//! standard input: a command line can be read by everybody on the machine.

use super::words::{reveal, said, word};
use crate::domain::http::{Auth, Request, Url};

/// The lines of a function body that sends the request and checks the answer.
pub fn lines(request: &Request, seconds: u64) -> Vec<String> {
    let mut lines = Vec::new();
    let mut config = vec![format!("conf request {}", request.method)];
    match &request.url {
        Url::Plain(url) => config.push(format!("conf url {}", word(url))),
        Url::Secret(secret) => {
            lines.push(format!("url=$({}) || return 1", reveal(secret)));
            config.push("conf url \"$url\"".to_owned());
        }
    }
    let headers = request.headers.iter().map(|(name, value)| format!("{name}: {value}"));
    let content = request.body.iter().map(|body| format!("Content-Type: {}", body.content_type));
    config.extend(headers.chain(content).map(|header| format!("conf header {}", word(&header))));
    if let Some(auth) = &request.auth {
        let (Auth::Bearer(secret) | Auth::Basic { password: secret, .. }) = auth;
        lines.push(format!("secret=$({}) || return 1", reveal(secret)));
        config.push(match auth {
            Auth::Bearer(_) => "conf header \"Authorization: Bearer $secret\"".to_owned(),
            Auth::Basic { user, .. } => format!("conf user {}:\"$secret\"", word(user)),
        });
    }
    if let Some(body) = &request.body {
        lines.push(format!("printf %s {} >\"$work/$name.sent\"", word(&body.text)));
        config.push("conf data-binary \"@$work/$name.sent\"".to_owned());
    }
    lines.push(format!("{{ {}; }} | web {} || return 1", config.join("; "), seconds.max(1)));
    let status: Vec<String> = request.expect.status.iter().map(u16::to_string).collect();
    lines.push(format!("expect_status {} || return 1", said(&status.join(" "))));
    let headers = request.expect.headers.iter();
    lines.extend(
        headers.map(|(name, value)| {
            format!("expect_header {} {} || return 1", word(name), word(value))
        }),
    );
    lines.extend(
        request.expect.body.iter().map(|text| format!("expect_body {} || return 1", word(text))),
    );
    lines
}
