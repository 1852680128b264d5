use std::process::ExitCode;

fn main() -> ExitCode {
    gridhall::cli::main()
}
