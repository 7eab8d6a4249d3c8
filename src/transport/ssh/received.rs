//! What the channel of a command has received.

use russh::{ChannelMsg, Sig};

use crate::domain::event::Stream;
use crate::transport::{Ending, Sink};

/// What a channel has received so far.
#[derive(Default)]
pub struct Received {
    pub status: Option<Ending>,
    /// The channel itself was closed, not just the connection under it. A server closes it when no process holds the
    /// command's output open any more.
    pub closed: bool,
}

impl Received {
    /// Takes a message. Returns `false` if nothing more will come.
    pub fn take(&mut self, message: Option<ChannelMsg>, sink: &dyn Sink) -> bool {
        match message {
            None => return false,
            Some(ChannelMsg::Data { data }) => sink.take(Stream::Stdout, &data),
            Some(ChannelMsg::ExtendedData { data, .. }) => sink.take(Stream::Stderr, &data),
            Some(ChannelMsg::ExitStatus { exit_status }) => {
                // POSIX has statuses up to 255; a larger one is a fault of the server's.
                let status = i32::try_from(exit_status).unwrap_or(i32::MAX);
                self.status = Some(Ending::Exited(status));
            }
            Some(ChannelMsg::ExitSignal { signal_name, .. }) => {
                self.status = Some(Ending::Signalled(name(signal_name)));
            }
            // Only the request to run was to be answered. The server may leave the channel open.
            Some(ChannelMsg::Failure) => {
                self.status = Some(Ending::NotStarted(
                    "the server refused to run a command. The login may be limited to other commands"
                        .to_owned(),
                ));
                return false;
            }
            Some(ChannelMsg::Close) => {
                self.closed = true;
                return false;
            }
            // End of output, window changes and the like. More may follow, a status too.
            Some(_) => {}
        }
        true
    }
}

fn name(signal: Sig) -> String {
    match signal {
        Sig::Custom(name) => name,
        known => format!("{known:?}"),
    }
}
