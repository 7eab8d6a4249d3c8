//! Setup: bring a fresh server into shape, and find nothing to do on one that is.
//!
//! Directories; the image; the first dated compose file, both colors on one release; the migration,
//! on the primary; one color up and healthy; only then nginx, which is made to serve it; and what is
//! recorded. A server that serves already is taken as it is: its users are never moved.

mod needs;
mod site;
mod steps;
#[cfg(test)]
mod tests;

use super::builder::PlanBuilder;
use super::facts::Head;
use super::host::{HostView, StackHosts};
use super::observe::color_of;
use super::preflight::DirectoryState;
use super::services::Services;
use super::steps as common;
use super::template::{self, Tags};
use super::{prepare, scripts};
pub use needs::sudoers;
use site::Site;

use crate::domain::change::Before;
use crate::domain::names::Color;
use crate::domain::observation::{Change, Running, Workload};
use crate::domain::plan::{Gate, Intent, Refusal, Step};
use crate::domain::release::{Digest, Release, Tag};
use crate::domain::target::Carries;

pub fn plan(intent: &Intent, stack: &StackHosts<'_>) -> Result<PlanBuilder, Refusal> {
    let mut builder = PlanBuilder::new(intent);
    let (mut todo, mut refusals) = (Vec::new(), Vec::new());
    for host in &stack.hosts {
        match Todo::of(intent, host, &mut builder.warnings) {
            Ok(one) => todo.push(one),
            Err(refusal) => refusals.push(refusal),
        }
    }
    if let Some(refusal) = all_of(refusals) {
        return Err(refusal);
    }
    stage(&mut builder, "directories", Gate::Barrier, &todo, |todo| vec![todo.directories()]);
    stage(&mut builder, "pull", pulled_gate(), &todo, |todo| vec![todo.pull()]);
    stage(&mut builder, "write", Gate::Barrier, &todo, |todo| todo.write().into_iter().collect());
    stage(&mut builder, "migrate", Gate::Everyone, &todo, |todo| {
        todo.migrate().into_iter().collect()
    });
    stage(&mut builder, "start", Gate::Everyone, &todo, |todo| todo.start().into_iter().collect());
    stage(&mut builder, "serve", Gate::Barrier, &todo, Todo::serve);
    stage(&mut builder, "jobs", Gate::Barrier, &todo, |todo| todo.jobs().into_iter().collect());
    Ok(builder)
}

/// What every host still lacks, told at once: an administrator is asked one time.
fn all_of(refusals: Vec<Refusal>) -> Option<Refusal> {
    refusals.into_iter().reduce(|before, next| Refusal {
        reason: format!("{}. {}\n{}", before.reason, before.remedy, next.reason),
        remedy: next.remedy,
        targets: [before.targets, next.targets].concat(),
    })
}

fn stage<'a>(
    builder: &mut PlanBuilder,
    name: &str,
    gate: Gate,
    todo: &[Todo<'a>],
    steps: impl Fn(&Todo<'a>) -> Vec<Step>,
) {
    let tracks = todo.iter().map(|todo| (todo.host.member.target.clone(), steps(todo)));
    builder.stage(name, gate, tracks);
}

fn pulled_gate() -> Gate {
    Gate::Observe {
        what: "the same digest of the release on every host".to_owned(),
        last_lines_agree: true,
    }
}

/// What is left to do on one host.
struct Todo<'a> {
    host: &'a HostView<'a>,
    intent: &'a Intent,
    /// The color that users reach here, or will.
    color: &'a Color,
    tag: Tag,
    /// It serves users, or runs its jobs, already: how that was seen.
    adopted: Option<String>,
    file: Option<File>,
    site: Option<Site>,
}

/// The dated compose file that is still to be written.
struct File {
    name: String,
    text: String,
    there: bool,
}

impl<'a> Todo<'a> {
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
                "{}: {there} is there, and stays: setup moves nobody. `flipside prepare --release {wanted}` brings {wanted}",
                host.member.target
            ));
        }
        let adopted = running.as_ref().map(|tag| match host.member.carries {
            Carries::App => format!("users reach {color} {tag}"),
            Carries::JobsOnly => format!("its jobs run {tag}"),
        });
        let tag = running.or(wanted).ok_or_else(|| {
            host.refuse(
                "nothing runs here yet, so setup needs to know the first release",
                format!(
                    "name its tag: `flipside setup {} --release TAG`",
                    host.member.as_arguments()
                ),
            )
        })?;
        let mut todo = Self { host, intent, color, tag, adopted, file: None, site };
        todo.file = todo.file()?;
        Ok(todo)
    }

    fn digest(&self) -> Option<&Digest> {
        let pulled = self.host.facts.pulled.as_ref()?;
        (pulled.tag == self.tag && pulled.run == self.intent.run).then_some(&pulled.digest)
    }

    /// `None`: `docker-compose.yml` points to a dated file already.
    fn file(&self) -> Result<Option<File>, Refusal> {
        let host = self.host;
        if host.facts.linked().is_some() {
            return Ok(None);
        }
        let of = |color: &Color| -> Tag {
            let there = host.observation.colors.get(color).and_then(|slot| slot.release.as_ref());
            there.filter(|_| self.adopted.is_some()).map_or(&self.tag, |there| &there.tag).clone()
        };
        let tags: Vec<(&Color, Tag)> = host.spec.colors.keys().map(|c| (c, of(c))).collect();
        let colors = tags.iter().map(|(color, tag)| (*color, tag)).collect();
        let head = Head {
            release: self.tag.clone(),
            color: (host.member.carries == Carries::App).then(|| self.color.clone()),
            previous: None,
        };
        let tags = Tags { colors, jobs: &self.tag };
        let text = template::render(&self.intent.environment, host.member, host.spec, &tags, &head)
            .map_err(|why| host.refuse(why, "mend the template"))?;
        if let Some((reason, remedy)) = Services::of(&text).fault(host.member, host.spec) {
            return Err(host.refuse(reason, remedy));
        }
        let sha256 = template::sha256(&text);
        let there = host.facts.files.iter().find(|file| file.sha256 == sha256);
        let at = self.intent.asked_at.format("%Y%m%d-%H%M%S");
        let name = there
            .map_or_else(|| format!("docker-compose.{at}-{}.yml", self.tag), |f| f.name.clone());
        Ok(Some(File { name, text, there: there.is_some() }))
    }

    /// The compose file that is in use once this is done.
    fn file_name(&self) -> &str {
        let linked = || self.host.facts.linked().map_or("", |file| file.name.as_str());
        self.file.as_ref().map_or_else(linked, |file| file.name.as_str())
    }

    fn directories(&self) -> Step {
        let preflight = &self.host.facts.preflight;
        let paths: Vec<&str> =
            preflight.directories.iter().map(|place| place.path.as_str()).collect();
        let so = preflight.directories.iter().all(|place| place.state == DirectoryState::Writable);
        let so = so.then(|| "they are there, and may be written into".to_owned());
        steps::directories(self.host, &paths).already(so)
    }

    fn pull(&self) -> Step {
        let pulled = self.digest().map(|digest| format!("it is {}", digest.short()));
        let so = self.adopted.clone().or(pulled).or_else(|| self.up());
        common::pull(self.host, self.intent, &Release::of_tag(self.tag.clone())).already(so)
    }

    fn write(&self) -> Option<Step> {
        let file = self.file.as_ref()?;
        let so = file.there.then(|| "it is there, with this text".to_owned());
        Some(common::write(self.host, &file.name, file.text.clone(), Before::Absent).already(so))
    }

    fn migrate(&self) -> Option<Step> {
        if !self.host.member.primary {
            return None;
        }
        let digest = self.digest();
        let ran = self.host.facts.has_migrated(&self.tag, digest);
        let so = self.adopted.clone().or(ran.then(|| format!("it finished for {}", self.tag)));
        let digest = digest.map_or("", Digest::as_str);
        let step = common::migrate(self.host, self.file_name(), &self.tag, digest);
        step.map(|step| step.already(so))
    }

    fn start(&self) -> Option<Step> {
        if self.host.member.carries == Carries::JobsOnly {
            return None;
        }
        let so = self.adopted.clone().or_else(|| self.up());
        let file = self.file_name();
        let step = common::start(self.host, file, self.color, &self.tag, self.digest());
        Some(step.already(so))
    }

    fn up(&self) -> Option<String> {
        let slot = self.host.observation.colors.get(self.color)?;
        let same = slot.release.as_ref().is_some_and(|release| release.tag == self.tag);
        (same && slot.is_ready()).then(|| format!("{} {} is up and healthy", self.color, self.tag))
    }

    /// The includes, nginx itself, and what is recorded of it.
    fn serve(&self) -> Vec<Step> {
        let host = self.host;
        if host.member.carries == Carries::JobsOnly {
            return Vec::new();
        }
        let nginx = &host.spec.nginx;
        let mut steps: Vec<Step> = [
            (&nginx.live_include, &nginx.live_upstream, &host.facts.live_include),
            (&nginx.passive_include, &nginx.passive_upstream, &host.facts.passive_include),
        ]
        .into_iter()
        .map(|(path, upstream, found)| {
            let so = found.is_some().then(|| "it is there, and stays as it is".to_owned());
            steps::include(host, path, upstream, self.color).already(so)
        })
        .collect();
        let site = self.site.as_ref();
        let so = (site.is_none() && self.answers()).then(|| "nginx serves both sides".to_owned());
        steps.push(steps::serve(host, self.color, site).already(so));
        let recorded = host.observation.live.recorded.as_ref() == Some(self.color);
        let so = (recorded && self.file.is_none()).then(|| format!("{} is recorded", self.color));
        let record = common::SwitchRecord {
            file: self.file.as_ref().map(|file| file.name.as_str()),
            change: self.change(),
            freeze: None,
        };
        steps.push(common::record(host, self.color, &record).already(so));
        steps
    }

    /// What the host says of its last change is the way back: a server that has one keeps it.
    fn change(&self) -> Change {
        let kept =
            self.host.observation.change().filter(|kept| kept.tag.as_ref() == Some(&self.tag));
        kept.cloned().unwrap_or_else(|| common::change(self.intent, self.host, Some(&self.tag)))
    }

    /// Both includes are there, and users get an answer.
    fn answers(&self) -> bool {
        let facts = &self.host.facts;
        let answer = self.host.observation.live.answer.as_ref();
        facts.live_include.is_some()
            && facts.passive_include.is_some()
            && answer.is_some_and(|answer| answer.color.is_some() || answer.is_ok())
    }

    fn jobs(&self) -> Option<Step> {
        let host = self.host;
        if host.spec.jobs.is_empty() {
            return None;
        }
        let up = host.observation.jobs.iter().all(|job| job.running == Running::Up);
        let linked = self.file.is_none() || host.member.carries == Carries::App;
        let of_tag = |job: &Workload| job.release.as_ref().is_some_and(|it| it.tag == self.tag);
        let right = self.adopted.is_some() || host.observation.jobs.iter().all(of_tag);
        let so = (up && linked && right).then(|| "they run".to_owned());
        Some(common::jobs(host, self.file_name(), self.tag.as_str()).already(so))
    }
}

/// The color that the live include names, else the first of the pair.
fn color<'a>(host: &'a HostView<'_>) -> Result<&'a Color, Refusal> {
    let spec = host.spec;
    for (path, upstream, found) in [
        (&spec.nginx.live_include, &spec.nginx.live_upstream, &host.facts.live_include),
        (&spec.nginx.passive_include, &spec.nginx.passive_upstream, &host.facts.passive_include),
    ] {
        let Some(found) = found else { continue };
        let named = color_of(&found.text, upstream, spec)
            .map_err(|why| host.refuse(format!("{path}: {why}"), scripts::INCLUDE_REMEDY))?;
        if let Some(color) = host.member.colors.find(named.as_str()) {
            return Ok(color);
        }
    }
    Ok(host.member.colors.first())
}

/// The release that is in use here already.
fn running(
    host: &HostView<'_>,
    color: &Color,
    site: Option<&Site>,
) -> Result<Option<Tag>, Refusal> {
    if host.member.carries == Carries::JobsOnly {
        let linked = host.facts.linked();
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
