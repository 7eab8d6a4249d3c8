//! The command lines that hosts get.

use super::*;
use crate::platform::symlink::fixture::{color, pair, spec, spec_at, tag};

#[test]
fn hook_is_a_command_with_its_environment() {
    let mut spec = spec();
    let (words, timeout) = spec.hook(HookName::Deployed, &tag("v2")).unwrap();
    assert_eq!((words.join(" ").as_str(), timeout.as_secs()), ("bin/deployed --all", 300));
    if let Hooks::Commands { prepare, deployed } = &mut spec.hooks {
        let prepare = prepare.as_mut().unwrap();
        prepare.environment.insert("STAGE".to_owned(), "a b".to_owned());
        *deployed = None;
    }
    let (words, _) = spec.hook(HookName::Prepare, &tag("v2")).unwrap();
    assert_eq!(words, ["env", "STAGE=a b", "bin/prepare"]);
    assert!(spec.hook(HookName::Deployed, &tag("v2")).is_none());
}

#[test]
fn yodeploy_is_called_as_it_calls_itself() {
    let mut spec = spec();
    spec.hooks = Hooks::Yodeploy(YodeployHooks {
        python: "/srv/deploy/ve/bin/python".to_owned(),
        config: "/opt/deploy/config/deploy.py".to_owned(),
        app: "shop".to_owned(),
        target: Some("master".to_owned()),
        timeout: Duration::from_secs(60),
    });
    let (words, _) = spec.hook(HookName::Prepare, &tag("v2")).unwrap();
    assert_eq!(
        words[4..].join(" "),
        "/srv/deploy/ve/bin/python -m yodeploy --config /opt/deploy/config/deploy.py --app shop \
         --hook prepare --log-fd 3 --target master /srv/shop v2"
    );
    // Its environment is `PATH` alone, and descriptor 3 is open.
    let mut call = words[..4].to_vec();
    call.extend(["sh", "-c", "env | grep -v ^_= | cut -d= -f1; echo log >&3"].map(str::to_owned));
    let ended = std::process::Command::new(&call[0]).args(&call[1..]).output().unwrap();
    let printed = String::from_utf8(ended.stdout).unwrap();
    assert!(ended.status.success());
    assert!(printed.lines().all(|name| ["PATH", "PWD", "SHLVL"].contains(&name)), "{printed}");
}

#[test]
fn units_are_changed_with_sudo_and_asked_without() {
    let lines = pair().service.lines(&spec(), &color("green"));
    assert_eq!(lines.start, "sudo -n systemctl start -- shop-green");
    assert_eq!(lines.stop, "sudo -n systemctl stop -- shop-green");
    assert_eq!(lines.status, "systemctl is-active --quiet -- shop-green");
    assert_eq!(lines.log, "journalctl --no-pager --lines 60 --unit shop-green");
}

#[test]
fn words_of_a_command_are_filled_and_quoted() {
    let spec = spec_at("/srv/my shop");
    let word = |text: &str| vec!["ctl".to_owned(), text.to_owned()];
    let service = Service::Commands {
        start: word("{slot}:{port}"),
        stop: word("{dir}"),
        status: word("it's {color}"),
    };
    let lines = service.lines(&spec, &color("green"));
    assert_eq!(lines.start, "ctl '/srv/my shop/.flipside/slots/green:8002'");
    assert_eq!(lines.stop, "ctl '/srv/my shop'");
    assert_eq!(lines.status, r"ctl 'it'\''s green'");
}
