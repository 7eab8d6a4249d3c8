//! What arrives over the connection: configurations and uploaded archives.

use std::fs;
use std::io::Write;
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

    fn upload(&self, sha: &str, all: usize, from: usize, bytes: &[u8]) -> Ended {
        let dir = self.dir().display().to_string();
        let input = [format!("{all}\n").as_bytes(), bytes].concat();
        self.run_with(UPLOAD, &[&dir, "v1", sha, &from.to_string()], &input)
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
        let values = "0a1b2c3d password\n4e5f6a7b db.hosts[0]\n";
        let sent = format!("{text}flipside-values\n{values}flipside-end\n");
        host.config("v2", &sent[..20]).with(76).says("did not arrive completely");
        assert!(!host.path(path).exists());
        // The archive may hold one, or a link in its place.
        host.write("elsewhere", "theirs");
        host.link(path, "../../elsewhere");
        host.config("v2", &sent).with(0).says("wrote versions/v2/configuration.json");
        assert_eq!(host.read(path), text);
        let record = host.read(".flipside/configs/v2");
        assert_eq!(record.split_once('\n').unwrap().1, values);
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

/// Returns an archive's bytes and checksum.
fn archive(host: &Host) -> (Vec<u8>, String) {
    let bytes: Vec<u8> = (0..5000_u32).flat_map(|n| (n * 7).to_le_bytes()).take(5000).collect();
    fs::write(host.at("archive"), &bytes).unwrap();
    (bytes, sha256(&host.at("archive")))
}

#[test]
fn upload_that_broke_off_is_continued() {
    under_every_shell(|host| {
        let (bytes, sha) = archive(host);
        let part = host.path(&format!(".flipside/archives/{sha}.upload"));
        host.upload(&sha, 5000, 0, &bytes[..2000]).with(67).says("2000 of 5000 bytes are here");
        assert_eq!(fs::read(&part).unwrap(), bytes[..2000]);
        host.upload(&sha, 5000, 2001, &bytes[2001..]).with(65).says("only 2000 bytes");
        // More is here than was observed.
        host.upload(&sha, 5000, 1500, &bytes[1500..3000]).with(67);
        assert_eq!(fs::read(&part).unwrap(), bytes[..3000]);
        host.upload(&sha, 5000, 3000, &bytes[3000..]).with(0).says("is complete: 5000 bytes");
        host.upload(&sha, 5000, 0, &bytes).with(0).says("is here");
        let kept = fs::read(host.path(&format!(".flipside/archives/{sha}"))).unwrap();
        assert_eq!(kept, bytes);
        let left = fs::read_dir(host.path(".flipside/archives")).unwrap().count();
        assert_eq!(left, 1, "no part and no process id is left");
        let wrong = "0".repeat(64);
        host.upload(&wrong, 5, 0, b"other").with(76).says("it was removed");
        host.upload(&wrong, 5, 0, b"oth").with(67).says("3 of 5 bytes");
    });
}

/// A connection that was cut may leave its script waiting for more.
#[test]
fn upload_ends_an_earlier_one_of_the_same_archive() {
    under_every_shell(|host| {
        let (bytes, sha) = archive(host);
        let dir = host.dir().display().to_string();
        let mut earlier = host.start(UPLOAD, &[&dir, "v1", &sha, "0"]);
        let mut input = earlier.stdin.take().unwrap();
        input.write_all(&[b"5000\n", &bytes[..1000]].concat()).unwrap();
        let part = host.path(&format!(".flipside/archives/{sha}.upload"));
        wait_until(|| fs::metadata(&part).is_ok_and(|part| part.len() == 1000));
        host.upload(&sha, 5000, 1000, &bytes[1000..]).with(0).says("is complete");
        assert_eq!(earlier.wait().unwrap().code(), Some(143));
        drop(input);
        let kept = fs::read(host.path(&format!(".flipside/archives/{sha}"))).unwrap();
        assert_eq!(kept, bytes);
    });
}

#[track_caller]
fn wait_until(holds: impl Fn() -> bool) {
    let begun = std::time::Instant::now();
    while !holds() {
        assert!(begun.elapsed() < std::time::Duration::from_secs(20), "it never came");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}
