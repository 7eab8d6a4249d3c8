//! What other rooms may know of a stack.

use std::time::Duration;

use super::{ConfigSpec, HookName, NAME, Pair, Service, SymlinkSpec};
use crate::domain::capabilities::{Capabilities, Logs};
use crate::domain::catalog::ReleaseSource;
use crate::domain::phase::Phase;
use crate::domain::spec::{Claim, Configuration, ConfiguredValue, Place, PlatformSettings};
use crate::domain::target::Carries;
use crate::platform::kit::spec::claim;
use crate::platform::symlink::config::{Explained, Origin, explain};

impl ConfigSpec {
    fn explained(&self) -> Configuration {
        let place = |origin: Origin| Place {
            file: self.layers.get(origin.layer).cloned().unwrap_or_default(),
            line: origin.at.line,
        };
        let value = |explained: Explained| ConfiguredValue {
            path: explained.path,
            value: explained.value,
            set_in: place(explained.origin),
            shadowed: explained.shadowed.into_iter().map(|(was, at)| (was, place(at))).collect(),
        };
        let values = explain(&self.values).into_iter().map(value).collect();
        Configuration { file: self.file.clone(), layers: self.layers.clone(), values }
    }
}

impl PlatformSettings for SymlinkSpec {
    fn platform(&self) -> &'static str {
        NAME
    }

    fn capabilities(&self) -> Capabilities {
        let mut can = Capabilities::all().without(
            Phase::Setup,
            "servers of this platform are set up by other means",
            "Make the directory and what serves users; `flipside doctor` says what is missing.",
        );
        can.logs = match &self.pair {
            Some(Pair { service: Service::Systemd { .. }, .. }) => Logs::BOTH,
            _ => Logs::NONE,
        };
        // Without a pair the link itself switches users, while what serves them runs.
        can.may_lose_requests = self.pair.is_none();
        can.jobs = false;
        can
    }

    fn releases(&self) -> ReleaseSource {
        self.source.releases(self.releases.as_ref())
    }

    fn directory(&self) -> Option<&str> {
        Some(&self.stack.dir)
    }

    fn claims(&self, carries: Carries) -> Vec<Claim<'_>> {
        let mut claims = self.stack.claims(self.proxy(), carries);
        let pair = self.pair.as_ref().filter(|_| carries == Carries::App);
        if let Some(Pair { service: Service::Systemd { .. }, proxy }) = pair {
            let units = proxy.colors.values().map(|color| color.service.as_str());
            let remedy = "give one of them another unit under `services`";
            claims
                .extend(units.map(|unit| claim("systemd unit", "services.systemd", unit, remedy)));
        }
        claims
    }

    fn how_it_switches(&self) -> String {
        let link = &self.layout.link;
        let hook = self.hooks.has(HookName::Deployed);
        let bounce = if hook { ", then run the deployed hook" } else { "" };
        match self.proxy() {
            Some(proxy) => {
                format!("{}; the link `{link}` follows{bounce}", proxy.how_it_switches())
            }
            None => format!("swing the link `{link}`{bounce}: requests may be lost meanwhile"),
        }
    }

    fn start_limit(&self) -> Duration {
        self.stack.timeouts.start
    }

    fn configuration(&self) -> Option<Configuration> {
        self.config.as_ref().map(ConfigSpec::explained)
    }

    fn public_names(&self) -> Vec<&str> {
        vec![&self.name, &self.stack.dir]
    }
}
