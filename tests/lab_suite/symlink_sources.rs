//! Where archives come from: a server that wants a login, this machine, the host itself; and whence their checksums.

use super::support::{Console, Lab};

const PAIR: [&str; 2] = ["pair1", "pair2"];
const SOURCE: &str = "source: { url: \"http://192.0.2.1:8000/shop-{release}.tar.gz\" }";

fn prepared_on_both(lab: &Lab, release: &str) {
    for host in PAIR {
        assert_eq!(lab.passive(host).release, release, "the passive side of {host}");
    }
    lab.all_is(&PAIR, "blue", "v1");
}

#[test]
fn a_server_that_wants_a_login_gets_it_and_the_secret_is_nowhere() {
    let Some(lab) = Lab::linked(&PAIR) else { return };
    let console = Console::linked(&lab, "pair", &PAIR).with(":8000/shop-", ":8000/private/shop-");
    console.says("prepare --release v2").tells("401");
    let token = console.home.path().join("token");
    std::fs::write(&token, "open-sesame\n").unwrap();
    let login = format!(".tar.gz\", login: {{ bearer: \"file:{}\" }} }}", token.display());
    let console = console.with(".tar.gz\" }", &login);
    console.does("prepare --release v2").never_tells("open-sesame");
    prepared_on_both(&lab, "v2");
    let found = lab.on("pair1", "grep -rl open-sesame /srv/shop /home/deploy /tmp || :");
    assert_eq!(found, "", "the secret is in no file of a host");
    let state = console.home.path().join("state");
    let grep = std::process::Command::new("grep").args(["-rl", "open-sesame"]).arg(state).output();
    assert_eq!(String::from_utf8_lossy(&grep.unwrap().stdout), "", "nor in a journal");
    console.does("abandon");
}

#[test]
fn an_archive_of_this_machine_is_uploaded_to_each_host() {
    let Some(lab) = Lab::linked(&PAIR) else { return };
    let here = format!("{}/artifacts/shop-{{release}}.tar.gz", lab.vars["LAB_DIR"]);
    let upload = format!("source: {{ upload: \"{here}\" }}");
    let console = Console::linked(&lab, "pair", &PAIR);
    let source = SOURCE.replace("192.0.2.1:8000", &lab.vars["LAB_ARTIFACTS"]);
    let console = console.with(&source, &upload);
    console.does("prepare --release v2").tells("✔ Done");
    prepared_on_both(&lab, "v2");
    console.does("go-live");
    lab.all_is(&PAIR, "green", "v2");
    console.says("prepare --release wrong-sum");
    console.says("go-live --release wrong-sum").with(5);
    lab.all_is(&PAIR, "green", "v2");
}

#[test]
fn an_archive_that_is_on_the_host_is_taken_with_the_checksum_of_its_release() {
    let Some(lab) = Lab::linked(&PAIR) else { return };
    let sum = |release: &str| {
        let path = format!("{}/artifacts/shop-{release}.tar.gz.sha256", lab.vars["LAB_DIR"]);
        std::fs::read_to_string(path).unwrap()[..64].to_owned()
    };
    let from = &lab.vars["LAB_ARTIFACTS"];
    for host in PAIR {
        let get = format!("cd /srv && curl -sSfO http://{from}/shop-v2.tar.gz");
        lab.on(host, &get);
    }
    let source = SOURCE.replace("192.0.2.1:8000", from);
    let console = Console::linked(&lab, "pair", &PAIR)
        .with(&source, "source: { on_host: \"/srv/shop-{release}.tar.gz\" }")
        .with("checksum: beside", "checksum: release");
    // Without a checksum nothing is unpacked.
    console.says("prepare --release v2").with(5).tells("sha256");
    let wrong = format!("prepare --release v2@sha256:{}", sum("v3"));
    console.says(&wrong).with(1).tells("has another sha256");
    console.does(&format!("prepare --release v2@sha256:{}", sum("v2"))).tells("✔ Done");
    prepared_on_both(&lab, "v2");
    assert_eq!(lab.on("pair1", "ls /srv/shop-v2.tar.gz"), "/srv/shop-v2.tar.gz", "it is not ours");
    console.does("go-live");
    lab.all_is(&PAIR, "green", "v2");
}
