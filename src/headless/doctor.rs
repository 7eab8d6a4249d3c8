//! Findings as text: problems with their remedies, the worst first; good findings in a line or two.

use crate::base::text::clean_words;
use crate::domain::finding::{Examination, Finding, Severity};

use super::exit::Exit;

/// Returns the findings about one target, or about the app as a whole.
pub fn text(name: &str, examination: &Examination) -> String {
    match examination {
        Examination::NotAsked { why } => {
            format!("{name}  ?? could not be reached: {}\n", clean_words(why))
        }
        Examination::Examined(findings) => examined(name, findings),
    }
}

fn examined(name: &str, findings: &[Finding]) -> String {
    let good: Vec<&str> =
        findings.iter().filter(|f| f.is_good()).map(|finding| finding.name.as_str()).collect();
    let mut rest: Vec<&Finding> = findings.iter().filter(|finding| !finding.is_good()).collect();
    rest.sort_by_key(|finding| finding.severity.rank());
    let mut text = format!("{name}\n");
    for finding in rest {
        let remedy = clean_words(finding.severity.remedy().unwrap_or_default());
        text.push_str(&format!(
            "  {} {}: {}\n      → {remedy}\n",
            glyph(&finding.severity),
            finding.name,
            finding.found
        ));
    }
    if !good.is_empty() {
        text.push_str(&wrapped(&format!("{} good: {}", good.len(), good.join(", "))));
    }
    text
}

fn glyph(severity: &Severity) -> &'static str {
    match severity {
        Severity::Good => "✔",
        Severity::Warn { .. } => "⚠",
        Severity::Bad { .. } => "✖",
        Severity::Unknown { .. } => "?",
    }
}

/// Wraps text at 100 columns. The first line begins with the mark of good findings.
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

/// Returns the last line: the number of findings of each kind.
pub fn summary(examinations: &[&Examination]) -> String {
    let not_asked =
        examinations.iter().filter(|c| matches!(c, Examination::NotAsked { .. })).count();
    let count = |wanted: fn(&Severity) -> bool| {
        examinations.iter().flat_map(|c| findings(c)).filter(|f| wanted(&f.severity)).count()
    };
    let bad = count(|severity| matches!(severity, Severity::Bad { .. }));
    let warnings = count(|severity| matches!(severity, Severity::Warn { .. }));
    let unknown = count(|severity| matches!(severity, Severity::Unknown { .. }));
    let mut parts = Vec::new();
    for (number, words) in [
        (bad, "must be fixed before a release"),
        (not_asked, "could not be reached"),
        (unknown, "unknown"),
        (warnings, "to consider"),
    ] {
        if number > 0 {
            parts.push(format!("{number} {words}"));
        }
    }
    if parts.is_empty() { "all is good\n".to_owned() } else { format!("{}\n", parts.join(", ")) }
}

/// Returns the exit code. A target that could not be reached has precedence over the findings of the others.
pub fn exit(examinations: &[&Examination]) -> Exit {
    if examinations.iter().any(|examination| matches!(examination, Examination::NotAsked { .. })) {
        Exit::Unknown
    } else if examinations.iter().flat_map(|examination| findings(examination)).any(Finding::is_bad)
    {
        Exit::Refused
    } else {
        Exit::Done
    }
}

fn findings(examination: &Examination) -> &[Finding] {
    match examination {
        Examination::Examined(findings) => findings,
        Examination::NotAsked { .. } => &[],
    }
}
