//! What holds for the scripts of every platform.

use super::*;

/// Asserts that each script gives its arguments the names that the comment at its top shows.
#[track_caller]
pub fn assert_named_as_documented(scripts: &[Script]) {
    for script in scripts {
        let (Parameters::Positions(names) | Parameters::Settings(names)) = script.parameters;
        assert_eq!(documented(*script), names, "{}.sh", script.name);
    }
}

/// Returns the names on the line `#   NAME.sh ARGUMENT… <INPUT  MEANING` and those that continue it.
fn documented(script: Script) -> Vec<String> {
    let text = script.parts.last().unwrap();
    let call = format!("{}.sh ", script.name);
    let usage = text.lines().map(|line| line.trim_start_matches(['#', ' ']));
    let mut usage = usage.skip_while(|line| !line.starts_with(&call));
    let mut line = usage.next().unwrap_or_default()[call.len()..].to_owned();
    while line.ends_with('\\') {
        line = format!("{} {}", line.trim_end_matches([' ', '\\']), usage.next().unwrap());
    }
    let words = line.split(' ').take_while(|word| !word.is_empty() && !word.starts_with('<'));
    words.map(|word| word.trim_matches(['[', ']', '=']).replace("…]", "…").to_lowercase()).collect()
}

#[test]
fn scripts_name_their_arguments_as_documented() {
    assert_named_as_documented(&[
        LOCK,
        UNLOCK,
        RENEW,
        SWITCH,
        DRAIN,
        RECORD,
        CHECK,
        MARK,
        DIRECTORIES,
        INCLUDE,
        SERVE,
    ]);
}
