//! Verify: run the inventory's checks against the passive color, from the host and from this machine; then
//! a person signs the release off. Users are not affected.

use super::builder::PlanBuilder;
use super::host::{HostView, SlotPair, StackHosts};
use super::runtime::Runtime;
use super::scripts::CHECK;
use super::steps;
use crate::domain::command::Command;
use crate::domain::http::{Delivery, Expect, JsonCondition, Request, Tls};
use crate::domain::names::Color;
use crate::domain::observation::SignOff;
use crate::domain::plan::{
    Action, Effect, Gate, Intent, Probe, Question, Refusal, Step, StepState, Wait, WaitStart,
};
use crate::domain::release::Tag;
use crate::domain::spec::{Check, CheckFrom, EntryPoint};
use std::time::Duration;

pub fn plan<R: Runtime>(
    intent: &Intent,
    stack: &StackHosts<'_, R>,
) -> Result<PlanBuilder, Refusal> {
    let mut tag = intent.release.as_ref().map(|release| release.tag.clone());
    let mut checks = Vec::new();
    let mut marks = Vec::new();
    let unprepared = |host: &HostView<'_, R>| {
        let slots = host.slots();
        slots.and_then(|slots| prepared_tag(host, &slots).map(|_| ())).err()
    };
    Refusal::any(stack.serving().filter_map(unprepared).collect())?;
    for host in stack.serving() {
        let slots = host.slots()?;
        let prepared = prepared_tag(host, &slots)?;
        let wanted = tag.get_or_insert_with(|| prepared.clone());
        if wanted != prepared {
            return Err(host.refuse(
                format!("{prepared} is prepared, not {wanted}"),
                format!("Prepare {wanted} on this host, or name {prepared} with `--release`."),
            ));
        }
        let signed = signed_off(intent, host, prepared);
        let target = host.member.target.clone();
        checks.push((target.clone(), checks_of(host, slots.passive, prepared, signed.as_ref())?));
        marks.push((target, vec![sign_off(intent, host, prepared).already(signed)]));
    }
    let Some(tag) = tag.filter(|_| !marks.is_empty()) else {
        return Err(Refusal {
            reason: "none of the selected hosts serves users".to_owned(),
            remedy: "Run `flipside inventory list` to see which hosts carry the app.".to_owned(),
            targets: Vec::new(),
        });
    };
    let mut hints = hints(stack.serving().map(|host| (host.member.target.name(), public(host))));
    hints.extend(config_changes(stack));
    let signed = marks.iter().all(|(_, steps)| !steps.iter().any(Step::is_to_do));
    let asked = marks.first().map(|(target, _)| (target.clone(), vec![ask(&tag, hints, signed)]));
    let mut builder = PlanBuilder::of_release(intent, &tag);
    builder.stage("check", Gate::Barrier, checks);
    builder.stage("sign off", Gate::Barrier, asked);
    builder.stage("record", Gate::Barrier, marks);
    Ok(builder)
}

fn prepared_tag<'a, R: Runtime>(
    host: &HostView<'_, R>,
    slots: &SlotPair<'a>,
) -> Result<&'a Tag, Refusal> {
    let release = slots.passive_slot.release.as_ref().filter(|_| slots.is_prepared());
    release.map(|release| &release.tag).ok_or_else(|| match slots.passive_tag() {
        Some(tag) if slots.shows_passive() => slots.refuse_unhealthy(host, tag),
        _ => host.refuse(
            format!("no release is prepared: the passive entry point shows {}", slots.shown()),
            "Prepare a release first: `flipside prepare --release TAG`.",
        ),
    })
}

fn signed_off<R: Runtime>(intent: &Intent, host: &HostView<'_, R>, tag: &Tag) -> Option<String> {
    let signed =
        host.observation.verified.as_ref().filter(|s| s.tag == *tag && s.run == intent.run)?;
    Some(format!("{} signed it off at {}", signed.by, signed.at.format("%H:%M:%S")))
}

fn checks_of<R: Runtime>(
    host: &HostView<'_, R>,
    color: &Color,
    tag: &Tag,
    signed: Option<&String>,
) -> Result<Vec<Step>, Refusal> {
    let own = host.proxy.map(|proxy| standard(&proxy.passive));
    let checks = match host.member.checks.as_slice() {
        [] => own.as_slice(),
        checks => checks,
    };
    let step = |check| Ok(step(host, check, color, tag)?.already(signed.cloned()));
    checks.iter().map(step).collect()
}

/// Returns the check for an inventory without checks: the passive entry point must answer, with the
/// correct color and release.
fn standard(passive: &EntryPoint) -> Check {
    let mut headers = Vec::new();
    headers.extend(passive.color_header.clone().map(|name| (name, "{color}".to_owned())));
    headers.extend(passive.release_header.clone().map(|name| (name, "{release}".to_owned())));
    Check {
        name: "answers".to_owned(),
        from: CheckFrom::Host,
        path: String::new(),
        expect: Expect { headers, ..Expect::default() },
        timeout: Duration::from_secs(5),
        tries: 3,
    }
}

fn step<R: Runtime>(
    host: &HostView<'_, R>,
    check: &Check,
    color: &Color,
    tag: &Tag,
) -> Result<Step, Refusal> {
    let fill =
        |text: &str| text.replace("{release}", tag.as_str()).replace("{color}", color.as_str());
    let expect = Expect {
        status: check.expect.status.clone(),
        headers: check
            .expect
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), fill(value)))
            .collect(),
        body: check.expect.body.iter().map(|text| fill(text)).collect(),
        json: check
            .expect
            .json
            .iter()
            .map(|condition| JsonCondition {
                pointer: condition.pointer.clone(),
                is: condition.is.iter().map(|text| fill(text)).collect(),
            })
            .collect(),
        meanings: Vec::new(),
    };
    let url = url(host, check, &fill(&check.path))?;
    let probe = match check.from {
        CheckFrom::Host => Probe::Run(on_host(host, &url, check.timeout, &expect)),
        CheckFrom::Console => {
            let passive = passive(host);
            let mut request =
                passive.map_or_else(|| Request::get(url.clone()), |it| it.request(url.clone()));
            // A full URL is the address of another server, authenticated by its own name.
            if !check.path.starts_with('/') {
                request.tls = Tls::default();
            }
            // An attempt that hangs must leave time for the others.
            let delivery = Delivery { timeout: Some(check.timeout), ..request.delivery };
            Probe::Request(Request { expect, delivery, ..request })
        }
    };
    let from = match check.from {
        CheckFrom::Host => "from the host",
        CheckFrom::Console => "from this machine",
    };
    Ok(Step {
        name: "check".to_owned(),
        title: format!("{}: {url} {from}", check.name),
        effect: Effect::ReadOnly,
        action: Action::Wait(Wait {
            probe,
            every: Duration::from_secs(1),
            successes: 1,
            begin: WaitStart::AfterDone,
        }),
        deadline: (check.timeout + Duration::from_secs(1)) * check.tries.max(1),
        state: StepState::ToDo,
        announce: None,
        changes: Vec::new(),
    })
}

fn passive<'a, R>(host: &HostView<'a, R>) -> Option<&'a EntryPoint> {
    host.proxy.map(|proxy| &proxy.passive)
}

/// Returns the URL to check: a full URL as it is, a path on the passive entry point.
fn url<R>(host: &HostView<'_, R>, check: &Check, path: &str) -> Result<String, Refusal> {
    if path.contains("://") {
        return Ok(path.to_owned());
    }
    let Some(passive) = passive(host) else {
        let what = format!(
            "the check `{}` asks for a path, and there is no passive entry point",
            check.name
        );
        return Err(
            host.refuse(what, "Write a full URL in `path`, such as http://127.0.0.1:8081/health.")
        );
    };
    let base = match check.from {
        CheckFrom::Host => passive.url.clone(),
        CheckFrom::Console => public(host).unwrap_or_else(|| passive.url.clone()),
    };
    Ok(if path.is_empty() {
        base
    } else {
        format!("{}/{}", origin(&base), path.trim_start_matches('/'))
    })
}

fn origin(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    url[host..].find('/').map_or(url, |slash| &url[..host + slash])
}

fn public<R>(host: &HostView<'_, R>) -> Option<String> {
    let url = passive(host)?.public_url.as_ref()?;
    Some(url.replace("{host}", &host.member.address))
}

fn on_host<R: Runtime>(
    host: &HostView<'_, R>,
    url: &str,
    timeout: Duration,
    expect: &Expect,
) -> Command {
    let status: Vec<String> = expect.status.iter().map(u16::to_string).collect();
    let headers = expect
        .headers
        .iter()
        .flat_map(|(name, value)| ["header".to_owned(), name.clone(), value.clone()]);
    let body = expect.body.iter().flat_map(|text| ["body".to_owned(), text.clone(), String::new()]);
    // A full URL is the address of another server, authenticated by its own name.
    let own = passive(host).filter(|passive| origin(url) == origin(&passive.url));
    let entry_point = own.map(|passive| EntryPoint { url: url.to_owned(), ..passive.clone() });
    let asked = entry_point.as_ref().map(EntryPoint::on_host);
    let header = passive(host).and_then(|passive| passive.host_header.clone()).unwrap_or_default();
    let tls = asked.as_ref().filter(|asked| !(asked.connect.is_empty() && asked.ca.is_empty()));
    let tls = tls.map(|asked| ["tls".to_owned(), asked.connect.clone(), asked.ca.to_owned()]);
    CHECK
        .command()
        .run_as(host.stack.run_as)
        .args([asked.as_ref().map_or(url, |asked| asked.url.as_str()), header.as_str()])
        .args([timeout.as_secs().max(1).to_string(), status.join(" ")])
        .args(tls.into_iter().flatten())
        .args(headers.chain(body))
}

/// Returns the addresses to try by hand, per host, and the setting that would give the missing ones.
fn hints<'h>(addresses: impl Iterator<Item = (&'h str, Option<String>)>) -> Vec<String> {
    let (mut hints, mut without) = (Vec::new(), Vec::new());
    for (host, address) in addresses {
        match address {
            Some(url) => hints.push(format!("{host}: {url}")),
            None => without.push(host),
        }
    }
    if !without.is_empty() {
        hints.push(format!(
            "{}: no address is known. Set `passive.public_url` in the inventory, for example \
             http://{{host}}:8080/",
            without.join(", ")
        ));
    }
    hints
}

/// Returns what the release changes in its configuration, with the hosts where they differ from each other.
fn config_changes<R>(stack: &StackHosts<'_, R>) -> Vec<String> {
    let mut found: Vec<(Option<String>, Vec<&str>)> = Vec::new();
    for host in stack.serving() {
        let words = host.observation.config_change.as_ref().map(|change| change.in_words());
        let name = host.member.target.name();
        match found.iter_mut().find(|(known, _)| *known == words) {
            Some((_, names)) => names.push(name),
            None => found.push((words, vec![name])),
        }
    }
    let alone = found.len() == 1;
    let line = |(words, names): (Option<String>, Vec<&str>)| match words {
        Some(words) if alone => Some(words),
        Some(words) => Some(format!("{}: {words}", names.join(", "))),
        // Nothing is compared where no configuration is written.
        None if alone => None,
        None => Some(format!("{}: the configurations cannot be compared", names.join(", "))),
    };
    found.into_iter().filter_map(line).collect()
}

fn ask(tag: &Tag, hints: Vec<String>, signed: bool) -> Step {
    let question = Question {
        text: format!("Is {tag} good? All checks passed. Try it by hand, then sign it off."),
        hints,
    };
    Step {
        name: "sign-off".to_owned(),
        title: format!("sign {tag} off"),
        effect: Effect::ReadOnly,
        action: Action::Ask(question),
        deadline: Duration::from_secs(24 * 3600),
        state: if signed {
            StepState::AlreadyDone("it is signed off".to_owned())
        } else {
            StepState::ToDo
        },
        announce: None,
        changes: Vec::new(),
    }
}

fn sign_off<R: Runtime>(intent: &Intent, host: &HostView<'_, R>, tag: &Tag) -> Step {
    let signed = SignOff {
        tag: tag.clone(),
        by: intent.by.to_string(),
        at: intent.at(),
        run: intent.run.clone(),
    };
    let text = serde_json::to_string(&signed).unwrap_or_default();
    steps::mark(host, "verified", Some(text), format!("record who signed {tag} off"))
}

#[cfg(test)]
mod tests {
    use super::hints;

    #[test]
    fn hints_name_every_address_or_the_setting_for_it() {
        let url = |host: &str| Some(format!("http://{host}.example.org:8080/"));
        let all = hints([("web1", url("web1")), ("web2", url("web2"))].into_iter());
        assert_eq!(
            all,
            ["web1: http://web1.example.org:8080/", "web2: http://web2.example.org:8080/"]
        );
        let some = hints([("web1", url("web1")), ("web2", None), ("web3", None)].into_iter());
        assert_eq!(
            some[1..],
            ["web2, web3: no address is known. Set `passive.public_url` in the inventory, for \
              example http://{host}:8080/"]
        );
    }
}
