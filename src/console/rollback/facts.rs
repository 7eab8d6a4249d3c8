//! What a rollback would be like: who is ready and who is not, how it is done, how long it takes,
//! what became of the database, and what is left after it.

use ratatui::text::Line;

use super::dialog::{RollbackCard, RollbackMethod};
use crate::base::text::some_of;
use crate::console::app::state::State;
use crate::console::dialog::card::{Card, FACT};
use crate::console::fleet::{Agreed, Host, Letters, Side};
use crate::console::screen::paint;
use crate::domain::deploy::Doing;
use crate::domain::observation::{Running, Slot};
use crate::domain::phase::Phase;
use crate::domain::release::Tag;
use crate::domain::rollback::{Readiness, RollbackPreview, Route};
use crate::domain::spec::{Member, PlatformSpec};

/// More than this many names tell no more than their number.
const NAMES: usize = 8;

pub fn facts(card: &mut Card, state: &State, about: &RollbackCard) {
    let users_may_move = state.running().is_none_or(|run| run.phase.switches_traffic());
    let reverts = matches!(about.method, RollbackMethod::RevertAll { .. });
    if reverts && !users_may_move {
        begun(card, state);
        return;
    }
    let hosts = meant(state, about);
    match about.rollback() {
        Some(rollback) => planned(card, state, rollback),
        None if state.fleet.can.passive_side => readiness(card, state, &hosts),
        // Only the API itself can say.
        None => {}
    }
    // Where nobody moves, nothing of what follows happens.
    let nobody_moves = about.rollback().is_some_and(|rollback| rollback.moving().next().is_none());
    if reverts || nobody_moves {
        return;
    }
    let starts = match about.rollback() {
        Some(rollback) => !rollback.is_ready(),
        None => {
            hosts.iter().any(|host| is_in(host, Running::Stopped) || is_in(host, Running::Absent))
        }
    };
    card.fact(state, "how", &how(state, &hosts));
    card.fact(state, "takes", &takes(state, &hosts, starts));
    card.fact(state, "database", &database(state, about));
    card.fact(state, "after", &after(state));
}

/// Of a run that moves no users, whose passive side it touched.
fn begun(card: &mut Card, state: &State) {
    let touched = |host: &Host<'_>| host.progress.is_some_and(|it| it.doing != Doing::Queued);
    let hosts: Vec<Host<'_>> = state.hosts().filter(touched).collect();
    let hosts: Vec<&Host<'_>> = hosts.iter().collect();
    card.fact(state, "begun on", &counted(&hosts));
}

/// How many, and which as far as that can be read.
fn counted(hosts: &[&Host<'_>]) -> String {
    numbered(&hosts.iter().map(|host| host.name()).collect::<Vec<_>>())
}

fn numbered(names: &[&str]) -> String {
    match names.len() {
        0 => "0".to_owned(),
        n => format!("{n}: {}", some_of(names, NAMES)),
    }
}

fn meant<'a>(state: &'a State, about: &RollbackCard) -> Vec<Host<'a>> {
    let takes = |host: &Host<'_>| {
        about.selection().is_none_or(|selection| selection.takes(&host.member.target))
    };
    state.hosts().filter(Host::has_colors).filter(takes).collect()
}

/// By the servers' own plan. Those that are not ready come first, each with its reason.
fn planned(card: &mut Card, state: &State, rollback: &RollbackPreview) {
    let theme = &state.setup.theme;
    let is_ready =
        |route: &&Route| matches!(route.readiness, Readiness::Ready | Readiness::Unproven);
    let stays = |route: &&Route| route.readiness == Readiness::There;
    let not: Vec<&Route> =
        rollback.meant().filter(|route| !is_ready(route) && !stays(route)).collect();
    let ready: Vec<&str> =
        rollback.meant().filter(is_ready).map(|route| route.target.name()).collect();
    if not.is_empty() && ready.is_empty() {
        return;
    }
    if !state.fleet.can.passive_side && not.is_empty() {
        let words = format!("not known on {}", numbered(&ready));
        card.fact(state, "ready", &words);
        return;
    }
    card.fact(state, "not ready", &not.len().to_string());
    for route in not.iter().take(NAMES) {
        one_not_ready(card, state, &format!("{}: {}", route.target, not_ready(route)));
    }
    if not.len() > NAMES {
        let more = format!("           and {} more", not.len() - NAMES);
        card.lines.push(Line::styled(more, theme.warn));
    }
    card.fact(state, "ready", &numbered(&ready));
}

/// Below the words of its fact, and never cut.
fn one_not_ready(card: &mut Card, state: &State, words: &str) {
    for line in paint::wrap(words, card.cells.saturating_sub(FACT).max(8)) {
        let line = format!("{:FACT$}{line}", "");
        card.lines.push(Line::styled(line, state.setup.theme.warn));
    }
}

fn not_ready(route: &Route) -> String {
    let to =
        route.to.as_ref().map_or("?".to_owned(), |(color, release)| format!("{color} {release}"));
    match (route.readiness, &route.replaces) {
        (Readiness::Stopped, _) => format!("{to} is stopped and must be started first"),
        (Readiness::Gone, Some(there)) => {
            format!("{to} must be started; it replaces {there}, which is there now")
        }
        (Readiness::Gone, None) => format!("{to} is gone and must be fetched and started first"),
        (Readiness::Lost, _) => {
            format!("{to} is neither on this server nor at its source: users stay")
        }
        (Readiness::NoRecord, _) => "it did not record where its users came from".to_owned(),
        _ => "it is not known which release is live".to_owned(),
    }
}

/// Those that are not ready come first, each with its reason.
fn readiness(card: &mut Card, state: &State, hosts: &[Host<'_>]) {
    let theme = &state.setup.theme;
    let (ready, not): (Vec<&Host<'_>>, Vec<_>) = hosts.iter().partition(|host| is_ready(host));
    card.fact(state, "not ready", &not.len().to_string());
    for host in not.iter().take(NAMES) {
        one_not_ready(card, state, &format!("{}: {}", host.name(), why_not(host)));
    }
    if not.len() > NAMES {
        let more = format!("           and {} more", not.len() - NAMES);
        card.lines.push(Line::styled(more, theme.warn));
    }
    let oldest = ready.iter().filter_map(|host| host.age()).max();
    let seen = oldest.map_or(String::new(), |age| format!("; seen {} ago", paint::age(age)));
    card.fact(state, "ready", &format!("{}{seen}", counted(&ready)));
}

fn is_ready(host: &Host<'_>) -> bool {
    host.passive_slot().is_some_and(Slot::is_ready)
}

fn is_in(host: &Host<'_>, running: Running) -> bool {
    host.passive_slot().is_some_and(|slot| slot.running == running)
}

/// And what becomes of it.
fn why_not(host: &Host<'_>) -> String {
    if host.observation().is_none() {
        let why = host.notes().into_iter().next().unwrap_or_else(|| "never seen".to_owned());
        return format!("not known; it is observed first ({why})");
    }
    let then = match host.passive_slot().map(|slot| slot.running) {
        Some(Running::Stopped) => ", must be started first",
        Some(Running::Absent) => ", must be fetched and started first",
        Some(Running::Up | Running::Unsettled) => ", users stay unless it answers",
        Some(Running::Unseen) => ", observed before users are moved",
        None => "",
    };
    match host.passive() {
        Side::Known { color, but: Some(but), .. } => format!("{color} is {but}{then}"),
        side => format!("passive {}{then}", side.words(Letters::Long)),
    }
}

/// What the inventory says of these hosts.
fn specs<'a>(
    state: &'a State,
    hosts: &'a [Host<'_>],
) -> impl Iterator<Item = &'a PlatformSpec> + use<'a> {
    let meant = |member: &&Member| hosts.iter().any(|host| host.member.target == member.target);
    members(state).into_iter().filter(meant).map(|member| &member.platform)
}

fn members(state: &State) -> Vec<&Member> {
    state.setup.spec().map(|app| app.stack(&state.setup.stack)).unwrap_or_default()
}

fn how(state: &State, hosts: &[Host<'_>]) -> String {
    let mut ways: Vec<String> = specs(state, hosts).map(|spec| spec.how_it_switches()).collect();
    ways.sort();
    ways.dedup();
    let lost =
        if state.fleet.can.may_lose_requests { "; users may lose requests meanwhile" } else { "" };
    format!("all at once; each: {}{lost}", ways.join("; or "))
}

/// From what was measured here, or not at all.
fn takes(state: &State, hosts: &[Host<'_>], starts: bool) -> String {
    let slowest =
        hosts.iter().filter_map(|host| state.run.switch_took.get(&host.member.target)).max();
    let switch = slowest.map_or_else(
        || "not known: no switch yet in this console".to_owned(),
        |took| format!("about {}, the slowest of the last switches", paint::span(*took)),
    );
    if !starts {
        return switch;
    }
    let limit = specs(state, hosts).map(|spec| spec.start_limit());
    let limit = paint::span(limit.max().unwrap_or_default());
    let prepared = state.run.phase_bar.passed(Phase::Prepare).map_or(String::new(), |passed| {
        format!("; the last prepare took {} in all", paint::span(passed.took))
    });
    format!("a start, which may last {limit}{prepared}; then {switch}")
}

/// The release that users would leave.
fn leaving(state: &State, about: &RollbackCard) -> Option<Tag> {
    if let Some(tag) = about.rollback().and_then(|rollback| rollback.goal.leaves()) {
        return Some(tag.clone());
    }
    let run = state.running().and_then(|intent| intent.release.as_ref());
    let newest = || {
        let live = state.release_summary().live;
        live.release().map(|release| release.tag.clone())
    };
    run.map(|release| release.tag.clone()).or_else(newest)
}

fn database(state: &State, about: &RollbackCard) -> String {
    let migrates = |member: &&Member| member.primary && member.platform.migrates();
    let primary = members(state).into_iter().find(migrates).map(|member| &member.target);
    let Some(primary) = state.hosts().find(|host| Some(&host.member.target) == primary) else {
        return "Flipside runs no migration of this app".to_owned();
    };
    let (Some(tag), Some(seen)) = (leaving(state, about), primary.latest()) else {
        return "? whether a migration ran is not known".to_owned();
    };
    if seen.migrated.contains(&tag) {
        let name = primary.name();
        format!("the migration of {tag} ran (by {name}) and is NOT reverted")
    } else {
        format!("no migration of {tag} ran")
    }
}

fn after(state: &State) -> String {
    let left = match state.release_summary().live {
        live @ Agreed::On { .. } => live.words(Letters::Long),
        _ => "the color that users leave".to_owned(),
    };
    let can = &state.fleet.can;
    let frozen = match state.setup.environment.after_rollback.is_frozen() {
        true if can.has(Phase::Unfreeze) => "; go-live is FROZEN until :unfreeze",
        true => "; go-live is NOT frozen: this app keeps no freeze",
        false => "",
    };
    let logs = if can.logs.passive { ", with its logs" } else { "" };
    let stays = if can.passive_side { "stays up, passive" } else { "is replaced" };
    format!("{left} {stays}{logs}{frozen}")
}
