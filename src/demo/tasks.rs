//! Background work of a fleet, which ends with it.

use std::future::Future;

use tokio_util::sync::CancellationToken;

#[derive(Debug, Clone, Default)]
pub struct Tasks(CancellationToken);

impl Tasks {
    /// Runs `work` until it is done or the fleet is stopped.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let stop = self.0.clone();
        tokio::spawn(async move {
            stop.run_until_cancelled(work).await;
        });
    }

    pub fn stop(&self) {
        self.0.cancel();
    }
}
