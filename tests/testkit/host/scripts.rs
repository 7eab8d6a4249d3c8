//! What each script does to a host.

use super::*;

impl Host {
    /// What a script prints and how it exits.
    #[allow(clippy::too_many_lines)] // one arm for each script
    pub fn run(&mut self, name: &str, words: &[String], stdin: &str) -> (i32, String) {
        let word = |index: usize| words.get(index).cloned().unwrap_or_default();
        match name {
            "observe" => {
                self.looks += 1;
                return (0, self.observe());
            }
            "lock" => return self.take_lock(&word(1), stdin),
            "unlock" => match &self.lock {
                Some(owner) if !owner.contains(&word(1)) => return (75, self.held(owner)),
                Some(_) | None => return (0, self.lock.take().unwrap_or_default()),
            },
            "renew" => self.silent = 0,
            "pull" => return (self.pull(&word(2), &word(3), &word(4)), String::new()),
            "write" => drop(self.files.insert(word(1), stdin.to_owned())),
            "migrate" => self.migrate(&word(4), &word(5)),
            "start" => {
                self.marks.remove("verified");
                self.marks.remove("withdrawn");
                let other = !word(6).is_empty() && digest(&self.bytes(&word(5))) != word(6);
                if other || !self.images.contains(&word(5)) {
                    return (64, String::new());
                }
                self.creates(word(3), word(5));
                if self.bad.contains(&word(5)) {
                    return (66, String::new());
                }
            }
            "revive" => match self.containers.get_mut(&word(1)) {
                Some(container) => container.1 = true,
                None => return (65, String::new()),
            },
            "switch" => {
                if let Some(point) = self.killed.take().filter(|_| word(0) == "live") {
                    self.is_killed(point, &word(6), &word(21));
                    return (137, String::new());
                }
                let ended = self.switch(&word(0), &word(6), &deployed(&word(16)), &word(17));
                if ended.0 == 0 && !word(18).is_empty() {
                    self.marks.insert("frozen".into(), word(18));
                }
                return ended;
            }
            "jobs" => {
                assert!(
                    self.files.contains_key(&word(1)),
                    "there is no file {:?} for the jobs",
                    word(1)
                );
                self.link = word(1);
                let tag = self.release_of(&word(1));
                words[3..].iter().for_each(|job| self.creates(job.clone(), tag.clone()));
            }
            "stop" => self.containers.get_mut(&word(1)).unwrap().1 = false,
            "record" => {
                self.marks.remove("switching");
                self.recorded = word(1);
                if !word(2).is_empty() {
                    self.link = deployed(&word(2));
                }
                self.marks.insert("change".into(), word(3));
            }
            "mark" if words.len() < 3 => drop(self.marks.remove(&word(1))),
            "mark" => drop(self.marks.insert(word(1), word(2))),
            "prune" => self.prune(words),
            "unmigrate" => self.one_offs.retain(|tag, _| !words[2..].contains(tag)),
            "directories" => drop(self.lacks.remove(&Lack::Directory)),
            "include" => {
                let live = word(0).contains("live");
                let lack = if live { Lack::LiveInclude } else { Lack::PassiveInclude };
                self.lacks.remove(&lack);
            }
            "serve" => drop(self.lacks.remove(&Lack::Site)),
            "check" | "drain" => {}
            other => panic!("the simulated host knows no script {other}"),
        }
        (0, String::new())
    }

    /// What is in use refuses to go.
    fn prune(&mut self, words: &[String]) {
        for word in &words[1..] {
            if let Some(tag) = word.strip_prefix(&format!("{IMAGE}:")) {
                if self.containers.values().all(|(used, _)| used != tag) {
                    self.images.remove(tag);
                }
            } else if *word != self.link {
                self.files.remove(word);
            }
        }
    }

    fn take_lock(&mut self, run: &str, owner: &str) -> (i32, String) {
        match &self.lock {
            Some(other) if !other.contains(run) => (75, self.held(other)),
            _ => {
                self.lock = Some(owner.to_owned());
                self.lock_count += 1;
                (0, self.lock_count.to_string())
            }
        }
    }

    fn held(&self, owner: &str) -> String {
        format!("{} 1-1-1\n{owner}", self.silent)
    }

    fn migrate(&mut self, tag: &str, digest: &str) {
        if self.migrated.get(tag).is_none_or(|done| done != digest) {
            *self.migrations.entry(tag.to_owned()).or_default() += 1;
            self.migrated.insert(tag.to_owned(), digest.to_owned());
        }
    }

    /// Law 1 is asserted here: nobody is ever sent to a color that is not well.
    fn switch(&mut self, role: &str, color: &str, file: &str, change: &str) -> (i32, String) {
        if !self.runs_well(color) {
            return (40, String::new());
        }
        if self.broken_nginx {
            return (41, String::new());
        }
        if role == "passive" {
            color.clone_into(&mut self.passive);
            return (0, String::new());
        }
        for mark in ["verified", "withdrawn", "returning", "switching"] {
            self.marks.remove(mark);
        }
        let from = self.tag_of(&self.live).unwrap_or("?").to_owned();
        color.clone_into(&mut self.live);
        color.clone_into(&mut self.configured);
        color.clone_into(&mut self.recorded);
        self.moves.push((from, self.live_tag().to_owned()));
        self.switches.push(color.to_owned());
        self.marks.insert("change".into(), change.to_owned());
        if !file.is_empty() {
            file.clone_into(&mut self.link);
        }
        (0, String::new())
    }

    /// As a switch leaves a host that is killed: after the include was replaced, or after nginx was reloaded.
    fn is_killed(&mut self, point: KilledAt, color: &str, mark: &str) {
        if !self.runs_well(color) {
            return;
        }
        self.marks.insert("switching".into(), mark.to_owned());
        color.clone_into(&mut self.configured);
        if point == KilledAt::Reloaded && self.live != color {
            let from = self.tag_of(&self.live).unwrap_or("?").to_owned();
            color.clone_into(&mut self.live);
            self.moves.push((from, self.live_tag().to_owned()));
            self.switches.push(color.to_owned());
        }
    }
}

/// Returns what the link of `LINK=TARGET` leads to.
fn deployed(link: &str) -> String {
    link.split_once('=').map_or(String::new(), |(_, target)| target.to_owned())
}
