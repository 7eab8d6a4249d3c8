//! Texts of the domain name commands of the command line, as `` `flipside rollback` ``: the only markup
//! that they have. At the console a person presses keys, so it shows the key or the palette's command
//! instead. Commands that the console does not have stay, and say that they are for a shell.

use crate::console::actions::ActionId;
use crate::console::keys::Bindings;
use crate::domain::phase::Phase;

/// The text with every command replaced by what a person does at this console.
pub fn in_keys(keys: &Bindings, text: &str) -> String {
    let mut parts = text.split('`');
    let mut said = parts.next().unwrap_or_default().to_owned();
    // Pairs: what is between backticks, and what follows it.
    while let Some(code) = parts.next() {
        let Some(after) = parts.next() else {
            said.push('`');
            said.push_str(code);
            break;
        };
        match code.strip_prefix("flipside ") {
            Some(command) => said.push_str(&instead(keys, command)),
            None => said.push_str(&format!("`{code}`")),
        }
        said.push_str(after);
    }
    said
}

fn instead(keys: &Bindings, command: &str) -> String {
    here(keys, command).unwrap_or_else(|| format!("`flipside {command}` in a shell"))
}

/// The key, or the palette's command. `None`: the console has neither.
fn here(keys: &Bindings, command: &str) -> Option<String> {
    let words: Vec<&str> = command.split_whitespace().collect();
    let option = |name: &str| {
        let at = words.iter().position(|word| *word == name)?;
        words.get(at + 1).copied()
    };
    let first = *words.first()?;
    let release = option("--release").filter(|tag| *tag != "TAG");
    let id = match (first, first.parse().ok()) {
        (_, Some(phase @ (Phase::Prepare | Phase::GoLive | Phase::Abandon))) => {
            match (release, phase) {
                (Some(tag), _) => return Some(format!(":{} {tag}", phase.word())),
                (None, Phase::GoLive) => ActionId::GoLive,
                (None, Phase::Abandon) => ActionId::Abandon,
                (None, _) => ActionId::Prepare,
            }
        }
        (_, Some(Phase::Rollback)) => match option("--to") {
            Some(tag) => return Some(format!(":rollback {tag}")),
            None => ActionId::Rollback,
        },
        (_, Some(Phase::Repair)) => {
            return Some(format!(":repair {}", option("--only").unwrap_or("all")));
        }
        (_, Some(Phase::Unfreeze)) => return Some(":unfreeze REASON".to_owned()),
        (_, Some(Phase::Setup)) => return None,
        (_, Some(Phase::Verify)) => ActionId::Verify,
        (_, Some(Phase::Finish)) => ActionId::Finish,
        ("unlock", _) => ActionId::Unlock,
        ("status", _) => ActionId::Observe,
        ("history", _) => ActionId::History,
        _ => return None,
    };
    Some(keys.word(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        in_keys(&Bindings::default(), text)
    }

    #[test]
    fn a_command_becomes_the_key_that_does_it() {
        for (text, wanted) in [
            ("`flipside repair` plans it", ":repair all plans it"),
            ("`flipside repair --only web1` plans it", ":repair web1 plans it"),
            ("prepare one first: `flipside prepare --release TAG`", "prepare one first: P"),
            ("`flipside prepare --release v2` does the rest", ":prepare v2 does the rest"),
            ("name it: `flipside rollback --to TAG`", "name it: :rollback TAG"),
            ("name it: `flipside go-live --release v2`", "name it: :go-live v2"),
            ("name it: `flipside abandon --release v2`", "name it: :abandon v2"),
            ("`flipside rollback` or `flipside go-live`", "R or L"),
            ("to remove: `flipside unlock --only web1 --run r1 --reason \"…\"`", "to remove: K"),
            ("open it: `flipside unfreeze --reason \"…\"`", "open it: :unfreeze REASON"),
            ("`flipside status` looks again", "Ctrl-R looks again"),
        ] {
            assert_eq!(said(text), wanted);
        }
    }

    #[test]
    fn what_the_console_does_not_have_is_for_a_shell() {
        let text = "`flipside doctor` checks this server; `docker system df` shows the rest";
        let wanted =
            "`flipside doctor` in a shell checks this server; `docker system df` shows the rest";
        assert_eq!(said(text), wanted);
        assert_eq!(said("a lone ` and `x"), "a lone ` and `x");
        assert_eq!(said("one ` only"), "one ` only");
        assert_eq!(said(""), "");
    }
}
