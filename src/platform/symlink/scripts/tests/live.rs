//! The link, the hooks, and what is removed.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use super::{Ended, Host, under_every_shell};
use crate::platform::symlink::scripts::{HOOK, PRUNE, SWING};

impl Host {
    fn swing(&self, version: &str, from: &str) -> Ended {
        let dir = self.dir();
        let change = format!(r#"{{"tag":"{version}"}}"#);
        let dir = dir.to_str().unwrap();
        self.run(SWING, &[dir, "live", "versions", version, from, "green", &change, "", "{}"])
    }

    fn hook(&self, version: &str, seconds: &str, command: &[&str]) -> Ended {
        let dir = self.dir();
        let fixed =
            [dir.to_str().unwrap(), "versions", "live", version, "deployed", seconds, "run-1"];
        self.run(HOOK, &[&fixed[..], command].concat())
    }
}

#[test]
fn link_swings_from_the_version_that_was_observed() {
    under_every_shell(|host| {
        for version in ["v1", "v2", "v3"] {
            fs::create_dir_all(host.path(&format!("versions/{version}"))).unwrap();
        }
        let live = || fs::read_link(host.path("live")).unwrap();
        host.swing("v1", "").with(0).says("live names v1");
        assert_eq!(live(), Path::new("versions/v1"));
        host.swing("v2", "v1").with(0);
        assert_eq!(live(), Path::new("versions/v2"));
        assert_eq!(fs::read_to_string(host.path(".flipside/live-version")).unwrap(), "v2\n");
        assert!(fs::read_to_string(host.path(".flipside/change")).unwrap().contains("v2"));
        assert!(!host.path(".flipside/switching").exists());
        assert_eq!(host.read("live-color"), "green\n");
        assert!(fs::read_dir(host.path("versions/v1")).unwrap().next().is_none(), "not moved into");
        host.swing("v3", "v1").with(44).says("not v1 as it was observed");
        assert_eq!(live(), Path::new("versions/v2"));
        host.swing("v4", "v2").with(40).says("is not there");
        // Repeated: the link is there, and what is recorded is made so.
        host.swing("v2", "v1").with(0).says("recorded: v2");
        fs::remove_file(host.path("live")).unwrap();
        fs::create_dir(host.path("live")).unwrap();
        host.swing("v3", "v2").with(44).says("is no link");
    });
}

#[test]
fn hook_runs_in_its_release_and_its_exit_code_is_the_answer() {
    under_every_shell(|host| {
        fs::create_dir_all(host.path("versions/v2")).unwrap();
        host.link("live", "versions/v1");
        let show = "echo $RELEASE after $PREVIOUS_RELEASE in $PWD";
        let there = host.path("versions/v2").canonicalize().unwrap();
        host.hook("v2", "20", &["sh", "-c", show])
            .with(0)
            .says(&format!("v2 after v1 in {}", there.display()));
        let record = host.path(".flipside/hooks/v2.deployed");
        assert_eq!(fs::read_to_string(&record).unwrap(), "ended 0 run-1\n");
        host.hook("v2", "20", &["sh", "-c", "echo broken >&2; exit 7"]).with(7).says("broken");
        assert_eq!(fs::read_to_string(&record).unwrap(), "ended 7 run-1\n");
        host.hook("v9", "20", &["true"]).with(40).says("did not run");
    });
}

#[test]
fn deployed_hook_is_due_after_every_swing_and_knows_the_version_before() {
    under_every_shell(|host| {
        for version in ["v1", "v2"] {
            fs::create_dir_all(host.path(&format!("versions/{version}"))).unwrap();
        }
        host.link("live", "versions/v1");
        let dir = host.dir().display().to_string();
        let follow = |version: &str, from: &str| {
            host.run(SWING, &[&dir, "live", "versions", version, from]).with(0);
        };
        let deployed = |version: &str| {
            let ended = host.hook(version, "20", &["sh", "-c", "echo after $PREVIOUS_RELEASE"]);
            ended.with(0).out
        };
        host.write(".flipside/change", "the switch recorded it");
        host.write(".flipside/switching", "the mark of another");
        follow("v2", "v1");
        assert_eq!(deployed("v2"), "after v1\n");
        follow("v2", "v1");
        assert_eq!(host.read(".flipside/hooks/v2.deployed"), "ended 0 run-1\n", "not swung again");
        assert_eq!(deployed("v2"), "after v1\n");
        follow("v1", "v2");
        assert_eq!(deployed("v1"), "after v2\n");
        follow("v2", "v1");
        assert!(!host.path(".flipside/hooks/v2.deployed").exists(), "it has to run again");
        assert_eq!(host.read(".flipside/change"), "the switch recorded it");
        assert_eq!(host.read(".flipside/switching"), "the mark of another");
        assert!(!host.path("live-color").exists());
        let left = fs::read_dir(host.path(".flipside")).unwrap().flatten();
        let new = |name: &str| name.rsplit('.').next() == Some("new");
        assert!(left.map(|it| it.file_name().into_string().unwrap()).all(|name| !new(&name)));
    });
}

#[test]
fn hook_without_an_end_is_stopped_with_all_that_it_started() {
    under_every_shell(|host| {
        fs::create_dir_all(host.path("versions/v2")).unwrap();
        let forever = "sleep 300 & echo $! >child; sleep 300";
        host.hook("v2", "2", &["sh", "-c", forever]).with(124).says("was stopped");
        let child = fs::read_to_string(host.path("versions/v2/child")).unwrap();
        let stat = fs::read_to_string(format!("/proc/{}/stat", child.trim()));
        let gone = stat.is_err() || stat.is_ok_and(|stat| stat.contains(") Z "));
        assert!(gone, "what the hook started still runs");
    });
}

#[test]
fn hook_goes_on_when_its_console_disconnects_and_the_next_one_waits_for_it() {
    under_every_shell(|host| {
        fs::create_dir_all(host.path("versions/v2")).unwrap();
        let talks = "echo begins; echo begun >begun; n=0
            while [ $n -lt 15 ]; do n=$((n + 1)); echo line $n; echo line $n >&2; sleep 0.1; done
            echo $n >lines; exit 5";
        let dir = host.dir();
        let arguments =
            [dir.to_str().unwrap(), "versions", "live", "v2", "deployed", "20", "run-1"];
        let mut gone = host.start(HOOK, &[&arguments[..], &["sh", "-c", talks]].concat());
        while !host.path("versions/v2/begun").exists() {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        drop((gone.stdin.take(), gone.stdout.take(), gone.stderr.take()));
        let next = host.hook("v2", "20", &["true"]).with(5).says("is running already");
        next.says("the hook deployed ended (exit 5)");
        assert_eq!(host.read("versions/v2/lines"), "15\n", "it was not ended by its own output");
        gone.wait().unwrap();
        assert_eq!(host.read(".flipside/hooks/v2.deployed"), "ended 5 run-1\n");
        let left = fs::read_dir(host.path(".flipside")).unwrap().flatten();
        let left: Vec<_> = left
            .map(|it| it.file_name())
            .filter(|name| name != "hooks" && name != "reserve")
            .collect();
        assert!(left.is_empty(), "{left:?}");
        // What it recorded is no reason not to run it once more.
        host.hook("v2", "20", &["echo", "again"]).with(0).says("again");
        host.write(".flipside/hooks/v2.deployed", "started run-1 999999999\n");
        host.hook("v2", "20", &["echo", "killed before"]).with(0).says("killed before");
    });
}

#[test]
fn hook_that_leaves_something_running_is_not_waited_for() {
    under_every_shell(|host| {
        fs::create_dir_all(host.path("versions/v2")).unwrap();
        let daemon = "echo started; sleep 6 </dev/null & echo $! >child";
        let dir = host.dir();
        let arguments =
            [dir.to_str().unwrap(), "versions", "live", "v2", "deployed", "20", "run-1"];
        let began = std::time::Instant::now();
        let mut child = host.start(HOOK, &[&arguments[..], &["sh", "-c", daemon]].concat());
        assert_eq!(child.wait().unwrap().code(), Some(0));
        assert!(began.elapsed().as_secs() < 6, "{:?}", began.elapsed());
        let child = host.read("versions/v2/child");
        assert!(fs::exists(format!("/proc/{}", child.trim())).unwrap(), "it still runs");
    });
}

#[test]
fn version_in_use_is_never_removed() {
    under_every_shell(|host| {
        for version in ["c0", "v1", "v2", "v3", "v4"] {
            fs::create_dir_all(host.path(&format!("versions/{version}"))).unwrap();
            let record = format!("{:064x} 2026-01-01T00:00:00Z\n", 7);
            if version != "c0" {
                host.write(&format!(".flipside/releases/{version}"), &record);
            }
        }
        fs::create_dir_all(host.path(".flipside/slots")).unwrap();
        symlink("versions/v3", host.path("live")).unwrap();
        symlink("../../versions/v2", host.path(".flipside/slots/blue")).unwrap();
        let dir = host.dir();
        let fixed = [dir.to_str().unwrap(), "versions", "live"];
        let prune = |versions: &[&str]| host.run(PRUNE, &[&fixed[..], versions].concat());
        prune(&["v1", "v2", "v3"]).with(69).says("v3 is live and stays").says("is what blue runs");
        assert_eq!(host.versions(), ["c0", "v2", "v3", "v4"]);
        prune(&["c0"]).with(69).says("c0 was made by another tool and stays");
        host.write(".flipside/previous-version", "v4\n");
        prune(&["v4"]).with(69).says("v4 was live before and stays");
        host.write(".flipside/previous-version", "v3\n");
        prune(&["v4", "v9"]).with(0);
        prune(&[".."]).with(69).says("is no version");
        assert_eq!(host.versions(), ["c0", "v2", "v3"]);
    });
}
