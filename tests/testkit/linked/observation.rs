//! What a host answers when it is observed.

use super::*;

impl Stack {
    pub(super) fn observe(&self) -> String {
        let mut text = String::new();
        let mut part = |name: &str, body: &str| text.push_str(&format!("\u{1e}{name}\n{body}\n"));
        let lines = |map: &BTreeMap<String, String>| -> String {
            map.iter().map(|(name, record)| format!("{name} {record}\n")).collect()
        };
        self.kit.records(&mut part);
        if !self.has_pair && !self.is_worker && !self.kit.recorded.is_empty() {
            part("live-color", &self.kit.recorded);
        }
        for (name, version) in
            [("live-version", &self.live_version), ("previous-version", &self.previous_version)]
        {
            if let Some(version) = version {
                part(name, version);
            }
        }
        part("link", &format!("text {}\nhere {}", self.link.1, self.link.0));
        let version = |(name, sum): (&String, &Option<String>)| {
            format!("{name} {} -\n", sum.as_deref().unwrap_or("-"))
        };
        part("versions", &self.versions.iter().map(version).collect::<String>());
        part("hooks", &lines(&self.hooks));
        part("started", &lines(&self.started));
        part("configs", &lines(&self.configs));
        let slot = |(color, version): (&String, &String)| {
            let leads = if self.versions.contains_key(version) { "here" } else { "broken" };
            format!("{color} {leads} ../../{}/{version}\n", self.directory())
        };
        part("slots", &self.slots.iter().map(slot).collect::<String>());
        part("archives", &self.archives.iter().map(|sum| format!("{sum}\n")).collect::<String>());
        if self.has_pair && !self.is_worker {
            self.kit.proxy("", &mut part);
            let unit = |color: &str| {
                let state = if self.kit.runs(color) { "active" } else { "inactive" };
                format!("LoadState=loaded\nActiveState={state}\n\n")
            };
            part("services", &format!("{}{}exit 0", unit("blue"), unit("green")));
            for color in ["blue", "green"] {
                let end = if self.kit.runs(color) { "200 0.001 0" } else { "000 0.001 7" };
                part(&format!("answer-{color}-end"), end);
            }
        }
        part("end", "");
        text
    }
}
