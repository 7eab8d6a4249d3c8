//! What other rooms may know of the settings.

use std::borrow::Cow;
use std::time::Duration;

use super::capabilities;
use super::spec::{HttpSpec, NAME};
use crate::domain::capabilities::Capabilities;
use crate::domain::http::{Call, RequestTemplate};
use crate::domain::spec::{Claim, PlatformSettings};
use crate::domain::target::Carries;
use crate::platform::kit::spec::claim;

impl PlatformSettings for HttpSpec {
    fn platform(&self) -> &'static str {
        NAME
    }

    fn capabilities(&self) -> Capabilities {
        capabilities::of(self)
    }

    fn address(&self) -> Option<&str> {
        Some(&self.url)
    }

    fn claims(&self, _: Carries) -> Vec<Claim<'_>> {
        let remedy = "give one of them another `url`, or another `observe.path`";
        let mut claim = claim("API", "url", &self.url, remedy);
        claim.value = format!("{}{}", self.url, self.observe.path).into();
        vec![claim]
    }

    fn how_it_switches(&self) -> String {
        let names: Vec<&str> = self.go_live.iter().map(|call| call.name.as_str()).collect();
        format!("requests to {}: {}", self.url, names.join(", "))
    }

    fn start_limit(&self) -> Duration {
        let limit = |call: &Call| {
            call.deadline + call.poll.as_ref().map_or(Duration::ZERO, |poll| poll.deadline)
        };
        self.prepare.iter().map(limit).sum()
    }

    fn texts_with_secrets(&self) -> Vec<Cow<'_, str>> {
        let all = [&self.prepare, &self.verify, &self.go_live, &self.rollback, &self.abandon];
        let all = all.into_iter().chain([&self.freeze, &self.unfreeze]);
        let logs = self.logs.live.iter().chain(&self.logs.passive);
        let shared =
            self.headers.iter().map(|(name, value)| Cow::Owned(format!("{name}: {value}")));
        let of_calls = all.flatten().flat_map(Call::texts_with_secrets);
        of_calls.chain(logs.flat_map(RequestTemplate::texts_with_secrets)).chain(shared).collect()
    }

    fn public_names(&self) -> Vec<&str> {
        vec![&self.url]
    }
}
