//! Shows the transport's prompts as cards of the console.

use tokio::sync::{mpsc, oneshot};

use crate::console::app::msg::{Prompt, PromptAnswer, PromptCard};
use crate::transport;

/// Passes each prompt to the console and waits for the person's answer.
pub struct CardPrompter {
    pub prompts: mpsc::UnboundedSender<Prompt>,
}

impl transport::Prompter for CardPrompter {
    fn ask(
        &self,
        prompt: transport::AuthPrompt,
    ) -> transport::BoxFuture<'_, transport::PromptReply> {
        Box::pin(async move {
            let (answer, answered) = oneshot::channel();
            if self.prompts.send(Prompt { card: card(prompt), answer }).is_err() {
                return transport::PromptReply::Refused;
            }
            match answered.await {
                Ok(PromptAnswer::Yes) => transport::PromptReply::Accepted,
                Ok(PromptAnswer::Secret(secret)) => transport::PromptReply::Secret(secret),
                Ok(PromptAnswer::No) | Err(_) => transport::PromptReply::Refused,
            }
        })
    }
}

fn card(prompt: transport::AuthPrompt) -> PromptCard {
    match prompt {
        transport::AuthPrompt::UnknownHostKey { host, address, algorithm, fingerprint } => {
            PromptCard::HostKey {
                host: format!("{host} ({address})"),
                algorithm,
                fingerprint,
                keep: None,
            }
        }
        transport::AuthPrompt::Passphrase { key } => {
            PromptCard::Secret { title: format!("Passphrase of {key}"), hint: None }
        }
        transport::AuthPrompt::Password { host, account, again } => PromptCard::Secret {
            title: format!("{host}: password of {account}"),
            hint: again.then(|| "Wrong password. Try again:".to_owned()),
        },
        transport::AuthPrompt::Answer { host, account, about, text, shown } => {
            let title = format!("{host} asks {account}: {text}");
            let hint = Some(about).filter(|about| !about.is_empty());
            if shown {
                PromptCard::Line { title, hint }
            } else {
                PromptCard::Secret { title, hint }
            }
        }
    }
}
