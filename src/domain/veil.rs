//! A secret does not belong into a file of a release. Where one is there all the same, it is not shown.

const VEIL: &str = "****";

/// Names that hold one of these are names of secrets.
const WORDS: [&str; 8] =
    ["password", "passwd", "passphrase", "secret", "token", "api_key", "apikey", "private_key"];

/// The line, with what looks like the value of a secret covered.
pub fn veil(line: &str) -> String {
    let covered = values(line).into_iter().chain(in_urls(line));
    let mut covered: Vec<(usize, usize)> = covered.collect();
    covered.sort_unstable();
    let (mut shown, mut at) = (String::with_capacity(line.len()), 0);
    for (start, end) in covered {
        if start >= at {
            shown.push_str(&line[at..start]);
            shown.push_str(VEIL);
            at = end;
        }
    }
    shown.push_str(&line[at..]);
    shown
}

/// `DB_PASSWORD: …`, `API_TOKEN=…`, on a line of their own or among others.
fn values(line: &str) -> Vec<(usize, usize)> {
    let lower = line.to_ascii_lowercase();
    let mut found = Vec::new();
    for word in WORDS {
        for (at, _) in lower.match_indices(word) {
            found.extend(value_after(line, at, at + word.len()));
        }
    }
    found
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')
}

fn value_after(line: &str, at: usize, end: usize) -> Option<(usize, usize)> {
    let before = line[..at].trim_end_matches(is_of_name);
    // A part of a path or of an image's name.
    if before.ends_with(['/', '$', '{']) && !before.ends_with(" {") {
        return None;
    }
    let rest = line[end..].trim_start_matches(is_of_name);
    let rest = rest.trim_start_matches(['"', '\'']).trim_start();
    let value = rest.strip_prefix([':', '='])?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
    let value = &value[quote.map_or(0, char::len_utf8)..];
    // Where a secret is kept is none: a variable, a file.
    if value.is_empty() || value.starts_with(['$', '{', '/', '[']) {
        return None;
    }
    let length = match quote {
        Some(quote) => value.find(quote),
        None => value.find([',', '}', ']', ' ']),
    };
    let start = line.len() - value.len();
    Some((start, start + length.unwrap_or(value.len())))
}

/// `https://user:…@host`
fn in_urls(line: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for (at, mark) in line.match_indices("://") {
        let start = at + mark.len();
        let host = line[start..].find(['/', ' ', '"', '\'']).map_or(line.len(), |n| start + n);
        let Some(sign) = line[start..host].rfind('@').map(|n| start + n) else { continue };
        if let Some(colon) = line[start..sign].find(':').map(|n| start + n) {
            found.push((colon + 1, sign));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_named_like_a_secret_is_covered() {
        for (line, wanted) in [
            ("  DB_PASSWORD: hunter2", "  DB_PASSWORD: ****"),
            ("  - API_TOKEN=abc", "  - API_TOKEN=****"),
            ("env: {\"db_password\": \"a b\", X: y}", "env: {\"db_password\": \"****\", X: y}"),
            ("url: postgres://shop:hunter2@db/shop", "url: postgres://shop:****@db/shop"),
            ("  TOKEN: ${TOKEN}", "  TOKEN: ${TOKEN}"),
            ("  PASSWORD_FILE: /run/secrets/db", "  PASSWORD_FILE: /run/secrets/db"),
            ("secrets:", "secrets:"),
            ("image: example.org/token-service:v2", "image: example.org/token-service:v2"),
            ("    server 127.0.0.1:8001;", "    server 127.0.0.1:8001;"),
        ] {
            assert_eq!(veil(line), wanted);
        }
    }

    proptest! {
        #[test]
        fn no_line_makes_it_panic(line in ".{0,80}", word in "(password|token)[:=]?.{0,20}") {
            let _ = veil(&line);
            let _ = veil(&format!("{line}{word}"));
        }
    }
}
