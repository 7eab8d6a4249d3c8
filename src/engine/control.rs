//! What a person can say to a run while it works.

use std::collections::VecDeque;

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::domain::event::Choice;
use crate::domain::plan::Operator;
use crate::domain::target::Target;

/// A word for the run that is at work.
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
    /// Go on with what waits.
    Resume {
        by: Operator,
    },
}

/// The speaker's end.
#[derive(Debug, Clone)]
pub struct RunHandle {
    words: mpsc::UnboundedSender<RunMessage>,
    paused: watch::Sender<bool>,
    abort: CancellationToken,
    aborted_by: watch::Sender<Option<Operator>>,
}

/// The run's end.
#[derive(Debug)]
pub struct Control {
    words: mpsc::UnboundedReceiver<RunMessage>,
    kept: VecDeque<RunMessage>,
    paused: watch::Receiver<bool>,
    abort: CancellationToken,
    aborted_by: watch::Receiver<Option<Operator>>,
}

pub fn control() -> (RunHandle, Control) {
    let (words, words_in) = mpsc::unbounded_channel();
    let (paused, paused_in) = watch::channel(false);
    let (aborted_by, aborted_by_in) = watch::channel(None);
    let abort = CancellationToken::new();
    let handle = RunHandle { words, paused, abort: abort.clone(), aborted_by };
    let control = Control {
        words: words_in,
        kept: VecDeque::new(),
        paused: paused_in,
        abort,
        aborted_by: aborted_by_in,
    };
    (handle, control)
}

impl RunHandle {
    pub fn say(&self, word: RunMessage) {
        // A run that just ended hears nothing any more, and needs nothing.
        let _ = self.words.send(word);
    }

    pub fn pause(&self, paused: bool) {
        self.paused.send_replace(paused);
    }

    /// It was told to end, and has perhaps not ended yet.
    pub fn is_ending(&self) -> bool {
        self.abort.is_cancelled()
    }

    pub fn abort(&self, by: Operator) {
        self.aborted_by.send_replace(Some(by));
        self.abort.cancel();
    }
}

impl Control {
    /// Cancelled when the operator aborts.
    pub fn abort_token(&self) -> CancellationToken {
        self.abort.clone()
    }

    pub fn aborted_by(&self) -> Option<Operator> {
        self.aborted_by.borrow().clone()
    }

    /// What was chosen about failures that are settled by now is about nothing any more.
    pub fn forget_choices(&mut self) {
        while let Ok(word) = self.words.try_recv() {
            self.kept.push_back(word);
        }
        self.kept.retain(|word| !matches!(word, RunMessage::Choose { .. }));
    }

    /// Resolves once a person chose something about one of these targets, or the run is aborted. The choice
    /// is kept for whoever acts on it.
    pub async fn chosen(&mut self, targets: &[Target]) {
        let is_of_it = |word: &RunMessage| match word {
            RunMessage::Choose { choice: Choice::RevertAll, .. } => true,
            RunMessage::Choose { target: about, .. } => targets.contains(about),
            _ => false,
        };
        while !self.kept.iter().any(is_of_it) {
            let word = tokio::select! {
                biased;
                () = self.abort.cancelled() => return,
                word = self.words.recv() => word,
            };
            match word {
                Some(word) => self.kept.push_back(word),
                // Nobody is there who could choose.
                None => std::future::pending().await,
            }
        }
    }

    /// A gate for those who are about to begin a step.
    pub fn gate(&self) -> PauseGate {
        PauseGate { paused: self.paused.clone(), abort: self.abort.clone() }
    }

    /// The next word that is wanted; others are kept for whoever wants them. `None`: aborted.
    pub async fn hear<T>(&mut self, mut wanted: impl FnMut(&RunMessage) -> Option<T>) -> Option<T> {
        if let Some(index) = self.kept.iter().position(|word| wanted(word).is_some()) {
            return self.kept.remove(index).as_ref().and_then(wanted);
        }
        loop {
            let word = tokio::select! {
                biased;
                () = self.abort.cancelled() => return None,
                word = self.words.recv() => word?,
            };
            match wanted(&word) {
                Some(heard) => return Some(heard),
                None => self.kept.push_back(word),
            }
        }
    }
}

/// How somebody came through a [`PauseGate`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GatePass {
    Immediately,
    /// The run was paused: what happened meanwhile is not known.
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
            // An error means that the speaker is gone: nobody can pause any more.
            _ = self.paused.wait_for(|paused| !paused) => match (self.abort.is_cancelled(), paused) {
                (true, _) => GatePass::Aborted,
                (false, true) => GatePass::AfterPause,
                (false, false) => GatePass::Immediately,
            }
        }
    }
}
