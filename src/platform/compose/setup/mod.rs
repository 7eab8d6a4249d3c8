//! Setup: prepare a new server for releases. On a server that is set up, there is nothing to do.
//!
//! In this order: directories; the image; the first dated compose file, with both colors on one release; the
//! migration, on the primary; one color, until it is healthy; then nginx, which is made to serve it; and the
//! records. A server that serves users already is adopted as it is: its users are never moved.

mod needs;
mod site;
mod steps;
#[cfg(test)]
mod tests;

use super::facts::Head;
use super::host::{HostView, StackHosts};
use super::prepare;
use super::services::Services;
use super::steps as common;
use super::template::{self, Tags};
use crate::base::checksum::sha256;
use crate::platform::kit::builder::PlanBuilder;
use crate::platform::kit::preflight::DirectoryState;
use crate::platform::kit::{include, remedies, switch};
use site::Site;

use crate::domain::change::Before;
use crate::domain::names::Color;
use crate::domain::observation::{Change, Running, Workload};
use crate::domain::plan::{Gate, Intent, Refusal, Step};
use crate::domain::release::{Digest, Release, Tag};
use crate::domain::target::Carries;

pub fn plan(intent: &Intent, stack: &StackHosts<'_>) -> Result<PlanBuilder, Refusal> {
    let mut builder = PlanBuilder::new(intent);
    let (mut hosts, mut refusals) = (Vec::new(), Vec::new());
    for host in &stack.hosts {
        match HostSetup::of(intent, host, &mut builder.warnings) {
            Ok(host) => hosts.push(host),
            Err(refusal) => refusals.push(refusal),
        }
    }
    if let Some(refusal) = all_of(refusals) {
        return Err(refusal);
    }
    stage(&mut builder, "directories", Gate::Barrier, &hosts, |host| {
        host.directories().into_iter().collect()
    });
    stage(&mut builder, "pull", pulled_gate(), &hosts, |host| vec![host.pull()]);
    stage(&mut builder, "write", Gate::Barrier, &hosts, |host| host.write().into_iter().collect());
    stage(&mut builder, "migrate", Gate::Everyone, &hosts, |host| {
        host.migrate().into_iter().collect()
    });
    stage(&mut builder, "start", Gate::Everyone, &hosts, |host| host.start().into_iter().collect());
    stage(&mut builder, "serve", Gate::Barrier, &hosts, HostSetup::serve);
    stage(&mut builder, "jobs", Gate::Barrier, &hosts, |host| host.jobs().into_iter().collect());
    Ok(builder)
}

/// Joins the refusals of all hosts, so that an administrator is needed only once.
fn all_of(refusals: Vec<Refusal>) -> Option<Refusal> {
    refusals.into_iter().reduce(|before, next| Refusal {
        reason: format!("{}\n{}", before.in_words(), next.reason),
        remedy: next.remedy,
        targets: [before.targets, next.targets].concat(),
    })
}

fn stage<'a>(
    builder: &mut PlanBuilder,
    name: &str,
    gate: Gate,
    hosts: &[HostSetup<'a>],
    steps: impl Fn(&HostSetup<'a>) -> Vec<Step>,
) {
    let tracks = hosts.iter().map(|setup| (setup.host.member.target.clone(), steps(setup)));
    builder.stage(name, gate, tracks);
}

fn pulled_gate() -> Gate {
    Gate::Observe {
        what: "the same digest of the release on every host".to_owned(),
        last_lines_agree: true,
    }
}

/// What to set up on one host.
struct HostSetup<'a> {
    host: &'a HostView<'a>,
    intent: &'a Intent,
    /// The color that users reach here, or will.
    color: &'a Color,
    tag: Tag,
    /// Why the host is adopted as it is: it serves users, or runs its jobs, already.
    adopted: Option<String>,
    file: Option<FirstComposeFile>,
    site: Option<Site>,
}

/// The first dated compose file, which is not deployed yet.
struct FirstComposeFile {
    name: String,
    text: String,
    /// A file with this text is on the host already.
    exists: bool,
}

impl<'a> HostSetup<'a> {
    fn of(
        intent: &'a Intent,
        host: &'a HostView<'a>,
        warnings: &mut Vec<String>,
    ) -> Result<Self, Refusal> {
        let color = color(host)?;
        let site = needs::check(host)?;
        let running = running(host, color, site.as_ref())?;
        let wanted = intent.release.as_ref().map(|release| release.tag.clone());
        if let (Some(there), Some(wanted)) = (&running, &wanted)
            && there != wanted
        {
            warnings.push(format!(
                "{}: setup keeps {there}, which runs already. To release {wanted}, run `flipside prepare --release {wanted}`",
                host.member.target
            ));
        }
        let adopted = running.as_ref().map(|tag| match host.member.carries {
            Carries::App => format!("users are on {color} {tag}"),
            Carries::JobsOnly => format!("its jobs run {tag}"),
        });
        let tag = running.or(wanted).ok_or_else(|| {
            host.refuse(
                "nothing runs yet, so setup needs the first release",
                format!(
                    "Name its tag: `flipside setup {} --release TAG`.",
                    host.member.as_arguments()
                ),
            )
        })?;
        let mut plan = Self { host, intent, color, tag, adopted, file: None, site };
        plan.file = plan.file()?;
        Ok(plan)
    }

    fn digest(&self) -> Option<&Digest> {
        let pulled = self.host.runtime.facts.pulled.as_ref()?;
        (pulled.tag == self.tag && pulled.run == self.intent.run).then_some(&pulled.digest)
    }

    /// Renders the first compose file. `None`: one is deployed already.
    fn file(&self) -> Result<Option<FirstComposeFile>, Refusal> {
        let host = self.host;
        if host.runtime.facts.linked().is_some() {
            return Ok(None);
        }
        let of = |color: &Color| -> Tag {
            let there = host.observation.colors.get(color).and_then(|slot| slot.release.as_ref());
            there.filter(|_| self.adopted.is_some()).map_or(&self.tag, |there| &there.tag).clone()
        };
        let tags: Vec<(&Color, Tag)> =
            host.runtime.spec.proxy.colors.keys().map(|c| (c, of(c))).collect();
        let colors = tags.iter().map(|(color, tag)| (*color, tag)).collect();
        let head = Head {
            release: self.tag.clone(),
            color: (host.member.carries == Carries::App).then(|| self.color.clone()),
            previous: None,
        };
        let tags = Tags { colors, jobs: &self.tag };
        let text = template::render(
            &self.intent.environment,
            host.member,
            host.runtime.spec,
            &tags,
            &head,
        )
        .map_err(|why| host.refuse(why, "Fix the template."))?;
        if let Some((reason, remedy)) = Services::of(&text).fault(host.member, host.runtime.spec) {
            return Err(host.refuse(reason, remedy));
        }
        let sha256 = sha256(&text);
        let existing = host.runtime.facts.files.iter().find(|file| file.sha256 == sha256);
        let at = self.intent.asked_at.format("%Y%m%d-%H%M%S");
        let name = existing
            .map_or_else(|| format!("docker-compose.{at}-{}.yml", self.tag), |f| f.name.clone());
        Ok(Some(FirstComposeFile { name, text, exists: existing.is_some() }))
    }

    /// Returns the name of the compose file that is deployed after setup.
    fn file_name(&self) -> &str {
        let linked = || self.host.runtime.facts.linked().map_or("", |file| file.name.as_str());
        self.file.as_ref().map_or_else(linked, |file| file.name.as_str())
    }

    /// Returns the step that creates the directories. `None`: this host was not asked about any, as one that is set up.
    fn directories(&self) -> Option<Step> {
        let preflight = &self.host.runtime.facts.preflight;
        let paths: Vec<&str> =
            preflight.host.directories.iter().map(|place| place.path.as_str()).collect();
        let done =
            preflight.host.directories.iter().all(|place| place.state == DirectoryState::Writable);
        let done = done.then(|| "they exist and are writable".to_owned());
        (!paths.is_empty()).then(|| steps::directories(self.host, &paths).already(done))
    }

    fn pull(&self) -> Step {
        let pulled = self.digest().map(|digest| format!("pulled as {}", digest.short()));
        let done = self.adopted.clone().or(pulled).or_else(|| self.up());
        common::pull(self.host, self.intent, &Release::of_tag(self.tag.clone())).already(done)
    }

    fn write(&self) -> Option<Step> {
        let file = self.file.as_ref()?;
        let done = file.exists.then(|| "it exists with this text".to_owned());
        Some(common::write(self.host, &file.name, file.text.clone(), Before::Absent).already(done))
    }

    fn migrate(&self) -> Option<Step> {
        if !self.host.member.primary {
            return None;
        }
        let digest = self.digest();
        let ran = self.host.runtime.facts.has_migrated(&self.tag, digest);
        let done = self.adopted.clone().or(ran.then(|| format!("it finished for {}", self.tag)));
        let digest = digest.map_or("", Digest::as_str);
        let step = common::migrate(self.host, self.file_name(), &self.tag, digest);
        step.map(|step| step.already(done))
    }

    fn start(&self) -> Option<Step> {
        if self.host.member.carries == Carries::JobsOnly {
            return None;
        }
        let done = self.adopted.clone().or_else(|| self.up());
        let file = self.file_name();
        let step = common::start(self.host, file, self.color, &self.tag, self.digest());
        Some(step.already(done))
    }

    /// Returns that the color is up and healthy, if it is.
    fn up(&self) -> Option<String> {
        let slot = self.host.observation.colors.get(self.color)?;
        let same = slot.release.as_ref().is_some_and(|release| release.tag == self.tag);
        (same && slot.is_ready()).then(|| format!("{} {} is up and healthy", self.color, self.tag))
    }

    /// Returns the steps for the includes, nginx itself, and the records.
    fn serve(&self) -> Vec<Step> {
        let host = self.host;
        if host.member.carries == Carries::JobsOnly {
            return Vec::new();
        }
        let nginx = &host.runtime.spec.proxy.nginx;
        let mut steps: Vec<Step> = [
            (&nginx.live_include, &nginx.live_upstream, &host.includes.live_include),
            (&nginx.passive_include, &nginx.passive_upstream, &host.includes.passive_include),
        ]
        .into_iter()
        .map(|(path, upstream, found)| {
            let done = found.is_some().then(|| "it exists and is kept".to_owned());
            steps::include(host, path, upstream, self.color).already(done)
        })
        .collect();
        let site = self.site.as_ref();
        let done =
            (site.is_none() && self.answers()).then(|| "nginx serves both entry points".to_owned());
        steps.push(steps::serve(host, self.color, site).already(done));
        let recorded = host.observation.live.recorded.as_ref() == Some(self.color);
        let done = (recorded && self.file.is_none()).then(|| format!("{} is recorded", self.color));
        let record = switch::SwitchRecord {
            deploys: self.file.as_ref().map(|file| file.name.as_str()),
            change: self.change(),
            freeze: None,
        };
        steps.push(switch::record(host, self.color, &record).already(done));
        steps
    }

    /// Returns the record of the last change. A server that has one keeps it, since a rollback depends on it.
    fn change(&self) -> Change {
        let existing =
            self.host.observation.change().filter(|change| change.tag.as_ref() == Some(&self.tag));
        existing.cloned().unwrap_or_else(|| switch::change(self.intent, self.host, Some(&self.tag)))
    }

    /// Returns whether both includes exist and users get an answer.
    fn answers(&self) -> bool {
        let facts = &self.host.runtime.facts;
        let answer = self.host.observation.live.answer.as_ref();
        facts.host.includes.live_include.is_some()
            && facts.host.includes.passive_include.is_some()
            && answer.is_some_and(|answer| answer.color.is_some() || answer.is_ok())
    }

    fn jobs(&self) -> Option<Step> {
        let host = self.host;
        if host.runtime.spec.jobs.is_empty() {
            return None;
        }
        let up = host.observation.jobs.iter().all(|job| job.running == Running::Up);
        let linked = self.file.is_none() || host.member.carries == Carries::App;
        let of_tag = |job: &Workload| job.release.as_ref().is_some_and(|it| it.tag == self.tag);
        let right = self.adopted.is_some() || host.observation.jobs.iter().all(of_tag);
        let done = (up && linked && right).then(|| "they run".to_owned());
        Some(common::jobs(host, self.file_name(), self.tag.as_str()).already(done))
    }
}

/// Returns the color that an include selects, else the first of the pair.
fn color<'a>(host: &'a HostView<'_>) -> Result<&'a Color, Refusal> {
    let spec = host.runtime.spec;
    for (path, upstream, found) in [
        (
            &spec.proxy.nginx.live_include,
            &spec.proxy.nginx.live_upstream,
            &host.includes.live_include,
        ),
        (
            &spec.proxy.nginx.passive_include,
            &spec.proxy.nginx.passive_upstream,
            &host.includes.passive_include,
        ),
    ] {
        let Some(found) = found else { continue };
        let named = include::color_of(&found.text, upstream, &spec.proxy)
            .map_err(|why| host.refuse(format!("{path}: {why}"), remedies::INCLUDE))?;
        if let Some(color) = host.member.colors.find(named.as_str()) {
            return Ok(color);
        }
    }
    Ok(host.member.colors.first())
}

/// Returns the release that runs on the host already.
fn running(
    host: &HostView<'_>,
    color: &Color,
    site: Option<&Site>,
) -> Result<Option<Tag>, Refusal> {
    if host.member.carries == Carries::JobsOnly {
        let linked = host.runtime.facts.linked();
        let head = linked.and_then(|file| file.head.as_ref()).map(|head| head.release.clone());
        let job = host.job_tags().first().map(|tag| (*tag).clone());
        return Ok(if linked.is_some() { head.or(job) } else { None });
    }
    let served = site.is_none();
    let up = host.observation.colors.get(color).filter(|slot| slot.running == Running::Up);
    match up {
        Some(slot) if served => match &slot.release {
            Some(release) => Ok(Some(release.tag.clone())),
            None => Err(prepare::unknown_image(host, color)),
        },
        _ => Ok(None),
    }
}
