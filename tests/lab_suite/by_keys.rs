//! The console in a real terminal, on real hosts: what a person at it does when something goes wrong.

use super::support::{Console, Lab, Watched, until};
use super::tmux::{Terminal, flipside};

const WEB: [&str; 3] = ["web1", "web2", "web3"];
const TWO: [&str; 2] = ["web1", "web2"];

impl Console {
    /// A terminal in which this console was started, and has seen so many hosts.
    fn at_a_terminal(&self, name: &str, hosts: usize) -> Option<Terminal> {
        let command = self.command(flipside());
        let variables: Vec<String> = command
            .get_envs()
            .filter_map(|(name, value)| Some(format!("{}={}", name.to_str()?, value?.to_str()?)))
            .filter(|variable| !variable.starts_with("HOME="))
            .collect();
        let mut words = vec!["TERM=xterm-256color"];
        words.extend(variables.iter().map(String::as_str));
        let terminal = Terminal::with(name, &words)?;
        terminal.line(&format!("clear; {}", flipside()));
        terminal.shows(&format!("{hosts}/{hosts} reachable"));
        Some(terminal)
    }
}

/// Users are on v1, no lock is left, the console ends, and no user noticed anything.
fn all_is_as_before(lab: &Lab, terminal: &Terminal, users: Watched) {
    lab.users_get(&WEB, "blue", "v1");
    lab.nobody_holds(&WEB);
    terminal.press("q");
    terminal.is_back();
    users.nobody_noticed();
}

#[test]
fn one_key_takes_users_back_from_where_they_can_be_reached_and_again_from_the_rest() {
    let Some(lab) = Lab::calm(&WEB) else { return };
    let console = Console::of(&lab, &WEB).impatient();
    console.does("prepare --release v2");
    console.does("go-live");
    let users = Watched::by(&lab, &TWO, 20);
    let Some(terminal) = console.at_a_terminal("lab-back", 3) else { return };
    terminal.shows("R ROLL BACK 3 servers to B blue v1");
    let cut = lab.fault("cut", "web3");

    // Nothing else is pressed: the card counts down, and starts.
    terminal.press("R");
    terminal.shows("ROLL BACK, shop in lab");
    terminal.shows("ROLLED BACK 2/3, 1 UNKNOWN");
    terminal.shows("NOT DONE until 1 host is confirmed");
    lab.users_get(&TWO, "blue", "v1");
    let screen = terminal.screen();
    assert!(screen.contains("v2 rolled back on 2/3"), "{screen}");
    assert!(screen.contains("web3 UNKNOWN"), "{screen}");

    cut.heal();
    terminal.press("R");
    terminal.shows("starts automatically in");
    terminal.shows("ROLLED BACK 3/3");
    all_is_as_before(&lab, &terminal, users);
}

/// Nothing ends a switch, and nobody waits for one that cannot be heard: with the keepalive as people have it, the
/// connection itself is given up a minute later.
#[test]
fn one_key_takes_users_back_while_a_host_is_cut_off_in_the_middle_of_its_switch() {
    let Some(lab) = Lab::calm(&WEB) else { return };
    let console = Console::of(&lab, &WEB).with("//127.0.0.1/health", "//127.0.0.1/slow?ms=400");
    console.does("prepare --release v2");
    let users = Watched::by(&lab, &TWO, 20);
    let Some(terminal) = console.at_a_terminal("lab-cut", 3) else { return };
    terminal.press("L");
    terminal.shows("[Y] go live now");
    terminal.press("Y");
    let begun = "[ ! -e /srv/shop/.flipside/switching ] || echo begun";
    until("the switch has begun", 10, || lab.on("web3", begun) == "begun");
    let cut = lab.fault("cut", "web3");
    until("the others went live", 10, || TWO.iter().all(|host| lab.users(host).color == "green"));
    terminal.press("R");
    terminal.shows("END THE RUN, ROLL BACK");
    until("the others are back", 25, || TWO.iter().all(|host| lab.users(host).color == "blue"));
    terminal.shows("ROLLED BACK 2/3, 1 UNKNOWN");

    cut.heal();
    terminal.shows("3/3 reachable");
    terminal.press("R");
    terminal.shows("ROLLED BACK 3/3");
    all_is_as_before(&lab, &terminal, users);
}

#[test]
fn a_release_that_is_not_well_is_taken_back_at_the_desk() {
    let Some(lab) = Lab::calm(&WEB) else { return };
    let console = Console::of(&lab, &WEB);
    let users = Watched::by(&lab, &WEB, 20);
    let Some(terminal) = console.at_a_terminal("lab-desk", 3) else { return };
    terminal.prepares("bad-health");
    terminal.shows("3 servers wait for you");
    terminal.shows("live B blue v1, passive G green bad-health unhealthy");
    let screen = terminal.screen();
    assert!(screen.contains("503 Service Unavailable database: no connection"), "{screen}");

    terminal.press("R");
    terminal.shows("REVERT THIS RUN");
    let screen = terminal.screen();
    assert!(screen.contains("B blue v1, users stay there"), "{screen}");
    terminal.shows("reverted on all hosts");
    terminal.shows("G green bad-health stopped");
    all_is_as_before(&lab, &terminal, users);
}
