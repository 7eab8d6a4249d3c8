//! What servers send before their version line.

use std::time::Duration;

use flipside::transport::Ending;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

use crate::client::{Home, openssh, refused, run, sh, ssh};

/// Sends this to every client, then forwards to the server at that port, or hangs up without one.
async fn says(text: String, then: Option<u16>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let text = text.clone();
            tokio::spawn(async move {
                let _ = socket.write_all(text.as_bytes()).await;
                if let Some(then) = then {
                    let mut server = TcpStream::connect(("127.0.0.1", then)).await.unwrap();
                    let _ = tokio::io::copy_bidirectional(&mut socket, &mut server).await;
                }
            });
        }
    });
    port
}

#[tokio::test]
async fn a_long_notice_stands_before_the_version() {
    let home = Home::new();
    let server = home.stranger().await;
    let notice = format!("{}\r\nSSH is what follows\nS\n", "x".repeat(8000));
    let port = says(notice.repeat(300), Some(server.port)).await;
    home.knows_line(&format!("[127.0.0.1]:{port} {}", openssh(&server.host_key)));
    let ssh = ssh(&home, vec![home.host("web1", port)]);
    assert_eq!(run(&ssh, &sh("true")).await.0, Ending::Exited(0));
}

#[tokio::test]
async fn what_is_no_server_or_turns_us_away_is_quoted() {
    let home = Home::new();
    for (text, wanted) in [
        ("Exceeded MaxStartups\r\n".to_owned(), "it said: Exceeded MaxStartups"),
        (
            "HTTP/1.1 400 Bad Request\r\n\r\n\u{1b}[2Jbad".to_owned(),
            "it said: HTTP/1.1 400 Bad Request",
        ),
        ("x".repeat(9000), "it talks on and on"),
        ("x\n".repeat(2000), "it talks on and on"),
    ] {
        let mut host = home.host("web1", says(text, None).await);
        host.ssh.connect_timeout = Duration::from_secs(5);
        let ssh = ssh(&home, vec![host]);
        let why = refused(run(&ssh, &sh("true")).await.0);
        assert!(why.contains(wanted) && !why.contains('\u{1b}'), "{why}");
    }
}
