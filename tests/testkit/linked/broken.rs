//! Scripts that were killed before they ended, for example because the host was restarted.

use super::*;
use crate::testkit::host::KilledAt;

impl Stack {
    /// By chance leaves the host as a script that was killed does. `Some`: it did.
    pub(super) fn is_killed(&mut self, name: &str, words: &Words<'_>) -> Option<(i32, String)> {
        if self.broken.roll(100) >= self.broken.percent {
            return None;
        }
        let part = self.broken.roll(3);
        match name {
            "hook" => self.hook_killed(words),
            "adopt" if self.kit.recorded.is_empty() => self.kit.recorded = words.at(3),
            "slot" => self.slot_killed(words, part),
            "swing" => self.swing_killed(words, part),
            "switch" if words.at(0) == "live" => {
                let [replaced, reloaded] = [KilledAt::Replaced, KilledAt::Reloaded];
                self.kit.killed = Some(if part == 0 { replaced } else { reloaded });
                return None;
            }
            _ => return None,
        }
        Some((137, String::new()))
    }

    fn hook_killed(&mut self, words: &Words<'_>) {
        if self.has(&words.at(3)) {
            let record = format!("started {} 1", words.at(6));
            self.hooks.insert(format!("{}.{}", words.at(3), words.at(4)), record);
        }
    }

    fn slot_killed(&mut self, words: &Words<'_>, part: u64) {
        let (color, version) = (words.named("color"), words.named("version"));
        if !self.has(&version) || self.users_reach(&color) {
            return;
        }
        self.kit.marks.remove("verified");
        self.kit.marks.remove("withdrawn");
        if !self.has_pair {
            return;
        }
        let record = format!("starting {version} {} 1", words.named("run"));
        self.started.insert(color.clone(), record);
        let service = self.kit.containers.entry(format!("shop_{color}"));
        let service = service.or_insert_with(|| (version.clone(), false));
        service.1 = false;
        if part > 0 {
            self.slots.insert(color, version.clone());
        }
        if part > 1 {
            *service = (version, true);
        }
    }

    fn swing_killed(&mut self, words: &Words<'_>, part: u64) {
        let (version, from, color) = (words.at(3), words.at(4), words.at(5));
        let was = self.link.0.clone();
        if !self.has(&version) || was != version && was != from {
            return;
        }
        if !color.is_empty() {
            self.kit.marks.insert("switching".to_owned(), words.at(8));
        }
        if was != version {
            self.hooks.remove(&format!("{version}.deployed"));
        }
        if part > 0 {
            self.link = (version.clone(), format!("{}/{version}", self.directory()));
        }
        if part > 1 {
            self.live_version = Some(version);
        }
    }
}
