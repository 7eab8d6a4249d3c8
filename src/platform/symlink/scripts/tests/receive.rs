//! What arrives over the connection: configurations and uploaded archives.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::{Ended, Host, sha256, under_every_shell};
use crate::platform::symlink::scripts::{CONFIG, UPLOAD};

const FILE: &str = "configuration.json";

impl Host {
    fn config(&self, version: &str, text: &str) -> Ended {
        let dir = self.dir().display().to_string();
        self.run_with(
            CONFIG,
            &[&dir, "versions", "live", version, FILE, "sum-of-it"],
            text.as_bytes(),
        )
    }

    fn upload(&self, sha: &str, what: &[&str], bytes: &[u8]) -> Ended {
        let dir = self.dir().display().to_string();
        self.run_with(UPLOAD, &[&[dir.as_str(), sha], what].concat(), bytes)
    }
}

#[test]
fn configuration_is_written_whole_and_for_its_owner_alone() {
    under_every_shell(|host| {
        fs::create_dir_all(host.path("versions/v1")).unwrap();
        fs::create_dir_all(host.path("versions/v2")).unwrap();
        host.link("live", "versions/v1");
        let path = "versions/v2/configuration.json";
        let text = "{\n    \"password\": \"s3cret\"\n}\n";
        let sent = format!("{text}flipside-end\n");
        host.config("v2", &sent[..20]).with(76).says("did not arrive completely");
        assert!(!host.path(path).exists());
        // The archive may hold one, or a link in its place.
        host.write("elsewhere", "theirs");
        host.link(path, "../../elsewhere");
        host.config("v2", &sent).with(0).says("wrote versions/v2/configuration.json");
        assert_eq!(host.read(path), text);
        assert_eq!(host.read("elsewhere"), "theirs");
        let mode = fs::metadata(host.path(path)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        host.config("v2", &sent).with(0).says("is there with this text");
        host.config("v9", &sent).with(40);
        let ended = host.config("v1", &sent).with(69).says("v1 is live and has another");
        assert!(!ended.text().contains("s3cret"));
        host.write("versions/v1/configuration.json", text);
        host.config("v1", &sent).with(0).says("is there with this text");
        assert_eq!(fs::read_dir(host.path("versions/v2")).unwrap().count(), 1, "nothing is left");
    });
}

#[test]
fn upload_that_broke_off_is_continued() {
    under_every_shell(|host| {
        let bytes: Vec<u8> = (0..5000_u32).flat_map(|n| (n * 7).to_le_bytes()).take(5000).collect();
        fs::write(host.at("archive"), &bytes).unwrap();
        let sha = sha256(&host.at("archive"));
        assert_eq!(host.upload(&sha, &[], b"").with(0).out, "0\n");
        assert_eq!(host.upload(&sha, &["0"], &bytes[..2000]).with(0).out, "2000\n");
        assert_eq!(host.upload(&sha, &[], b"").with(0).out, "2000\n");
        assert_eq!(host.upload(&sha, &["0"], &bytes[..2000]).with(65).out, "2000\n");
        assert_eq!(host.upload(&sha, &["2000"], &bytes[2000..]).with(0).out, "5000\n");
        assert_eq!(host.upload(&sha, &["end"], b"").with(0).out, "complete\n");
        assert_eq!(host.upload(&sha, &[], b"").with(0).out, "complete\n");
        let kept = fs::read(host.path(&format!(".flipside/archives/{sha}"))).unwrap();
        assert_eq!(kept, bytes);
        let wrong = "0".repeat(64);
        host.upload(&wrong, &["0"], b"other").with(0);
        host.upload(&wrong, &["end"], b"").with(76).says("it was removed");
        assert_eq!(host.upload(&wrong, &[], b"").with(0).out, "0\n");
    });
}
