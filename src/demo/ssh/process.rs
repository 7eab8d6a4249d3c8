//! One command on a host: a shell in a process group of its own, and the channel it is tied to.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;

use hyper::body::Bytes;
use russh::server::{Handle, Msg};
use russh::{Channel, ChannelMsg, ChannelReadHalf, ChannelWriteHalf, Sig};
use rustix::process::{Pid, Signal};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::demo::host::Host;

const CHUNK: usize = 16 * 1024;
/// The only kind of extended data that the protocol knows.
const STDERR: u32 = 1;

/// A shell that runs, and the group that a signal goes to.
#[derive(Debug)]
pub struct Started {
    child: Child,
    group: Option<Pid>,
}

/// What a shell is started for.
#[derive(Debug, Clone, Copy)]
pub enum Run<'a> {
    Line(&'a str),
    /// What comes on its standard input.
    Input,
    /// The same, typed by a person. Without job control: the terminal that this process has is not theirs.
    Person,
}

const FOR_A_PERSON: &str = "echo 'A host of the demo is a directory: this shell is on your own machine, with your rights.' >&2
exec /bin/sh -i +m";

pub fn start(host: &Host, run: Run<'_>) -> io::Result<Started> {
    let mut shell = Command::new("/bin/sh");
    shell.env_clear().envs(host.environment());
    match run {
        Run::Line(line) => drop(shell.arg("-c").arg(line)),
        Run::Input => {}
        Run::Person => {
            shell.args(["-c", FOR_A_PERSON]).env("PS1", format!("{}$ ", host.name));
        }
    }
    let child = shell
        .current_dir(host.home())
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let group = child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?));
    host.running().add(group);
    Ok(Started { child, group })
}

/// Ties the process to its channel until both have ended.
///
/// When the connection is lost, the process continues without a signal: its output has no reader any more, as behind a
/// real server.
pub async fn attend(started: Started, channel: Channel<Msg>, wire: Handle, host: Arc<Host>) {
    let Started { mut child, group } = started;
    let (from, to) = channel.split();
    let (input, feed) = mpsc::unbounded_channel();
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let gone = CancellationToken::new();
    let work = async {
        tokio::join!(
            relay(stdout, &to, None, &gone),
            relay(stderr, &to, Some(STDERR), &gone),
            // The status is sent when it is known. That can be before the last output: a child in the background may
            // still hold the other end.
            async {
                if let Ok(status) = child.wait().await {
                    send_status(status, &to, &wire).await;
                }
            },
        );
        let _ = to.eof().await;
        let _ = to.close().await;
    };
    let ears = async {
        listen(from, input, group).await;
        gone.cancel();
        std::future::pending::<()>().await;
    };
    let talk = async {
        tokio::select! {
            () = work => {}
            () = ears => {}
        }
    };
    tokio::join!(talk, write(stdin, feed));
    host.running().remove(group);
}

/// What the console sends, until it closes the channel or is gone.
async fn listen(
    mut from: ChannelReadHalf,
    input: mpsc::UnboundedSender<Bytes>,
    group: Option<Pid>,
) {
    let mut input = Some(input);
    while let Some(message) = from.wait().await {
        match message {
            ChannelMsg::Data { data } => {
                // Without a bound: a program that does not read its input must not hold up the
                // other channels of its connection.
                let _ = input.as_ref().map(|input| input.send(data));
            }
            ChannelMsg::Eof => input = None,
            ChannelMsg::Signal { signal } => {
                if let (Some(group), Some(signal)) = (group, known(&signal)) {
                    let _ = rustix::process::kill_process_group(group, signal);
                }
            }
            ChannelMsg::Close => return,
            _ => {}
        }
    }
}

async fn write(stdin: Option<ChildStdin>, mut feed: mpsc::UnboundedReceiver<Bytes>) {
    let Some(mut stdin) = stdin else { return };
    while let Some(bytes) = feed.recv().await {
        if stdin.write_all(&bytes).await.is_err() {
            return;
        }
    }
}

/// Sends what the process prints, no faster than the console's window lets it.
async fn relay(
    pipe: Option<impl AsyncRead + Unpin>,
    to: &ChannelWriteHalf<Msg>,
    kind: Option<u32>,
    gone: &CancellationToken,
) {
    let Some(mut pipe) = pipe else { return };
    let send = async {
        let mut bytes = vec![0; CHUNK];
        while let Ok(count @ 1..) = pipe.read(&mut bytes).await {
            let data = Bytes::copy_from_slice(&bytes[..count]);
            let sent = match kind {
                None => to.data_bytes(data).await,
                Some(kind) => to.extended_data_bytes(kind, data).await,
            };
            if sent.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = send => {}
        () = gone.cancelled() => {}
    }
}

async fn send_status(status: ExitStatus, to: &ChannelWriteHalf<Msg>, wire: &Handle) {
    if let Some(code) = status.code() {
        let _ = to.exit_status(u32::try_from(code).unwrap_or(u32::MAX)).await;
    } else if let Some(signal) = status.signal() {
        let (name, core) = (name(signal), status.core_dumped());
        let _ = wire.exit_signal_request(to.id(), name, core, String::new(), String::new()).await;
    }
}

fn known(name: &Sig) -> Option<Signal> {
    Some(match name {
        Sig::HUP => Signal::HUP,
        Sig::INT => Signal::INT,
        Sig::QUIT => Signal::QUIT,
        Sig::ABRT => Signal::ABORT,
        Sig::ALRM => Signal::ALARM,
        Sig::KILL => Signal::KILL,
        Sig::PIPE => Signal::PIPE,
        Sig::TERM => Signal::TERM,
        Sig::USR1 => Signal::USR1,
        _ => return None,
    })
}

fn name(signal: i32) -> Sig {
    match Signal::from_named_raw(signal) {
        Some(Signal::HUP) => Sig::HUP,
        Some(Signal::INT) => Sig::INT,
        Some(Signal::QUIT) => Sig::QUIT,
        Some(Signal::ABORT) => Sig::ABRT,
        Some(Signal::ALARM) => Sig::ALRM,
        Some(Signal::KILL) => Sig::KILL,
        Some(Signal::PIPE) => Sig::PIPE,
        Some(Signal::TERM) => Sig::TERM,
        Some(Signal::USR1) => Sig::USR1,
        Some(Signal::SEGV) => Sig::SEGV,
        _ => Sig::Custom(signal.to_string()),
    }
}
