//! What must hold before setup changes anything on a host; and, where only an administrator can make
//! it so, the exact commands.

use super::site::{self, HOOK, PAGE, Site};
use crate::base::shell::quote;
use crate::domain::command::RunAs;
use crate::domain::plan::Refusal;
use crate::domain::spec::ComposeSpec;
use crate::domain::target::Carries;
use crate::platform::compose::host::HostView;
use crate::platform::compose::preflight::{DirectoryState, DumpError, SetupFacts};
use crate::platform::compose::prepare;

/// The site that is still to be served, if everything may be done.
pub fn check(host: &HostView<'_>) -> Result<Option<Site>, Refusal> {
    foreign_compose_file(host)?;
    for place in &host.facts.preflight.directories {
        if place.state == DirectoryState::NotWritable {
            let user = user(host);
            return Err(host.refuse(
                format!("{} is there, and {user} may not write into it", place.path),
                format!(
                    "let it be {user}'s: `chown {user} {}`; or set `sudo: true` for the app in the inventory",
                    quote(&place.path)
                ),
            ));
        }
    }
    prepare::disk(host)?;
    let site = if host.member.carries == Carries::App { proxy(host)? } else { None };
    let commands = by_hand(host, site.as_ref());
    if commands.is_empty() {
        return Ok(site);
    }
    let target = &host.member.target;
    let lines: String = commands.iter().map(|command| format!("\n    {command}")).collect();
    Err(host.refuse(
        format!("{} may not do all of it, and sudo does not let it", user(host)),
        format!("An administrator runs this on {target} once, as root; then set up again:{lines}"),
    ))
}

fn user<'a>(host: &'a HostView<'_>) -> &'a str {
    let setup_facts = host.facts.preflight.setup_facts.as_ref();
    setup_facts.map_or("the login user", |setup_facts| setup_facts.user.as_str())
}

/// A compose file that is not ours to replace.
fn foreign_compose_file(host: &HostView<'_>) -> Result<(), Refusal> {
    let (dir, facts) = (&host.spec.dir, &host.facts);
    let adopt = |name: &str| {
        let first = "docker-compose.00000000-000000-first.yml";
        format!(
            "if it is what runs: `cd {dir} && mv {name} {first} && ln -s {first} docker-compose.yml`"
        )
    };
    if facts.preflight.plain_compose_file {
        return Err(host.refuse(
            format!("{dir}/docker-compose.yml is a file of its own; a link to a compose file beside it is wanted in its place"),
            adopt("docker-compose.yml"),
        ));
    }
    if let (Some(path), None) = (&facts.preflight.preferred_compose_file, facts.linked()) {
        let name = path.rsplit('/').next().unwrap_or_default();
        return Err(host.refuse(
            format!(
                "{path} is there, and no {dir}/docker-compose.yml that is a link to the file in use"
            ),
            adopt(name),
        ));
    }
    if facts.linked().is_none() && facts.link.is_some() {
        let (reason, remedy) = facts.no_compose_file(dir);
        return remedy.map_or(Ok(()), |remedy| Err(host.refuse(reason, remedy)));
    }
    Ok(())
}

/// Can nginx be made to serve both sides? `Ok(None)`: it does.
fn proxy(host: &HostView<'_>) -> Result<Option<Site>, Refusal> {
    let facts = &host.facts;
    let nginx = &host.spec.nginx;
    let proxy = &facts.preflight.proxy;
    let both = facts.live_include.is_some() && facts.passive_include.is_some();
    match &proxy.dump_error {
        Some(DumpError::NotInstalled(said)) => {
            return Err(host.refuse(
                format!("nginx cannot be asked: {said}"),
                "install it (`apt-get install nginx`), or say in `nginx.command` how it is spoken to",
            ));
        }
        // Without the includes it may well be incomplete; with them it is broken.
        Some(DumpError::InvalidConfig(said)) if both => {
            return Err(host.refuse(
                format!("nginx does not take its own configuration: {said}"),
                "mend it until `nginx -t` is content, then set up again",
            ));
        }
        Some(DumpError::Unreadable(said)) => {
            return Err(host.refuse(
                format!("what nginx serves cannot be told: {said}"),
                "simplify that line of its configuration, or report it",
            ));
        }
        Some(DumpError::InvalidConfig(_) | DumpError::Denied(_)) | None => {}
    }
    for (path, upstream, found) in [
        (&nginx.live_include, &nginx.live_upstream, &facts.live_include),
        (&nginx.passive_include, &nginx.passive_upstream, &facts.passive_include),
    ] {
        let elsewhere = proxy.served.upstream(upstream).map(|it| &it.file);
        if let Some(file) = elsewhere.filter(|file| *file != path && found.is_none()) {
            return Err(host.refuse(
                format!("nginx has `upstream {upstream}` from {file}, and {path} is not there"),
                format!("name {file} in the inventory if it holds nothing else, or move that block to {path}"),
            ));
        }
    }
    let site = site::wanted(host)?;
    let asked = !matches!(proxy.dump_error, Some(DumpError::Denied(_)));
    if site.is_none()
        && asked
        && both
        && !facts.missing
        && host.observation.live.configured.is_none()
    {
        let why = facts.troubles.first().map_or("its live color is not known", String::as_str);
        return Err(
            host.refuse(why, "`flipside doctor` checks this server and says what to change")
        );
    }
    if let Some(site) = &site {
        // What sudo lets the user do is only asked where something was seen to be missing.
        if facts.preflight.setup_facts.is_none() {
            return Err(host.refuse(
                format!("nginx passes requests to neither {} nor {}, though the server was set up before", nginx.live_upstream, nginx.passive_upstream),
                format!("have it serve both again, or move {}/live-color away and set up anew", host.spec.dir),
            ));
        }
        readable(host, site)?;
    }
    Ok(site)
}

/// Will nginx read the site? Not if its configuration has no place for the line that says so.
fn readable(host: &HostView<'_>, site: &Site) -> Result<(), Refusal> {
    let preflight = &host.facts.preflight;
    let setup_facts = preflight.setup_facts.as_ref();
    let line = &site.hook_line;
    if let Some(there) =
        setup_facts.and_then(|setup_facts| setup_facts.site.as_ref()).filter(|t| **t != site.text)
        && !there.is_empty()
    {
        return Err(host.refuse(
            format!("{} is there, and says something else than setup would write", site.path),
            "have nginx serve both sides with it, or move it away",
        ));
    }
    if !site.needs_hook {
        return Ok(());
    }
    if setup_facts.is_some_and(|setup_facts| setup_facts.hook.is_some()) {
        return Err(host.refuse(
            format!("{HOOK} is there, and does not say `{line}`"),
            format!("add that line to it, or anywhere else in nginx's `http` block: `{line}`"),
        ));
    }
    let spoken_to_here = matches!(host.spec.nginx.command.as_slice(), [.., nginx] if nginx.ends_with("nginx"))
        && !host.spec.nginx.command.iter().any(|word| word == "exec");
    let reads =
        preflight.proxy.served.includes.iter().any(|include| include.ends_with("conf.d/*.conf"));
    if spoken_to_here && (reads || preflight.proxy.dump_error.is_some()) {
        return Ok(());
    }
    Err(host.refuse(
        format!("nginx does not read {HOOK}, so setup cannot have it serve the app"),
        format!("add `{line}` to nginx's `http` block, then set up again"),
    ))
}

/// What only root can do, and sudo does not let the login user do. None: all of it can be done.
fn by_hand(host: &HostView<'_>, site: Option<&Site>) -> Vec<String> {
    let nobody = SetupFacts::default();
    let facts = &host.facts;
    let setup_facts = facts.preflight.setup_facts.as_ref().unwrap_or(&nobody);
    let (user, group) = (&setup_facts.user, &setup_facts.group);
    let mut commands = Vec::new();
    for place in
        facts.preflight.directories.iter().filter(|place| place.state == DirectoryState::NeedsRoot)
    {
        let words = format!("install -d -o {user} -g {group} {}", place.path);
        if !setup_facts.may.contains(&words) {
            commands.push(words);
        }
    }
    let mut reload = false;
    if let Some(site) = site {
        let hook = format!("install -m 644 {}/.flipside/hook {HOOK}", host.spec.dir);
        if site.needs_hook && !setup_facts.may.contains(&hook) {
            commands.push(format!("echo {} >{HOOK}", quote(&site.hook_line)));
            reload = true;
        }
        if site.page_goes && !setup_facts.may.contains(&format!("rm {PAGE}")) {
            commands.push(format!("rm {PAGE}"));
            reload = true;
        }
    }
    if reload {
        commands.push("nginx -t && nginx -s reload".to_owned());
    }
    if matches!(facts.preflight.proxy.dump_error, Some(DumpError::Denied(_))) {
        commands.push(sudoers(user, host.spec, None));
    }
    if let Some(why) = &facts.engine
        && host.spec.run_as == RunAs::LoginUser
    {
        let command = if why.contains("ermission denied") {
            format!(
                "usermod -aG docker {user}   # Docker Engine is not open to {user}; log in anew after it"
            )
        } else {
            format!("systemctl enable --now docker   # {why}")
        };
        commands.push(command);
    }
    commands
}

/// The rule that lets a user speak to nginx as the inventory says, and nothing else. `program` is as whom
/// and what a host found that to be.
pub fn sudoers(user: &str, spec: &ComposeSpec, program: Option<(&str, &str)>) -> String {
    let mut words = spec.nginx.command.iter().map(String::as_str).skip(1).peekable();
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
    // These separate the parts of a rule.
    let program: String = program
        .chars()
        .flat_map(|c| [Some('\\').filter(|_| ",:=\\".contains(c)), Some(c)])
        .flatten()
        .collect();
    let rules = ["-t", "-T", "-s reload"].map(|arguments| format!("{program} {arguments}"));
    let rule = format!("{user} ALL=({run_as}) NOPASSWD: {}", rules.join(", "));
    let file = format!("/etc/sudoers.d/flipside-{}", spec.project);
    format!("echo {} >{file} && chmod 440 {file}", quote(&rule))
}
