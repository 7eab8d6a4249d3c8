//! Slots and jobs, derived from the containers of their services. A service may have several containers: it
//! has a release only if all of them have it, and is up only if all of them are.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{Container, Facts};
use crate::domain::names::Color;
use crate::domain::observation::{Health, Running, Slot, Workload};
use crate::domain::release::{Digest, Release};
use crate::platform::compose::spec::ComposeSpec;

pub fn colors(spec: &ComposeSpec, facts: &Facts) -> BTreeMap<Color, Slot> {
    let slot = |service: &str| Slot {
        release: release(facts, service),
        running: running(facts, service),
        health: health(facts, service),
    };
    spec.proxy.colors.iter().map(|(name, color)| (name.clone(), slot(&color.service))).collect()
}

pub fn jobs(spec: &ComposeSpec, facts: &Facts) -> Vec<Workload> {
    let workload = |name: &String| Workload {
        name: name.clone(),
        release: release(facts, name),
        running: running(facts, name),
    };
    spec.jobs.iter().map(workload).collect()
}

fn running(facts: &Facts, service: &str) -> Running {
    let found: Vec<Running> = facts.replicas(service).map(|one| one.running).collect();
    match found.split_first() {
        // Absent only if the engine answered.
        None if facts.engine.is_some() => Running::Unseen,
        None => Running::Absent,
        Some((first, others)) if others.iter().all(|other| other == first) => *first,
        Some(_) => Running::Unsettled,
    }
}

/// Returns the worst health of a service's containers.
fn health(facts: &Facts, service: &str) -> Health {
    if running(facts, service) != Running::Up {
        return Health::None;
    }
    let found: Vec<Health> = facts.replicas(service).map(|one| one.health).collect();
    [Health::Unhealthy, Health::Starting, Health::Unchecked, Health::Healthy]
        .into_iter()
        .find(|health| found.contains(health))
        .unwrap_or(Health::None)
}

/// Returns the release that all containers of a service were created from.
fn release(facts: &Facts, service: &str) -> Option<Release> {
    let mut releases = facts.replicas(service).map(|one| release_of(facts, one));
    let first = releases.next()??;
    releases.all(|other| other.as_ref() == Some(&first)).then_some(first)
}

fn release_of(facts: &Facts, container: &Container) -> Option<Release> {
    let named: BTreeSet<_> = facts
        .images
        .iter()
        .filter(|image| image.id == container.image_id)
        .map(|image| &image.tag)
        .collect();
    let tag = match (&container.tag, named.len()) {
        (Some(tag), _) => tag.clone(),
        // Created by digest alone: if exactly one tag on the host means this image, that is the release.
        (None, 1) if container.digest.is_some() => named.into_iter().next()?.clone(),
        _ => return None,
    };
    let digest = container.digest.clone().or_else(|| {
        let digests = digests(facts, &container.image_id);
        let pulled = facts.pulled.as_ref().filter(|pulled| pulled.tag == tag);
        pulled
            .map(|pulled| &pulled.digest)
            .filter(|digest| digests.contains(digest))
            .or_else(|| digests.first())
            .cloned()
    });
    Some(Release { tag, digest })
}

/// Returns whether all containers of a service run this image. A registry may have several digests for the same
/// image, and hosts may know different ones.
pub fn is_of(facts: &Facts, service: &str, digest: &Digest) -> bool {
    let is = |one: &Container| {
        one.digest.as_ref() == Some(digest) || digests(facts, &one.image_id).contains(digest)
    };
    facts.replicas(service).all(is)
}

/// Returns all known digests of an image.
fn digests<'f>(facts: &'f Facts, image_id: &str) -> &'f [Digest] {
    let tagged = facts.images.iter().find(|image| image.id == image_id);
    let untagged = || facts.untagged.iter().find(|image| image.id == image_id);
    tagged
        .map_or_else(|| untagged().map_or(&[][..], |image| &image.digests), |image| &image.digests)
}

/// Returns why the release of a service is not known, and a remedy that restarts nothing where possible.
pub fn unknown(facts: &Facts, service: &str, spec: &ComposeSpec) -> (String, String) {
    let texts: BTreeSet<&str> =
        facts.replicas(service).map(|one| one.created_from.as_str()).collect();
    let found: Vec<&Container> = facts.replicas(service).collect();
    let image = &spec.image;
    match found.as_slice() {
        [] => (
            format!("{service} has no container"),
            "Run `flipside status` to see what runs there.".to_owned(),
        ),
        [_, ..] if texts.len() > 1 => (
            format!(
                "the {} containers of {service} have different releases: {}",
                found.len(),
                texts.into_iter().collect::<Vec<_>>().join(", ")
            ),
            format!("Bring all containers of {service} to one release; `docker ps` lists them."),
        ),
        [one, ..] if one.digest.is_some() => (
            format!(
                "{service} was created from {}, which does not have exactly one tag",
                one.created_from
            ),
            format!(
                "Give it a tag on the host: `docker tag {} {image}:TAG`. This restarts nothing.",
                one.image_id
            ),
        ),
        [one, ..] => (
            format!("{service} was created from {}, which is no tag of {image}", one.created_from),
            "Correct `image` in the inventory, or start the service from that repository once."
                .to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::release::Tag;
    use crate::platform::compose::facts::{Image, Untagged};
    use crate::platform::compose::fixture::{color, spec};

    const OLD: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const NEW: &str = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    fn container(tag: Option<&str>, running: Running, health: Health) -> Container {
        Container {
            id: "c1".to_owned(),
            service: "shop_blue".to_owned(),
            tag: tag.map(|tag| Tag::new(tag).unwrap()),
            digest: None,
            created_from: format!("registry.example.org/shop:{}", tag.unwrap_or("?")),
            image_id: "i1".to_owned(),
            running,
            health,
        }
    }

    fn facts(containers: Vec<Container>) -> Facts {
        Facts { containers, ..Facts::default() }
    }

    fn blue(facts: &Facts) -> Slot {
        colors(&spec(), facts).remove(&color("blue")).unwrap()
    }

    #[test]
    fn a_service_is_healthy_only_if_all_its_containers_are() {
        let up = |health| container(Some("v1"), Running::Up, health);
        for (second, running, health) in [
            (up(Health::Healthy), Running::Up, Health::Healthy),
            (up(Health::Unhealthy), Running::Up, Health::Unhealthy),
            (up(Health::Starting), Running::Up, Health::Starting),
            (
                container(Some("v1"), Running::Stopped, Health::None),
                Running::Unsettled,
                Health::None,
            ),
        ] {
            for pair in
                [[up(Health::Healthy), second.clone()], [second.clone(), up(Health::Healthy)]]
            {
                let slot = blue(&facts(pair.to_vec()));
                assert_eq!((slot.running, slot.health), (running, health), "{second:?}");
                assert_eq!(slot.is_ready(), health == Health::Healthy);
            }
        }
    }

    #[test]
    fn a_service_has_a_release_only_if_all_its_containers_have_it() {
        let of = |tag| container(tag, Running::Up, Health::Healthy);
        assert_eq!(
            blue(&facts(vec![of(Some("v1")), of(Some("v1"))])).release.unwrap().tag.as_str(),
            "v1"
        );
        for other in [Some("v2"), None] {
            let facts = facts(vec![of(Some("v1")), of(other)]);
            assert_eq!(blue(&facts).release, None);
            let (why, _) = unknown(&facts, "shop_blue", &spec());
            assert!(why.contains("the 2 containers of shop_blue have different releases"), "{why}");
        }
    }

    /// The tag was pulled again while its container ran: users still get the old image.
    #[test]
    fn a_release_has_the_digest_of_the_running_image() {
        let mut facts = facts(vec![container(Some("v1"), Running::Up, Health::Healthy)]);
        let (old, new) = (Digest::new(OLD).unwrap(), Digest::new(NEW).unwrap());
        facts.untagged = vec![Untagged { id: "i1".to_owned(), digests: vec![old.clone()] }];
        facts.images = vec![Image {
            id: "i2".to_owned(),
            tag: Tag::new("v1").unwrap(),
            digest: Some(new.clone()),
            digests: vec![new],
            created: chrono::DateTime::UNIX_EPOCH,
        }];
        let release = blue(&facts).release.unwrap();
        assert_eq!((release.tag.as_str(), release.digest), ("v1", Some(old)));
    }

    #[test]
    fn a_container_created_by_digest_is_named_by_its_only_tag() {
        let mut one = container(None, Running::Up, Health::Healthy);
        let digest = Digest::new(OLD).unwrap();
        one.digest = Some(digest.clone());
        let mut facts = facts(vec![one]);
        assert_eq!(blue(&facts).release, None);
        let (_, remedy) = unknown(&facts, "shop_blue", &spec());
        assert!(remedy.contains("docker tag i1 registry.example.org/shop:TAG"), "{remedy}");
        let tagged = |tag: &str| Image {
            id: "i1".to_owned(),
            tag: Tag::new(tag).unwrap(),
            digest: Some(digest.clone()),
            digests: vec![digest.clone()],
            created: chrono::DateTime::UNIX_EPOCH,
        };
        facts.images = vec![tagged("v1")];
        assert_eq!(blue(&facts).release.unwrap().tag.as_str(), "v1");
        facts.images.push(tagged("stable"));
        assert_eq!(blue(&facts).release, None, "two tags are ambiguous");
    }

    #[test]
    fn an_image_may_have_several_digests() {
        let (old, new) = (Digest::new(OLD).unwrap(), Digest::new(NEW).unwrap());
        let mut facts = facts(vec![container(Some("v1"), Running::Up, Health::Healthy)]);
        facts.untagged = vec![Untagged { id: "i1".to_owned(), digests: vec![old.clone()] }];
        assert!(is_of(&facts, "shop_blue", &old) && !is_of(&facts, "shop_blue", &new));
        facts.untagged[0].digests.push(new.clone());
        assert!(is_of(&facts, "shop_blue", &old) && is_of(&facts, "shop_blue", &new));
    }
}
