//! Ends a remote process group.
//!
//! sshd passes a signal of the protocol on to the command's whole process group, but not where it
//! serves root, where a forced command runs, nor to what `sudo` runs (OpenSSH 9.2, `session.c`, and
//! tested). There a script on a second channel does it.

use std::sync::Arc;
use std::time::Duration;

use russh::client::Msg;
use russh::{ChannelReadHalf, ChannelWriteHalf, Sig};
use tokio::time::{sleep, timeout};

use super::connection::Connection;
use super::received::Received;
use super::unused::Unused;
use crate::base::shell::quote;
use crate::domain::command::RunAs;
use crate::transport::Sink;

const SCRIPT: &str = include_str!("stop.sh");

/// How long a command has to end after SIGTERM.
const GRACE: Duration = Duration::from_secs(2);
/// How long it has after SIGKILL. Nothing can refuse that one, so what takes long is the host: one that is overloaded
/// needs seconds to start the script, and there people cancel most. Not waiting would leave the step "not known".
const DEATH: Duration = Duration::from_secs(10);
/// A command that gets the protocol's signal has ended by then, and the script is not needed.
const OBEYS_WITHIN: Duration = Duration::from_millis(300);

/// A running command, as the server knows it.
#[derive(Clone)]
pub struct Remote {
    pub connection: Arc<Connection>,
    /// The value of `FLIPSIDE_RUN` in its environment.
    pub mark: String,
    pub run_as: RunAs,
}

impl Remote {
    /// Ends the command. Whether it ended shows in `heard`: its status, and the end of its output.
    pub async fn stop(
        &self,
        read: &mut ChannelReadHalf,
        write: &ChannelWriteHalf<Msg>,
        heard: &mut Received,
        sink: &dyn Sink,
    ) {
        for (signal, word, patience) in [(Sig::TERM, "TERM", GRACE), (Sig::KILL, "KILL", DEATH)] {
            let signalled = async {
                let _ = write.signal(signal).await;
                while heard.take(read.wait().await, sink) {}
            };
            let by_script = async {
                if self.run_as == RunAs::LoginUser {
                    sleep(OBEYS_WITHIN).await;
                }
                // In a task of its own, since a channel would stay open if this future is dropped half-way.
                let _ = tokio::spawn(self.clone().kill(word, patience)).await;
                std::future::pending::<()>().await;
            };
            tokio::select! {
                () = signalled => return,
                () = by_script => {}
                () = sleep(patience) => {}
            }
        }
    }

    /// Ends the command without waiting for it: its caller is gone.
    pub async fn abandon(&self, write: &ChannelWriteHalf<Msg>) {
        let _ = write.signal(Sig::TERM).await;
        self.clone().kill("TERM", GRACE).await;
        let _ = write.close().await;
    }

    /// Uses a channel outside of the slots: a connection full of commands must still be able to end one.
    async fn kill(self, signal: &'static str, patience: Duration) {
        let sudo = if self.run_as == RunAs::Root { "sudo -n -- " } else { "" };
        // The login shell's parent is the sshd of this connection.
        let line =
            format!("{sudo}sh -c {} flipside-stop {signal} {} \"$PPID\"", quote(SCRIPT), self.mark);
        let Ok(Some(channel)) = self.connection.any_channel().await.map(Unused::take) else {
            return;
        };
        let (mut read, write) = channel.split();
        let done = async {
            let _ = write.exec(false, line).await;
            let _ = write.eof().await;
            while read.wait().await.is_some() {}
        };
        let _ = timeout(patience, done).await;
        let _ = write.close().await;
    }
}
