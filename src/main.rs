use std::process::ExitCode;

fn main() -> ExitCode {
    // A host of the demo calls this program `docker`, `nginx` or `sudo`.
    if let Some(code) = flipside::demo::standin::called_as(std::env::args_os().next()) {
        return code;
    }
    flipside::cli::main()
}
