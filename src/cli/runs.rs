//! Reads journals for the console, which itself reads no file.

use std::path::{Path, PathBuf};

use tokio::sync::mpsc;

use crate::console::history::{HistoryReply, HistoryRequest};
use crate::domain::history::RunSummary;
use crate::domain::names::{AppName, EnvName};
use crate::engine::journal_reader;

/// How many runs are sent at once, so that the newest ones are shown while older ones are read.
const CHUNK: usize = 20;

/// The journals of one app in one environment.
#[derive(Debug, Clone)]
pub struct AppJournals {
    pub root: PathBuf,
    pub environment: EnvName,
    pub app: AppName,
}

pub type HistoryRequests = mpsc::UnboundedSender<HistoryRequest>;
pub type HistoryReplies = mpsc::UnboundedReceiver<HistoryReply>;

/// Answers the console's requests until it drops the sender.
pub fn serve(journals: AppJournals) -> (HistoryRequests, HistoryReplies) {
    let (requests, mut received) = mpsc::unbounded_channel();
    let (sender, replies) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some(request) = received.recv().await {
            let (journals, sender) = (journals.clone(), sender.clone());
            // A long journal must not delay the screen or the next request.
            tokio::task::spawn_blocking(move || answer(&journals, request, &sender));
        }
    });
    (requests, replies)
}

fn answer(
    app: &AppJournals,
    request: HistoryRequest,
    replies: &mpsc::UnboundedSender<HistoryReply>,
) {
    // The console may be closed by now, so a failed send is ignored.
    match request {
        HistoryRequest::List => {
            let journals = journal_reader::of_app(&app.root, &app.environment, &app.app);
            for chunk in journals.chunks(CHUNK) {
                let read = chunk.iter().map(|journal| {
                    let record = journal_reader::events(journal);
                    record.map(|record| record.brief()).map_err(|error| error.to_string())
                });
                let _ = replies.send(HistoryReply::Some(read.collect()));
            }
            let _ = replies.send(HistoryReply::All);
        }
        HistoryRequest::Last => {
            if let Some(brief) = last(&app.root, &app.environment, &app.app) {
                let _ = replies.send(HistoryReply::Last(Box::new(brief)));
            }
        }
        HistoryRequest::Run { journal, wish } => {
            let read =
                journal_reader::whole(&journal).map(Box::new).map_err(|error| error.to_string());
            let _ = replies.send(HistoryReply::Run { read, wish });
        }
    }
}

/// Returns the newest run of an app that this machine has a journal of.
pub fn last(journals: &Path, environment: &EnvName, app: &AppName) -> Option<RunSummary> {
    let newest = journal_reader::of_app(journals, environment, app).into_iter().next()?;
    journal_reader::events(&newest).ok().map(|record| record.brief())
}
