//! Flipside's side of `benches/stream`: one command on every host of an inventory at once, over one connection
//! each; every line cut, cleaned and printed as the commands without a screen print it.
//!
//!     streaming INVENTORY COMMAND

#![allow(clippy::unwrap_used, clippy::panic)] // a benchmark that cannot run says so by panicking

use std::io::{BufWriter, Stdout, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::Utc;
use flipside::base::text::clean_line;
use flipside::domain::command::Command;
use flipside::domain::event::{OutputLine, Stream};
use flipside::domain::names::HostName;
use flipside::domain::target::Target;
use flipside::headless::text;
use flipside::transport::ssh::Ssh;
use flipside::transport::{
    AuthPrompt, BoxFuture, Ending, Limits, PromptReply, Prompter, Shell, Sink,
};
use tokio_util::sync::CancellationToken;

#[derive(Debug)]
struct Nobody;

impl Prompter for Nobody {
    fn ask(&self, _: AuthPrompt) -> BoxFuture<'_, PromptReply> {
        Box::pin(async { PromptReply::Refused })
    }
}

/// Lines of one host, to where all print.
#[derive(Debug)]
struct Lines {
    target: Target,
    rest: Mutex<Vec<u8>>,
    out: Arc<Mutex<BufWriter<Stdout>>>,
}

impl Sink for Lines {
    fn take(&self, stream: Stream, bytes: &[u8]) {
        let mut rest = self.rest.lock().unwrap();
        rest.extend_from_slice(bytes);
        let Some(end) = rest.iter().rposition(|byte| *byte == b'\n') else { return };
        let after = rest.split_off(end + 1);
        let whole = std::mem::replace(&mut *rest, after);
        let mut out = self.out.lock().unwrap();
        for line in whole[..end].split(|byte| *byte == b'\n') {
            let (target, at, text) = (self.target.clone(), Utc::now(), clean_line(line));
            let line = text::output(&OutputLine { target, at, stream, text });
            writeln!(out, "{}", line.unwrap_or_default()).unwrap();
        }
        out.flush().unwrap();
    }
}

fn main() {
    let words: Vec<String> = std::env::args().filter(|word| word != "--bench").collect();
    let [_, inventory, command] = words.as_slice() else {
        return println!("benches/stream runs this: streaming INVENTORY COMMAND");
    };
    let loaded =
        flipside::inventory::load(Path::new(inventory), flipside::platform::DECODERS).unwrap();
    let environment = loaded.inventory.environments.into_values().next().unwrap();
    let names: Vec<HostName> = environment.hosts.keys().cloned().collect();
    let ssh = Arc::new(Ssh::new(environment.hosts.into_values().collect(), Arc::new(Nobody)));
    let command = Command::new(["sh", "-c", command]);
    let out = Arc::new(Mutex::new(BufWriter::new(std::io::stdout())));
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let runs = names.into_iter().map(|name| {
            let (ssh, command, out) = (Arc::clone(&ssh), command.clone(), Arc::clone(&out));
            tokio::spawn(async move {
                let rest = Mutex::default();
                let sink = Lines { target: name.clone().into(), rest, out };
                let limits =
                    Limits { deadline: Duration::from_secs(300), cancel: CancellationToken::new() };
                ssh.run(&name, &command, &sink, limits).await
            })
        });
        for run in futures::future::join_all(runs).await {
            assert!(matches!(run, Ok(Ending::Exited(0))), "{run:?}");
        }
    });
}
