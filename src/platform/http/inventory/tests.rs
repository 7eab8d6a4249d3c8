use std::path::Path;

use crate::domain::http::{Auth, Method, Replay};
use crate::inventory::from_text;
use crate::platform::DECODERS;
use crate::platform::http::spec::HttpSpec;

const HEAD: &str = "\
version: 1
environments:
  prod:
    targets:
      api1: {roles: [app, primary]}
apps:
  shop:
    platform: http
";

const WHOLE: &str = r#"
url: https://deploy.test/shop/
auth: {bearer: "env:TOKEN"}
client: {certificate: "file:c.pem", key: "file:k.pem"}
headers: {X-Team: shop}
observe:
  path: /state
  live: /live/release
  passive: /passive/release
  previous: /previous
  live_health: {pointer: /live/health, healthy: [ok, degraded]}
prepare:
  - name: upload
    method: PUT
    path: /passive
    json: '{"release": "{release}"}'
    replay: safe
    retries: 2
    timeout: 5s
    poll: {path: "/passive?release={release}", expect: {/health: ok}, every: 1s, successes: 2}
go_live:
  - {name: switch, method: POST, path: /live, form: "to={release}&by={operator}", status: [200, 202], expect: {/state: [live, settling], /to: "{release}"}, expect_headers: {X-App: shop}}
logs: {live: {path: "/logs?release={release}"}}
rollback:
  - {name: switch back, method: POST, path: /live, text: "{release}"}
lock: {path: /lock}
"#;

fn read(settings: &str) -> Result<HttpSpec, String> {
    let settings = settings.trim().lines().map(|line| format!("    {line}\n"));
    let text = format!("{HEAD}{}", settings.collect::<String>());
    let loaded = from_text(Path::new("/tmp/inventory.yaml"), text, DECODERS);
    let loaded = loaded.map_err(|problems| problems.to_string())?;
    let member = &loaded
        .inventory
        .environments
        .values()
        .next()
        .unwrap()
        .apps
        .values()
        .next()
        .unwrap()
        .members[0];
    Ok(member.platform.get::<HttpSpec>().unwrap().clone())
}

#[test]
fn whole_inventory_of_an_api_is_read() {
    let spec = read(WHOLE).unwrap();
    assert_eq!(spec.url, "https://deploy.test/shop");
    assert!(matches!(spec.auth, Some(Auth::Bearer(_))));
    assert!(spec.tls.client.is_some() && spec.lock.is_some());
    assert_eq!(spec.observe.live_health.unwrap().healthy, ["ok", "degraded"]);
    assert_eq!(spec.logs.live.unwrap().url.to_string(), "/logs?release={release}");
    let expect = &spec.go_live[0].request.expect;
    assert_eq!(expect.headers, [("X-App".to_owned(), "shop".to_owned())]);
    assert_eq!(expect.json[0].is, ["live", "settling"]);
    assert_eq!((expect.json[1].pointer.as_str(), expect.json.len()), ("/to", 2));
    let upload = &spec.prepare[0];
    assert_eq!(upload.request.method, Method::Put);
    assert_eq!(upload.request.delivery.replay, Some(Replay::Safe));
    assert_eq!(upload.request.delivery.retries, 2);
    let poll = upload.poll.as_ref().unwrap();
    assert_eq!((poll.successes, poll.request.expect.json[0].pointer.as_str()), (2, "/health"));
    assert_eq!(spec.go_live[0].request.expect.status, [200, 202]);
    assert!(spec.verify.is_empty() && spec.abandon.is_empty());
}

#[test]
fn mistakes_are_named_where_they_are() {
    let wrong = |from: &str, to: &str| {
        assert!(WHOLE.contains(from), "{from}");
        read(&WHOLE.replace(from, to)).unwrap_err()
    };
    for (from, to, wanted) in [
        ("/passive?release={release}", "/passive/{relase}", "{relase} is not a placeholder"),
        ("path: /live, form", "path: live, form", "`live` is neither a path nor a URL"),
        (r#"{"release": "{release}"}"#, r#"{"release": {release}}"#, "is not JSON once"),
        ("method: PUT", "method: PUSH", "`PUSH` is not a method"),
        ("replay: safe", "replay: often", "`often` is not a way to repeat a request"),
        ("form: \"to", "text: x, form: \"to", "a request has one body"),
        ("env:TOKEN", "hunter2", "a secret must not be in the inventory"),
        ("live: /live/release", "live: live.release", "is not a JSON pointer"),
        ("  path: /state\n", "", "`observe.path` is missing"),
        ("retries: 2", "retrys: 2", "retrys"),
        ("{/health: ok}", "{/health: \"{relase}\"}", "`expect`: {relase} is not a placeholder"),
        ("{X-App: shop}", "{X-App: \"{relase}\"}", "`expect_headers`: {relase} is not"),
        ("{X-Team: shop}", "{X-Team: \"a\\nb\"}", "`X-Team`: a header holds one line of ASCII"),
        ("path: /lock", "path: \"/lock/{app}\"", "`path`: {app} stands for nothing here"),
        ("path: /state\n", "path: \"https://x/state\"\n", "`https://x/state` is a whole URL"),
        ("/logs?release={release}", "/logs?by={operator}", "{operator} is not a placeholder"),
    ] {
        let why = wrong(from, to);
        assert!(why.contains(wanted), "{to}: {why}");
    }
}

#[test]
fn body_can_be_written_as_yaml() {
    let from = r#"json: '{"release": "{release}"}'"#;
    let to = r#"json: {release: "{release}", count: 3, "on": true, none: ~, quoted: "3", list: [a, 1.5]}"#;
    let spec = read(&WHOLE.replace(from, to)).unwrap();
    let body = spec.prepare[0].request.body.clone().unwrap();
    assert_eq!(
        body.text,
        r#"{"count":3,"list":["a",1.5],"none":null,"on":true,"quoted":"3","release":"{release}"}"#
    );
}

#[test]
fn request_has_its_own_login_and_repeats_what_is_said_to_be_safe() {
    let own =
        "retries: 2\n    auth: {header: PRIVATE-TOKEN, value: \"env:T\"}\n    ca_file: own.pem";
    let spec = read(&WHOLE.replace("retries: 2", own)).unwrap();
    let upload = &spec.prepare[0].request;
    assert!(matches!(&upload.auth, Some(Auth::Header { name, .. }) if name == "PRIVATE-TOKEN"));
    assert!(upload.tls.ca_file.as_ref().unwrap().ends_with("own.pem"));
    assert_eq!(spec.go_live[0].request.delivery.retries, 0);
    let spec = read(&WHOLE.replace("    retries: 2\n", "")).unwrap();
    assert_eq!(spec.prepare[0].request.delivery.retries, 2, "it is said to be safe");
}

#[test]
fn freeze_has_three_parts_and_an_environment_that_wants_one_needs_it() {
    let kept = WHOLE.replace("previous: /previous\n", "previous: /previous\n  frozen: /freeze\n")
        + "freeze: [{name: close, method: PUT, path: /freeze, json: {why: \"{reason}\"}}]\n\
           unfreeze: [{name: open, method: DELETE, path: /freeze}]\n";
    assert!(read(&kept).unwrap().keeps_freeze());
    let why = read(&kept.replace("  frozen: /freeze\n", "")).unwrap_err();
    assert!(why.contains("a freeze has three parts, and `observe.frozen` is missing"), "{why}");
    let why = read(&format!("{WHOLE}unfreeze: [{{name: open, path: /freeze}}]\n")).unwrap_err();
    assert!(why.contains("`freeze` and `observe.frozen` is missing"), "{why}");
    let strict = |settings: &str| {
        let settings: String =
            settings.trim().lines().map(|line| format!("    {line}\n")).collect();
        let head = HEAD.replace("  prod:\n", "  prod:\n    freeze_after_roll_back: true\n");
        from_text(Path::new("/tmp/inventory.yaml"), format!("{head}{settings}"), DECODERS)
            .map(|_| ())
            .map_err(|problems| problems.to_string())
    };
    assert_eq!(strict(&kept), Ok(()));
    let why = strict(WHOLE).unwrap_err();
    assert!(why.contains("no app of this environment can keep a freeze"), "{why}");
}

#[test]
fn condition_of_a_request_is_read_by_a_get() {
    let with = |if_match: &str| {
        read(&WHOLE.replace(
            "name: switch, method: POST,",
            &format!("name: switch, method: POST, {if_match},"),
        ))
    };
    let condition = "if_match: {path: /live, expect: {/release: \"{previous}\"}}";
    let switch = with(condition).unwrap().go_live[0].request.clone();
    assert_eq!(switch.delivery.retries, 2, "a repetition does not meet the condition");
    let read_first = switch.if_match.unwrap();
    assert_eq!((read_first.method, read_first.expect.json.len()), (Method::Get, 1));
    for (wrong, wanted) in [
        ("if_match: {path: /live, method: PUT}", "`method`: what is read first is a GET"),
        ("if_match: {expect: {/a: b}}", "path` is missing"),
        ("if_match: {path: \"/{x}\"}", "{x} is not a placeholder"),
    ] {
        let why = with(wrong).unwrap_err();
        assert!(why.contains(wanted), "{wrong}: {why}");
    }
    let why = read(&WHOLE.replace(
        "logs: {live:",
        "verify: [{name: smoke, path: /x, if_match: {path: /y}}]\nlogs: {live:",
    ));
    assert!(why.unwrap_err().contains("`if_match`: a GET changes nothing"));
}

#[test]
fn same_api_in_two_environments_is_reported() {
    let text = "\
version: 1
environments:
  prod: {targets: {api1: {roles: [app]}}}
  staging: {targets: {other: {roles: [app]}}}
apps:
  shop:
    platform: http
    url: https://deploy.test/shop
    observe: {path: /state, live: /live}
";
    let path = Path::new("/tmp/inventory.yaml");
    let problems = from_text(path, text.to_owned(), DECODERS).map(|_| ()).unwrap_err().to_string();
    let same = "`other` is the same API as `api1` of prod: https://deploy.test/shop/state";
    assert!(problems.contains(same), "{problems}");
    let apart = text
        .replace("deploy.test", "{environment}.test")
        .replace("url: ", "url: \"")
        .replace("/shop\n", "/shop\"\n");
    from_text(path, apart, DECODERS).map(|_| ()).unwrap();
}
