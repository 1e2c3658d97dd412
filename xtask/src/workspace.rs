//! Where the workspace is, what packages it has, and where their builds go.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::run::{Outcome, output, program};

/// The workspace as `cargo metadata` tells it.
pub(crate) struct Workspace {
    /// The folder of the workspace's manifest.
    pub(crate) root: PathBuf,
    /// The folder that builds go to.
    pub(crate) target: PathBuf,
    /// The manifests of its packages.
    pub(crate) manifests: Vec<PathBuf>,
}

impl Workspace {
    /// The workspace that this program was built in.
    pub(crate) fn here() -> Outcome<Self> {
        let own = Path::new(env!("CARGO_MANIFEST_DIR"));
        let args = ["metadata", "--format-version", "1", "--no-deps"];
        let told: Value = serde_json::from_str(&output(&mut program("cargo", args, own))?)
            .map_err(|error| format!("cargo metadata is not understood: {error}"))?;
        let path = |name: &str| {
            told.get(name)
                .and_then(Value::as_str)
                .map(PathBuf::from)
                .ok_or_else(|| format!("cargo metadata does not tell {name}"))
        };
        let packages = told.get("packages").and_then(Value::as_array);
        let manifests = packages
            .into_iter()
            .flatten()
            .filter_map(|package| package.get("manifest_path")?.as_str().map(PathBuf::from))
            .collect();
        Ok(Self { root: path("workspace_root")?, target: path("target_directory")?, manifests })
    }

    /// A `cargo` command in the workspace.
    pub(crate) fn cargo(&self, args: &[&str]) -> std::process::Command {
        program("cargo", args, &self.root)
    }
}
