//! Logins to a registry, which are sent to no other server.

use flipside::base::secret_ref::SecretRef;
use flipside::domain::catalog::RegistryLogin;
use flipside::domain::catalog::{Image, SourceErrorKind};
use serde_json::json;

use crate::standin::{Desk, Door, PASSWORD, REFRESH, Standin, USER};

const TOKEN: Door = Door::Token { public: false, field: "token" };

async fn with(door: Door) -> Standin {
    let standin = Standin::start(door).await;
    standin.has("v1", "2026-08-24T03:00:00Z", "amd64").has_tags(&["v2"]);
    standin
}

#[tokio::test]
async fn a_password_of_the_docker_configuration_opens_a_registry_that_wants_one() {
    let standin = with(Door::Basic).await;
    for written in [standin.host.clone(), format!("http://{}/v2/", standin.host)] {
        let desk = Desk::new().login(&written, PASSWORD);
        assert_eq!(desk.tags(&standin).await.unwrap().0, ["v1", "v2"], "{written}");
        assert!(desk.facts(&standin, "v1").await.is_ok());
    }
}

#[tokio::test]
async fn a_token_is_bought_once_for_everything_that_is_asked_at_the_same_time() {
    for field in ["token", "access_token"] {
        let standin = with(Door::Token { public: false, field }).await;
        let desk = Desk::new().login(&standin.host, PASSWORD);
        assert_eq!(desk.tags(&standin).await.unwrap().0, ["v1", "v2"]);
        let facts = |_| desk.facts(&standin, "v1");
        let all = futures::future::join_all((0..4).map(facts)).await;
        assert!(all.iter().all(Result::is_ok));
        assert_eq!(standin.count("GET", "/token"), 1, "{field}");
        let bought = standin.state().asked.iter().find(|it| it.path == "/token").unwrap().clone();
        assert_eq!(
            bought.query,
            format!("service=lab%2C+of+shops&scope=repository%3Ashop%3Apull&account={USER}")
        );
    }
}

#[tokio::test]
async fn expired_token_is_renewed_once() {
    let standin = with(TOKEN).await;
    let desk = Desk::new().login(&standin.host, PASSWORD);
    desk.tags(&standin).await.unwrap();
    standin.state().tokens += 1;
    let all = futures::future::join_all((0..4).map(|_| desk.facts(&standin, "v1"))).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    assert_eq!(standin.count("GET", "/token"), 2);
}

#[tokio::test]
async fn what_is_public_needs_no_login() {
    let standin = with(Door::Token { public: true, field: "token" }).await;
    assert_eq!(Desk::new().tags(&standin).await.unwrap().0, ["v1", "v2"]);
    let shown = standin.state().asked.iter().find(|it| it.path == "/token").unwrap().clone();
    assert_eq!(shown.authorization, "");
}

#[tokio::test]
async fn an_identity_token_buys_tokens_as_oauth_has_it() {
    let standin = with(TOKEN).await;
    let auths =
        json!({"auths": {standin.host.clone(): {"auth": "bWFyYTo=", "identitytoken": REFRESH}}});
    assert_eq!(Desk::new().config(&auths).tags(&standin).await.unwrap().0, ["v1", "v2"]);
    let bought = standin.state().asked.iter().find(|it| it.path == "/token").unwrap().clone();
    assert_eq!((bought.method.as_str(), bought.query.as_str()), ("POST", ""));
    for part in ["grant_type=refresh_token", "scope=repository%3Ashop%3Apull", "client_id=flipside"]
    {
        assert!(bought.form.contains(part), "{}", bought.form);
    }
}

#[tokio::test]
async fn a_credential_helper_is_asked_over_its_standard_input() {
    let standin = with(Door::Basic).await;
    let script = format!(
        "[ \"$1\" = get ] && [ \"$(cat)\" = {} ] && echo '{{\"Username\":\"{USER}\",\"Secret\":\"{PASSWORD}\"}}'",
        standin.host
    );
    let host = standin.host.clone();
    for config in [
        json!({"credsStore": "shelf"}),
        json!({"credsStore": "no", "credHelpers": {host: "shelf"}}),
    ] {
        let desk = Desk::new().config(&config).helper("shelf", &script);
        assert_eq!(desk.tags(&standin).await.unwrap().0, ["v1", "v2"], "{config}");
    }
    let token = with(TOKEN).await;
    let script =
        format!("cat >/dev/null; echo '{{\"Username\":\"<token>\",\"Secret\":\"{REFRESH}\"}}'");
    let desk = Desk::new().config(&json!({"credsStore": "shelf"})).helper("shelf", &script);
    assert_eq!(desk.tags(&token).await.unwrap().0, ["v1", "v2"]);
}

#[tokio::test]
async fn a_helper_without_a_login_leaves_the_file_and_then_nobody() {
    let standin = with(Door::Basic).await;
    let nothing = "echo 'credentials not found in native keychain'; exit 1";
    let auth = data_encoding::BASE64.encode(format!("{USER}:{PASSWORD}").as_bytes());
    let both = json!({"credsStore": "shelf", "auths": {standin.host.clone(): {"auth": auth}}});
    assert!(Desk::new().config(&both).helper("shelf", nothing).tags(&standin).await.is_ok());
    let empty = json!({"credsStore": "shelf", "auths": {standin.host.clone(): {}}});
    let why = Desk::new().config(&empty).helper("shelf", nothing).tags(&standin).await.unwrap_err();
    assert_eq!(why.kind, SourceErrorKind::LoginRequired);
    assert!(
        why.to_string()
            .contains(&format!("there is none for it. run `docker login {}`", standin.host)),
        "{why}"
    );
}

#[tokio::test]
async fn a_helper_that_fails_or_hangs_is_named_and_its_words_are_not_repeated() {
    let standin = with(Door::Basic).await;
    for (script, says) in [
        (
            "echo hunter2; echo hunter2 >&2; exit 3",
            "docker-credential-shelf failed (exit status: 3)",
        ),
        ("cat >/dev/null; echo hunter2", "what docker-credential-shelf printed cannot be read"),
        ("sleep 60", "docker-credential-shelf did not answer within 0.5 s"),
    ] {
        let desk = Desk::new().config(&json!({"credsStore": "shelf"})).helper("shelf", script);
        let why = desk.tags(&standin).await.unwrap_err().to_string();
        assert!(why.contains(says) && !why.contains("hunter2"), "{why}");
    }
    let gone = Desk::new().config(&json!({"credsStore": "gone"})).tags(&standin).await.unwrap_err();
    assert!(gone.to_string().contains("docker-credential-gone cannot be started"), "{gone}");
    let odd = Desk::new().config(&json!({"credsStore": "../x"})).tags(&standin).await.unwrap_err();
    assert!(odd.to_string().contains("that is no word"), "{odd}");
}

#[tokio::test]
async fn a_helper_that_fails_keeps_nobody_from_what_is_public() {
    let standin = with(Door::Token { public: true, field: "token" }).await;
    let desk = Desk::new().config(&json!({"credsStore": "gone"}));
    assert!(desk.tags(&standin).await.is_ok());
}

#[tokio::test]
async fn refused_login_is_reported_with_its_source_and_without_its_secret() {
    for door in [Door::Basic, TOKEN] {
        let standin = with(door).await;
        let desk = Desk::new().login(&standin.host, "hunter2");
        let why = desk.tags(&standin).await.unwrap_err();
        assert_eq!(why.kind, SourceErrorKind::LoginRequired);
        let told = format!("{why} {why:?} {:?}", desk.registries);
        let place = desk.home.path().join("config.json");
        let says = format!("does not accept the login of {USER} from {}", place.display());
        assert!(told.contains(&says), "{told}");
        assert!(!told.contains("hunter2") && !told.contains("aHVudGVy"), "{told}");
    }
}

#[tokio::test]
async fn unreadable_configuration_is_reported_by_line_only() {
    let standin = with(Door::Basic).await;
    let desk = Desk::new();
    std::fs::write(desk.home.path().join("config.json"), "{\n \"auths\": \"hunter2\"}").unwrap();
    let why = desk.tags(&standin).await.unwrap_err().to_string();
    assert!(
        why.contains("config.json cannot be read (line 2") && !why.contains("hunter2"),
        "{why}"
    );
    let auths = json!({"auths": {standin.host.clone(): {"auth": "hunter2!"}}});
    let why = Desk::new().config(&auths).tags(&standin).await.unwrap_err().to_string();
    assert!(why.contains("a login for 127.0.0.1") && !why.contains("hunter2"), "{why}");
}

#[tokio::test]
async fn the_inventory_s_own_login_goes_first_and_only_to_its_own_server() {
    let standin = with(Door::Basic).await;
    let desk = Desk::new().login(&standin.host, "another one");
    let password = desk.home.path().join("password");
    std::fs::write(&password, format!("{PASSWORD}\n")).unwrap();
    let login = |server: &str| RegistryLogin {
        server: server.to_owned(),
        user: USER.to_owned(),
        password: SecretRef::File(password.display().to_string()),
    };
    let image = |server| Image { login: Some(login(server)), ..standin.image() };
    assert!(desk.tags_of(&image(&standin.host)).await.is_ok());
    let why = desk.tags_of(&image("registry.example.org")).await.unwrap_err();
    assert!(why.to_string().contains("config.json"), "{why}");
    std::fs::remove_file(&password).unwrap();
    let why = desk.tags_of(&image(&standin.host)).await.unwrap_err().to_string();
    assert!(why.contains("the login could not be read: the secret `file:"), "{why}");
}

#[tokio::test]
async fn a_token_is_not_bought_where_a_password_could_be_read_on_the_way() {
    let standin = with(Door::Open).await;
    let realm = "Bearer realm=\"ftp://elsewhere.example.org/token\"";
    standin.answers("/v2/", 401, &[("www-authenticate", realm)], "");
    let why = Desk::new().login(&standin.host, PASSWORD).tags(&standin).await.unwrap_err();
    assert!(why.to_string().contains("is not safe"), "{why}");
}

#[tokio::test]
async fn a_docker_configuration_without_a_login_is_none() {
    let standin = Standin::start(Door::Open).await;
    standin.has_tags(&["v1"]);
    let host = standin.host.clone();
    let nothing = format!(r#"{{"auths":{{"{host}":null}},"credHelpers":{{"{host}":null}}}}"#);
    for text in ["", " \n", "null", "{}", r#"{"auths":null,"credsStore":null}"#, &nothing] {
        let desk = Desk::new();
        std::fs::write(desk.home.path().join("config.json"), text).unwrap();
        standin.state().door = Door::Open;
        assert_eq!(desk.tags(&standin).await.unwrap().0, ["v1"], "{text}");
        standin.state().door = Door::Basic;
        let why = desk.tags(&standin).await.unwrap_err();
        assert!(why.to_string().contains("there is none for it"), "{text}: {why}");
    }
    let desk = Desk::new();
    std::fs::write(desk.home.path().join("config.json"), "{\"auths\": [}").unwrap();
    let why = desk.tags(&standin).await.unwrap_err();
    assert!(why.to_string().contains("config.json cannot be read (line 1"), "{why}");
}

/// The environment of a process cannot be changed from within it, so it is another process that asks.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registry_on_this_machine_is_never_asked_through_a_proxy() {
    const REGISTRY: &str = "FLIPSIDE_TEST_REGISTRY";
    if let Ok(host) = std::env::var(REGISTRY) {
        let name = format!("{host}/shop");
        let image = flipside::domain::catalog::Image { name, login: None, plain_http: false };
        assert_eq!(Desk::new().tags_of(&image).await.unwrap().0, ["v1"]);
        return;
    }
    let standin = Standin::start(Door::Open).await;
    standin.has_tags(&["v1"]);
    for host in [standin.host.clone(), standin.host.replace("127.0.0.1", "localhost")] {
        let mut child = tokio::process::Command::new(std::env::current_exe().unwrap());
        child
            .args(["--exact", "logins::a_registry_on_this_machine_is_never_asked_through_a_proxy"]);
        for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "ALL_PROXY"] {
            child.env(name, "http://127.0.0.1:1");
        }
        let child = child.env_remove("NO_PROXY").env_remove("no_proxy").env(REGISTRY, &host);
        let output = child.output().await.unwrap();
        assert!(output.status.success(), "{host}: {}", String::from_utf8_lossy(&output.stdout));
    }
    assert_eq!(standin.count("GET", "/tags/list"), 2);
}
