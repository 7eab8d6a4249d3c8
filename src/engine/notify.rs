//! Notifications for people who are not at the console. They can neither fail nor delay a run: each is sent in a task of
//! its own, with its own retries.

use std::time::Duration;

use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::bus::EventBus;
use super::context::EngineContext;
use crate::domain::event::What;
use crate::domain::http::{Body, Delivery, Expect, Method, Request, Tls, Url};
use crate::domain::outcome::Outcome;
use crate::domain::plan::Intent;
use crate::domain::spec::{NotifyKind, NotifySpec};
use crate::transport::{Limits, Unanswered};

const TRIES: u32 = 4;
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the engine waits for pending notifications when it quits.
const PENDING_PATIENCE: Duration = Duration::from_secs(5);

/// Sends notifications, each in a task of its own.
#[derive(Clone)]
pub struct Notifier {
    context: EngineContext,
    bus: EventBus,
    pending: TaskTracker,
}

impl Notifier {
    pub fn new(context: &EngineContext, bus: &EventBus) -> Self {
        Self { context: context.clone(), bus: bus.clone(), pending: TaskTracker::new() }
    }

    /// Sends a notification to every address that the inventory names, without waiting for it.
    pub fn emit(&self, intent: &Intent, text: &str) {
        for spec in
            self.context.app(&intent.app).map(|app| &app.notifications).into_iter().flatten()
        {
            let request = request(spec, intent, text);
            let (context, bus, to) = (self.context.clone(), self.bus.clone(), spec.url.to_string());
            self.pending.spawn(async move {
                let outcome = send(&context, &request).await;
                bus.emit(What::Notified { to, outcome });
            });
        }
    }

    /// Waits for a limited time for pending notifications.
    pub async fn wait_for_pending(&self) {
        self.pending.close();
        // Notifications that are still pending end with the engine.
        let _ = timeout(PENDING_PATIENCE, self.pending.wait()).await;
    }
}

fn request(spec: &NotifySpec, intent: &Intent, text: &str) -> Request {
    let text = format!("[{}] {} · {text} ({})", intent.environment, intent.app, intent.by);
    let json = match spec.kind {
        NotifyKind::Slack => serde_json::json!({ "text": text }),
        NotifyKind::Json => serde_json::json!({
            "text": text,
            "environment": intent.environment,
            "app": intent.app,
            "stack": intent.stack,
            "phase": intent.phase,
            "release": intent.release,
            "run": intent.run,
            "operator": intent.by,
        }),
    };
    Request {
        method: Method::Post,
        url: Url::Secret(spec.url.clone()),
        headers: Vec::new(),
        body: Some(Body { content_type: "application/json".to_owned(), text: json.to_string() }),
        auth: None,
        expect: Expect::default(),
        tls: Tls::default(),
        delivery: Delivery::default(),
        if_match: None,
    }
}

async fn send(context: &EngineContext, request: &Request) -> Outcome {
    let mut why = String::new();
    for attempt in 0..TRIES {
        if attempt > 0 {
            sleep(Duration::from_millis(500) * 2u32.pow(attempt)).await;
        }
        let limits = Limits { deadline: PATIENCE, cancel: CancellationToken::new() };
        match context.web.request(request, limits).await {
            Ok(response) => match request.expect.check(&response) {
                Ok(()) => return Outcome::Done,
                Err(wrong) => why = wrong,
            },
            Err(Unanswered::NotSent(error)) => why = error,
            // It may have arrived: if it were sent again, people would read it twice.
            Err(Unanswered::Lost(error)) => return Outcome::unknown(error),
        }
    }
    Outcome::failed(why)
}
