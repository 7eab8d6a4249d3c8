//! What the transport wants to know before it connects.

use super::{Card, fact, input};
use crate::console::dialog::PromptDialog;
use crate::console::msg::PromptCard;
use crate::console::state::State;

pub fn card(state: &State, prompt: &PromptDialog, cells: usize) -> Card {
    let theme = &state.setup.theme;
    match &prompt.card {
        PromptCard::HostKey { host, algorithm, fingerprint, keep } => {
            let mut card = Card::new(format!("UNKNOWN SERVER KEY of {host}"), theme.danger);
            card.say("Nobody has vouched for this key yet. Compare it with what the server's owner says.", cells, theme.text);
            card.gap();
            card.lines.push(fact(state, "server", host.clone()));
            card.lines.push(fact(state, "key", algorithm.clone()));
            card.lines.push(fact(state, "print", fingerprint.clone()));
            if let Some(keep) = keep {
                card.lines.push(fact(state, "kept in", keep.clone()));
            }
            card.gap();
            card.foot.push(input(state, "type yes if it is the right one: ", &prompt.field));
            card.keys(state, &[("Enter", "answer"), ("Esc", "no: do not connect")]);
            card
        }
        PromptCard::Secret { title, hint } => {
            let mut card = Card::new(title.clone(), theme.focus);
            if let Some(hint) = hint {
                card.say(hint, cells, theme.text);
            }
            card.gap();
            card.foot.push(input(state, "(not shown) ", &prompt.field));
            card.keys(state, &[("Enter", "answer"), ("Esc", "do not connect")]);
            card
        }
    }
}
