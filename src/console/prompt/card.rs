//! What the transport wants to know before it connects.

use super::dialog::PromptDialog;
use crate::console::app::msg::PromptCard;
use crate::console::app::state::State;
use crate::console::dialog::card::{Card, input};

pub fn card(state: &State, prompt: &PromptDialog, cells: usize) -> Card {
    let theme = &state.setup.theme;
    match &prompt.card {
        PromptCard::HostKey { host, algorithm, fingerprint, keep } => {
            let mut card = Card::new(cells, format!("UNKNOWN SERVER KEY of {host}"), theme.danger);
            card.say(
                "This key is not known yet. Compare it with the one the server's owner gave you.",
                theme.text,
            );
            card.gap();
            card.fact(state, "server", host);
            card.fact(state, "key", algorithm);
            card.fact(state, "print", fingerprint);
            if let Some(keep) = keep {
                card.fact(state, "kept in", keep);
            }
            card.gap();
            card.foot.push(input(state, "type yes if it is the right one: ", &prompt.field));
            card.keys(state, &[("Enter", "answer"), ("Esc", "no: do not connect")]);
            card
        }
        PromptCard::Secret { title, hint } | PromptCard::Line { title, hint } => {
            let mut card = Card::new(cells, title.clone(), theme.focus);
            if let Some(hint) = hint {
                card.say(hint, theme.text);
            }
            card.gap();
            let shown = matches!(prompt.card, PromptCard::Line { .. });
            let label = if shown { "" } else { "(not shown) " };
            card.foot.push(input(state, label, &prompt.field));
            card.keys(state, &[("Enter", "answer"), ("Esc", "do not connect")]);
            card
        }
    }
}
