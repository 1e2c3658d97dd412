//! `scte`: the composition root and its command line.

mod cli;
mod config;
mod services;
mod data;
mod house;
mod visitor;
mod dispatch;
mod door;
mod up;
mod demo;
mod control;
mod tables;
mod status;
mod parked;
mod doctor;
mod why;
mod backup;
mod moving;
mod published;
mod proxy;
mod commands;
mod ops;
mod telemetry;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;

use control::Told;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return finish(Err(messaging::Error::internal(error).into())),
    };
    finish(runtime.block_on(commands::run(cli)))
}

/// Prints for people and programs; a reader that went away is no error.
fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    drop(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
}

fn finish(outcome: Result<ExitCode, Told>) -> ExitCode {
    match outcome {
        Ok(code) => code,
        Err(told) => {
            let mut err = std::io::stderr().lock();
            drop(writeln!(err, "scte: {}", told.message));
            ExitCode::from(exit_code(&told.code))
        }
    }
}

/// The documented exit codes.
fn exit_code(code: &str) -> u8 {
    match code {
        "internal" => 1,
        "configuration" => 2,
        "unavailable" | "conflict" => 4,
        _ => 3,
    }
}
