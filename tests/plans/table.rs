//! A table of situations, and how each is written down.

use flipside::domain::names::Color;
use flipside::domain::observation::{Health, Observation, Observed, Running, Slot};
use flipside::domain::plan::{Plan, Refusal};
use flipside::domain::spec::Member;

use crate::testkit::scene::Scene;

/// The situations of one phase: what each is called, and its scene. Every scene goes on from `begins`.
pub fn table(begins: &str, situations: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (name, scene) in situations {
        let scene = format!("{begins}\n{scene}");
        text.push_str(&format!("### {name}\n\n{}\n", written(&scene)));
    }
    text
}

/// The scene, what is observed, and the plan.
fn written(text: &str) -> String {
    let mut written: String = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| format!("{line}\n"))
        .collect();
    let mut scene = Scene::of(text);
    written.push('\n');
    for (member, observed) in scene.observed() {
        written.push_str(&host(&member, &observed));
    }
    let (intent, plan) = scene.asked();
    match plan {
        Err(Refusal { reason, remedy, .. }) => {
            written.push_str(&format!("\nREFUSED: {reason}\nREMEDY: {remedy}\n"));
        }
        Ok(plan) => {
            written.push_str(&format!("\n{}", plan_text(&plan)));
            if !plan.is_complete() {
                let end = match scene.carry_out(intent) {
                    Ok(without) if without.is_empty() => "done".to_owned(),
                    Ok(without) => format!("done without {}", without.join(", ")),
                    Err(why) => format!("stops: {why}"),
                };
                written.push_str(&format!("\nCARRIED OUT: {end}; {}\n", users(&scene)));
            }
        }
    }
    written
}

/// As the command line prints it, without what becomes of files, and without the checksum of what it stands on.
pub fn plan_text(plan: &Plan) -> String {
    let text = flipside::headless::plan::text(plan);
    let basis = format!(", plan {}", plan.basis);
    let mut shown = String::new();
    let mut in_files = false;
    for line in text.lines() {
        in_files = line == "files that change" || in_files && line.starts_with("  ");
        if !in_files {
            shown.push_str(&line.replace(&basis, ""));
            shown.push('\n');
        }
    }
    shown
}

/// Where users and jobs are by the hosts themselves.
fn users(scene: &Scene) -> String {
    let hosts = scene.hosts.iter().map(|(name, host)| {
        let jobs = host.containers.get("djobs").map_or("none", |(tag, _)| tag.as_str());
        if host.jobs_only {
            format!("{name}: jobs {jobs}")
        } else {
            let users = host.tag_of(&host.live).unwrap_or("nothing");
            let frozen = if host.marks.contains_key("frozen") { ", go-live frozen" } else { "" };
            format!("{name}: users {users}, jobs {jobs}{frozen}")
        }
    });
    hosts.collect::<Vec<_>>().join("; ")
}

pub fn host(member: &Member, observed: &Observed) -> String {
    let name = member.target.name();
    let seen = match observed {
        Observed::Current(seen) => seen,
        Observed::Failed { why, last } => {
            let last = if last.is_some() { "observed before" } else { "never observed" };
            return format!("{name:<6} not observed ({why}), {last}\n");
        }
    };
    let mut parts = Vec::new();
    if !seen.colors.is_empty() {
        let live = seen.live.color();
        parts.push(live.map_or("users ?".to_owned(), |color| format!("users {color}")));
        parts.extend(seen.colors.iter().map(|(color, it)| slot(color, it)));
        let points_at = seen.passive_points_at.as_ref().map_or("?", |color| color.as_str());
        parts.push(format!("passive side {points_at}"));
    }
    parts.extend(seen.jobs.iter().map(|job| {
        let tag = job.release.as_ref().map_or("?", |release| release.tag.as_str());
        format!("{} {tag}{}", job.name, state(job.running))
    }));
    parts.extend(recorded(seen));
    let mut text = format!("{name:<6} {}\n", parts.join(", "));
    for drift in &seen.drift {
        text.push_str(&format!("       drift: {}. {}\n", drift.what, drift.remedy));
    }
    text
}

fn recorded(seen: &Observation) -> Vec<String> {
    let mut parts = Vec::new();
    if let Some(change) = &seen.last_change {
        let tag = |tag: &Option<flipside::domain::release::Tag>| {
            tag.as_ref().map_or("?".to_owned(), ToString::to_string)
        };
        parts.push(format!(
            "last change {} {} from {}",
            change.what,
            tag(&change.tag),
            tag(&change.from)
        ));
    }
    parts.extend(seen.verified.as_ref().map(|it| format!("signed off {}", it.tag)));
    parts.extend(seen.frozen.as_ref().map(|_| "frozen".to_owned()));
    parts.extend(seen.withdrawn.as_ref().map(|it| format!("withdrawn {}", it.tag)));
    parts.extend(seen.cold_rollback.as_ref().map(|it| format!("cold rollback to {} begun", it.to)));
    parts.extend(seen.lock.as_ref().map(|it| format!("locked by {}", it.who())));
    parts
}

fn slot(color: &Color, slot: &Slot) -> String {
    let tag = slot.release.as_ref().map_or("?".to_owned(), |release| release.tag.to_string());
    let health = if slot.health == Health::Unhealthy { " unhealthy" } else { "" };
    match slot.running {
        Running::Absent => format!("{color} absent"),
        running => format!("{color} {tag}{}{health}", state(running)),
    }
}

fn state(running: Running) -> &'static str {
    match running {
        Running::Up => "",
        Running::Stopped => " stopped",
        Running::Unsettled => " unsettled",
        Running::Absent => " absent",
        Running::Unseen => " not observed",
    }
}
