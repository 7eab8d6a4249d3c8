//! What other rooms may know of an app on an agent.

use std::time::Duration;

use super::spec::AgentSpec;
use crate::domain::capabilities::{Capabilities, Logs};
use crate::domain::phase::Phase;
use crate::domain::spec::{Claim, PlatformSettings};
use crate::domain::target::Carries;
use crate::platform::kit::spec::claim;
use crate::platform::symlink::spec::NAME;

impl PlatformSettings for AgentSpec {
    fn platform(&self) -> &'static str {
        NAME
    }

    fn capabilities(&self) -> Capabilities {
        let mut can = Capabilities::all();
        can.passive_side = false;
        can.logs = Logs::NONE;
        can.may_lose_requests = true;
        let one = "the deploy agent unpacks a release and makes it live in one request";
        for phase in [Phase::Prepare, Phase::Verify, Phase::Abandon] {
            can = can.without(phase, one, "Go live directly: `flipside go-live --release TAG`.");
        }
        can.without(
            Phase::Finish,
            "the deploy agent has no request that removes old versions",
            "Run yodeploy's own garbage collection on the host.",
        )
        .without(
            Phase::Repair,
            "the deploy agent says only which version is live",
            "Read its log on the host, then go live again or roll back.",
        )
        .without(
            Phase::Setup,
            "servers of this platform are set up by other means",
            "Set the deploy agent up on the host; `flipside doctor` asks it.",
        )
        .without(
            Phase::Unfreeze,
            "the deploy agent keeps no freeze, so go-live is never closed",
            "Go live: `flipside go-live --release TAG`.",
        )
    }

    fn address(&self) -> Option<&str> {
        Some(&self.api.url)
    }

    fn claims(&self, _: Carries) -> Vec<Claim<'_>> {
        let remedy = "give one of them another `agent.url`, or another `agent.app`";
        let mut claim = claim("agent", "agent", &self.api.url, remedy);
        claim.value = format!("{}/{}", self.api.url, self.app).into();
        vec![claim]
    }

    fn how_it_switches(&self) -> String {
        "one request to the deploy agent, which unpacks the release, swings the link and runs its hooks, without progress \
         or output"
            .to_owned()
    }

    /// Nothing is started before it is live.
    fn start_limit(&self) -> Duration {
        Duration::ZERO
    }

    fn public_names(&self) -> Vec<&str> {
        vec![&self.app, &self.api.url]
    }
}
