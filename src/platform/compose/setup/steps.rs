//! The steps that only setup uses.

use super::site::Site;
use crate::base::checksum::sha256;
use crate::domain::change::{Before, FileChange};
use crate::domain::command::Stdin;
use crate::domain::names::Color;
use crate::domain::plan::{Effect, Step};
use crate::platform::compose::host::HostView;
use crate::platform::kit::include;
use crate::platform::kit::scripts::{DIRECTORIES, INCLUDE, SERVE};
use crate::platform::kit::steps::{QUICK, SLACK, script, seconds};

pub fn directories(host: &HostView<'_>, paths: &[&str]) -> Step {
    let command = script(host, DIRECTORIES).args(paths.iter().copied());
    Step::run(
        "directories",
        format!("create {}", paths.join(", ")),
        Effect::Changes,
        command,
        QUICK,
    )
}

pub fn include(host: &HostView<'_>, path: &str, upstream: &str, color: &Color) -> Step {
    let text = include::fresh(host.address(color), upstream);
    let command = script(host, INCLUDE)
        .args([path, &host.runtime.spec.proxy.nginx.command.join(" "), &sha256(&text)])
        .stdin(Stdin::Text(text.clone()));
    Step::run("include", format!("write {path} for {color}"), Effect::Changes, command, QUICK)
        .changing([FileChange::file(path, Before::Absent, text)])
}

/// Returns the step that makes nginx serve both entry points. With a site, it is written and nginx is made to
/// read it. Without, nginx has its own configuration and only has to read the includes.
pub fn serve(host: &HostView<'_>, color: &Color, site: Option<&Site>) -> Step {
    let spec = host.runtime.spec;
    let limit = spec.stack.timeouts.switch;
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let hook = site.filter(|site| site.needs_hook);
    let mut command = script(host, SERVE)
        .args([
            format!("{}/.flipside", spec.stack.dir),
            spec.proxy.nginx.command.join(" "),
            seconds(limit),
        ])
        .arg(text(site.map(|site| site.path.as_str())))
        .arg(text(hook.map(|_| super::site::HOOK)))
        .arg(text(hook.map(|site| site.hook_line.as_str())))
        .arg(text(site.filter(|site| site.removes_page).map(|_| super::site::PAGE)))
        .arg(site.map(|site| sha256(&site.text)).unwrap_or_default())
        .args(["--", color.as_str()]);
    for entry_point in [&spec.proxy.live, &spec.proxy.passive] {
        let header = |header: &Option<String>| header.clone().unwrap_or_default();
        let asked = entry_point.on_host();
        command = command.args([&header(&entry_point.color_header), &asked.url]).args([
            asked.host_header,
            &asked.connect,
            asked.ca,
        ]);
    }
    let (title, effect) = match site {
        Some(site) if site.removes_page => {
            (format!("make nginx serve {color} instead of its welcome page"), Effect::Switches)
        }
        Some(_) => (format!("make nginx serve {color}"), Effect::Switches),
        None => ("make nginx read its includes".to_owned(), Effect::Changes),
    };
    let stdin = site.map_or(Stdin::Empty, |site| Stdin::Text(site.text.clone()));
    let hook = hook.map(|site| (super::site::HOOK, format!("{}\n", site.hook_line)));
    let site = site.map(|site| (site.path.as_str(), site.text.clone()));
    let changes = [site, hook].into_iter().flatten();
    let changes = changes.map(|(path, text)| FileChange::file(path, Before::Absent, text));
    Step::run("serve", title, effect, command.stdin(stdin), limit + SLACK).changing(changes)
}
