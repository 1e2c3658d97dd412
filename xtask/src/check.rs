//! `check`: everything that can be said of the sources without running them; `schemas`.

use crate::run::{Outcome, run, say};
use crate::tidy;
use crate::workspace::Workspace;

/// Manifests and first lines, formatting, lints, documentation; the quick ones first.
pub(crate) fn everything() -> Outcome {
    let workspace = Workspace::here()?;
    say("xtask: manifests and first lines");
    tidy::everything(&workspace)?;
    run(&mut workspace.cargo(&["fmt", "--all", "--check"]), "Run `cargo fmt --all`.")?;
    run(
        &mut workspace.cargo(&[
            "clippy",
            "--quiet",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ]),
        "Mend what clippy says; where it is wrong, `#[expect(…, reason = \"…\")]`.",
    )?;
    run(
        workspace
            .cargo(&["doc", "--quiet", "--workspace", "--no-deps"])
            .env("RUSTDOCFLAGS", "-D warnings"),
        "Mend the links and the markup that rustdoc names.",
    )?;
    say("xtask: check passed");
    Ok(())
}

/// Writes the schemas that grew and the samples that are missing.
pub(crate) fn schemas() -> Outcome {
    let workspace = Workspace::here()?;
    run(
        &mut workspace.cargo(&["run", "--quiet", "-p", "contracts", "--example", "schemas"]),
        "Nothing that breaks readers was written; the list above says what does.",
    )
}
