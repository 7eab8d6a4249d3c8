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

    console.says("status").with(2).tells("which app? Name one with `-a`: shop, till");
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
