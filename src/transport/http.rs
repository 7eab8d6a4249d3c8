//! Requests from the console's machine, by reqwest over rustls.

pub mod attempts;
mod cause;
mod client;
mod follow;
mod pause;
pub mod poll;
mod tls;

pub(super) use self::cause::{Cause, at};
pub use self::client::{BODY_LIMIT, Http, install_crypto};
pub(super) use self::client::{Clients, is_this_machine, settings};
use super::{BoxFuture, Ending, Limits, Sink, Unanswered, Web};
use crate::base::duration::in_seconds;
use crate::domain::http::{Request, Response};
use crate::domain::known_secrets::KnownSecrets;

impl Web for Http {
    fn share_secrets(&self, known: KnownSecrets) {
        // The first one set stays.
        let _ = self.known.set(known);
    }

    fn request<'a>(
        &'a self,
        request: &'a Request,
        limits: Limits,
    ) -> BoxFuture<'a, Result<Response, Unanswered>> {
        Box::pin(async move {
            if limits.cancel.is_cancelled() {
                return Err(Unanswered::NotSent("cancelled".to_owned()));
            }
            tokio::select! {
                biased;
                () = limits.cancel.cancelled() => Err(Unanswered::Lost("cancelled".to_owned())),
                answer = self.send(request) => answer,
                () = tokio::time::sleep(limits.deadline) => {
                    let why = format!("no answer within {}", in_seconds(limits.deadline));
                    Err(Unanswered::Lost(why))
                }
            }
        })
    }

    fn check<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async move { self.prepare(request).await.map(|_| ()) })
    }

    fn follow<'a>(
        &'a self,
        request: &'a Request,
        sink: &'a dyn Sink,
        limits: Limits,
    ) -> BoxFuture<'a, Ending> {
        Box::pin(follow::follow(self, request, sink, limits))
    }
}
