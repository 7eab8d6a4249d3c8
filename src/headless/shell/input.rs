//! What a command of a script reads. The script names references and says how they are filled; it holds no secret.

use super::words::{Secrets, reveal, word};
use crate::base::secret_ref::SecretRef;
use crate::base::secret_text::Piece;
use crate::domain::command::{FilePart, SignedAddress, Stdin};

/// Returns the lines that prepare an input, and the command that prints it. `None`: there is no input.
pub fn lines(stdin: &Stdin, secrets: &mut Secrets) -> (Vec<String>, Option<String>) {
    let (lines, source) = match stdin {
        Stdin::Empty => return (Vec::new(), None),
        Stdin::Text(text) => (Vec::new(), format!("printf %s {}", secrets.word(text))),
        Stdin::Secret(from) => (vec![assign("secret", from)], "printf %s \"$secret\"".to_owned()),
        Stdin::SecretLine { secret: from, text } => {
            let text = secrets.word(text);
            (vec![assign("secret", from)], format!("printf '%s\\n%s' \"$secret\" {text}"))
        }
        Stdin::Filled(text) => {
            let known = text.secrets();
            let name = |secret: &SecretRef| {
                let at = known.iter().position(|it| *it == secret).unwrap_or_default();
                format!("secret_{}", at + 1)
            };
            let lines = known.iter().map(|secret| assign(&name(secret), secret)).collect();
            let words = text.pieces().iter().map(|piece| match piece {
                Piece::Text(text) => secrets.word(text),
                Piece::JsonString(secret) => format!("\"$(in_json \"${}\")\"", name(secret)),
            });
            (lines, format!("printf %s {}", words.collect::<String>()))
        }
        Stdin::Signed(address) => signed(address),
        Stdin::File(part) => file(part),
    };
    (lines, Some(source))
}

/// Returns the line that reads a secret into a variable, or ends the track.
fn assign(variable: &str, secret: &SecretRef) -> String {
    format!("{variable}=$({}) || no_secret {}", reveal(secret), word(&secret.to_string()))
}

fn signed(SignedAddress { object, valid }: &SignedAddress) -> (Vec<String>, String) {
    let printed = "printf '%s\\n' \"$secret\"".to_owned();
    let name = word(&object.to_string());
    let Some(credentials) = &object.credentials else {
        let address = object.unsigned().unwrap_or_default();
        return (vec![format!("secret={}", word(&address))], printed);
    };
    let mut lines =
        vec![assign("key_id", &credentials.key_id), assign("secret_key", &credentials.secret_key)];
    lines.push(match &credentials.token {
        Some(token) => assign("token", token),
        None => "token=".to_owned(),
    });
    let (endpoint, region) = (word(&object.endpoint), word(&object.region));
    lines.push(format!(
        "secret=$(signed {name} {endpoint} {region} {}) || no_secret {name}",
        valid.as_secs().max(1)
    ));
    (lines, printed)
}

fn file(FilePart { path, from, sha256 }: &FilePart) -> (Vec<String>, String) {
    let path = word(&path.display().to_string());
    let sum = word(sha256.as_str().trim_start_matches("sha256:"));
    let lines = vec![format!("has_sum {path} {sum}"), format!("size=$(wc -c <{path})")];
    (lines, format!("{{ echo $((size)); tail -c +{} -- {path}; }}", from + 1))
}
