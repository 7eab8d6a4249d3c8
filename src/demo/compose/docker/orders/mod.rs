//! The orders of the `docker` command that hosts' scripts give.

mod compose;
mod container;
mod image;
mod words;

use std::sync::Arc;

use super::engine::Engine;
use crate::demo::standin::voice::{Exit, Voice};
use crate::demo::standin::wire::Call;

pub async fn carry_out(
    engine: &Arc<Engine>,
    words: &[&str],
    call: &Call,
    voice: &mut Voice,
) -> Exit {
    let known = match words {
        ["pull", reference] => Some(image::pull(engine, reference, voice).await),
        ["login", rest @ ..] => image::login(rest, call.stdin.as_deref(), voice).await,
        ["image", "inspect", "--format", format, reference] => {
            image::inspect(engine, format, reference, voice).await
        }
        ["tag", source, name] => Some(image::tag(engine, source, name, voice).await),
        ["image", "rm", reference] => Some(image::remove(engine, reference, voice).await),
        ["compose", rest @ ..] => compose::carry_out(engine, rest, &call.directory, voice).await,
        ["ps", rest @ ..] => container::ps(engine, rest, voice).await,
        ["inspect", "--format", format, names @ ..]
        | ["container", "inspect", "--format", format, names @ ..] => {
            container::inspect(engine, Some(format), names, voice).await
        }
        ["inspect", name] | ["container", "inspect", name] => {
            container::inspect(engine, None, &[name], voice).await
        }
        ["logs", rest @ ..] => container::logs(engine, rest, voice).await,
        ["wait", name] => Some(container::wait(engine, name, voice).await),
        ["start", names @ ..] => container::start(engine, names, voice).await,
        ["stop", rest @ ..] => container::stop(engine, rest, voice).await,
        ["rm", rest @ ..] => container::remove(engine, rest, voice).await,
        _ => None,
    };
    match known {
        Some(exit) => exit,
        None => voice.not_known("docker", words).await,
    }
}
