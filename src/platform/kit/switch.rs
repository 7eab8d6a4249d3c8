//! The switch from one color to the other, and what it records.

use super::host::{HostRefusal, HostView};
use super::runtime::{Runtime, digest_of};
use super::scripts::{RECORD, SWITCH};
use super::spec::ProxySpec;
use super::steps::{QUICK, SLACK, health, line, mark, script, seconds};
use super::{include, remedies};
use crate::base::checksum::sha256;
use crate::domain::change::{Before, FileChange};
use crate::domain::command::Stdin;
use crate::domain::names::Color;
use crate::domain::observation::{Change, Switching};
use crate::domain::plan::{Effect, Intent, Step};
use crate::domain::release::Tag;
use crate::domain::rollback::RollbackGoal;
use crate::domain::spec::EntryPoint;

pub use super::switch_record::SwitchRecord;

/// The mark that names the color which a release was prepared on, on a host without a passive entry point.
pub const PASSIVE_COLOR: &str = "passive-color";

/// Returns what a host records about moving users to a release. If they are on that release already, the
/// record of how they came there is retained.
pub fn change<R: Runtime>(intent: &Intent, host: &HostView<'_, R>, tag: Option<&Tag>) -> Change {
    let from = host.observation.live_tag();
    let recorded = host.observation.change();
    // Where it is not known what they are on, a record of that same release is the best source.
    let same = |recorded: &&Change| tag.is_some() && recorded.tag.as_ref() == tag;
    if let Some(recorded) = recorded.filter(same).filter(|_| from.is_none() || from == tag) {
        return recorded.clone();
    }
    // Users who stay leave no release behind.
    let from = from.filter(|from| Some(*from) != tag);
    let slot = host.observation.likely().and_then(|live| host.observation.colors.get(live));
    let release = slot.and_then(|slot| slot.release.as_ref()).filter(|_| from.is_some());
    Change {
        at: intent.at(),
        by: intent.by.to_string(),
        what: intent.phase.word().to_owned(),
        tag: tag.cloned(),
        digest: tag.and_then(|tag| digest_of(host, tag)),
        from: from.cloned(),
        from_digest: release.and_then(|release| release.digest.clone()),
        from_file: host.runtime.deployed().filter(|_| from.is_some()).map(str::to_owned),
        named: matches!(intent.goal, Some(RollbackGoal::To(_) | RollbackGoal::Continue { .. })),
        by_another_tool: false,
        run: Some(intent.run.clone()),
    }
}

/// Returns the step that switches users to a color.
pub fn users<R: Runtime>(
    host: &HostView<'_, R>,
    color: &Color,
    tag: Option<&Tag>,
    record: &SwitchRecord<'_>,
) -> Result<Step, HostRefusal> {
    match host.proxy {
        Some(proxy) => through_proxy(host, proxy, color, tag, Some(record))
            .map_err(|why| host.refuse_here(why, remedies::INCLUDE)),
        None => R::switch_users(host, color, tag, record),
    }
}

/// Returns the step that points the passive entry point at a color. Without a proxy there is none: which color a release was
/// prepared on is a mark.
pub fn passive<R: Runtime>(
    host: &HostView<'_, R>,
    color: &Color,
    tag: Option<&Tag>,
) -> Result<Step, HostRefusal> {
    let Some(proxy) = host.proxy else {
        let title = format!("record {color} as the color to try");
        return Ok(mark(host, PASSIVE_COLOR, Some(color.to_string()), title));
    };
    through_proxy(host, proxy, color, tag, None)
        .map_err(|why| host.refuse_here(why, remedies::INCLUDE))
}

/// Returns the mark of a switch that has begun. `None`: its run is not known.
pub fn unfinished(from: Option<&Color>, to: &Color, change: &Change) -> Option<Switching> {
    Some(Switching {
        from: from.cloned(),
        to: to.clone(),
        run: change.run.clone()?,
        at: change.at,
        change: Some(Box::new(change.clone())),
        running: false,
    })
}

/// Returns the step that leads one of both entry points to a color: that of users with a `record`. `Err`: the include cannot
/// be read.
fn through_proxy<R: Runtime>(
    host: &HostView<'_, R>,
    proxy: &ProxySpec,
    color: &Color,
    tag: Option<&Tag>,
    record: Option<&SwitchRecord<'_>>,
) -> Result<Step, String> {
    let (spec, nginx) = (host.stack, &proxy.nginx);
    let (role, path, upstream, file, entry_point) = match record {
        Some(_) => (
            "live",
            &nginx.live_include,
            &nginx.live_upstream,
            &host.includes.live_include,
            &proxy.live,
        ),
        None => (
            "passive",
            &nginx.passive_include,
            &nginx.passive_upstream,
            &host.includes.passive_include,
            &proxy.passive,
        ),
    };
    let found = file.as_ref().ok_or_else(|| format!("{path} is missing or not readable"))?;
    let include =
        include::read(&found.text, upstream, proxy).map_err(|why| format!("{path}: {why}"))?;
    let wanted = include.pointed_at(host.address(color));
    let EntryPoint { color_header, release_header, .. } = entry_point;
    let asked = entry_point.on_host();
    let header = |header: &Option<String>| header.clone().unwrap_or_default();
    let change = record.map(|record| line(&record.change));
    let freeze = record.and_then(|record| record.freeze.as_ref()).map(line);
    let from = include.color().ok();
    let mark = record.and_then(|record| Some(line(&unfinished(from, color, &record.change)?)));
    let link = host.runtime.link_name();
    let command = script(host, SWITCH)
        .args([role, &spec.dir, path, &found.sha256])
        .arg(nginx.command.join(" "))
        .args([nginx.pid_file.as_str(), color.as_str()])
        .args(health(host, color))
        .args([asked.url.as_str(), asked.host_header])
        .args([header(color_header), header(release_header)])
        .args([tag.map_or("", Tag::as_str).to_owned(), proxy.switch_answers.to_string()])
        .arg(seconds(spec.timeouts.switch))
        .arg(record.map(|record| record.deployed(link)).unwrap_or_default())
        .arg(change.unwrap_or_default())
        .arg(freeze.unwrap_or_default())
        .arg(sha256(&wanted))
        .args([from.map(ToString::to_string).unwrap_or_default(), mark.unwrap_or_default()])
        .args([asked.connect.as_str(), asked.ca])
        .stdin(Stdin::Text(wanted.clone()));
    let mut changes = vec![FileChange::file(path, Before::Says(found.text.clone()), wanted)];
    changes.extend(record.map(|record| recorded(host, color, record)).unwrap_or_default());
    let shown = tag.map_or_else(String::new, |tag| format!(" {tag}"));
    let (title, effect) = match record {
        Some(_) => (format!("switch users to {color}{shown}"), Effect::Switches),
        None => (format!("point the passive entry point at {color}{shown}"), Effect::Changes),
    };
    Ok(Step::run(
        if record.is_some() { "switch" } else { "passive" },
        title,
        effect,
        command,
        spec.timeouts.switch + SLACK,
    )
    .changing(changes))
}

pub fn record<R: Runtime>(
    host: &HostView<'_, R>,
    color: &Color,
    record: &SwitchRecord<'_>,
) -> Step {
    let change = line(&record.change);
    let command = script(host, RECORD).args([
        host.stack.dir.as_str(),
        color.as_str(),
        &record.deployed(host.runtime.link_name()),
        &change,
    ]);
    Step::run("record", format!("record that users reach {color}"), Effect::Changes, command, QUICK)
        .changing(recorded(host, color, record))
}

/// Returns the changes of the files that a switch writes besides the include. The record of who did it and
/// when is not shown.
pub fn recorded<R: Runtime>(
    host: &HostView<'_, R>,
    color: &Color,
    record: &SwitchRecord<'_>,
) -> Vec<FileChange> {
    let dir = &host.stack.dir;
    let was = host.observation.live.recorded.as_ref();
    let was = was.map_or(Before::NotRead, |color| Before::Says(format!("{color}\n")));
    let mut changes =
        vec![FileChange::file(format!("{dir}/live-color"), was, format!("{color}\n"))];
    changes.extend(record.deploys.map(|target| R::deploys(host, target)));
    changes.extend(record.freeze.as_ref().map(|freeze| {
        let path = format!("{dir}/.flipside/{}", super::freeze::MARK);
        let was =
            host.observation.frozen.as_ref().map_or(Before::Absent, |was| Before::Says(line(was)));
        FileChange::file(path, was, line(freeze))
    }));
    changes
}
