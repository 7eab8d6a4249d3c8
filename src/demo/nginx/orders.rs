//! The orders of the `nginx` command that hosts' scripts give.

use super::proxy::Proxy;
use crate::demo::standin::voice::{Exit, Voice};

pub async fn carry_out(proxy: &Proxy, words: &[&str], voice: &mut Voice) -> Exit {
    match words {
        ["-t"] => test(proxy, voice).await,
        ["-T"] => {
            let exit = test(proxy, voice).await;
            if exit == Exit::OK {
                dump(proxy, voice).await;
            }
            exit
        }
        ["-s", "reload"] => match proxy.reload() {
            Ok(()) => Exit::OK,
            Err(why) => voice.fail(why).await,
        },
        _ => voice.not_known("nginx", words).await,
    }
}

async fn test(proxy: &Proxy, voice: &mut Voice) -> Exit {
    let main = proxy.files().main.display().to_string();
    match proxy.files().load() {
        Ok(_) => {
            voice.err(format!("nginx: the configuration file {main} syntax is ok")).await;
            voice.err(format!("nginx: configuration file {main} test is successful")).await;
            Exit::OK
        }
        Err(why) => {
            voice.err(why).await;
            voice.fail(format!("nginx: configuration file {main} test failed")).await
        }
    }
}

/// Every file that was read, each under its own name.
async fn dump(proxy: &Proxy, voice: &mut Voice) {
    let files = proxy.files();
    for path in [&files.main, &files.live_include, &files.passive_include] {
        if let Ok(text) = tokio::fs::read_to_string(path).await {
            voice.out(format!("# configuration file {}:\n{text}", path.display())).await;
        }
    }
}
