//! The answer to a request, and what it says about the next attempt.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::base::text::clean_words;

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Response {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Returns how long the server wants not to be asked again (`Retry-After`: seconds, or a date by the server's own
    /// clock). `now` stands in for that clock where the answer has no `Date`.
    pub fn retry_after(&self, now: DateTime<Utc>) -> Option<Duration> {
        let text = self.header("retry-after")?.trim();
        if let Ok(seconds) = text.parse::<u32>() {
            return Some(Duration::from_secs(seconds.into()));
        }
        let date = |text: &str| DateTime::parse_from_rfc2822(text).ok().map(|at| at.to_utc());
        let now = self.header("date").and_then(date).unwrap_or(now);
        Some((date(text)? - now).to_std().unwrap_or_default())
    }

    /// Returns where a redirect leads, without what may be a secret in a URL: its user and its query.
    pub(super) fn redirects_to(&self) -> Option<String> {
        let to = self.header("location").filter(|_| (300..400).contains(&self.status))?;
        let to = clean_words(to.split(['?', '#']).next().unwrap_or_default());
        let Some((scheme, rest)) = to.split_once("://") else { return Some(to) };
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        Some(format!("{scheme}://{host}{path}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)]) -> Response {
        let headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        Response { status, headers: headers.collect(), body: String::new() }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = DateTime::parse_from_rfc3339("2026-01-05T10:00:00Z").unwrap().to_utc();
        let after = |headers: &[(&str, &str)]| answer(503, headers).retry_after(now);
        assert_eq!(after(&[("Retry-After", "120")]), Some(Duration::from_secs(120)));
        let date = ("retry-after", "Mon, 05 Jan 2026 10:00:30 GMT");
        assert_eq!(after(&[date]), Some(Duration::from_secs(30)));
        let fast_clock = ("date", "Mon, 05 Jan 2026 10:00:20 GMT");
        assert_eq!(after(&[date, fast_clock]), Some(Duration::from_secs(10)));
        let over = ("retry-after", "Mon, 05 Jan 2026 09:00:00 GMT");
        assert_eq!(after(&[over]), Some(Duration::ZERO));
        assert_eq!(after(&[("retry-after", "soon")]), None);
        assert_eq!(after(&[]), None);
    }

    #[test]
    fn redirect_is_shown_without_secrets() {
        let to = |location| answer(302, &[("location", location)]).redirects_to();
        let shown = to("https://me:hunter2@login.test/in?token=hunter2#x");
        assert_eq!(shown.as_deref(), Some("https://login.test/in"));
        assert_eq!(to("/else?t=1").as_deref(), Some("/else"));
        assert_eq!(answer(201, &[("location", "/made")]).redirects_to(), None);
    }
}
