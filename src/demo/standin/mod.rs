//! What a host's scripts call: this very program under the names `docker`, `nginx`, `shopctl` and `sudo`.
//!
//! All but the last carry their words to the host that lives in the demo's process and print what it
//! answers. An order that the host does not know ends with 125 and says so: a stand-in that guessed
//! would prove nothing.

pub mod desk;
pub mod sums;
pub mod voice;
pub mod wire;

use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode};

use wire::{Call, Frame, Program, SOCKET};

/// The names under which a host finds this program.
pub const NAMES: [&str; 4] = ["docker", "nginx", "shopctl", "sudo"];

/// How `docker` itself tells that it was called wrongly.
pub const NOT_KNOWN: u8 = 125;
/// A shell's word for "ended by SIGPIPE".
const BROKEN_PIPE: u8 = 141;

/// The stand-in that this program was called as, carried out. `None`: it was called as itself, or
/// from no host of a demo.
pub fn called_as(argv0: Option<OsString>) -> Option<ExitCode> {
    let argv0 = argv0?;
    let name = Path::new(&argv0).file_name()?.to_str()?;
    let socket = std::env::var_os(SOCKET)?;
    let words: Vec<String> =
        std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let program = match name {
        "docker" => Program::Docker,
        "nginx" => Program::Nginx,
        "shopctl" => Program::Shopctl,
        "sudo" => return Some(sudo(&words)),
        sums::NAME => return Some(sums::print(&words)),
        _ => return None,
    };
    Some(carry(Path::new(&socket), program, words).unwrap_or_else(|error| {
        let _ = writeln!(io::stderr(), "{name}: the demo's host does not answer: {error}");
        ExitCode::from(NOT_KNOWN)
    }))
}

/// Becomes what it was asked to run: every command of a demo host runs as the one user there is.
fn sudo(words: &[String]) -> ExitCode {
    let rest: Vec<&String> =
        words.iter().skip_while(|word| matches!(word.as_str(), "-n" | "--")).collect();
    let Some((program, arguments)) = rest.split_first() else {
        let _ = writeln!(io::stderr(), "usage: sudo [-n] [--] COMMAND [ARGUMENTS]");
        return ExitCode::FAILURE;
    };
    if program.starts_with('-') {
        let _ = writeln!(io::stderr(), "the demo's stand-in does not know: sudo {program}");
        return ExitCode::from(NOT_KNOWN);
    }
    let error = Command::new(program).args(arguments).exec();
    let _ = writeln!(io::stderr(), "sudo: {program}: {error}");
    ExitCode::from(127)
}

fn carry(socket: &Path, program: Program, words: Vec<String>) -> io::Result<ExitCode> {
    let stdin = if words.iter().any(|word| word == "--password-stdin") {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text)?;
        Some(text)
    } else {
        None
    };
    let call = Call { program, words, directory: std::env::current_dir()?, stdin };
    let mut host = UnixStream::connect(socket)?;
    let mut line = serde_json::to_vec(&call)?;
    line.push(b'\n');
    host.write_all(&line)?;
    for line in BufReader::new(host).lines() {
        let printed = match serde_json::from_str(&line?)? {
            Frame::Out(text) => print(&mut io::stdout(), &text),
            Frame::Err(text) => print(&mut io::stderr(), &text),
            Frame::Exit(code) => return Ok(ExitCode::from(code)),
        };
        if printed.is_err() {
            return Ok(ExitCode::from(BROKEN_PIPE));
        }
    }
    Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it hung up"))
}

fn print(to: &mut impl Write, text: &str) -> io::Result<()> {
    to.write_all(text.as_bytes())?;
    to.flush()
}
