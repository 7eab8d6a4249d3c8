//! The host's side: takes the stand-ins' calls and has them carried out.

use std::sync::Arc;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::{UnixListener, UnixStream};

use super::voice::{Exit, Voice};
use super::wire::{Call, Program};
use crate::demo::compose::docker;
use crate::demo::host::{Host, Runs};
use crate::demo::{nginx, symlink};

pub async fn serve(listener: UnixListener, host: Arc<Host>) {
    while let Ok((stream, _)) = listener.accept().await {
        host.tasks().spawn(take(stream, Arc::clone(&host)));
    }
}

async fn take(stream: UnixStream, host: Arc<Host>) {
    let (from, to) = stream.into_split();
    let mut from = BufReader::new(from);
    let mut line = String::new();
    if from.read_line(&mut line).await.is_err() {
        return;
    }
    let Ok(call) = serde_json::from_str::<Call>(&line) else { return };
    let mut voice = Voice::new(to);
    // Nothing more is ever said by a stand-in: an end of its side means that it was killed.
    let exit = tokio::select! {
        exit = carry_out(&host, &call, &mut voice) => exit,
        _ = from.read_u8() => return,
    };
    voice.end(exit).await;
}

async fn carry_out(host: &Arc<Host>, call: &Call, voice: &mut Voice) -> Exit {
    let words: Vec<&str> = call.words.iter().map(String::as_str).collect();
    match (call.program, &host.runs, &host.nginx) {
        (Program::Docker, Runs::Docker(engine), _) => {
            docker::orders::carry_out(engine, &words, call, voice).await
        }
        (Program::Nginx, _, Some(proxy)) => nginx::orders::carry_out(proxy, &words, voice).await,
        (Program::Shopctl, Runs::Services(services), _) => {
            symlink::services::carry_out(services, &words, voice).await
        }
        (Program::Docker, ..) => not_installed("docker", voice).await,
        (Program::Nginx, _, None) => not_installed("nginx", voice).await,
        (Program::Shopctl, ..) => not_installed("shopctl", voice).await,
    }
}

/// What a shell says of a program that a host of another platform has.
async fn not_installed(program: &str, voice: &mut Voice) -> Exit {
    voice.err(format!("{program}: command not found")).await;
    Exit::NO_SUCH_COMMAND
}
