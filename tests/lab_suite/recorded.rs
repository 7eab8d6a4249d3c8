//! Cold rollbacks go to the recorded bytes: the tag was moved, the image is gone from the host or everywhere.

use super::support::{Console, Lab, until};

const TWO: [&str; 2] = ["web1", "web2"];

fn asked(lab: &Lab, arguments: &str) -> String {
    lab.on("web1", &format!("curl -s -m 5 {arguments}"))
}

/// The digest that a tag has in the registry.
fn digest(lab: &Lab, tag: &str) -> String {
    let url = format!("http://{}/v2/shop/manifests/{tag}", lab.registry());
    let accept = "-H 'Accept: application/vnd.docker.distribution.manifest.v2+json'";
    let head = asked(lab, &format!("-I {accept} {url}"));
    let digest = head.lines().find_map(|line| line.strip_prefix("Docker-Content-Digest: "));
    digest.unwrap_or_else(|| panic!("{head}")).trim().to_owned()
}

#[test]
fn users_go_back_to_the_bytes_that_they_came_from_or_it_is_refused() {
    let Some(lab) = Lab::calm(&TWO) else { return };
    let console = Console::of(&lab, &TWO).with("jobs: [", "plain_http_registry: true\n    jobs: [");
    lab.push("first", "good");
    let old = digest(&lab, "first");
    for release in ["first", "v2"] {
        console.does(&format!("prepare --release {release}"));
        console.does("go-live");
    }
    // v2 is on blue again; `first` is on green, and goes. The tag means an image that never becomes healthy.
    lab.on("web1", "docker rm -f shop-shop_green-1");
    lab.push("first", "bad-health");
    assert_ne!(digest(&lab, "first"), old, "the tag was moved");
    let image = format!("{}/shop", lab.registry());
    lab.on("web1", &format!("docker rmi -f {image}:first"));
    // On web2 somebody pulled the tag anew: the old bytes are there without a tag.
    lab.on("web2", &format!("docker rm -f shop-shop_green-1; docker pull -q {image}:first"));
    console.does("rollback").tells(&format!("{image}:first is {old}"));
    lab.users_get(&TWO, "green", "first");
    for host in TWO {
        let digests = "{{range .RepoDigests}}{{println .}}{{end}}";
        let running = "docker inspect --format '{{.Image}}' shop-shop_green-1 shop-djobs-1";
        let found =
            lab.on(host, &format!("docker image inspect --format '{digests}' $({running})"));
        let all = found.lines().filter(|line| !line.is_empty());
        assert!(all.clone().count() >= 2 && all.clone().all(|it| it.ends_with(&old)), "{found}");
    }
    console.does("status").never_tells("drift");

    console.does("prepare --release v2");
    console.does("go-live --release v2");
    lab.users_get(&TWO, "blue", "v2");
    for host in TWO {
        lab.on(host, "docker rm -f shop-shop_green-1");
        remove_first(&lab, host, &old);
    }
    let gone = format!("-X DELETE http://{}/v2/shop/manifests/{old}", lab.registry());
    asked(&lab, &gone);
    console
        .says("rollback")
        .with(5)
        .tells("the image of first")
        .tells("is neither on this host nor in the registry")
        .tells("These hosts still have")
        .never_tells("▶");
    console.says("plan rollback").with(5).tells("These hosts still have");
    lab.users_get(&TWO, "blue", "v2");
    // A registry that is away is not one that has it no longer.
    let away = lab.fault("registry-down", "web1");
    console.says("plan rollback").with(0).tells("the registry did not answer");
    away.heal();
    console.does("rollback --to v1");
    until("users are on v1", 10, || lab.users("web1").release == "v1");
    lab.users_get(&TWO, "green", "v1");
    lab.lab(&["reset", "web1", "web2"]);
}

fn remove_first(lab: &Lab, host: &str, digest: &str) {
    let image = format!("{}/shop", lab.registry());
    lab.on(host, &format!("docker rmi -f {image}:first {image}@{digest} >/dev/null 2>&1 || :"));
    let found = lab.on(host, &format!("docker image inspect {image}@{digest} 2>&1 || :"));
    assert!(found.to_lowercase().contains("no such image"), "{found}");
}
