//! The channel by which a person steers a run: answers, choices, pause and abort.

use std::collections::VecDeque;

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::domain::event::Choice;
use crate::domain::plan::Operator;
use crate::domain::target::Target;

/// A message to the current run.
#[derive(Debug, Clone, PartialEq)]
pub enum RunMessage {
    Answer {
        yes: bool,
        by: Operator,
        note: Option<String>,
    },
    LeaveOpen {
        why: String,
    },
    Choose {
        target: Target,
        choice: Choice,
        by: Operator,
    },
    /// Continue with what waits.
    Resume {
        by: Operator,
    },
}

/// The sender's end.
#[derive(Debug, Clone)]
pub struct RunHandle {
    messages: mpsc::UnboundedSender<RunMessage>,
    paused: watch::Sender<bool>,
    abort: CancellationToken,
    aborted_by: watch::Sender<Option<Operator>>,
}

/// The run's end.
#[derive(Debug)]
pub struct Control {
    messages: mpsc::UnboundedReceiver<RunMessage>,
    deferred: VecDeque<RunMessage>,
    paused: watch::Receiver<bool>,
    abort: CancellationToken,
    aborted_by: watch::Receiver<Option<Operator>>,
}

pub fn control() -> (RunHandle, Control) {
    let (messages, messages_in) = mpsc::unbounded_channel();
    let (paused, paused_in) = watch::channel(false);
    let (aborted_by, aborted_by_in) = watch::channel(None);
    let abort = CancellationToken::new();
    let handle = RunHandle { messages, paused, abort: abort.clone(), aborted_by };
    let control = Control {
        messages: messages_in,
        deferred: VecDeque::new(),
        paused: paused_in,
        abort,
        aborted_by: aborted_by_in,
    };
    (handle, control)
}

impl RunHandle {
    pub fn send(&self, message: RunMessage) {
        // A run that has just ended needs no message.
        let _ = self.messages.send(message);
    }

    pub fn pause(&self, paused: bool) {
        self.paused.send_replace(paused);
    }

    /// Returns whether the run was aborted. It may not have ended yet.
    pub fn is_ending(&self) -> bool {
        self.abort.is_cancelled()
    }

    pub fn abort(&self, by: Operator) {
        self.aborted_by.send_replace(Some(by));
        self.abort.cancel();
    }
}

impl Control {
    /// Returns a token that is cancelled when the operator aborts.
    pub fn abort_token(&self) -> CancellationToken {
        self.abort.clone()
    }

    pub fn aborted_by(&self) -> Option<Operator> {
        self.aborted_by.borrow().clone()
    }

    /// Drops pending choices: they concern failures that are resolved by now.
    pub fn forget_choices(&mut self) {
        while let Ok(message) = self.messages.try_recv() {
            self.deferred.push_back(message);
        }
        self.deferred.retain(|message| !matches!(message, RunMessage::Choose { .. }));
    }

    /// Waits until a person chose something about one of these targets, or the run is aborted. The choice stays queued
    /// for the next [`receive`](Self::receive).
    pub async fn chosen(&mut self, targets: &[Target]) {
        let is_of_it = |message: &RunMessage| match message {
            RunMessage::Choose { choice: Choice::RevertAll, .. } => true,
            RunMessage::Choose { target: about, .. } => targets.contains(about),
            _ => false,
        };
        while !self.deferred.iter().any(is_of_it) {
            let message = tokio::select! {
                biased;
                () = self.abort.cancelled() => return,
                message = self.messages.recv() => message,
            };
            match message {
                Some(message) => self.deferred.push_back(message),
                // The sender is gone: no choice can come.
                None => std::future::pending().await,
            }
        }
    }

    /// Returns the gate that is passed before each step.
    pub fn gate(&self) -> PauseGate {
        PauseGate { paused: self.paused.clone(), abort: self.abort.clone() }
    }

    /// Returns the next message that is wanted; others stay queued. `None`: the run was aborted.
    pub async fn receive<T>(
        &mut self,
        mut wanted: impl FnMut(&RunMessage) -> Option<T>,
    ) -> Option<T> {
        if let Some(index) = self.deferred.iter().position(|message| wanted(message).is_some()) {
            return self.deferred.remove(index).as_ref().and_then(wanted);
        }
        loop {
            let message = tokio::select! {
                biased;
                () = self.abort.cancelled() => return None,
                message = self.messages.recv() => message?,
            };
            match wanted(&message) {
                Some(found) => return Some(found),
                None => self.deferred.push_back(message),
            }
        }
    }
}

/// How a step passed a [`PauseGate`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GatePass {
    Immediately,
    /// The run was paused: the hosts may have changed meanwhile.
    AfterPause,
    Aborted,
}

#[derive(Debug, Clone)]
pub struct PauseGate {
    paused: watch::Receiver<bool>,
    abort: CancellationToken,
}

impl PauseGate {
    /// Waits while the run is paused.
    pub async fn pass(&mut self) -> GatePass {
        let paused = *self.paused.borrow();
        tokio::select! {
            biased;
            () = self.abort.cancelled() => GatePass::Aborted,
            // An error means that the sender is gone: nobody can pause any more.
            _ = self.paused.wait_for(|paused| !paused) => match (self.abort.is_cancelled(), paused) {
                (true, _) => GatePass::Aborted,
                (false, true) => GatePass::AfterPause,
                (false, false) => GatePass::Immediately,
            }
        }
    }
}
