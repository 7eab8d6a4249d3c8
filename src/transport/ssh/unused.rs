//! A channel that is not in use yet.

use russh::Channel;
use russh::client::Msg;

/// Open on the server, and closed there unless somebody takes it. A channel that is merely dropped stays
/// open on the server, and counts there; who waits for one may be gone at the very moment when it comes.
#[derive(Debug)]
pub struct Unused(Option<Channel<Msg>>);

impl Unused {
    pub fn new(channel: Channel<Msg>) -> Self {
        Self(Some(channel))
    }

    /// From here on it is the taker who closes it. It is there: only this takes it out.
    pub fn take(mut self) -> Option<Channel<Msg>> {
        self.0.take()
    }

    /// To hear whether the server has closed it meanwhile.
    pub fn channel(&mut self) -> Option<&mut Channel<Msg>> {
        self.0.as_mut()
    }
}

impl Drop for Unused {
    fn drop(&mut self) {
        let Some(channel) = self.0.take() else { return };
        // Without a runtime nothing is left of the connection either.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(async move { channel.close().await });
    }
}
