//! Findings as text: what is good in a line or two, what is not with its remedy, worst first.

use crate::base::text::clean_words;
use crate::domain::finding::{Checkup, Finding, Judgement};

use super::exit::Exit;

/// One examined target, or the app as a whole.
pub fn text(name: &str, checkup: &Checkup) -> String {
    match checkup {
        Checkup::NotAsked { why } => {
            format!("{name}  ?? it could not be asked: {}\n", clean_words(why))
        }
        Checkup::Examined(findings) => examined(name, findings),
    }
}

fn examined(name: &str, findings: &[Finding]) -> String {
    let good: Vec<&str> =
        findings.iter().filter(|f| f.is_good()).map(|finding| finding.name.as_str()).collect();
    let mut rest: Vec<&Finding> = findings.iter().filter(|finding| !finding.is_good()).collect();
    rest.sort_by_key(|finding| finding.judgement.rank());
    let mut text = format!("{name}\n");
    for finding in rest {
        let remedy = clean_words(finding.judgement.remedy().unwrap_or_default());
        text.push_str(&format!(
            "  {} {}: {}\n      → {remedy}\n",
            glyph(&finding.judgement),
            finding.name,
            finding.found
        ));
    }
    if !good.is_empty() {
        text.push_str(&wrapped(&format!("{} good: {}", good.len(), good.join(", "))));
    }
    text
}

fn glyph(judgement: &Judgement) -> &'static str {
    match judgement {
        Judgement::Good => "✔",
        Judgement::Warn { .. } => "⚠",
        Judgement::Bad { .. } => "✖",
        Judgement::Unknown { .. } => "?",
    }
}

/// Lines of at most 100 columns, the first with the mark of what is good.
fn wrapped(text: &str) -> String {
    let mut wrapped = String::from("  ✔");
    let mut column = 3;
    for word in text.split(' ') {
        if column + word.len() + 1 > 100 {
            wrapped.push_str("\n   ");
            column = 3;
        }
        wrapped.push(' ');
        wrapped.push_str(word);
        column += word.len() + 1;
    }
    wrapped.push('\n');
    wrapped
}

/// The last line: how many of what.
pub fn summary(checkups: &[&Checkup]) -> String {
    let not_asked = checkups.iter().filter(|c| matches!(c, Checkup::NotAsked { .. })).count();
    let count = |wanted: fn(&Judgement) -> bool| {
        checkups.iter().flat_map(|c| findings(c)).filter(|f| wanted(&f.judgement)).count()
    };
    let bad = count(|judgement| matches!(judgement, Judgement::Bad { .. }));
    let warnings = count(|judgement| matches!(judgement, Judgement::Warn { .. }));
    let unknown = count(|judgement| matches!(judgement, Judgement::Unknown { .. }));
    let mut parts = Vec::new();
    for (number, words) in [
        (bad, "must be put right before a release"),
        (not_asked, "could not be asked"),
        (unknown, "could not be found out"),
        (warnings, "to think about"),
    ] {
        if number > 0 {
            parts.push(format!("{number} {words}"));
        }
    }
    if parts.is_empty() { "all is good\n".to_owned() } else { format!("{}\n", parts.join(", ")) }
}

/// What a script is told: that somebody was not asked comes before what the others said.
pub fn exit(checkups: &[&Checkup]) -> Exit {
    if checkups.iter().any(|checkup| matches!(checkup, Checkup::NotAsked { .. })) {
        Exit::Unknown
    } else if checkups.iter().flat_map(|checkup| findings(checkup)).any(Finding::is_bad) {
        Exit::Refused
    } else {
        Exit::Done
    }
}

fn findings(checkup: &Checkup) -> &[Finding] {
    match checkup {
        Checkup::Examined(findings) => findings,
        Checkup::NotAsked { .. } => &[],
    }
}
