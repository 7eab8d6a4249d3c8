//! Whether a host is what a person typed: every word must be found of it.

use super::{Freshness, Host};
use crate::domain::release::Release;

impl Host<'_> {
    /// Names, groups and releases are found by some of their letters, in order. What a host does and
    /// how it fares is a word and is found by its beginning, or `ok` would find every lock.
    pub fn matches(&self, words: &[&str]) -> bool {
        if words.is_empty() {
            return true;
        }
        let state = self.state_words();
        words.iter().all(|word| {
            let has_them = |text: &str| is_within(text, word);
            has_them(self.name())
                || self.groups.iter().any(|group| has_them(group))
                || self.releases().any(|release| has_them(release.tag.as_str()))
                || state.iter().any(|text| begins(text, word))
        })
    }

    fn releases(&self) -> impl Iterator<Item = &Release> {
        let seen = self.latest().into_iter();
        seen.flat_map(|seen| {
            let colors = seen.colors.values().filter_map(|color| color.release.as_ref());
            colors.chain(seen.jobs.iter().filter_map(|job| job.release.as_ref()))
        })
    }

    /// Returns the words of the state, without values that change with every observation, such as the duration of an answer:
    /// rows would come and go.
    fn state_words(&self) -> Vec<String> {
        let text = format!("{} {}", self.step().words, self.health().words);
        let steady = |word: &&str| !word.ends_with("ms") && !word.contains('/');
        let mut words: Vec<String> =
            text.split_whitespace().filter(steady).map(str::to_owned).collect();
        let more = [
            (self.is_troubled(), "trouble"),
            (self.latest().is_some_and(|seen| !seen.drift.is_empty()), "drift"),
            (self.foreign_lock().is_some(), "lock"),
            (self.freshness() == Freshness::Stale, "stale"),
            (!self.has_colors(), "jobs"),
        ];
        words.extend(more.iter().filter(|(so, _)| *so).map(|(_, word)| (*word).to_owned()));
        let live = self.latest().and_then(|seen| seen.live.color());
        words.extend(live.map(ToString::to_string));
        words
    }
}

/// All letters of `wanted`, in order, whatever stands between them.
fn is_within(text: &str, wanted: &str) -> bool {
    let mut letters = text.chars();
    wanted.chars().all(|wanted| letters.any(|letter| letter.eq_ignore_ascii_case(&wanted)))
}

fn begins(text: &str, wanted: &str) -> bool {
    text.get(..wanted.len()).is_some_and(|start| start.eq_ignore_ascii_case(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_found_in_order() {
        assert!(is_within("web-11", "w11") && is_within("Web-01", "web1"));
        assert!(!is_within("web-01", "10") && !is_within("web", "webs"));
    }

    #[test]
    fn a_word_is_found_by_its_beginning_alone() {
        assert!(begins("UNKNOWN", "un") && !begins("lock", "ok") && !begins("größe", "grö\u{300}"));
    }
}
