//! Logins that a person types: passwords, and what servers ask.

use std::sync::Arc;

use flipside::domain::command::Command;
use flipside::transport::ssh::Ssh;
use flipside::transport::{AuthPrompt, ConnectionEvent, Ending, PromptReply};
use secrecy::SecretString;

use crate::client::{Home, Person, Watcher, asking, refused, run, run_on, sh, ssh};
use crate::server::{Server, Setup, new_key};

pub fn types(text: &str) -> PromptReply {
    PromptReply::Secret(SecretString::from(text))
}

/// A server that takes no key of this home.
async fn server(home: &Home, setup: Setup) -> Server {
    let server = Server::start(Setup { host_keys: vec![new_key()], ..setup }).await;
    home.knows(server.port, &server.host_key);
    server
}

fn password() -> Setup {
    Setup { password: Some("hunter2"), ..Setup::default() }
}

fn code() -> Setup {
    let questions = vec![("Password: ", false, "hunter2"), ("City? ", true, "Ulm")];
    Setup { questions, ..Setup::default() }
}

#[tokio::test]
async fn a_password_is_asked_for_once_for_an_account() {
    let home = Home::new();
    let server = server(&home, password()).await;
    let person = Person::says([types("hunter1"), types("hunter2")]);
    let watcher = Arc::new(Watcher::default());
    let hosts = vec![home.host("web1", server.port), home.host("web2", server.port)];
    let ssh = Ssh::within(home.around(), hosts, person.clone(), Some(watcher.clone()));
    let command = sh("true");
    let (one, two) = tokio::join!(run_on(&ssh, "web1", &command), run_on(&ssh, "web2", &command));
    assert_eq!((one.0, two.0), (Ending::Exited(0), Ending::Exited(0)));
    let asked = person.asked();
    let account = format!("deploy@127.0.0.1:{}", server.port);
    let agains: Vec<bool> = asked
        .iter()
        .map(|prompt| match prompt {
            AuthPrompt::Password { account: of, again, .. } if *of == account => *again,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(agains, [false, true]);

    // A connection that is lost comes back without anybody.
    let (ending, _) = run(&ssh, &Command::new(["drop"])).await;
    assert!(matches!(ending, Ending::Lost(_)), "{ending:?}");
    watcher.sees(|link| matches!(link, ConnectionEvent::Lost { .. })).await;
    assert_eq!(run(&ssh, &command).await.0, Ending::Exited(0));
    assert_eq!(person.asked().len(), 2);
}

#[tokio::test]
async fn a_servers_own_questions_are_shown_as_it_puts_them() {
    let home = Home::new();
    let server = server(&home, code()).await;
    let person = Person::says([types("hunter2"), types("Rom"), types("hunter2"), types("Ulm")]);
    let ssh = asking(&home, vec![home.host("web1", server.port)], &person);
    assert_eq!(run(&ssh, &sh("true")).await.0, Ending::Exited(0));
    let asked: Vec<(String, String, bool)> = person
        .asked()
        .into_iter()
        .map(|prompt| match prompt {
            AuthPrompt::Answer { about, text, shown, .. } => (about, text, shown),
            other => panic!("{other:?}"),
        })
        .collect();
    let both = [("Gate Two things", "Password:", false), ("Gate Two things", "City?", true)]
        .map(|(about, text, shown)| (about.to_owned(), text.to_owned(), shown));
    assert_eq!(asked, [both.clone(), both].concat());
    // The first found that keys will not do; the second one talked.
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn a_key_and_an_answer_are_both_wanted() {
    let home = Home::new();
    let users = vec![home.key.public_key().clone()];
    let server = server(&home, Setup { users, both: true, ..code() }).await;
    let person = Person::says([types("hunter2"), types("Ulm")]);
    let ssh = asking(&home, vec![home.host("web1", server.port)], &person);
    assert_eq!(run(&ssh, &sh("true")).await.0, Ending::Exited(0));
}

#[tokio::test]
async fn unanswered_login_is_asked_once_and_lists_accepted_methods() {
    let home = Home::new();
    let setup = Setup { questions: code().questions, ..password() };
    let server = server(&home, setup).await;
    let person = Person::says([]);
    let ssh = asking(&home, vec![home.host("web1", server.port)], &person);
    for _ in 0..2 {
        let why = refused(run(&ssh, &sh("true")).await.0);
        for part in ["would take: ", "keyboard-interactive", "password", "terminal", "ssh-add"] {
            assert!(why.contains(part), "{part} is not in: {why}");
        }
    }
    assert_eq!(person.asked().len(), 1, "{:?}", person.asked());
    ssh.try_again().await;
    refused(run(&ssh, &sh("true")).await.0);
    assert_eq!(person.asked().len(), 2, "{:?}", person.asked());
}

#[tokio::test]
async fn three_wrong_passwords_fail_and_are_not_shown() {
    let home = Home::new();
    let server = server(&home, password()).await;
    let person = Person::says(["s3cret-1", "s3cret-2", "s3cret-3", "s3cret-4"].map(types));
    let ssh = asking(&home, vec![home.host("web1", server.port)], &person);
    let why = refused(run(&ssh, &sh("true")).await.0);
    assert!(!why.contains("s3cret") && why.contains("a password"), "{why}");
    assert_eq!(person.asked().len(), 3);
    refused(run(&ssh, &sh("true")).await.0);
    assert_eq!(person.asked().len(), 3, "nobody is asked again by itself");
}

#[tokio::test]
async fn the_configuration_says_what_may_be_typed_and_in_what_order() {
    let home = Home::new();
    let both = || Setup { questions: code().questions, ..password() };
    let server = server(&home, both()).await;
    for (config, part) in [
        ("BatchMode yes\n", "`BatchMode yes`"),
        (
            "PasswordAuthentication no\nKbdInteractiveAuthentication no\n",
            "turns keyboard-interactive and password off",
        ),
    ] {
        home.write(".ssh/config", config);
        let person = Person::says([]);
        let ssh = asking(&home, vec![home.host("web1", server.port)], &person);
        let why = refused(run(&ssh, &sh("true")).await.0);
        assert!(why.contains(part), "{config}: {why}");
        assert!(person.asked().is_empty(), "{config}");
    }
    home.write(".ssh/config", "PreferredAuthentications password,keyboard-interactive\n");
    let person = Person::says([types("hunter2")]);
    let preferring = asking(&home, vec![home.host("web1", server.port)], &person);
    assert_eq!(run(&preferring, &sh("true")).await.0, Ending::Exited(0));
    assert!(matches!(person.asked()[0], AuthPrompt::Password { .. }));
}

#[tokio::test]
async fn batch_mode_asks_about_no_host_key_and_no_passphrase() {
    let home = Home::new();
    home.write(".ssh/config", "BatchMode yes\n");
    let stranger = home.stranger().await;
    let person = Person::says([PromptReply::Accepted]);
    let ssh = asking(&home, vec![home.host("web1", stranger.port)], &person);
    let why = refused(run(&ssh, &sh("true")).await.0);
    assert!(why.contains("`BatchMode yes`") && person.asked().is_empty(), "{why}");
}

#[tokio::test]
async fn without_a_key_the_server_is_asked_what_it_takes() {
    let home = Home::new();
    std::fs::remove_file(home.path("id")).unwrap();
    let server = server(&home, password()).await;
    let why = refused(run(&ssh(&home, vec![home.host("web1", server.port)]), &sh("true")).await.0);
    assert!(why.contains("would take: ") && why.contains("terminal"), "{why}");
    let person = Person::says([types("hunter2")]);
    let ssh = asking(&home, vec![home.host("web1", server.port)], &person);
    assert_eq!(run(&ssh, &sh("true")).await.0, Ending::Exited(0));
}
