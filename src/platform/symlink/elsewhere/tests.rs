//! Hosts in directories of this machine, under every shell, whose link another tool swings.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use super::*;
use crate::domain::availability::Availabilities;
use crate::domain::observation::Observed;
use crate::domain::plan::{Action, Plan, Refusal};
use crate::domain::rollback::RollbackGoal;
use crate::domain::target::Carries;
use crate::platform::contract::{KnownMember, Platform};
use crate::platform::symlink::Symlink;
use crate::platform::symlink::drift::tests::{alone, member, observed, pair, prepared, version};
use crate::platform::symlink::fixture::{color, intent, tag};
use crate::platform::symlink::scripts::tests::{Host, under_every_shell};
use crate::platform::symlink::spec::{HookCommand, Hooks};

fn plan(host: &Host, spec: &SymlinkSpec, phase: Phase) -> Result<Plan, Refusal> {
    let member = member(spec, Carries::App);
    let observation = Observed::Current(Box::new(observed(host, spec)));
    let known = [KnownMember { member: &member, observed: &observation }];
    Symlink.plan(&intent(phase), &known, &Availabilities::default())
}

/// Carries out what a plan has left to do, and returns its titles. Each script runs twice.
fn carried_out(host: &Host, plan: &Plan) -> Vec<String> {
    let to_do = plan.steps().filter(|(_, step)| step.is_to_do());
    let titles = to_do.map(|(_, step)| {
        let Action::Run(command) = &step.action else { panic!("{step:?}") };
        let words: Vec<String> = command.words();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        for _ in 0..2 {
            host.run_words(&words, b"").with(0);
        }
        step.title.clone()
    });
    titles.collect()
}

/// Returns what a repair does, until nothing is left.
fn repaired(host: &Host, spec: &SymlinkSpec) -> Vec<String> {
    let titles = carried_out(host, &plan(host, spec, Phase::Repair).unwrap());
    let again = plan(host, spec, Phase::Repair).unwrap();
    assert!(again.is_complete(), "{again:#?}");
    let drift = observed(host, spec).drift;
    assert!(drift.is_empty(), "{drift:?}");
    titles
}

/// A host on which blue v1 went live after v0, and green v2 is prepared. `deployed` ran for v1.
fn released(host: &Host) -> SymlinkSpec {
    prepared(host);
    version(host, "v0");
    let change =
        r#"{"at":"2026-01-01T00:00:00Z","by":"ann@desk","what":"go-live","tag":"v1","from":"v0"}"#;
    host.write(".flipside/change", change);
    let deployed = HookCommand {
        command: vec!["true".to_owned()],
        environment: BTreeMap::new(),
        timeout: Duration::from_secs(20),
    };
    SymlinkSpec {
        hooks: Hooks::Commands { prepare: None, deployed: Some(deployed) },
        ..alone(host)
    }
}

/// What another tool does: its own directory, and the link.
fn deploys(host: &Host, name: &str) {
    fs::create_dir_all(host.path(&format!("versions/{name}"))).unwrap();
    host.link("live", &format!("versions/{name}"));
}

#[test]
fn repair_records_what_another_tool_made_live_and_a_rollback_leads_to_what_was_live() {
    under_every_shell(|host| {
        let spec = released(host);
        deploys(host, "c3");
        let seen = observed(host, &spec);
        assert_eq!((seen.live.color(), seen.live_tag()), (Some(&color("blue")), Some(&tag("c3"))));
        let drift = &seen.drift[..];
        assert_eq!(drift.len(), 1, "{drift:?}");
        assert!(drift[0].what.ends_with("v1 was recorded as live: another tool swung it"));
        assert!(drift[0].remedy.contains("A rollback then leads to v1"), "{}", drift[0].remedy);
        assert_eq!(
            repaired(host, &spec),
            ["record that another tool made c3 live after v1, as blue"]
        );
        assert_eq!(host.leads("live"), "versions/c3", "users stay");
        assert_eq!(host.leads(".flipside/slots/blue"), "../../versions/c3");
        assert_eq!(host.leads(".flipside/slots/green"), "../../versions/v2", "still prepared");
        assert_eq!(host.read(".flipside/live-version"), "c3\n");
        assert_eq!(host.read(".flipside/previous-version"), "v1\n");
        let seen = observed(host, &spec);
        assert!(seen.is_prepared() && seen.changed_elsewhere.is_none());
        assert_eq!(seen.origin().unwrap().release.tag, tag("v1"));

        // The prepared release is withdrawn first, then users go back.
        let back = plan(host, &spec, Phase::Rollback).unwrap();
        let goal = |plan: &Plan| plan.rollback.as_ref().unwrap().goal.clone();
        assert_eq!(goal(&back), RollbackGoal::Withdraw(tag("v2")));
        carried_out(host, &plan(host, &spec, Phase::Abandon).unwrap());
        let back = plan(host, &spec, Phase::Rollback).unwrap();
        assert_eq!(goal(&back), RollbackGoal::Leave(tag("c3")));
        let steps = carried_out(host, &back);
        assert!(steps.iter().all(|title| !title.starts_with("fetch")), "{steps:?}");
        assert_eq!(host.leads("live"), "versions/v1");
    });
}

#[test]
fn rollback_needs_no_repair_before_it() {
    under_every_shell(|host| {
        let spec = released(host);
        carried_out(host, &plan(host, &spec, Phase::Abandon).unwrap());
        deploys(host, "c3");
        let back = plan(host, &spec, Phase::Rollback).unwrap();
        assert_eq!(back.rollback.as_ref().unwrap().goal, RollbackGoal::Leave(tag("c3")));
        carried_out(host, &back);
        assert_eq!(host.leads("live"), "versions/v1");
        let seen = observed(host, &spec);
        assert!(seen.drift.is_empty(), "{:?}", seen.drift);
        assert_eq!(seen.last_change.unwrap().from, Some(tag("c3")));
        assert!(plan(host, &spec, Phase::Rollback).unwrap().is_complete());
    });
}

#[test]
fn what_the_other_tool_removed_is_no_release_to_roll_back_to() {
    under_every_shell(|host| {
        let spec = released(host);
        deploys(host, "c3");
        for name in ["v1", "v2"] {
            fs::remove_dir_all(host.path(&format!("versions/{name}"))).unwrap();
        }
        let seen = observed(host, &spec);
        let drift: Vec<&str> = seen.drift.iter().map(|drift| drift.remedy.as_str()).collect();
        assert!(drift[0].contains("only `flipside rollback --to TAG` leads back"), "{drift:?}");
        assert_eq!(
            repaired(host, &spec),
            [
                "record that another tool made c3 live, as blue",
                "empty green, whose version is gone"
            ]
        );
        let refusal = plan(host, &spec, Phase::Rollback).unwrap_err();
        assert!(refusal.reason.contains("did not record"), "{refusal:?}");
        assert!(refusal.remedy.contains("still have v0"), "{refusal:?}");
        assert_eq!(host.leads("live"), "versions/c3");
    });
}

#[test]
fn a_version_that_a_tool_marked_as_unusable_is_no_release_to_roll_back_to() {
    under_every_shell(|host| {
        let spec = released(host);
        deploys(host, "c3");
        host.write("versions/v1/BAD_RELEASE", "");
        assert_eq!(repaired(host, &spec), ["record that another tool made c3 live, as blue"]);
        assert_eq!(observed(host, &spec).origin(), None);
    });
}

#[test]
fn rollback_by_another_tool_is_recorded_as_one_and_nothing_leads_to_what_was_left() {
    under_every_shell(|host| {
        let spec = released(host);
        // Capistrano removes what it rolls back from.
        deploys(host, "v0");
        fs::remove_dir_all(host.path("versions/v1")).unwrap();
        let seen = observed(host, &spec);
        assert!(seen.drift[0].remedy.contains("users were rolled back from v1 to v0"));
        assert_eq!(
            repaired(host, &spec),
            ["record that another tool rolled users back from v1 to v0, as blue"]
        );
        assert_eq!(host.leads(".flipside/slots/blue"), "../../versions/v0");
        carried_out(host, &plan(host, &spec, Phase::Abandon).unwrap());
        let back = plan(host, &spec, Phase::Rollback).unwrap();
        assert!(back.is_complete(), "{back:#?}");
    });
}

#[test]
fn prepared_release_that_another_tool_made_live_is_live_in_its_own_slot() {
    under_every_shell(|host| {
        let spec = released(host);
        host.link("live", "versions/v2");
        let steps = repaired(host, &spec);
        assert_eq!(steps, ["record that another tool made v2 live after v1, as green"]);
        assert_eq!(host.read("live-color"), "green\n");
        let seen = observed(host, &spec);
        assert_eq!(seen.origin().unwrap().release.tag, tag("v1"));
        assert_eq!(seen.passive_slot().unwrap().release.as_ref().unwrap().tag, tag("v1"));
    });
}

#[test]
fn repair_that_was_killed_records_the_same_change() {
    under_every_shell(|host| {
        let spec = released(host);
        deploys(host, "c3");
        let first = observed(host, &spec).changed_elsewhere.unwrap();
        // The change is the first that is recorded, the live version the last.
        host.write(".flipside/change", &serde_json::to_string(&first).unwrap());
        assert_eq!(observed(host, &spec).changed_elsewhere, Some(first.clone()));
        host.link(".flipside/slots/blue", "../../versions/c3");
        host.write(".flipside/hooks/c3.deployed", "elsewhere\n");
        repaired(host, &spec);
        assert_eq!(observed(host, &spec).last_change.as_ref(), Some(&*first));
        // The next change of that tool is another one.
        deploys(host, "c4");
        let next = observed(host, &spec).changed_elsewhere.unwrap();
        assert_eq!((next.tag, next.from), (Some(tag("c4")), Some(tag("c3"))));
    });
}

#[test]
fn host_that_was_only_prepared_follows_what_its_own_tool_deploys() {
    under_every_shell(|host| {
        let spec = alone(host);
        deploys(host, "c1");
        host.link(".flipside/slots/blue", "../../versions/c1");
        host.write("live-color", "blue\n");
        assert!(observed(host, &spec).drift.is_empty());
        deploys(host, "c2");
        let steps = repaired(host, &spec);
        assert_eq!(steps, ["record that another tool made c2 live after c1, as blue"]);
        assert_eq!(observed(host, &spec).origin().unwrap().release.tag, tag("c1"));
    });
}

#[test]
fn link_that_moved_on_while_it_is_recorded_is_left_alone() {
    under_every_shell(|host| {
        let spec = released(host);
        deploys(host, "c3");
        let plan = plan(host, &spec, Phase::Repair).unwrap();
        deploys(host, "c4");
        let (_, step) = plan.steps().find(|(_, step)| step.name == "take-up").unwrap();
        let Action::Run(command) = &step.action else { panic!("{step:?}") };
        let words: Vec<String> = command.words();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        host.run_words(&words, b"").with(44).says("does not name c3 any more");
        assert_eq!(host.read(".flipside/live-version"), "v1\n");
    });
}

#[test]
fn with_a_pair_users_are_on_what_nginx_serves_and_the_link_is_put_back() {
    under_every_shell(|host| {
        let spec = pair(host);
        deploys(host, "c3");
        let dir = host.dir().display().to_string();
        let seen = observed(host, &spec);
        let what: Vec<&str> = seen.drift.iter().map(|drift| drift.what.as_str()).collect();
        let wanted = format!(
            "{dir}/live names c3, but users get v2, which nginx serves as green: another tool swung the link"
        );
        assert_eq!(what, [wanted]);
        assert_eq!((seen.live_tag(), &seen.changed_elsewhere), (Some(&tag("v2")), &None));
        let plan = plan(host, &spec, Phase::Repair).unwrap();
        let to_do = plan.steps().filter(|(_, step)| step.is_to_do());
        let titles: Vec<&str> = to_do.map(|(_, step)| step.title.as_str()).collect();
        assert_eq!(titles, ["point live at v2", "run the deployed hook of v2"]);
    });
}
