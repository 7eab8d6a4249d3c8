//! Reads journals for the console, beside it: the console itself touches no file.

use std::path::{Path, PathBuf};

use tokio::sync::mpsc;

use crate::console::history::{HistoryReply, HistoryRequest};
use crate::domain::history::RunSummary;
use crate::domain::names::{AppName, EnvName};
use crate::engine::journal_reader;

/// So many runs are handed over at once: the newest ones are on the screen while others are read.
const AT_ONCE: usize = 20;

/// Whose runs the console tells.
#[derive(Debug, Clone)]
pub struct Shelf {
    pub journals: PathBuf,
    pub environment: EnvName,
    pub app: AppName,
}

pub type Asks = mpsc::UnboundedSender<HistoryRequest>;
pub type Answers = mpsc::UnboundedReceiver<HistoryReply>;

/// Serves until the console is gone.
pub fn serve(shelf: Shelf) -> (Asks, Answers) {
    let (asks, mut asked) = mpsc::unbounded_channel();
    let (say, answers) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some(ask) = asked.recv().await {
            let (shelf, say) = (shelf.clone(), say.clone());
            // A long journal keeps neither the screen nor the next question waiting.
            tokio::task::spawn_blocking(move || answer(&shelf, ask, &say));
        }
    });
    (asks, answers)
}

fn answer(shelf: &Shelf, ask: HistoryRequest, say: &mpsc::UnboundedSender<HistoryReply>) {
    // Whoever asked may have left by now.
    match ask {
        HistoryRequest::List => {
            let journals = journal_reader::of_app(&shelf.journals, &shelf.environment, &shelf.app);
            for some in journals.chunks(AT_ONCE) {
                let read = some
                    .iter()
                    .map(|journal| journal_reader::events(journal).map(|record| record.brief()));
                let _ = say.send(HistoryReply::Some(read.collect()));
            }
            let _ = say.send(HistoryReply::All);
        }
        HistoryRequest::Last => {
            if let Some(brief) = last(&shelf.journals, &shelf.environment, &shelf.app) {
                let _ = say.send(HistoryReply::Last(Box::new(brief)));
            }
        }
        HistoryRequest::Run { journal, wish } => {
            let read = journal_reader::whole(&journal).map(Box::new);
            let _ = say.send(HistoryReply::Run { read, wish });
        }
    }
}

/// The newest run of an app that this machine has a journal of.
pub fn last(journals: &Path, environment: &EnvName, app: &AppName) -> Option<RunSummary> {
    let newest = journal_reader::of_app(journals, environment, app).into_iter().next()?;
    journal_reader::events(&newest).ok().map(|record| record.brief())
}
