//! A shell on a host: the `ssh` that a person would type to get where the console's own connection goes.

use std::path::{Path, PathBuf};

use crate::base::shell::quote;
use crate::domain::spec::{HostSpec, SshSpec};

/// A program that gets the terminal for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShellSession {
    pub host: String,
    /// The program and its arguments, as it must see them.
    pub words: Vec<String>,
}

impl ShellSession {
    /// To this host, by everything that the inventory says; what it leaves open is the SSH configuration's
    /// affair, as it is the transport's. `home` is what `~` stands for where ssh(1) itself does not ask.
    pub fn to(host: &HostSpec, home: Option<&Path>) -> Result<Self, String> {
        let spec = &host.ssh;
        let address = word(&spec.address)?;
        let mut words = common(spec, home)?;
        words.extend(way(spec, home)?);
        words.extend(option("-l", spec.user.as_deref().map(word).transpose()?));
        words.extend(option("-p", spec.port.map(|port| port.to_string())));
        words.push(address);
        Ok(Self { host: host.name.to_string(), words })
    }

    /// The line that a person can type.
    pub fn line(&self) -> String {
        self.words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" ")
    }
}

/// What holds for the host and for every jump host on the way to it.
fn common(spec: &SshSpec, home: Option<&Path>) -> Result<Vec<String>, String> {
    let mut words = vec!["ssh".to_owned()];
    let path = |path: &Path| {
        let text = expand(path, home).to_str().map(str::to_owned);
        text.ok_or_else(|| format!("{} is not text", path.display()))
    };
    words.extend(option("-F", spec.config.as_deref().map(path).transpose()?));
    for identity in &spec.identities {
        words.extend(option("-i", Some(path(identity)?)));
    }
    if let Some(files) = &spec.known_hosts {
        let files: Vec<String> = files.iter().map(|file| path(file)).collect::<Result<_, _>>()?;
        let files: Vec<String> = files.iter().map(|file| in_quotes(file)).collect();
        let files = if files.is_empty() { "none".to_owned() } else { files.join(" ") };
        words.extend(option("-o", Some(format!("UserKnownHostsFile={files}"))));
        words.extend(option("-o", Some("GlobalKnownHostsFile=none".to_owned())));
    }
    let seconds = spec.connect_timeout.as_secs().max(1);
    words.extend(option("-o", Some(format!("ConnectTimeout={seconds}"))));
    Ok(words)
}

/// Through jump hosts. `-J` hands neither keys nor known hosts on to them: where the inventory names
/// any, the way is spelled out.
fn way(spec: &SshSpec, home: Option<&Path>) -> Result<Vec<String>, String> {
    let Some(jumps) = &spec.jump else { return Ok(Vec::new()) };
    let jumps: Vec<String> = jumps.iter().map(|jump| word(jump)).collect::<Result<_, _>>()?;
    if jumps.is_empty() {
        return Ok(option("-o", Some("ProxyJump=none".to_owned())));
    }
    if spec.identities.is_empty() && spec.known_hosts.is_none() {
        return Ok(option("-J", Some(jumps.join(","))));
    }
    let command = through(&jumps, spec, home)?.unwrap_or_default();
    Ok(option("-o", Some(format!("ProxyCommand={command}"))))
}

/// The command whose input and output are a connection to what is behind the last of these.
fn through(
    jumps: &[String],
    spec: &SshSpec,
    home: Option<&Path>,
) -> Result<Option<String>, String> {
    let Some((last, before)) = jumps.split_last() else { return Ok(None) };
    let mut words = common(spec, home)?;
    if let Some(command) = through(before, spec, home)? {
        // It is expanded by the ssh that is started here, and must reach it as it is.
        let command = command.replace('%', "%%");
        words.extend(option("-o", Some(format!("ProxyCommand={command}"))));
    }
    let line: Vec<String> = words.iter().map(|word| quote(&word.replace('%', "%%"))).collect();
    let place = if last.contains("://") { last.clone() } else { format!("ssh://{last}") };
    Ok(Some(format!("{} -W '[%h]:%p' {}", line.join(" "), quote(&place))))
}

fn option(name: &str, value: Option<String>) -> Vec<String> {
    value.map(|value| vec![name.to_owned(), value]).unwrap_or_default()
}

/// A leading dash would make it an option.
fn word(text: &str) -> Result<String, String> {
    let odd = |c: char| c.is_control() || c.is_whitespace();
    if text.is_empty() || text.starts_with('-') || text.chars().any(odd) {
        return Err(format!("{text:?} cannot stand on a command line"));
    }
    Ok(text.to_owned())
}

/// For a value that ssh(1) splits at spaces.
fn in_quotes(file: &str) -> String {
    if file.contains(' ') { format!("\"{file}\"") } else { file.to_owned() }
}

fn expand(path: &Path, home: Option<&Path>) -> PathBuf {
    match (path.strip_prefix("~"), home) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use super::*;
    use crate::domain::names::HostName;

    fn host(change: impl FnOnce(&mut SshSpec)) -> HostSpec {
        let mut ssh = SshSpec {
            address: "web1.example.org".to_owned(),
            port: None,
            user: None,
            jump: None,
            identities: Vec::new(),
            passphrase: None,
            known_hosts: None,
            config: None,
            connect_timeout: Duration::from_secs(5),
            keepalive: Duration::from_secs(5),
        };
        change(&mut ssh);
        HostSpec {
            name: HostName::new("web1").unwrap(),
            roles: Vec::new(),
            groups: Vec::new(),
            ssh,
            vars: BTreeMap::new(),
        }
    }

    fn line(change: impl FnOnce(&mut SshSpec)) -> String {
        ShellSession::to(&host(change), Some(Path::new("/home/mara"))).unwrap().line()
    }

    #[test]
    fn what_the_inventory_leaves_open_is_left_to_the_configuration() {
        assert_eq!(line(|_| {}), "ssh -o ConnectTimeout=5 web1.example.org");
    }

    #[test]
    fn what_it_says_stands_on_the_line() {
        let line_text = line(|ssh| {
            ssh.user = Some("deploy".to_owned());
            ssh.port = Some(2222);
            ssh.config = Some("~/ops/ssh_config".into());
            ssh.identities = vec!["~/.ssh/ops".into(), "/keys/two words".into()];
            ssh.known_hosts = Some(vec!["/etc/ops hosts".into(), "/b".into()]);
        });
        assert_eq!(
            line_text,
            "ssh -F /home/mara/ops/ssh_config -i /home/mara/.ssh/ops -i '/keys/two words' \
             -o 'UserKnownHostsFile=\"/etc/ops hosts\" /b' -o GlobalKnownHostsFile=none \
             -o ConnectTimeout=5 -l deploy -p 2222 web1.example.org"
        );
    }

    #[test]
    fn jump_hosts_are_ssh_s_own_affair_where_they_need_nothing_of_ours() {
        let jumps = |ssh: &mut SshSpec| ssh.jump = Some(vec!["a@gate:2222".into(), "inner".into()]);
        assert_eq!(line(jumps), "ssh -o ConnectTimeout=5 -J a@gate:2222,inner web1.example.org");
    }

    #[test]
    fn no_jump_host_means_none_whatever_the_configuration_says() {
        let line_text = line(|ssh| ssh.jump = Some(Vec::new()));
        assert_eq!(line_text, "ssh -o ConnectTimeout=5 -o ProxyJump=none web1.example.org");
    }

    #[test]
    fn a_jump_host_gets_the_keys_and_known_hosts_too() {
        let line_text = ShellSession::to(
            &host(|ssh| {
                ssh.identities = vec!["/k".into()];
                ssh.jump = Some(vec!["gate".into()]);
            }),
            None,
        );
        let way = "ProxyCommand=ssh -i /k -o ConnectTimeout=5 -W '[%h]:%p' ssh://gate";
        assert!(line_text.unwrap().words.contains(&way.to_owned()));
    }

    #[test]
    fn nothing_of_the_inventory_becomes_an_option() {
        let odd = host(|ssh| ssh.address = "-oProxyCommand=true".to_owned());
        assert!(ShellSession::to(&odd, None).is_err());
        let odd = host(|ssh| ssh.user = Some("-x".to_owned()));
        assert!(ShellSession::to(&odd, None).is_err());
    }
}
