//! How much of a host's output is kept in the journal's file of that host: a host that prints without end
//! must not fill the operator's disk. What was cut is counted and said.

use std::collections::BTreeMap;

use crate::domain::event::OutputLine;
use crate::domain::target::Target;

/// So many bytes of output are kept of each host and run.
pub const KEPT: u64 = 32 * 1024 * 1024;
/// Time and sign before each line.
const BEFORE: u64 = 26;

#[derive(Debug, Default)]
pub struct OutputCaps(BTreeMap<Target, OutputBudget>);

#[derive(Debug, Default)]
struct OutputBudget {
    kept: u64,
    cut: CutOutput,
    /// Some was cut since it was last said.
    is_new: bool,
}

/// What was not kept of a host, from the beginning of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CutOutput {
    pub lines: u64,
    pub bytes: u64,
}

/// What becomes of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineFate {
    Kept,
    /// It is the first that is not.
    FirstCut,
    CutOutput,
}

impl OutputCaps {
    /// Our own lines are few, and always kept: with them the file tells how each step ended.
    pub fn take(&mut self, line: &OutputLine) -> LineFate {
        if !line.stream.is_host() {
            return LineFate::Kept;
        }
        let spent = self.0.entry(line.target.clone()).or_default();
        let bytes = line.text.len() as u64 + BEFORE;
        if spent.cut.lines == 0 && spent.kept + bytes <= KEPT {
            spent.kept += bytes;
            return LineFate::Kept;
        }
        spent.is_new = true;
        spent.cut.lines += 1;
        spent.cut.bytes += bytes;
        if spent.cut.lines == 1 { LineFate::FirstCut } else { LineFate::CutOutput }
    }

    /// What was cut of a target, if that is news.
    pub fn news(&mut self, target: &Target) -> Option<CutOutput> {
        let spent = self.0.get_mut(target)?;
        std::mem::take(&mut spent.is_new).then_some(spent.cut)
    }
}

/// Said where the file stops.
pub fn begins(target: &Target) -> String {
    format!(
        "From here on {target}'s output is not kept: it printed more than {} MiB in this run",
        KEPT >> 20
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::Stream;
    use crate::domain::names::HostName;

    #[test]
    fn a_flood_is_cut_and_counted_and_our_own_words_are_not() {
        let target = Target::Host(HostName::new("web1").unwrap());
        let line = |stream, length| OutputLine {
            target: target.clone(),
            at: chrono::DateTime::UNIX_EPOCH,
            stream,
            text: "x".repeat(length),
        };
        let mut caps = OutputCaps::default();
        let mebi = line(Stream::Stdout, (1 << 20) - 26);
        for _ in 0..32 {
            assert_eq!(caps.take(&mebi), LineFate::Kept);
        }
        assert_eq!(caps.news(&target), None);
        assert_eq!(caps.take(&line(Stream::Stderr, 0)), LineFate::FirstCut);
        assert_eq!(caps.take(&mebi), LineFate::CutOutput);
        assert_eq!(caps.take(&line(Stream::Done, 100)), LineFate::Kept);
        assert_eq!(caps.news(&target), Some(CutOutput { lines: 2, bytes: 26 + (1 << 20) }));
        assert_eq!(caps.news(&target), None, "said once");
    }
}
