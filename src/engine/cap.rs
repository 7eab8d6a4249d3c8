//! Limits the output that is written to each host's file in the journal: a host that prints without end must not
//! fill the operator's disk. What was cut is counted and reported.

use std::collections::BTreeMap;

use crate::domain::event::OutputLine;
use crate::domain::target::Target;

/// The bytes of output that are written per host and run.
pub const KEPT: u64 = 32 * 1024 * 1024;
/// The bytes of the time and sign before each line.
const BEFORE: u64 = 26;

#[derive(Debug, Default)]
pub struct OutputCaps(BTreeMap<Target, OutputBudget>);

#[derive(Debug, Default)]
struct OutputBudget {
    kept: u64,
    cut: CutOutput,
    /// Whether output was cut since the last report.
    is_new: bool,
}

/// The output of a host that was cut, since the beginning of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CutOutput {
    pub lines: u64,
    pub bytes: u64,
}

/// What happens to a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineFate {
    Kept,
    /// The first line that is cut.
    FirstCut,
    CutOutput,
}

impl OutputCaps {
    /// Decides about a line. Flipside's own lines are few and are always written: they show how each step ended.
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

    /// Returns what was cut of a target's output, if more was cut since the last call.
    pub fn take_cut(&mut self, target: &Target) -> Option<CutOutput> {
        let spent = self.0.get_mut(target)?;
        std::mem::take(&mut spent.is_new).then_some(spent.cut)
    }
}

/// Returns the line that is written where the output is cut.
pub fn begins(target: &Target) -> String {
    format!(
        "The output of {target} is not recorded from here on: it printed more than {} MiB in this run",
        KEPT >> 20
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::Stream;
    use crate::domain::names::HostName;

    #[test]
    fn excess_output_is_cut_and_counted_and_own_lines_are_always_written() {
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
        assert_eq!(caps.take_cut(&target), None);
        assert_eq!(caps.take(&line(Stream::Stderr, 0)), LineFate::FirstCut);
        assert_eq!(caps.take(&mebi), LineFate::CutOutput);
        assert_eq!(caps.take(&line(Stream::Done, 100)), LineFate::Kept);
        assert_eq!(caps.take_cut(&target), Some(CutOutput { lines: 2, bytes: 26 + (1 << 20) }));
        assert_eq!(caps.take_cut(&target), None, "reported once");
    }
}
