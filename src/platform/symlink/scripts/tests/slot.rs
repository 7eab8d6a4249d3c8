//! The slots of a pair of services: led to a version, started, stopped, never under users.

use std::fs;

use super::{Ended, Host, serve, under_every_shell};
use crate::platform::symlink::scripts::{ADOPT, REVIVE, SLOT, STOP_SLOT, Script};

const START: &str =
    r#"basename "$(readlink "$HOST_DIR/srv/.flipside/slots/green")" >"$HOST_DIR/serves""#;
const STOP: &str = r#"rm -f "$HOST_DIR/serves""#;
const STATUS: &str = r#"[ -f "$HOST_DIR/serves" ]"#;

/// Settings of a slot script for green, whose service is a file.
struct Slot<'h> {
    host: &'h Host,
    address: String,
    more: Vec<String>,
}

impl<'h> Slot<'h> {
    fn of(host: &'h Host) -> Self {
        for version in ["v1", "v2", "v3"] {
            fs::create_dir_all(host.path(&format!("versions/{version}"))).unwrap();
        }
        host.link("live", "versions/v1");
        host.link(".flipside/slots/blue", "../../versions/v1");
        host.write("live-color", "blue\n");
        let address = serve(host);
        host.write("live.conf", "upstream shop_live { server 127.0.0.1:8001; }\n");
        Self { host, address, more: Vec::new() }
    }

    fn with(mut self, setting: &str) -> Self {
        self.more.push(setting.to_owned());
        self
    }

    fn run(&self, script: Script, version: &str) -> Ended {
        let dir = self.host.dir().display().to_string();
        let mut settings = vec![
            format!("dir={dir}"),
            "versions=versions".to_owned(),
            "link=live".to_owned(),
            "color=green".to_owned(),
            format!("version={version}"),
            "run=run-1".to_owned(),
            "seconds=4".to_owned(),
            format!("address=http://{}/health", self.address),
            format!("server={}", self.address),
            format!("live_include={dir}/live.conf"),
            "release_header=X-Release".to_owned(),
            format!("start={START}"),
            format!("stop={STOP}"),
            format!("status={STATUS}"),
            "log=echo the log of the service".to_owned(),
        ];
        settings.extend(self.more.clone());
        let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
        self.host.run(script, &settings)
    }
}

#[test]
fn passive_slot_is_led_to_a_version_and_its_service_started() {
    under_every_shell(|host| {
        let slot = Slot::of(host);
        for version in ["v2", "v3", "v3"] {
            slot.run(SLOT, version).with(0).says(&format!("green {version} runs and answers"));
            assert_eq!(host.leads(".flipside/slots/green"), format!("../../versions/{version}"));
            assert_eq!(host.read(".flipside/started/green"), format!("started {version} run-1\n"));
        }
        let inside = fs::read_dir(host.path("versions/v2")).unwrap().count();
        assert_eq!(inside, 0, "the new link was not moved into the old one");
        slot.run(STOP_SLOT, "v3").with(0).says("is stopped; its version is kept");
        slot.run(STOP_SLOT, "v3").with(0).says("does not run");
        slot.run(REVIVE, "v3").with(0).says("green v3 runs again and answers");
        slot.run(REVIVE, "v3").with(0).says("the service of green runs");
        assert_eq!(host.leads(".flipside/slots/blue"), "../../versions/v1");
    });
}

#[test]
fn slot_that_users_reach_is_never_changed() {
    under_every_shell(|host| {
        let slot = Slot::of(host);
        slot.run(SLOT, "v2").with(0);
        let unchanged = || {
            assert_eq!(host.leads(".flipside/slots/green"), "../../versions/v2");
            assert!(host.at("serves").exists(), "its service runs");
        };
        host.write("live-color", "green\n");
        slot.run(SLOT, "v3").with(44).says("green is live according to");
        slot.run(STOP_SLOT, "v3").with(44).says("it was left as it is");
        unchanged();
        host.write("live-color", "blue\n");
        let include = |servers: &str| {
            host.write("live.conf", &format!("upstream shop_live {{ {servers} }}\n"));
        };
        include(&format!("server 127.0.0.1:8001 down; server {} weight=1;", slot.address));
        slot.run(SLOT, "v3").with(44).says("live.conf sends users to");
        slot.run(STOP_SLOT, "v3").with(44);
        unchanged();
        include(&format!("server 127.0.0.1:8001; server {} down;", slot.address));
        slot.run(SLOT, "v3").with(0);
    });
}

#[test]
fn without_a_service_the_slot_of_the_live_version_is_never_changed() {
    under_every_shell(|host| {
        let slot = Slot::of(host).with("start=").with("live_include=");
        slot.run(SLOT, "v2").with(0).says("green is v2");
        slot.run(SLOT, "v3").with(0).says("green is v3");
        host.link("live", "versions/v3");
        slot.run(SLOT, "v2").with(44).says("users reach it");
        assert_eq!(host.leads(".flipside/slots/green"), "../../versions/v3");
        slot.run(SLOT, "v9").with(40).says("is not there");
    });
}

#[test]
fn service_that_does_not_start_well_is_reported_with_its_log() {
    under_every_shell(|host| {
        let slot = Slot::of(host).with("start=echo no such user >&2; exit 3");
        slot.run(SLOT, "v2").with(66).says("exit 3").says("no such user").says("the log of");
        assert!(host.read(".flipside/started/green").starts_with("starting v2 run-1 "));
        let broken = Slot::of(host).with("start=echo broken >\"$HOST_DIR/serves\"");
        broken.run(SLOT, "v2").with(67).says("did not answer well").says("the log of");
        let ended = Slot::of(host).with("start=:").with("seconds=20");
        ended.run(SLOT, "v2").with(65).says("does not run any more");
        // The old process kept running: it answers as another release.
        let stale = Slot::of(host).with("start=echo v1 >\"$HOST_DIR/serves\"");
        stale.run(SLOT, "v2").with(67);
        let taken = Slot::of(host).with("stop=:");
        taken.run(SLOT, "v2").with(68).says("still answers after its service was stopped");
    });
}

#[test]
fn live_version_of_another_tool_becomes_a_slot() {
    under_every_shell(|host| {
        fs::create_dir_all(host.path("releases/20260101000000")).unwrap();
        fs::create_dir_all(host.path("releases/20260202000000")).unwrap();
        let absolute = host.path("releases/20260101000000").display().to_string();
        host.link("current", &absolute);
        let dir = host.dir().display().to_string();
        let adopt = |color: &str| host.run(ADOPT, &[&dir, "releases", "current", color]);
        for _ in 0..2 {
            adopt("blue").with(0).says("blue is 20260101000000, which is live");
            assert_eq!(host.leads(".flipside/slots/blue"), "../../releases/20260101000000");
            assert_eq!(host.read("live-color"), "blue\n");
            assert_eq!(host.leads("current"), absolute);
        }
        host.link("current", "releases/20260202000000");
        adopt("blue").with(65).says("blue is 20260101000000, and current names 20260202000000");
        host.link("current", "releases/gone");
        adopt("blue").with(40);
        host.link("current", "/etc");
        adopt("blue").with(40);
    });
}
