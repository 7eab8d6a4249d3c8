//! Delivery: the steps that bring a release to a host and make it ready there, whichever phase needs it.

use super::host::HostView;
use super::source::Delivery;
use super::spec::HookName;
use super::{config, steps};
use crate::base::checksum::sha256;
use crate::domain::command::Stdin;
use crate::domain::plan::{Intent, Step};
use crate::domain::release::{Digest, Release, Tag};
use crate::platform::kit::host::HostRefusal;

/// The steps of one host, in their order. Each is done for all hosts before the next one begins.
#[derive(Debug)]
pub struct DeliverySteps {
    pub fetch: Option<Step>,
    pub unpack: Option<Step>,
    pub config: Option<Step>,
    pub prepare: Option<Step>,
}

impl DeliverySteps {
    /// Marks all of them as done if there is a reason.
    #[must_use]
    pub fn already(self, why: Option<&String>) -> Self {
        let done = |step: Option<Step>| step.map(|step| step.already(why.cloned()));
        Self {
            fetch: done(self.fetch),
            unpack: done(self.unpack),
            config: done(self.config),
            prepare: done(self.prepare),
        }
    }

    /// Returns whether a version changes: what runs it must then be started anew.
    pub fn changes(&self) -> bool {
        let steps = [&self.unpack, &self.config, &self.prepare];
        steps.into_iter().flatten().any(Step::is_to_do)
    }

    pub fn all(self) -> Vec<Step> {
        [self.fetch, self.unpack, self.config, self.prepare].into_iter().flatten().collect()
    }
}

/// Returns the steps. A version of another tool is taken as it is.
pub fn steps(
    intent: &Intent,
    host: &HostView<'_>,
    to: &Release,
) -> Result<DeliverySteps, HostRefusal> {
    let tag = &to.tag;
    let runtime = &host.runtime;
    let there = runtime.facts.version(tag);
    let digest = to.digest.as_ref().or_else(|| there.and_then(|it| it.digest.as_ref()));
    let (mut fetch, mut unpack) = (None, None);
    match (digest, there) {
        (Some(digest), _) => {
            other_bytes(host, tag, digest)?;
            let delivery = runtime
                .spec
                .source
                .delivery(tag)
                .map_err(|why| host.refuse_here(why, "Correct `source` in the inventory."))?;
            fetch = bring(host, tag, digest, &delivery);
            unpack = Some(steps::unpack(runtime, tag, digest, &delivery));
        }
        (None, Some(_)) => {}
        (None, None) => return Err(no_checksum(host, tag)),
    }
    let config = written_config(host, tag)?;
    let is_written = config.as_ref().is_none_or(|step| !step.is_to_do());
    // The records may be of a directory that something has removed.
    let ready = there.is_some() && is_written && runtime.facts.is_prepared(runtime.spec, tag);
    let done = ready.then(|| "it ended well for this version".to_owned());
    let hook = steps::hook(runtime, &intent.run, tag, HookName::Prepare);
    Ok(DeliverySteps { fetch, unpack, config, prepare: hook.map(|step| step.already(done)) })
}

fn bring(host: &HostView<'_>, tag: &Tag, digest: &Digest, delivery: &Delivery) -> Option<Step> {
    match delivery {
        Delivery::Fetch { .. } => steps::fetch(&host.runtime, tag, digest, delivery),
        Delivery::Upload { path } => Some(steps::upload(&host.runtime, tag, digest, path)),
        Delivery::OnHost { .. } => None,
    }
}

/// Refuses a release whose name stands for other bytes on this host: one name is one archive.
fn other_bytes(host: &HostView<'_>, tag: &Tag, digest: &Digest) -> Result<(), HostRefusal> {
    let there = host.runtime.facts.version(tag);
    let Some(found) = there.filter(|version| version.digest.as_ref() != Some(digest)) else {
        return Ok(());
    };
    let from = found.digest.as_ref().map_or_else(
        || "by another tool".to_owned(),
        |found| format!("from an archive with the sha256 {}", found.short()),
    );
    Err(host.refuse_here(
        format!("{tag} was unpacked {from}, and the archive has {}", digest.short()),
        "Release the new archive under a name of its own.",
    ))
}

fn no_checksum(host: &HostView<'_>, tag: &Tag) -> HostRefusal {
    host.refuse_here(
        format!("the sha256 of the archive of {tag} is not known"),
        format!("Give it with the release: `--release {tag}@sha256:…`."),
    )
}

/// Returns the step that writes the configuration, which is done where the same was written before.
fn written_config(host: &HostView<'_>, tag: &Tag) -> Result<Option<Step>, HostRefusal> {
    let runtime = &host.runtime;
    let Some(wanted) = &runtime.spec.config else { return Ok(None) };
    // A version of another tool has the configuration that this tool gave it.
    if runtime.facts.version(tag).is_some_and(|version| version.digest.is_none()) {
        return Ok(None);
    }
    let text = config::file(&wanted.values).map_err(|missing| {
        host.refuse_here(missing, "Set it in a later layer; `flipside config` shows them all.")
    })?;
    // The text with references in place of secrets: a secret that was replaced is no other configuration.
    let sum = sha256(&text.with_references());
    let there = runtime.facts.version(tag).is_some();
    let same = there && runtime.facts.configs.get(tag) == Some(&sum);
    let step = steps::config(runtime, tag, &sum, Stdin::Filled(text));
    Ok(step.map(|step| step.already(same.then(|| "it has this text".to_owned()))))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::base::yaml;
    use crate::domain::observation::Observed;
    use crate::domain::phase::Phase;
    use crate::domain::target::Carries;
    use crate::platform::contract::KnownMember;
    use crate::platform::symlink::config::{Config, merge};
    use crate::platform::symlink::drift::tests::{alone, member, observed, prepared};
    use crate::platform::symlink::fixture::{intent, release};
    use crate::platform::symlink::host::view;
    use crate::platform::symlink::scripts::tests::under_every_shell;
    use crate::platform::symlink::spec::ConfigSpec;

    fn values(text: &str) -> BTreeMap<String, Config> {
        merge(&[yaml::parse(text, "").0.unwrap()]).unwrap()
    }

    #[test]
    fn another_configuration_prepares_a_version_anew() {
        under_every_shell(|host| {
            prepared(host);
            let written = config::file(&values("log: info")).unwrap().with_references();
            host.write(".flipside/configs/v2", &format!("{}\n", sha256(&written)));
            for (wanted, changes) in [("log: info", false), ("log: debug", true)] {
                let mut spec = alone(host);
                let file = "configuration.json".to_owned();
                spec.config = Some(ConfigSpec { file, layers: Vec::new(), values: values(wanted) });
                let observation = Observed::Current(Box::new(observed(host, &spec)));
                let member = member(&spec, Carries::App);
                let known = KnownMember { member: &member, observed: &observation };
                let view = view(&known).unwrap();
                let intent = intent(Phase::Prepare);
                let steps = steps(&intent, &view, &release("v2")).unwrap();
                assert_eq!(steps.changes(), changes, "{wanted}: {steps:?}");
                assert_eq!(steps.prepare.unwrap().is_to_do(), changes, "its hook reads it");
            }
        });
    }
}
