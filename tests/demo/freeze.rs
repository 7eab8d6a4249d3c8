//! The mark of a roll back, as the scripts themselves write, read and remove it.

use flipside::domain::phase::Phase;
use flipside::domain::plan::Intent;

use crate::operator::{Operator, Verdict};
use crate::world::fleet;

fn of(operator: &Operator<'_>, phase: Phase, tag: Option<&str>) -> Intent {
    let reason = (phase == Phase::Unfreeze).then(|| "it's \"mended\" in v3".to_owned());
    Intent { freeze: true, reason, ..operator.intent(phase, tag) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_roll_back_closes_go_live_on_the_hosts_themselves() {
    let fleet = fleet(3).await;
    let operator = Operator::of(&fleet);
    for (phase, tag) in
        [(Phase::Prepare, Some("v2")), (Phase::GoLive, None), (Phase::Rollback, None)]
    {
        operator.carry_out(&of(&operator, phase, tag)).await.done();
    }
    let frozen = operator.see("web1").await.frozen.unwrap();
    assert_eq!(frozen.by, "ada@desk");
    assert_eq!(frozen.why(), "users were sent back from v2 to v1");

    operator.carry_out(&of(&operator, Phase::Prepare, Some("v3"))).await.done();
    match operator.carry_out(&of(&operator, Phase::GoLive, None)).await {
        Verdict::Refused(why) => assert!(why.contains("FROZEN by ada@desk"), "{why}"),
        other => panic!("{other:#?}"),
    }
    let opened = operator.carry_out(&of(&operator, Phase::Unfreeze, None)).await.done();
    assert_eq!(opened.len(), 2, "one step on each host that carries the app");
    assert_eq!(operator.see("web2").await.frozen, None);
    operator.carry_out(&of(&operator, Phase::GoLive, None)).await.done();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unreadable_freeze_is_reported_and_blocks_go_live() {
    let fleet = fleet(2).await;
    let operator = Operator::of(&fleet);
    let mark = fleet.host("web1").unwrap().places.stack.join(".flipside/frozen");
    std::fs::create_dir_all(mark.parent().unwrap()).unwrap();
    std::fs::write(&mark, "half a li").unwrap();
    let seen = operator.see("web1").await;
    assert!(seen.drift[0].what.contains(".flipside/frozen"), "{:?}", seen.drift);
}
