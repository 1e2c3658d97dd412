//! A `nats-server` of a test's own, with a store that survives its process: killed, started again at
//! the same place, its store lost or put back.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use async_nats::jetstream::{self, Context};

/// Kills the server when its own input ends: also when the test was killed.
const KEEPER: &str = r#"
"$1" -c "$2" >>"$3" 2>&1 </dev/null &
echo $!
cat >/dev/null
kill -9 $!
wait
"#;

/// A server at a port of its own.
pub(crate) struct Nats {
    folder: tempfile::TempDir,
    port: u16,
    keeper: Option<Child>,
}

fn program() -> PathBuf {
    if let Some(path) = std::env::var_os("SCTE_TEST_NATS") {
        return path.into();
    }
    let installed =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/python/bin/nats-server");
    assert!(installed.exists(), "there is no nats-server; `cargo xtask test` installs it");
    installed
}

impl Nats {
    /// A server that runs.
    pub(crate) async fn start() -> Self {
        let mut nats = Self::stopped().await;
        nats.run().await;
        nats
    }

    /// A server that does not run yet: nobody answers at its address.
    pub(crate) async fn stopped() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // It chooses a port itself the first time, so that no two tests choose the same.
        let mut nats = Self { folder, port: 0, keeper: None };
        nats.configure("-1");
        let server = nats.begin();
        let ports = nats.folder.path().join(format!("nats-server_{server}.ports"));
        let said = wait_for("the server's port", || {
            let text = std::fs::read_to_string(&ports).ok()?;
            let said: serde_json::Value = serde_json::from_str(&text).ok()?;
            said["nats"][0].as_str()?.rsplit(':').next()?.parse().ok()
        });
        nats.port = said.await;
        nats.configure(&nats.port.to_string());
        nats.kill();
        nats
    }

    fn configure(&self, port: &str) {
        let folder = self.folder.path().display();
        let config = format!(
            "listen: \"127.0.0.1:{port}\"\nports_file_dir: \"{folder}\"\n\
             jetstream {{ store_dir: \"{folder}/store\", sync_interval: always }}\n"
        );
        std::fs::write(self.folder.path().join("nats.conf"), config).unwrap();
    }

    /// Gives the server's process id.
    fn begin(&mut self) -> u32 {
        let in_folder = |name: &str| self.folder.path().join(name);
        let mut keeper = Command::new("sh")
            .args(["-c", KEEPER, "keeper"])
            .args([program(), in_folder("nats.conf"), in_folder("log")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        let out = keeper.stdout.take().unwrap();
        BufReader::new(out).read_line(&mut said).unwrap();
        self.keeper = Some(keeper);
        said.trim().parse().unwrap()
    }

    /// Starts the server, with what its store holds; returns when it takes connections.
    pub(crate) async fn run(&mut self) {
        self.begin();
        let address = ("127.0.0.1", self.port);
        wait_for("the server", || std::net::TcpStream::connect(address).ok()).await;
    }

    /// As `kill -9`.
    pub(crate) fn kill(&mut self) {
        if let Some(mut keeper) = self.keeper.take() {
            drop(keeper.stdin.take());
            keeper.wait().unwrap();
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    fn store(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    /// Copies the store of a server that does not run.
    pub(crate) fn copy_store(&self, to: &Path) {
        copy(&self.store(), to);
    }

    /// Puts a copy in the store's place.
    pub(crate) fn put_store_back(&self, from: &Path) {
        self.lose_store();
        copy(from, &self.store());
    }

    pub(crate) fn lose_store(&self) {
        std::fs::remove_dir_all(self.store()).unwrap();
    }

    /// A connection of somebody else.
    pub(crate) async fn stranger(&self) -> Context {
        jetstream::new(async_nats::connect(self.url()).await.unwrap())
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        self.kill();
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type().unwrap().is_dir() {
            copy(&from, &to);
        } else {
            std::fs::copy(from, to).unwrap();
        }
    }
}

/// Asks again and again until there is an answer, half a minute at most.
pub(crate) async fn wait_for<T>(what: &str, mut answer: impl FnMut() -> Option<T>) -> T {
    wait_until(what, async || answer()).await
}

/// As [`wait_for`], for what has to be waited for itself.
pub(crate) async fn wait_until<T>(what: &str, mut answer: impl AsyncFnMut() -> Option<T>) -> T {
    let asking = async {
        loop {
            if let Some(answer) = answer().await {
                return answer;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    let answer = tokio::time::timeout(std::time::Duration::from_secs(30), asking).await;
    answer.unwrap_or_else(|_| panic!("{what} did not come in half a minute"))
}
