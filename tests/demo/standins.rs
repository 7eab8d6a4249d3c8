//! The stand-ins answer like the originals, and refuse what they do not support.

use serde_json::Value;

use crate::client::Ended;
use crate::world::{client, fleet};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_that_is_not_known_fails_aloud() {
    let fleet = fleet(2).await;
    let client = client(&fleet, "web1").await.unwrap();
    for line in [
        "docker system prune -af",
        "docker ps --all",
        "docker ps --format '{{.Names}}'",
        "docker compose up -d",
        "docker compose -p shop --project-directory srv/shop -f srv/shop/docker-compose.yml up -d shop_blue",
        "docker container inspect --format '{{.Name}}' shop-shop_blue-1",
        "nginx -s quit",
        "sudo -n -- docker swarm init",
        "sudo -u root true",
    ] {
        let Ended { code, stderr, .. } = client.line(line, "").await;
        assert_eq!(code, Some(125), "{line}: {stderr}");
        assert!(stderr.starts_with("the demo's stand-in does not know: "), "{line}: {stderr}");
    }
    let jobs = self::client(&fleet, "jobs1").await.unwrap();
    assert_eq!(jobs.line("nginx -t", "").await.code, Some(127));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_engine_answers_over_its_socket_in_its_own_shapes() {
    let fleet = fleet(2).await;
    let client = client(&fleet, "web1").await.unwrap();
    let ask = async |path: &str| {
        let line = format!("curl -s --unix-socket docker.sock 'http://docker{path}'");
        serde_json::from_str::<Value>(&client.line(&line, "").await.stdout).unwrap()
    };
    let blue = ask(
        "/v1.41/containers/json?filters=%7B%22label%22%3A%5B%22com.docker.compose.service%3Dshop_blue%22%5D%7D",
    )
    .await;
    assert_eq!(blue.as_array().unwrap().len(), 1);
    assert_eq!(blue[0]["Image"], "registry.example.org/shop:v1");
    assert_eq!(blue[0]["State"], "running");
    assert!(blue[0]["Status"].as_str().unwrap().ends_with("(healthy)"), "{blue}");
    let images = ask("/images/json?digests=1").await;
    let digest = images[0]["RepoDigests"][0].as_str().unwrap();
    assert!(digest.starts_with("registry.example.org/shop@sha256:"), "{digest}");
    assert_eq!(images[0]["Id"], blue[0]["ImageID"]);
    assert!(ask("/networks").await["message"].as_str().unwrap().contains("does not know"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nginx_takes_and_refuses_what_nginx_would() {
    let fleet = fleet(2).await;
    let client = client(&fleet, "web1").await.unwrap();
    let dump = client.line("sudo -n nginx -T 2>/dev/null", "").await;
    assert!(dump.stdout.contains("etc/nginx/flipside/shop-live.conf:\nupstream shop_live {"));
    let broken = "cd etc/nginx/flipside; echo 'upstream shop_live { }' >shop-live.conf";
    client.line(broken, "").await;
    let test = client.line("nginx -t", "").await;
    assert_eq!(test.code, Some(1));
    assert!(test.stderr.contains("[emerg] no servers are inside upstream in "), "{}", test.stderr);
    assert_eq!(client.line("nginx -s reload", "").await.code, Some(1));
    assert!(fleet.requests_ok(), "a configuration that is not taken changes nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_image_in_use_stays_and_a_compose_file_that_is_not_valid_is_refused() {
    let fleet = fleet(2).await;
    let client = client(&fleet, "web1").await.unwrap();
    let kept = client.line("docker image rm registry.example.org/shop:v1", "").await;
    assert_eq!(kept.code, Some(1));
    assert!(kept.stderr.contains("is using its referenced image"), "{}", kept.stderr);
    let config = "cat >f.yml; docker compose -p shop --project-directory . -f f.yml config -q";
    let odd = client.line(config, "services: {a: {image: x, portz: []}}").await;
    assert_eq!(odd.code, Some(1));
    assert!(odd.stderr.contains("portz"), "{}", odd.stderr);
    let none = client.line(config, "services: {a: {}}").await;
    assert!(none.stderr.contains("neither an image nor a build context"), "{}", none.stderr);
}

/// Where a machine has a `sha256sum`, it is the judge of ours.
#[test]
fn our_sha256sum_prints_what_the_real_one_prints() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let Ok(real) = std::process::Command::new("sha256sum").arg(file).output() else { return };
    let directory = tempfile::tempdir().unwrap();
    let ours = directory.path().join("sha256sum");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_flipside"), &ours).unwrap();
    let ours = std::process::Command::new(ours)
        .arg(file)
        .env("FLIPSIDE_DEMO_SOCKET", directory.path())
        .output()
        .unwrap();
    assert_eq!(ours.stdout, real.stdout);
}
