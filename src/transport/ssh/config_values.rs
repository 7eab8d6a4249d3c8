//! The values of an SSH configuration, before they are merged into settings.

/// What the SSH configuration says, word by word: as `ssh -G` prints it, or as our own reader finds
/// it. Of most keywords the first value counts, files add up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConfigValues {
    pub host: Option<String>,
    pub port: Option<String>,
    pub user: Option<String>,
    pub alias: Option<String>,
    pub jump: Option<String>,
    pub command: Option<String>,
    pub agent: Option<String>,
    pub strict: Option<String>,
    pub hash: Option<String>,
    pub identities_only: Option<String>,
    pub batch: Option<String>,
    pub preferred: Option<String>,
    pub public_keys: Option<String>,
    pub keyboard: Option<String>,
    pub password: Option<String>,
    pub password_prompts: Option<String>,
    pub identities: Vec<String>,
    pub certificates: Vec<String>,
    pub user_known_hosts: Option<Vec<String>>,
    pub global_known_hosts: Option<Vec<String>>,
    pub known_hosts_command: Option<String>,
    pub revoked: Option<Vec<String>>,
    pub host_keys: Option<String>,
    pub authorities: Option<String>,
    pub rsa_bits: Option<String>,
    pub family: Option<String>,
    pub passes_descriptor: Option<String>,
    /// The values that only ssh(1) knows, where it was asked.
    pub from_ssh: Option<FromSsh>,
}

/// Values that only ssh(1) can compute.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FromSsh {
    /// The token `%C`.
    pub connection: Option<String>,
}

const KNOWN: &[&str] = &[
    "addressfamily",
    "batchmode",
    "casignaturealgorithms",
    "certificatefile",
    "challengeresponseauthentication",
    "globalknownhostsfile",
    "hashknownhosts",
    "hostkeyalgorithms",
    "hostkeyalias",
    "hostname",
    "identitiesonly",
    "identityagent",
    "identityfile",
    "kbdinteractiveauthentication",
    "knownhostscommand",
    "numberofpasswordprompts",
    "passwordauthentication",
    "port",
    "preferredauthentications",
    "proxycommand",
    "proxyjump",
    "proxyusefdpass",
    "pubkeyauthentication",
    "requiredrsasize",
    "revokedhostkeys",
    "stricthostkeychecking",
    "user",
    "userknownhostsfile",
];

impl ConfigValues {
    /// Returns whether [`ConfigValues::set`] uses this keyword.
    pub fn knows(keyword: &str) -> bool {
        KNOWN.contains(&keyword)
    }

    /// Sets a keyword, which is in lower case. Unused keywords are ignored.
    pub fn set(&mut self, keyword: &str, words: Vec<String>) {
        let Some(first) = words.first().cloned() else { return };
        let one = match keyword {
            "hostname" => &mut self.host,
            "port" => &mut self.port,
            "user" => &mut self.user,
            "hostkeyalias" => &mut self.alias,
            "identityagent" => &mut self.agent,
            "stricthostkeychecking" => &mut self.strict,
            "hashknownhosts" => &mut self.hash,
            "identitiesonly" => &mut self.identities_only,
            "batchmode" => &mut self.batch,
            "preferredauthentications" => &mut self.preferred,
            "pubkeyauthentication" => &mut self.public_keys,
            // The second is the name that it had before OpenSSH 8.7.
            "kbdinteractiveauthentication" | "challengeresponseauthentication" => {
                &mut self.keyboard
            }
            "passwordauthentication" => &mut self.password,
            "numberofpasswordprompts" => &mut self.password_prompts,
            "hostkeyalgorithms" => &mut self.host_keys,
            "casignaturealgorithms" => &mut self.authorities,
            "requiredrsasize" => &mut self.rsa_bits,
            "addressfamily" => &mut self.family,
            "proxyusefdpass" => &mut self.passes_descriptor,
            "knownhostscommand" => &mut self.known_hosts_command,
            "revokedhostkeys" => {
                self.revoked.get_or_insert(words);
                return;
            }
            // Whichever of the two comes first rules out the other (ssh_config(5)).
            "proxyjump" if self.command.is_none() => &mut self.jump,
            "proxycommand" if self.jump.is_none() => {
                self.command.get_or_insert(words.join(" "));
                return;
            }
            "identityfile" => return self.identities.push(first),
            "certificatefile" => return self.certificates.push(first),
            "userknownhostsfile" => {
                self.user_known_hosts.get_or_insert(words);
                return;
            }
            "globalknownhostsfile" => {
                self.global_known_hosts.get_or_insert(words);
                return;
            }
            _ => return,
        };
        one.get_or_insert(first);
    }
}

/// Returns whether a keyword is on.
pub fn yes(word: Option<&String>) -> bool {
    word.is_some_and(|word| ["yes", "true"].iter().any(|yes| word.eq_ignore_ascii_case(yes)))
}
