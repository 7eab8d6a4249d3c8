//! Servers as they are found: two apps beside each other on one, hosts that carry only jobs.

use super::support::{Console, Lab, Watched};

/// Makes a second app, `till`, beside the shop: its own directory, ports, includes and entrances.
const TILL: &str = r#"
set -eu
cd /srv && mkdir till && cp shop/docker-compose.20260101-000000-v1.yml till/
cd till && ln -s docker-compose.20260101-000000-v1.yml docker-compose.yml && echo blue >live-color
sed -i 's/^name: shop/name: till/; s/shop_/till_/; s/127.0.0.1:8001/127.0.0.1:8011/; s/127.0.0.1:8002/127.0.0.1:8012/' \
    docker-compose.20260101-000000-v1.yml
cd /etc/nginx/flipside
for side in live passive; do
    sed "s/shop_/till_/; s/800/801/" shop-$side.conf >till-$side.conf
done
sed 's/shop_/till_/; s/:800/:801/; s/flipside_color/till_color/; s/listen 80 /listen 81 /; s/listen 8080 /listen 8081 /; /^include/d' \
    /etc/nginx/sites-enabled/shop >/etc/nginx/sites-enabled/till
chown -hR deploy:deploy /srv/till /etc/nginx/flipside
runuser -u deploy -- docker compose -p till --project-directory /srv/till -f /srv/till/docker-compose.yml \
    up -d --pull never till_blue </dev/null 2>&1
nginx -t -q && nginx -s reload
"#;

const TILL_IN_INVENTORY: &str = "  till:
    platform: compose
    image: REGISTRY/shop
    template: template.yml
    colors: [{name: blue, port: 8011}, {name: green, port: 8012}]
    live: {url: 'http://127.0.0.1:81/health', release_header: X-Release}
    passive: {url: 'http://127.0.0.1:8081/health', release_header: X-Release}
    disk_free: 50MiB
environments:";

#[test]
fn two_apps_on_one_host_leave_each_other_alone() {
    let Some(lab) = Lab::calm(&["web3"]) else { return };
    lab.on("web3", TILL);
    let till = TILL_IN_INVENTORY.replace("REGISTRY", lab.registry());
    let console = Console::of(&lab, &["web3"]).with("environments:", &till);
    let till = || lab.page("web3", 81);
    super::support::until("the till answers", 20, || till().release == "v1");
    let users = Watched::by(&lab, &["web3"], 50);

    console
        .says("status")
        .with(2)
        .tells("There is more than one app. Select one with `-a`: shop, till");
    console.does("prepare -a till --release v3");
    assert_eq!(lab.page("web3", 8081).release, "v3", "the till's passive side");
    assert_eq!(lab.passive("web3").release, "v1", "the shop's passive side is its own");

    // Each has its own lock: two people work on two apps at once.
    let (shop, till_run) =
        (console.starts("prepare -a shop --release v2"), console.starts("go-live -a till"));
    shop.ends().with(0);
    till_run.ends().with(0);
    assert_eq!(till().release, "v3");
    lab.users_get(&["web3"], "blue", "v1");

    console.does("go-live -a shop");
    console.does("rollback -a till");
    assert_eq!(till().release, "v1");
    lab.users_get(&["web3"], "green", "v2");
    console.does("finish -a shop");
    let till_is_up = lab.containers("web3").contains(&"till_green v3 running".to_owned());
    assert!(
        till_is_up,
        "the shop's finish stops nothing of the till: {:?}",
        lab.containers("web3")
    );
    users.nobody_noticed();
}

#[test]
fn hosts_with_only_jobs_are_released_like_any_other() {
    let Some(lab) = Lab::calm(&["jobs1"]) else { return };
    // No host of this fleet serves users: one of its job hosts migrates.
    let console = Console::of(&lab, &["jobs1"]).with("roles: [jobs]", "roles: [jobs, primary]");
    console.does("status").tells("djobs v1, cron v1");
    console.does("prepare --release v2").tells("v2 migrations: done");
    console.does("go-live --release v2");
    assert_eq!(lab.containers("jobs1"), ["cron v2 running", "djobs v2 running"]);
    // Nobody's users tell where these jobs came from: the release is named.
    console.says("rollback").with(5).tells("--to");
    console.does("rollback --to v1");
    assert_eq!(lab.containers("jobs1"), ["cron v1 running", "djobs v1 running"]);
    lab.nobody_holds(&["jobs1"]);
}

/// Makes a server look as others have built it: a compose file dated with a dash, locations on one line,
/// braces in comments.
const SEED: &str = r#"
set -eu
cd /srv/shop
mv docker-compose.20260101-000000-v1.yml docker-compose-20200807.yml
ln -sfn docker-compose-20200807.yml docker-compose.yml
cat >/etc/nginx/flipside/shop-live.conf <<'END'
# managed { by salt }
upstream shop_live { # was { server 127.0.0.1:8002; }
    # }
    server 127.0.0.1:8001;
}
END
echo 'upstream shop_passive { server 127.0.0.1:8001; } # }' >/etc/nginx/flipside/shop-passive.conf
cat >/etc/nginx/sites-enabled/shop <<'END'
map $upstream_addr $flipside_color { "127.0.0.1:8001" blue; "127.0.0.1:8002" green; default ""; }
include /etc/nginx/flipside/*.conf;
server { listen 80 default_server; location / { proxy_pass http://shop_live; add_header X-Flipside-Color $flipside_color always; } }
server { listen 8080 default_server; location / { proxy_pass http://shop_passive; add_header X-Flipside-Color $flipside_color always; } }
END
chown -h deploy:deploy docker-compose-20200807.yml docker-compose.yml /etc/nginx/flipside/*
nginx -t -q && nginx -s reload
# The login's own docker speaks to another engine, which is not there.
runuser -u deploy -- docker context create other --docker host=unix:///nowhere.sock
runuser -u deploy -- docker context use other
"#;

#[test]
fn a_server_that_others_have_built_is_adopted_as_it_is() {
    let Some(lab) = Lab::calm(&["web1"]) else { return };
    lab.on("web1", SEED);
    let console = Console::of(&lab, &["web1"]).with_template(
        r#"command: ["jobs", "djobs"]"#,
        "command: [\"jobs\", \"djobs\"]\n    scale: 2",
    );
    super::support::until("it is as it was built", 20, || lab.page("web1", 80).release == "v1");
    let users = Watched::by(&lab, &["web1"], 50);

    console.does("setup web1").tells("nothing to do: all ");
    console.does("doctor").tells("`docker` of deploy uses unix:///nowhere.sock");
    console.does("prepare --release v2");
    console.does("go-live");
    lab.users_get(&["web1"], "green", "v2");
    let include = lab.on("web1", "cat /etc/nginx/flipside/shop-live.conf");
    assert!(include.contains("managed { by salt }"), "{include}");
    let jobs = lab.containers("web1").into_iter().filter(|found| found == "djobs v2 running");
    assert_eq!(jobs.count(), 2);
    console.does("rollback");
    lab.users_get(&["web1"], "blue", "v1");
    let link = lab.on("web1", "readlink /srv/shop/docker-compose.yml");
    assert_eq!(link.trim(), "docker-compose-20200807.yml");
    users.nobody_noticed();
    lab.on("web1", "runuser -u deploy -- docker context use default");
    lab.lab(&["reset", "web1"]);
}

#[test]
fn a_tag_that_was_pulled_anew_is_not_what_users_reach() {
    let Some(lab) = Lab::calm(&["web1"]) else { return };
    let console = Console::of(&lab, &["web1"]);
    // Other bytes under the tag that is live.
    let shop = format!("{}/shop", lab.registry());
    lab.on("web1", &format!("docker pull -q {shop}:v2 && docker tag {shop}:v2 {shop}:v1"));
    console.does("status").tells("B blue v1").tells("djobs v1");
    console.does("doctor").tells("blue runs v1 as").tells("the tag now means").never_tells("✖");
    lab.lab(&["reset", "web1"]);
}

#[test]
fn services_that_no_template_makes_are_refused_before_anything_is_changed() {
    let Some(lab) = Lab::calm(&["web1"]) else { return };
    let console = Console::of(&lab, &["web1"]).with("jobs: [djobs, cron]", "jobs: [djbos, cron]");
    let checked = console.says("inventory check").with(2);
    checked.tells("has no service `djbos` (jobs)").tells("Did you mean `djobs`");
    console.says("prepare --release v2").with(5).tells("nothing was changed").tells("`djbos`");
    console.says("doctor").with(5).tells("✖ services");
}
