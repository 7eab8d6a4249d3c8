fn main() -> std::process::ExitCode {
    flipside::cli::main()
}
