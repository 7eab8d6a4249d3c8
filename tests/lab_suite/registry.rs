//! Registries that are away, that want a login, or that are far too slow.

use rustix::process::Signal;

use super::support::{Console, Lab, until};

const TWO: [&str; 2] = ["web1", "web2"];

#[test]
fn a_registry_that_is_away_changes_nothing_and_stops_nothing_that_is_there_already() {
    let Some(lab) = Lab::calm(&TWO) else { return };
    let console = Console::of(&lab, &TWO);
    lab.push("fresh", "good");
    let files = lab.on("web1", "ls -1 /srv/shop /etc/nginx/flipside");
    let away = lab.fault("registry-down", "web1");
    let image = format!("{}/shop", lab.registry());
    console.says("prepare --release fresh").with(1).tells(&format!(
        "the registry of {image} cannot be reached from this host, and {image}:fresh is not on this host"
    ));
    assert_eq!(lab.on("web1", "ls -1 /srv/shop /etc/nginx/flipside"), files, "no file was made");
    lab.users_get(&TWO, "blue", "v1");
    lab.nobody_holds(&TWO);
    console
        .says("doctor --only web1")
        .with(5)
        .tells(&format!("✖ registry: {image} cannot be reached from this host"));
    away.heal();
    console.does("prepare --release fresh");
    console.does("abandon");
    // By now every host has it.
    let _away = lab.fault("registry-down", "web1");
    console
        .does("prepare --release fresh")
        .tells(&format!("the registry of {image} cannot be reached from this host"))
        .tells("using fresh as it was pulled before");
    assert_eq!(lab.passive("web2").release, "fresh");
    console.does("abandon");
    lab.users_get(&TWO, "blue", "v1");
}

#[test]
fn a_registry_that_wants_a_login_is_given_one_and_says_when_it_is_wrong() {
    let Some(lab) = Lab::calm(&TWO) else { return };
    let console = Console::of(&lab, &TWO);
    let _login = lab.fault("registry-login", "web1");
    let remedy = "dd `registry` to the app";
    console
        .says("doctor --only web1")
        .with(0)
        .tells("requires a login; a login stored by docker")
        .tells(remedy);
    console
        .says("prepare --release v3")
        .with(1)
        .tells(&format!("the registry requires a login for {}/shop", lab.registry()))
        .tells(remedy);
    let password = console.home.path().join("password");
    let login = format!(
        "registry: {{server: '{}', user: lab, password: 'file:{}'}}\n    jobs: [",
        lab.registry(),
        password.display()
    );
    let console = console.with("jobs: [", &login);
    console.says("prepare --release v3").with(1).tells("could not be read");
    std::fs::write(&password, "a wrong one\n").unwrap();
    console.says("doctor --only web1").with(5).tells("✖ registry: the login was rejected");
    console
        .says("prepare --release v3")
        .with(1)
        .tells(&format!("registry {} rejects the login of lab", lab.registry()))
        .never_tells("a wrong one");
    lab.users_get(&TWO, "blue", "v1");
    std::fs::write(&password, "open-sesame\n").unwrap();
    console.does("doctor --only web1");
    console.does("prepare --release v3").tells("logged in to").never_tells("open-sesame");
    // The login was for this one pull.
    let left = lab
        .on("web1", "find /home/deploy /tmp /srv -name config.json; pgrep -fc [o]pen-sesame || :");
    assert_eq!(left, "0", "nothing of it is left on the host");
    console.does("abandon");
}

#[test]
fn what_there_is_to_release_is_told_by_the_registry_itself() {
    let Some(lab) = Lab::calm(&TWO) else { return };
    let console = Console::of(&lab, &TWO);
    let registry = lab.registry();
    // It speaks plain HTTP, at an address that is not this machine's.
    console.says("releases").with(1).tells("set `plain_http_registry: true` in the inventory");
    let console = console.with("jobs: [", "plain_http_registry: true\n    jobs: [");
    let releases = console.does("releases -n 50").tells("live on web1, web2").text;
    let order: Vec<&str> =
        releases.lines().skip(1).filter_map(|line| line.split_whitespace().next()).collect();
    let versions: Vec<&str> = order.iter().copied().filter(|tag| tag.starts_with('v')).collect();
    assert_eq!(versions, ["v3", "v2", "v1"], "{releases}");
    assert_eq!(order[..3], ["v3", "v2", "v1"], "versions first: {releases}");
    // What Docker calls the digest of what it pulled is what the registry calls it.
    let digests = "docker image inspect --format '{{join .RepoDigests \" \"}}'";
    let digests = lab.on("web1", &format!("{digests} {registry}/shop:v1"));
    let told = console.does("releases -n 50 -o json").json();
    let v1 = told.iter().find(|line| line["tag"] == "v1").unwrap();
    assert!(digests.contains(v1["digest"].as_str().unwrap()), "{v1} {digests}");
    assert_eq!(v1["servers"]["live"], serde_json::json!(TWO));
    assert_eq!((&v1["fits"], &v1["moved"]), (&serde_json::json!(true), &serde_json::json!(false)));
    assert!(v1["made_at"].is_string() && v1["platforms"][0].is_string(), "{v1}");
}

#[test]
fn a_registry_with_a_login_takes_that_of_docker() {
    let Some(lab) = Lab::calm(&TWO) else { return };
    let console = Console::of(&lab, &TWO).with("jobs: [", "plain_http_registry: true\n    jobs: [");
    let registry = lab.registry();
    let login = lab.fault("registry-login", "web1");
    let remedy = format!("there is none for it. run `docker login {registry}`");
    console.says("releases").with(1).tells(&remedy).tells("Phases still take any tag");
    let docker = console.home.path().join(".docker");
    std::fs::create_dir(&docker).unwrap();
    let keep = |password: &str| {
        let auth = data_encoding::BASE64.encode(format!("lab:{password}").as_bytes());
        let config = serde_json::json!({"auths": {registry.to_owned(): {"auth": auth}}});
        std::fs::write(docker.join("config.json"), config.to_string()).unwrap();
    };
    keep("a wrong one");
    console
        .says("releases")
        .with(1)
        .tells("it does not accept the login of lab from")
        .never_tells("a wrong one");
    keep("open-sesame");
    console.does("releases").tells("v3").tells("live on web1, web2").never_tells("open-sesame");
    login.heal();
    let _away = lab.fault("registry-down", "web1");
    console
        .says("releases")
        .with(1)
        .tells("the connection was refused")
        .tells("live on web1, web2");
}

#[test]
fn a_pull_that_takes_for_ever_can_be_given_up_at_any_time() {
    let Some(lab) = Lab::calm(&TWO) else { return };
    lab.on("web2", &format!("docker rmi -f {}/shop:big >/dev/null 2>&1 || :", lab.registry()));
    let console = Console::of(&lab, &TWO);
    let slow = lab.fault("throttle", "web2");
    let mut working = console.starts("prepare --release big");
    working.until_it_tells("web2        | big: Pulling from shop");
    working.until_it_tells("Pulling fs layer");
    lab.users_get(&["web1"], "blue", "v1");
    working.signal(Signal::INT);
    let told = std::time::Instant::now();
    let ended = working.ends().with(7).tells("Aborted by alice");
    assert!(told.elapsed().as_secs() < 15, "it took {:?} to end", told.elapsed());
    ended.tells("it was aborted by the operator");
    slow.heal();
    lab.nobody_holds(&TWO);
    until("nothing of the pull is left at work", 10, || {
        TWO.iter().all(|host| lab.on(host, "pgrep -fc '[d]ocker pull' || :") == "0")
    });
    lab.users_get(&TWO, "blue", "v1");
    // `status` says that the run was aborted, and that nothing is left of it.
    console
        .does("status")
        .tells("was aborted by alice")
        .tells("Nothing is left half done")
        .never_tells("⚠");
}
