//! The story of `flipside demo`, played on a fleet by the real engine.

use flipside::demo::drive::Headless;
use flipside::demo::story::{Progress, play};

use crate::world::fleet;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_act_ends_as_expected() {
    let fleet = fleet(4).await;
    let mut log = Vec::new();
    let mut progress = Vec::new();
    let played = {
        let driver = Headless::on(&fleet, &mut log).unwrap();
        play(&fleet, &driver, fleet.platform().story(), &mut |now| progress.push(now)).await
    };
    let log = String::from_utf8_lossy(&log);
    println!("{log}"); // shown when it fails
    assert!(played.is_ok(), "{}\n{progress:#?}", played.unwrap_err());
    assert!(progress.contains(&Progress::Cut { host: "web3".to_owned() }));
    assert_eq!(fleet.load().all.failed, 0, "{:#?}", fleet.load());
    let seen = fleet.load().by_release;
    assert!(
        ["v1", "v2", "v3", "v8-sluggish"].iter().all(|tag| seen.contains_key(*tag)),
        "{seen:?}"
    );
}
