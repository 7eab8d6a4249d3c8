//! Reads how the live and the passive entry point answered an observation.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::domain::observation::HttpAnswer;
use crate::domain::spec::{EntryPoint, Member};

/// Reads one HTTP answer from the parts `NAME` (its headers) and `NAME-end` (status, seconds, and how
/// `curl` ended).
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

/// The exit codes of `curl` for TLS errors (curl(1), EXIT CODES). `switch.sh` has the same list.
pub const TLS_EXITS: [u8; 14] = [35, 51, 53, 54, 58, 59, 60, 66, 77, 80, 82, 83, 90, 91];

/// Returns why the server could not be authenticated, as `curl` explains it. Other errors are not returned,
/// since they differ from one observation to the next. `curl` before 7.75 does not print how it ended.
pub fn tls_error(parts: &BTreeMap<&str, &str>, name: &str) -> Option<String> {
    let end = parts.get(format!("{name}-end").as_str())?.trim();
    let mut words = end.splitn(4, ' ').skip(2);
    let exit = words.next()?.parse().ok()?;
    let message = words.next().unwrap_or_default();
    TLS_EXITS.contains(&exit).then(|| message.chars().take(300).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tls_errors_are_detected_by_exit_code_not_by_message() {
        let error = |end: &'static str| {
            tls_error(&BTreeMap::from([("live-answer-end", end)]), "live-answer")
        };
        let wrong = "000 0.01 60 a message in any language";
        assert_eq!(error(wrong).as_deref(), Some("a message in any language"));
        assert_eq!(error("000 0.01 7 SSL certificate port refused"), None);
        assert_eq!(error("200 0.01 0 "), None);
        // The output of curl before 7.75.
        assert_eq!(error("000 0.01 %{exitcode} %{errormsg}"), None);
    }
}
