//! What a plan says of the files it will write, held against the files themselves.

use flipside::domain::change::{Before, FileChange};
use flipside::domain::phase::Phase;
use flipside::domain::plan::Plan;

use crate::operator::Operator;
use crate::world::fleet;

fn change<'p>(plan: &'p Plan, name: &str) -> &'p FileChange {
    let found = plan.file_changes().into_iter().find(|(targets, change)| {
        targets.iter().any(|target| target.name() == "web1") && change.path.contains(name)
    });
    found.unwrap_or_else(|| panic!("{name} is not in the plan")).1
}

fn told(change: &FileChange) -> String {
    change.diff().into_iter().map(|line| format!("{}{}\n", line.sign.mark(), line.text)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plan_shows_the_change_of_each_file() {
    let fleet = fleet(2).await;
    let operator = Operator::of(&fleet);
    operator.run(Phase::Prepare, Some("v2")).await.done();

    let live = operator.plan(&operator.intent(Phase::GoLive, None)).await.unwrap();
    let include = change(&live, "shop-live.conf");
    let path = std::path::Path::new(&include.path);
    assert_eq!(include.before, Before::Says(std::fs::read_to_string(path).unwrap()));
    assert_eq!(told(change(&live, "live-color")), "- blue\n+ green\n");
    assert!(told(change(&live, "docker-compose.yml")).ends_with("-v2.yml\n"));
    let wanted = include.after.clone().unwrap();
    let path = path.to_owned();
    operator.run(Phase::GoLive, None).await.done();
    assert_eq!(std::fs::read_to_string(path).unwrap(), wanted, "and so it became");

    // Flipside wrote v2's file, so the next one is shown beside it.
    let next = operator.plan(&operator.intent(Phase::Prepare, Some("v3"))).await.unwrap();
    let file = change(&next, "-v3.yml");
    let Before::Beside { name, text } = &file.before else { panic!("{:?}", file.before) };
    let stack = &fleet.host("web1").unwrap().places.stack;
    let there = std::fs::read_to_string(stack.join(name)).unwrap();
    assert_eq!(*text, there, "it was made again to the byte");
    assert!(told(file).contains("+ "), "{}", told(file));
}
