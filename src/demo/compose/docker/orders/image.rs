//! `docker pull`, `login`, `image inspect` and `image rm`.

use tokio::time::sleep;

use super::words::Words;
use crate::demo::compose::docker::engine::{Engine, Kept};
use crate::demo::compose::docker::image::tag_of;
use crate::demo::compose::docker::registry::{FOR_OTHERS, REPOSITORY};
use crate::demo::release::{self, Release};
use crate::demo::standin::voice::{Exit, Voice};
use crate::domain::catalog::Platform;

const DIGESTS: &str = "{{range .RepoDigests}}{{println .}}{{end}}";

pub async fn pull(engine: &Engine, reference: &str, voice: &mut Voice) -> Exit {
    let Some(tag) = tag_of(reference) else {
        let repository = reference.rsplit_once(':').map_or(reference, |(name, _)| name);
        return voice
            .fail(format!("Error response from daemon: pull access denied for {repository}, repository does not exist or may require 'docker login': denied: requested access to the resource is denied"))
            .await;
    };
    let Some(release) = release::find(tag) else {
        // It takes the registry's answer to know.
        sleep(engine.pace().pull / 8).await;
        let why = if tag == FOR_OTHERS {
            let here = Platform::of_machine(std::env::consts::ARCH);
            let here = here.map_or_else(|| "linux".to_owned(), |here| here.to_string());
            format!("no matching manifest for {here} in the manifest list entries")
        } else {
            format!("manifest for {reference} not found: manifest unknown: manifest unknown")
        };
        return voice.fail(format!("Error response from daemon: {why}")).await;
    };
    let name = REPOSITORY.rsplit('/').next().unwrap_or(REPOSITORY);
    voice.out(format!("{tag}: Pulling from {name}")).await;
    layers(engine, release, voice).await;
    voice.out(format!("Digest: {}", release.digest())).await;
    let status = if engine.add_image(release) {
        "Downloaded newer image for"
    } else {
        "Image is up to date for"
    };
    voice.out(format!("Status: {status} {reference}")).await;
    voice.out(reference).await;
    Exit::OK
}

async fn layers(engine: &Engine, release: Release, voice: &mut Voice) {
    let layers = release.layers();
    let (there, new): (Vec<_>, Vec<_>) = layers.iter().partition(|layer| engine.has_layer(layer));
    if new.is_empty() {
        return sleep(engine.pace().pull / 8).await;
    }
    for layer in there {
        voice.out(format!("{layer}: Already exists")).await;
    }
    for layer in &new {
        voice.out(format!("{layer}: Pulling fs layer")).await;
    }
    let steps = ["Verifying Checksum", "Download complete", "Pull complete"];
    let pause = engine.pace().pull / u32::try_from(new.len() * steps.len()).unwrap_or(1);
    for step in steps {
        for layer in &new {
            sleep(pause).await;
            voice.out(format!("{layer}: {step}")).await;
        }
    }
}

/// The demo's registry asks nobody for a password, and takes any.
pub async fn login(words: &[&str], stdin: Option<&str>, voice: &mut Voice) -> Option<Exit> {
    let [_server, rest @ ..] = words else { return None };
    let words = Words::read(rest, &["--password-stdin"], &["-u"])?;
    let given = stdin.is_some_and(|password| !password.trim().is_empty());
    if !words.rest.is_empty() || words.value("-u").is_none() || !words.has("--password-stdin") {
        return None;
    }
    if !given {
        return Some(voice.fail("Error: password is empty").await);
    }
    voice.out("Login Succeeded").await;
    Some(Exit::OK)
}

pub async fn inspect(
    engine: &Engine,
    format: &str,
    reference: &str,
    voice: &mut Voice,
) -> Option<Exit> {
    if format != DIGESTS {
        return None;
    }
    let Some(release) = engine.image(reference) else {
        return Some(voice.fail(format!("Error: No such image: {reference}")).await);
    };
    voice.out(format!("{REPOSITORY}@{}", release.digest())).await;
    // The template's own newline, and the one that ends what is printed.
    voice.out("").await;
    Some(Exit::OK)
}

/// A digest has one tag here, which is given to it again.
pub async fn tag(engine: &Engine, source: &str, name: &str, voice: &mut Voice) -> Exit {
    match engine.image(source) {
        Some(release) if tag_of(name) == Some(release.tag) => Exit::OK,
        _ => voice.fail(format!("Error response from daemon: No such image: {source}")).await,
    }
}

pub async fn remove(engine: &Engine, reference: &str, voice: &mut Voice) -> Exit {
    match engine.remove_image(reference) {
        Ok(release) => {
            voice.out(format!("Untagged: {reference}")).await;
            voice.out(format!("Untagged: {REPOSITORY}@{}", release.digest())).await;
            voice.out(format!("Deleted: {}", release.image_id())).await;
            Exit::OK
        }
        Err(Kept::Unknown) => {
            voice.fail(format!("Error response from daemon: No such image: {reference}")).await
        }
        Err(Kept::UsedBy(container)) => {
            voice
                .fail(format!(
                    "Error response from daemon: conflict: unable to remove repository reference {reference:?} (must force) - container {} is using its referenced image",
                    container.short_id()
                ))
                .await
        }
    }
}
