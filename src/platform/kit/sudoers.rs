//! The rule that lets the login user test and reload nginx.

use super::spec::NginxSpec;
use crate::base::shell::quote;

/// Returns the command that adds a sudoers rule: the user may run the inventory's nginx command, and nothing
/// else. `name` is that of the stack, for the file. `program` is the user to run as and the program's full path, as the host found them.
pub fn sudoers(user: &str, nginx: &NginxSpec, name: &str, program: Option<(&str, &str)>) -> String {
    let mut words = nginx.command.iter().map(String::as_str).skip(1).peekable();
    let mut run_as = "root";
    while let Some(option) = words.next_if(|word| word.starts_with('-')) {
        if option == "-u" {
            run_as = words.next().unwrap_or(run_as);
        }
    }
    let guessed = || {
        let program = words.next().unwrap_or("nginx");
        let directory = match program {
            whole if whole.starts_with('/') => "",
            "nginx" => "/usr/sbin/",
            _ => "/usr/bin/",
        };
        let rest: Vec<&str> = words.collect();
        [format!("{directory}{program}"), rest.join(" ")].join(" ").trim_end().to_owned()
    };
    let (run_as, program) = match program {
        Some((run_as, program)) if program.starts_with('/') => (run_as, program.to_owned()),
        _ => (run_as, guessed()),
    };
    // These characters separate the parts of a rule.
    let program: String = program
        .chars()
        .flat_map(|c| [Some('\\').filter(|_| ",:=\\".contains(c)), Some(c)])
        .flatten()
        .collect();
    let rules = ["-t", "-T", "-s reload"].map(|arguments| format!("{program} {arguments}"));
    let rule = format!("{user} ALL=({run_as}) NOPASSWD: {}", rules.join(", "));
    let file = format!("/etc/sudoers.d/flipside-{name}");
    format!("echo {} >{file} && chmod 440 {file}", quote(&rule))
}
