//! Splits a step's output into sanitized lines as it arrives.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use super::bus::EventBus;
use super::context::Clock;
use crate::base::text::clean_line;
use crate::domain::event::{OutputLine, Stream};
use crate::domain::target::Target;
use crate::transport::Sink;

/// A line longer than this is cut; the rest begins a new one.
const LONGEST: usize = 16 * 1024;
/// The number of last lines that are retained to explain a failure.
const KEPT: usize = 20;

pub struct StepOutput {
    target: Target,
    bus: EventBus,
    clock: Clock,
    /// Whether the output belongs to no run, and so to no journal.
    aside: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    last: VecDeque<(Stream, String)>,
}

impl StepOutput {
    pub fn new(target: Target, bus: EventBus, clock: Clock) -> Self {
        Self { target, bus, clock, aside: false, state: Mutex::default() }
    }

    /// Returns output that belongs to no run, and so to no journal.
    pub fn aside(target: Target, bus: EventBus, clock: Clock) -> Self {
        Self { aside: true, ..Self::new(target, bus, clock) }
    }

    /// Emits a line of Flipside's own between the host's.
    pub fn own(&self, text: impl Into<String>) {
        self.emit(Stream::Own, text.into());
    }

    /// Emits the line above or below a step's output.
    pub fn heading(&self, stream: Stream, text: String) {
        self.emit(stream, text);
    }

    /// Emits lines that have no end yet, and returns the last line that explains a failure.
    pub fn finish(&self) -> Option<String> {
        for stream in [Stream::Stdout, Stream::Stderr] {
            let rest = std::mem::take(self.state().buffer(stream));
            if !rest.is_empty() {
                self.line(stream, &rest);
            }
        }
        let state = self.state();
        let last_line =
            |stream| state.last.iter().rev().find(|(s, text)| *s == stream && !text.is_empty());
        last_line(Stream::Stderr)
            .or_else(|| last_line(Stream::Stdout))
            .map(|(_, text)| text.clone())
    }

    /// Returns the first retained line of stderr: scripts print the reason of their failure there.
    pub fn reason(&self) -> Option<String> {
        let state = self.state();
        state
            .last
            .iter()
            .find(|(stream, text)| *stream == Stream::Stderr && !text.is_empty())
            .map(|(_, t)| t.clone())
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn line(&self, stream: Stream, bytes: &[u8]) {
        let text = clean_line(bytes);
        let mut state = self.state();
        if state.last.len() == KEPT {
            state.last.pop_front();
        }
        state.last.push_back((stream, text.clone()));
        drop(state);
        self.emit(stream, text);
    }

    fn emit(&self, stream: Stream, text: String) {
        let line = OutputLine { target: self.target.clone(), at: (self.clock)(), stream, text };
        if self.aside { self.bus.line_outside_run(line) } else { self.bus.line(line) }
    }
}

impl State {
    fn buffer(&mut self, stream: Stream) -> &mut Vec<u8> {
        if stream == Stream::Stderr { &mut self.stderr } else { &mut self.stdout }
    }
}

impl Sink for StepOutput {
    fn note(&self, text: &str) {
        self.own(text);
    }

    fn take(&self, stream: Stream, bytes: &[u8]) {
        let mut whole = {
            let mut state = self.state();
            let buffer = state.buffer(stream);
            buffer.extend_from_slice(bytes);
            let end = buffer.iter().rposition(|byte| *byte == b'\n').map(|at| at + 1);
            let end = end.or_else(|| (buffer.len() > LONGEST).then_some(buffer.len()));
            let Some(end) = end else { return };
            let rest = buffer.split_off(end);
            std::mem::replace(buffer, rest)
        };
        if whole.last() == Some(&b'\n') {
            whole.pop();
        }
        for line in whole.split(|byte| *byte == b'\n') {
            for part in line.chunks(LONGEST.max(1)) {
                self.line(stream, part);
            }
            if line.is_empty() {
                self.line(stream, line);
            }
        }
    }
}
