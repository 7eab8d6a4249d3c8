//! After a roll back go-live is closed, for every console, until it is opened with a reason.

use super::support::{Console, Lab};

const WEB: [&str; 2] = ["web1", "web2"];

#[test]
fn a_roll_back_closes_go_live_for_everybody_until_it_is_opened_with_a_reason() {
    let Some(lab) = Lab::calm(&WEB) else { return };
    let frozen = |console: Console| {
        console.with("    label: LAB\n", "    label: LAB\n    freeze_after_roll_back: true\n")
    };
    let console = frozen(Console::of(&lab, &WEB));
    console.does("prepare --release v2");
    console.does("go-live");
    console.does("rollback --reason carts").tells("✔ Done");
    // Somebody else, who knows nothing of it.
    let other = frozen(Console::of(&lab, &WEB).operated_by("li"));
    other.does("status").tells("go-live is FROZEN by ").tells("sent back from v2 to v1 (carts)");
    other.does("prepare --release v3").tells("go-live stays FROZEN");
    other.says("go-live").with(5).tells("go-live is FROZEN by ");
    other.says("unfreeze").with(2).tells("--reason").tells("Nothing was tried");
    lab.users_get(&WEB, "blue", "v1");
    other.does("unfreeze --reason mended").tells(": mended").tells("✔ Done");
    other.does("status").never_tells("FROZEN");
    other.does("go-live");
    lab.users_get(&WEB, "green", "v3");
    lab.nobody_holds(&WEB);
}
