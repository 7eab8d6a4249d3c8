//! A request from the operator's machine, by curl. Addresses, headers and credentials go to curl's standard input, since
//! everybody on the machine can read a command line.

use super::words::{Secrets, reveal, shown, word};
use crate::domain::http::{Auth, Expect, JsonCondition, Replay, Request, Url, by_name};

/// Returns the lines of a function body that sends the request and checks the answer.
pub fn lines(request: &Request, seconds: u64, secrets: &mut Secrets) -> Vec<String> {
    let limit = request.delivery.timeout.map_or(seconds, |limit| limit.as_secs().min(seconds));
    let mut config = vec![format!("conf request {}", request.method)];
    let mut lines = Vec::new();
    if let Some(read) = &request.if_match {
        lines.extend(self::lines(read, seconds, secrets));
        lines.push("etag=$(etag) || return 1".to_owned());
        config.push("conf header \"If-Match: $etag\"".to_owned());
    }
    let changes = if request.changes_something() { "yes" } else { "" };
    lines.push(format!("changes={changes}"));
    match &request.url {
        Url::Plain(url) => {
            config.push(format!("conf url {}", secrets.word(&named(request, url).0)));
        }
        Url::Secret(secret) => {
            lines.push(format!("url=$({}) || return 1", reveal(secret)));
            config.push("conf url \"$url\"".to_owned());
        }
    }
    let headers = request.headers.iter().map(|(name, value)| format!("{name}: {value}"));
    let content = request.body.iter().map(|body| format!("Content-Type: {}", body.content_type));
    config.extend(
        headers.chain(content).map(|header| format!("conf header {}", secrets.word(&header))),
    );
    if request.replay() != Replay::Unsafe && request.delivery.retries > 0 {
        config.push(format!("conf retry {}", request.delivery.retries));
    }
    config.extend(tls(request));
    if let Some(auth) = &request.auth {
        lines.push(format!("secret=$({}) || return 1", reveal(auth.secret())));
        config.push(match auth {
            Auth::Bearer(_) => "conf header \"Authorization: Bearer $secret\"".to_owned(),
            Auth::Basic { user, .. } => format!("conf user {}:\"$secret\"", word(user)),
            Auth::Header { name, .. } => {
                format!("conf header {}\"$secret\"", word(&format!("{name}: ")))
            }
        });
    }
    if let Some(client) = &request.tls.client {
        for (option, secret) in [("cert", &client.certificate), ("key", &client.key)] {
            lines.push(format!("{} >\"$work/$name.{option}\" || return 1", reveal(secret)));
            config.push(format!("conf {option} \"$work/$name.{option}\""));
        }
    }
    if let Some(body) = &request.body {
        lines.push(format!("printf %s {} >\"$work/$name.sent\"", secrets.word(&body.text)));
        config.push("conf data-binary \"@$work/$name.sent\"".to_owned());
    }
    lines.push(format!("{{ {}; }} | web {} || return", config.join("; "), limit.max(1)));
    lines.extend(expectations(&request.expect));
    lines
}

/// Returns the lines that check the answer.
fn expectations(expect: &Expect) -> Vec<String> {
    let status: Vec<String> = expect.status.iter().map(u16::to_string).collect();
    let mut lines = vec![format!("expect_status {} || return", shown(&status.join(" ")))];
    let headers = expect.headers.iter();
    lines.extend(
        headers.map(|(name, value)| {
            format!("expect_header {} {} || return 1", word(name), word(value))
        }),
    );
    lines.extend(expect.body.iter().map(|text| format!("expect_body {} || return 1", word(text))));
    for JsonCondition { pointer, is } in &expect.json {
        let wanted: Vec<String> = is.iter().map(|text| word(text)).collect();
        lines.push(format!("expect_json {} {} || return 1", word(pointer), wanted.join(" ")));
    }
    lines
}

/// Returns the URL with the name that the server is asked by, and the address to connect to.
fn named(request: &Request, url: &str) -> (String, Option<String>) {
    match by_name(url, request.tls.name.as_deref()) {
        Some((url, connect)) => (url, Some(connect)),
        None => (url.to_owned(), None),
    }
}

fn tls(request: &Request) -> Vec<String> {
    let connect = match &request.url {
        Url::Plain(url) => named(request, url).1,
        Url::Secret(_) => None,
    };
    let connect = connect.map(|connect| format!("conf connect-to {}", word(&connect)));
    let ca = request.tls.ca_file.as_ref();
    let ca = ca.map(|path| format!("conf cacert {}", word(&path.display().to_string())));
    connect.into_iter().chain(ca).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::http::Tls;
    use crate::domain::known_secrets::KnownSecrets;

    fn secrets() -> Secrets {
        Secrets::of(&KnownSecrets::default())
    }

    #[test]
    fn server_is_requested_by_its_name_and_verified_by_its_authority() {
        let tls = Tls {
            name: Some("shop.example.org".to_owned()),
            ca_file: Some("certs/ca.pem".into()),
            client: None,
        };
        let request = Request { tls, ..Request::get("https://10.0.0.7:8443/health") };
        let text = lines(&request, 5, &mut secrets()).join("\n");
        for wanted in [
            "conf url https://shop.example.org:8443/health",
            "conf connect-to shop.example.org:8443:10.0.0.7:8443",
            "conf cacert certs/ca.pem",
        ] {
            assert!(text.contains(wanted), "{text}");
        }
        let plain =
            lines(&Request::get("https://10.0.0.7:8443/health"), 5, &mut secrets()).join("\n");
        assert!(plain.contains("conf url https://10.0.0.7:8443/health"), "{plain}");
        assert!(!plain.contains("connect-to") && !plain.contains("cacert"), "{plain}");
    }
}
