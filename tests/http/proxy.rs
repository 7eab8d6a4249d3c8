//! Proxies of the environment. A process reads its environment once, so each case is a process of its own.

use std::process::Command;

use flipside::domain::http::Request;

use crate::ask;
use crate::server::{Reply, Server, answer};

/// Asks for `ASK` and prints what came. Without `ASK`, as in a run of all tests, it does nothing.
#[tokio::test]
async fn asks() {
    let Ok(url) = std::env::var("ASK") else { return };
    match ask(&Request::get(url)).await {
        Ok(response) => println!("answered: {} {}", response.status, response.body),
        Err(why) => println!("not answered: {why}"),
    }
}

async fn asked(url: &str, environment: &[(&str, String)]) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "proxy::asks", "--nocapture"]).env("ASK", url);
    for name in ["http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"] {
        command.env_remove(name);
    }
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn request_goes_through_the_proxy_of_the_environment() {
    let proxy = Server::start([Reply::Answer(answer("200 OK", "", "by the proxy"))]).await;
    let environment = [("HTTP_PROXY", proxy.url.clone())];
    let text = asked("http://api.invalid/path", &environment).await;
    assert!(text.contains("answered: 200 by the proxy"), "{text}");
    assert!(proxy.asked()[0].starts_with("GET http://api.invalid/path "), "{:?}", proxy.asked());
}

#[tokio::test]
async fn proxy_that_lets_no_tls_through_received_no_request() {
    let proxy = Server::start([Reply::Answer(answer("403 Forbidden", "", ""))]).await;
    let environment = [("HTTPS_PROXY", proxy.url.clone())];
    let text = asked("https://api.invalid/path", &environment).await;
    assert!(text.contains("not answered: api.invalid:443: "), "{text}");
    assert!(proxy.asked()[0].starts_with("CONNECT api.invalid:443 "), "{:?}", proxy.asked());
}

#[tokio::test]
async fn no_proxy_is_used_for_this_machine_and_for_names_that_want_none() {
    let proxy = Server::start([Reply::Answer(answer("200 OK", "", "by the proxy"))]).await;
    let direct = Server::start([Reply::Answer(answer("200 OK", "", "directly"))]).await;
    let environment = [("HTTP_PROXY", proxy.url.clone()), ("NO_PROXY", "api.invalid".to_owned())];
    let text = asked(&direct.url, &environment).await;
    assert!(text.contains("answered: 200 directly"), "{text}");
    let text = asked("http://api.invalid/", &environment).await;
    assert!(text.contains("not answered: api.invalid:80: the name is not known"), "{text}");
    assert_eq!(proxy.asked().len(), 0);
}
