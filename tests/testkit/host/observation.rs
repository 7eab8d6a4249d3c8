//! What a host answers when it is observed.

use super::*;

impl Host {
    pub(super) fn observe(&self) -> String {
        let mut text = String::new();
        let mut part = |name: &str, body: &str| text.push_str(&format!("\u{1e}{name}\n{body}\n"));
        self.records(&mut part);
        if !self.link.is_empty() {
            part("link", &self.link);
        }
        let mut files = String::new();
        for (name, body) in &self.files {
            files.push_str(&format!("{}  {name}\n", hex(body)));
        }
        for (name, body) in &self.files {
            files.push_str(&format!("head {name} {}\n", body.lines().next().unwrap_or_default()));
        }
        self.proxy(&files, &mut part);
        let migrated: String =
            self.migrated.iter().map(|(tag, digest)| format!("{tag} {digest}\n")).collect();
        part("migrated", &migrated);
        if let Some(mib) = self.disk_mib {
            part(
                "disk",
                &format!("Filesystem 1024-blocks Used Available\n/dev/vda1 0 0 {}", mib * 1024),
            );
        }
        self.engine(&mut part);
        part("end", "");
        text
    }

    /// The host itself, its lock and its marks.
    pub fn records(&self, part: &mut impl FnMut(&str, &str)) {
        part("clock", "1");
        self.ground(part);
        if let Some(lock) = &self.lock {
            part("lock-file", &format!("{} 1-1-1", self.silent));
            part("lock", lock);
        }
        if self.lock_count > 0 {
            part("lock-count", &self.lock_count.to_string());
        }
        for (name, mark) in &self.marks {
            part(name, mark);
        }
        if !self.recorded.is_empty() && !self.jobs_only {
            part("live-color", &self.recorded);
        }
    }

    /// nginx, its includes before other `files`, and what both entry points answer.
    pub fn proxy(&self, files: &str, part: &mut impl FnMut(&str, &str)) {
        let has = |lack: Lack| !self.jobs_only && !self.lacks.contains(&lack);
        let (live, passive) =
            (include("shop_live", &self.configured), include("shop_passive", &self.passive));
        let mut sums = String::new();
        if has(Lack::LiveInclude) {
            sums.push_str(&format!("{}  /i/live.conf\n", hex(&live)));
            part("live-include", &live);
        }
        if has(Lack::PassiveInclude) {
            sums.push_str(&format!("{}  /i/passive.conf\n", hex(&passive)));
            part("passive-include", &passive);
        }
        part("files", &(sums + files));
        if !self.jobs_only {
            part("nginx", &self.nginx(&live, &passive));
            part("draining", "0");
        }
        if has(Lack::Site) {
            for (role, color) in [("live", &self.live), ("passive", &self.passive)] {
                let (head, end) = self.answer(role, color);
                part(&format!("{role}-answer"), &head);
                part(&format!("{role}-answer-end"), &end);
            }
        }
    }

    /// The directories, and what it takes to make those that are not there.
    fn ground(&self, part: &mut impl FnMut(&str, &str)) {
        let bare = self.lacks.contains(&Lack::Directory);
        let word = if bare { "makeable" } else { "ours" };
        let includes = if self.jobs_only { String::new() } else { format!("\n{word} /i") };
        part("places", &format!("{word} /srv/shop{includes}"));
        if bare {
            part("missing", "/srv/shop");
        }
        if !self.lacks.is_empty() {
            let hook = "install -m 644 /srv/shop/.flipside/hook /etc/nginx/conf.d/flipside.conf";
            part("survey", &format!("user deploy\ngroup deploy\nmay {hook}"));
        }
    }

    fn nginx(&self, live: &str, passive: &str) -> String {
        if self.broken_nginx {
            return "failed 1 config\nunexpected end of file".to_owned();
        }
        let includes = [Lack::LiveInclude, Lack::PassiveInclude];
        let site = !self.lacks.contains(&Lack::Site);
        if site && includes.iter().any(|include| self.lacks.contains(include)) {
            return "failed 1 failed\nnginx: [emerg] host not found in upstream".to_owned();
        }
        let mut http = "include /etc/nginx/conf.d/*.conf;\n".to_owned();
        if site {
            http.push_str(live);
            http.push_str(passive);
            for (port, upstream) in [(80, "shop_live"), (8080, "shop_passive")] {
                http.push_str(&format!(
                    "server {{ listen {port}; location / {{ proxy_pass http://{upstream}; }} }}\n"
                ));
            }
        }
        let main = format!("# configuration file /etc/nginx/nginx.conf:\nhttp {{\n{http}}}");
        format!("dump {}\n{main}", hex(&main))
    }

    fn engine(&self, part: &mut impl FnMut(&str, &str)) {
        if self.engine_hangs {
            part("containers", "");
            part("containers-end", "000 Operation timed out after 3001 milliseconds");
            part("images", "");
            return;
        }
        part("containers", &self.containers_json());
        let created: String = self
            .containers
            .iter()
            .map(|(service, (tag, _))| format!("{service} {IMAGE}:{tag}\n"))
            .collect();
        part("created-from", &created);
        part("images", &self.images_json());
    }

    /// As nginx answers: of itself, without a color, while nothing runs behind it.
    fn answer(&self, role: &str, color: &str) -> (String, String) {
        let odd = self.users_get.as_ref().filter(|(odd, _)| role == "live" && odd == color);
        if let Some((_, status)) = odd {
            return (
                format!("HTTP/1.1 {status} Error\r\nX-Flipside-Color: {color}\r\n"),
                format!("{status} 0.001"),
            );
        }
        if self.runs(color) {
            (format!("HTTP/1.1 200 OK\r\nX-Flipside-Color: {color}\r\n"), "200 0.001".to_owned())
        } else {
            ("HTTP/1.1 502 Bad Gateway\r\n".to_owned(), "502 0.001".to_owned())
        }
    }

    fn containers_json(&self) -> String {
        let one = |(service, (tag, up)): (&String, &(String, bool))| {
            let status = match (up, self.bad.contains(tag)) {
                (false, _) => "Exited (0)",
                (true, false) => "Up (healthy)",
                (true, true) => "Up (unhealthy)",
            };
            let bytes = self.created_of(service);
            let moved = !self.images.contains(tag) || self.bytes(tag) != bytes;
            let id = format!("sha256:{}", hex(&bytes));
            serde_json::json!({
                "Id": service, "Image": if moved { id.clone() } else { format!("{IMAGE}:{tag}") }, "ImageID": id,
                "Labels": { "com.docker.compose.service": service },
                "State": if *up { "running" } else { "exited" }, "Status": status,
            })
        };
        let one_off = |(tag, running): (&String, &bool)| {
            serde_json::json!({
                "Id": format!("migrate-{tag}"), "Names": [format!("/shop-migrate-{tag}")],
                "Image": format!("{IMAGE}:{tag}"), "ImageID": format!("sha256:{}", hex(tag)),
                "Labels": {
                    "com.docker.compose.service": "migrator", "com.docker.compose.oneoff": "True",
                },
                "State": if *running { "running" } else { "exited" }, "Status": "",
            })
        };
        let all = self.containers.iter().map(one).chain(self.one_offs.iter().map(one_off));
        serde_json::Value::from(all.collect::<Vec<_>>()).to_string()
    }

    fn images_json(&self) -> String {
        let one = |bytes: &String, tags: Vec<String>| {
            serde_json::json!({
                "Id": format!("sha256:{}", hex(bytes)), "RepoTags": tags,
                "RepoDigests": [format!("{IMAGE}@{}", digest(bytes))], "Created": 1,
            })
        };
        let tagged =
            self.images.iter().map(|tag| one(&self.bytes(tag), vec![format!("{IMAGE}:{tag}")]));
        // An image stays as long as a container is made of it.
        let used = self.containers.keys().map(|service| self.created_of(service));
        let loose: BTreeSet<String> = self.loose.iter().cloned().chain(used).collect();
        let named: BTreeSet<String> = self.images.iter().map(|tag| self.bytes(tag)).collect();
        let loose = loose.difference(&named).map(|bytes| one(bytes, Vec::new()));
        serde_json::Value::from(tagged.chain(loose).collect::<Vec<_>>()).to_string()
    }
}
