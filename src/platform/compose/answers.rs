//! What users' port and the passive side answered an observation.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::domain::observation::HttpAnswer;
use crate::domain::spec::{EntryPoint, Member};

/// The head of one HTTP answer, and how the asking ended.
pub fn answer(
    parts: &BTreeMap<&str, &str>,
    name: &str,
    entry_point: &EntryPoint,
    member: &Member,
) -> Option<HttpAnswer> {
    let head = parts.get(name)?;
    let end = parts.get(format!("{name}-end").as_str())?;
    let mut words = end.split_whitespace();
    let status = words.next()?.parse().ok().filter(|status| *status > 0);
    let seconds: f64 = words.next()?.parse().ok()?;
    let header = |wanted: &Option<String>| {
        let wanted = wanted.as_deref()?;
        head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case(wanted).then(|| value.trim().to_owned())
        })
    };
    Some(HttpAnswer {
        status,
        took: Duration::try_from_secs_f64(seconds).unwrap_or_default(),
        color: header(&entry_point.color_header)
            .and_then(|color| member.colors.find(&color).cloned()),
        release: header(&entry_point.release_header),
    })
}

/// The exits of `curl` that are about TLS (curl(1), EXIT CODES). `switch.sh` has the same.
const TLS_EXITS: [u8; 14] = [35, 51, 53, 54, 58, 59, 60, 66, 77, 80, 82, 83, 90, 91];

/// Why the server could not prove who it is, in the words of `curl`. Other reasons for which there is no answer
/// differ from one observation to the next. Before 7.75 `curl` does not say how it ended.
pub fn tls_error(parts: &BTreeMap<&str, &str>, name: &str) -> Option<String> {
    let end = parts.get(format!("{name}-end").as_str())?.trim();
    let mut words = end.splitn(4, ' ').skip(2);
    let exit = words.next()?.parse().ok()?;
    let said = words.next().unwrap_or_default();
    TLS_EXITS.contains(&exit).then(|| said.chars().take(300).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::compose::scripts;

    #[test]
    fn a_tls_error_is_known_by_the_exit_of_curl_and_not_by_its_words() {
        let said = |end: &'static str| {
            tls_error(&BTreeMap::from([("live-answer-end", end)]), "live-answer")
        };
        let wrong = "000 0.01 60 the words of any language";
        assert_eq!(said(wrong).as_deref(), Some("the words of any language"));
        assert_eq!(said("000 0.01 7 SSL certificate port refused"), None);
        assert_eq!(said("200 0.01 0 "), None);
        // As curl before 7.75 prints it.
        assert_eq!(said("000 0.01 %{exitcode} %{errormsg}"), None);
    }

    #[test]
    fn the_switch_knows_the_same_exits() {
        let list = TLS_EXITS.map(|exit| exit.to_string()).join(" | ");
        assert!(scripts::SWITCH.text.contains(&list), "{list}");
    }
}
