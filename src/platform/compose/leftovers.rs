//! Leftovers: the one-off migration containers of releases that were abandoned.

use super::facts::MigrationContainer;
use super::host::HostView;
use super::scripts;
use crate::domain::plan::{Effect, Step};
use crate::platform::kit::steps::{QUICK, script};

/// Returns the step that removes the containers of ended migrations of releases other than the live one.
/// `None`: there are none.
pub fn remove(host: &HostView<'_>) -> Option<Step> {
    let spec = host.runtime.spec;
    let tags = tags(host, |migration| !migration.running);
    if tags.is_empty() {
        return None;
    }
    let command = script(host, scripts::UNMIGRATE)
        .args([spec.stack.dir.as_str(), spec.project.as_str()])
        .args(&tags);
    let title = format!("remove the migration container of {}", tags.join(", "));
    Some(Step::run("unmigrate", title, Effect::Changes, command, QUICK))
}

/// Returns the warning that a migration is still running. It is not ended, since a migration that is killed
/// half-way may leave the database in any state.
pub fn still_running(host: &HostView<'_>) -> Option<String> {
    let tags = tags(host, |migration| migration.running);
    let target = &host.member.target;
    (!tags.is_empty()).then(|| {
        format!("{target}: the migration of {} is still running and is not ended", tags.join(", "))
    })
}

fn tags(host: &HostView<'_>, which: fn(&&MigrationContainer) -> bool) -> Vec<String> {
    let live = host.observation.live_tag();
    let found =
        host.runtime.facts.migrations.iter().filter(which).filter(|it| Some(&it.tag) != live);
    found.map(|migration| migration.tag.to_string()).collect()
}
