//! How a registry asks for credentials: the `WWW-Authenticate` header of RFC 9110, and the
//! answers of a token server as the distribution project's "Token Authentication Specification" has
//! them (<https://distribution.github.io/distribution/spec/auth/token/>).

use std::fmt;
use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Challenge {
    Basic,
    Bearer { realm: String, service: Option<String> },
}

/// Without an `expires_in` a token is good for this long, says the specification.
const SHORTEST: Duration = Duration::from_secs(60);
/// What claims to hold for longer is asked for anew all the same.
const LONGEST: Duration = Duration::from_secs(3600);

impl Challenge {
    /// Of several the one that sends no password to the registry.
    pub fn of<'a>(headers: impl Iterator<Item = &'a str>) -> Option<Self> {
        let mut found = None;
        for (scheme, parameters) in headers.flat_map(challenges) {
            let value = |wanted: &str| {
                let found = parameters.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
                found.map(|(_, value)| value.clone())
            };
            if scheme.eq_ignore_ascii_case("bearer") {
                if let Some(realm) = value("realm") {
                    return Some(Self::Bearer { realm, service: value("service") });
                }
            } else if scheme.eq_ignore_ascii_case("basic") {
                found = Some(Self::Basic);
            }
        }
        found
    }
}

type Parameters = Vec<(String, String)>;

/// The challenges of one header: `Bearer realm="…",service="…", Basic realm="…"`.
fn challenges(header: &str) -> Vec<(String, Parameters)> {
    let mut found: Vec<(String, Parameters)> = Vec::new();
    for part in parts(header) {
        let (name, value) = match part.split_once('=') {
            Some((name, value)) => (name.trim(), Some(unquoted(value.trim()))),
            None => (part.trim(), None),
        };
        // A scheme stands before its first parameter, with a space between.
        let (scheme, name) = match name.rsplit_once(char::is_whitespace) {
            Some((scheme, name)) if value.is_some() => (Some(scheme.trim()), name),
            _ if value.is_none() => (Some(name), ""),
            _ => (None, name),
        };
        if let Some(scheme) = scheme.filter(|scheme| !scheme.is_empty()) {
            found.push((scheme.to_owned(), Vec::new()));
        }
        if let (Some((_, parameters)), Some(value)) = (found.last_mut(), value) {
            parameters.push((name.to_owned(), value));
        }
    }
    found
}

/// Split at commas that are in no quotes.
fn parts(header: &str) -> Vec<&str> {
    let (mut parts, mut start, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (at, c) in header.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ',' if !quoted => {
                parts.push(&header[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&header[start..]);
    parts
}

fn unquoted(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return value.to_owned();
    };
    let mut text = String::new();
    let mut letters = inner.chars();
    while let Some(c) = letters.next() {
        text.extend(if c == '\\' { letters.next() } else { Some(c) });
    }
    text
}

/// What a token server gave.
pub struct Token {
    pub token: SecretString,
    /// From the moment when it was asked for.
    pub good_for: Duration,
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("good_for", &self.good_for).finish_non_exhaustive()
    }
}

impl Token {
    /// `token`, or `access_token` where it answers as OAuth 2 does. Its words are in no error.
    pub fn read(body: &[u8]) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Answer {
            token: Option<String>,
            access_token: Option<String>,
            /// A number, or what some take for one.
            #[serde(default)]
            expires_in: serde_json::Value,
        }
        let answer: Answer = serde_json::from_slice(body)
            .map_err(|_| "what the token server sent cannot be read".to_owned())?;
        let filled = |token: Option<String>| token.filter(|token| !token.is_empty());
        let token = filled(answer.token).or_else(|| filled(answer.access_token));
        let token = SecretString::from(token.ok_or("the token server sent no token".to_owned())?);
        let seconds = match &answer.expires_in {
            serde_json::Value::String(text) => text.trim().parse().ok(),
            number => number.as_f64(),
        };
        // Whatever else it says, a token that turns out to be too old is asked for anew.
        let good_for = seconds.and_then(|seconds| {
            Duration::try_from_secs_f64(seconds.clamp(0.0, LONGEST.as_secs_f64())).ok()
        });
        let good_for = good_for.unwrap_or(SHORTEST).clamp(SHORTEST, LONGEST);
        Ok(Self { token, good_for })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    fn of(header: &str) -> Option<Challenge> {
        Challenge::of(std::iter::once(header))
    }

    #[test]
    fn a_challenge_says_where_a_token_is_to_be_had() {
        let header = "Bearer realm=\"https://auth.example.org/token\",service=\"registry.example.org\",scope=\"repository:a/b:pull,push\"";
        let realm = "https://auth.example.org/token".to_owned();
        let service = Some("registry.example.org".to_owned());
        assert_eq!(of(header), Some(Challenge::Bearer { realm, service }));
        assert_eq!(of("Basic realm=\"lab\""), Some(Challenge::Basic));
        assert_eq!(of("Basic"), Some(Challenge::Basic));
        assert_eq!(of("Negotiate"), None);
        assert_eq!(of("Bearer service=\"x\""), None, "a token without a place to get it");
    }

    #[test]
    fn of_two_the_one_that_shows_nobody_a_password() {
        let realm = "https://a/t".to_owned();
        let bearer = Some(Challenge::Bearer { realm, service: None });
        assert_eq!(of("Basic realm=\"x\", bearer  realm=\"https://a/t\""), bearer);
        let two = ["Basic realm=\"x\"", "Bearer realm=\"https://a/t\""];
        assert_eq!(Challenge::of(two.into_iter()), bearer);
    }

    #[test]
    fn a_quoted_comma_ends_nothing() {
        let found = of(r#"Bearer realm="https://a/t?x=\"1,2\"",service=plain"#);
        let (realm, service) = ("https://a/t?x=\"1,2\"".to_owned(), Some("plain".to_owned()));
        assert_eq!(found, Some(Challenge::Bearer { realm, service }));
    }

    #[test]
    fn a_token_holds_as_long_as_it_says_within_reason() {
        let read = |text: &str| Token::read(text.as_bytes()).unwrap();
        let token = read(r#"{"token":"t","access_token":"a","expires_in":300}"#);
        assert_eq!((token.token.expose_secret(), token.good_for.as_secs()), ("t", 300));
        assert_eq!(read(r#"{"access_token":"a"}"#).token.expose_secret(), "a");
        assert_eq!(read(r#"{"token":"t"}"#).good_for.as_secs(), 60);
        assert_eq!(read(r#"{"token":"t","expires_in":0}"#).good_for.as_secs(), 60);
        assert_eq!(read(r#"{"token":"t","expires_in":999999}"#).good_for.as_secs(), 3600);
        for (odd, seconds) in [
            ("-1", 60),
            ("null", 60),
            ("\"300\"", 300),
            ("\"soon\"", 60),
            ("299.9", 299),
            ("1e30", 3600),
            ("18446744073709551616", 3600),
            ("{}", 60),
        ] {
            let answer = format!(r#"{{"token":"t","expires_in":{odd}}}"#);
            assert_eq!(read(&answer).good_for.as_secs(), seconds, "{odd}");
        }
        let other = read(r#"{"token":"","access_token":"a"}"#);
        assert_eq!(other.token.expose_secret(), "a");
        assert_eq!(read(r#"{"token":null,"access_token":"a"}"#).token.expose_secret(), "a");
        let none = Token::read(br#"{"token":"","access_token":""}"#).unwrap_err();
        assert!(none.contains("sent no token"), "{none}");
        assert!(!format!("{:?}", read(r#"{"token":"hunter2"}"#)).contains("hunter2"));
        let why = Token::read(b"{\"token\": hunter2}").unwrap_err();
        assert!(!why.contains("hunter2"));
    }
}
