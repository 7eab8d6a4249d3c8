//! The story of `flipside demo`, played on a fleet by the real engine.

use flipside::demo::drive::Headless;
use flipside::demo::story::{STORY, Told, play};

use crate::world::fleet;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_act_ends_as_told() {
    let fleet = fleet(4).await;
    let mut log = Vec::new();
    let mut told = Vec::new();
    let played = {
        let driver = Headless::on(&fleet, &mut log).unwrap();
        play(&fleet, &driver, &STORY, &mut |now| told.push(now)).await
    };
    let log = String::from_utf8_lossy(&log);
    println!("{log}"); // shown when it fails
    assert!(played.is_ok(), "{}\n{told:#?}", played.unwrap_err());
    assert!(told.contains(&Told::Cut { host: "web3".to_owned() }));
    assert_eq!(fleet.load().all.failed, 0, "{:#?}", fleet.load());
    let seen = fleet.load().by_release;
    assert!(
        ["v1", "v2", "v3", "v8-sluggish"].iter().all(|tag| seen.contains_key(*tag)),
        "{seen:?}"
    );
}
