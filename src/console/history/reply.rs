//! What was read of past runs, and what a person asks of it.

use std::sync::Arc;

use super::playback::play;
use super::{Asked, History, HistoryReply, HistoryRequest, Opened, RunPurpose, summary};
use crate::console::actions::ActionId;
use crate::console::app::msg::Effect;
use crate::console::app::state::{Stage, State};
use crate::console::dialog::Dialog;
use crate::console::history;
use crate::console::screen::glyphs::Mark;
use crate::domain::history::{RunRecord, RunSummary};

const READING: &str = "reading ";

pub fn asked(state: &mut State, asked: Asked) -> Vec<Effect> {
    match asked {
        Asked::Read(request) => {
            if let HistoryRequest::Run { journal, .. } = &request {
                state.say(Mark::Work, format!("{READING}{}", journal.display()));
            }
            vec![Effect::HistoryRequest(request)]
        }
        Asked::Copy(record) => copy(state, &record),
        Asked::Play(record) => {
            play(state, record);
            Vec::new()
        }
    }
}

pub fn received(state: &mut State, reply: HistoryReply) -> Vec<Effect> {
    match reply {
        HistoryReply::Some(some) => {
            if let Some(history) = history(state) {
                history.take(some);
            }
        }
        HistoryReply::All => {
            if let Some(history) = history(state) {
                history.whole = true;
            }
        }
        HistoryReply::Last(brief) => last(state, &brief),
        HistoryReply::Run { read: Err(why), .. } => state.say(Mark::Bad, why),
        HistoryReply::Run { read: Ok(record), wish } => {
            let record: Arc<RunRecord> = Arc::from(record);
            state.messages.newest.take_if(|message| message.text.starts_with(READING));
            // The reply is shown only if the list is still open.
            let waits =
                matches!(state.dialogs.last().map(|it| &it.dialog), Some(Dialog::History(_)));
            match wish {
                RunPurpose::Copy => return copy(state, &record),
                RunPurpose::Open if waits => {
                    state.open(Dialog::Opened(Box::new(Opened::new(record))));
                }
                RunPurpose::Play if waits => play(state, record),
                RunPurpose::Open | RunPurpose::Play => {}
            }
        }
    }
    Vec::new()
}

/// How the last run from this machine ended, where it did not end well and nothing has begun since.
fn last(state: &mut State, brief: &RunSummary) {
    if state.run.deploy.run.is_none()
        && let Some(words) = brief.ended_badly()
    {
        let history = state.key_word(ActionId::History);
        state.say(Mark::Warn, format!("{words}. {history} shows it"));
    }
}

fn history(state: &mut State) -> Option<&mut History> {
    state.dialogs.iter_mut().find_map(|open| match &mut open.dialog {
        Dialog::History(history) => Some(&mut **history),
        _ => None,
    })
}

fn copy(state: &mut State, record: &RunRecord) -> Vec<Effect> {
    let then = Stage::at_the_end(&state.setup, record);
    history::update::send(state, &summary::of_record(then.state(), record))
}
