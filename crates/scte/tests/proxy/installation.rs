//! A website whose services are stand-ins: two of membership, one of each other service, and nginx.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;

use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use crate::PATIENCE;
use crate::kept::Kept;
use crate::stand_in::{Asked, STARTING, StandIn, a_place};

/// The services of the website.
const SERVICES: &[&str] = contracts::catalogue::SERVICES;

/// The stand-ins, and the proxy before them.
pub(crate) struct Installation {
    pub(crate) services: Vec<StandIn>,
    pub(crate) address: SocketAddr,
    pub(crate) folder: PathBuf,
    client: Client,
    _nginx: Kept,
    /// Has the port that nginx listens at.
    _place: TcpSocket,
}

/// What the browser got.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Got {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// What a stand-in said of the request.
    pub(crate) fn said(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text());
        serde_json::from_slice(&self.bytes).unwrap_or_else(|_| panic!("{}", self.text()))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

#[expect(clippy::disallowed_methods, reason = "tests take what they need from the environment")]
fn nginx() -> String {
    std::env::var("SCTE_TEST_NGINX").unwrap_or_else(|_| "nginx".to_owned())
}

impl Installation {
    pub(crate) async fn start() -> Self {
        let mut services = Vec::new();
        for name in SERVICES {
            services.push(StandIn::start(name));
        }
        services.push(StandIn::start("membership"));
        let folder = Kept::folder();
        let (place, address) = a_place();
        let turn = STARTING.lock().await;
        write(&folder, address, &services);
        place.set_reuseaddr(true).unwrap();
        let (prefix, file) = (folder.display().to_string(), folder.join("nginx.conf"));
        let file = file.display().to_string();
        let tried = Command::new(nginx()).args(["-t", "-p", &prefix, "-c", &file]).output();
        let tried = tried.expect("nginx is there: apt-get install nginx-light");
        let said = String::from_utf8_lossy(&tried.stderr).into_owned();
        assert!(tried.status.success() && !said.contains("[warn]"), "{said}");
        let run = ["-p", &prefix, "-c", &file, "-g", "daemon off;"];
        let nginx = Kept::start(folder.clone(), &nginx(), &run);
        let up = cluster::found(PATIENCE, async || TcpStream::connect(address).await.ok()).await;
        up.unwrap_or_else(|| panic!("nginx was never there: {}", nginx.log()));
        drop(turn);
        place.set_reuseaddr(false).unwrap();
        let client = Client::builder().redirect(reqwest::redirect::Policy::none());
        let client = client.no_proxy().build().unwrap();
        Self { services, address, folder, client, _nginx: nginx, _place: place }
    }

    /// The processes of a service.
    pub(crate) fn of(&mut self, service: &str) -> impl Iterator<Item = &mut StandIn> {
        self.services.iter_mut().filter(move |one| one.name == service)
    }

    /// Stops all processes of a service.
    pub(crate) async fn stop(&mut self, service: &str) {
        for one in self.of(service) {
            one.stop().await;
        }
    }

    /// What the processes of a service were asked so far.
    pub(crate) fn asked(&mut self, service: &str) -> Vec<Asked> {
        self.of(service).flat_map(|one| one.asked()).collect()
    }

    /// What the proxy has noted of the requests so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("access.log")).unwrap()
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("http://{}{path}", self.address)).timeout(PATIENCE)
    }

    pub(crate) async fn send(&self, request: RequestBuilder) -> Got {
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Got { status, headers, bytes: answer.bytes().await.unwrap().to_vec() }
    }

    pub(crate) async fn get(&self, path: &str) -> Got {
        let request = self.request(Method::GET, path).header("accept", "text/html");
        self.send(request).await
    }

    pub(crate) async fn post(&self, path: &str) -> Got {
        let request = self.request(Method::POST, path).header("accept", "text/html");
        self.send(request.body("a=b")).await
    }

    /// Asks for a path as it is, which a client would have tidied up.
    pub(crate) async fn raw(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }
}

/// Has the binary write the folder.
fn write(folder: &std::path::Path, address: SocketAddr, services: &[StandIn]) {
    let mut config = format!("[server]\norigin = \"http://{address}\"\n[peers]\n");
    for name in SERVICES {
        let places = services.iter().filter(|one| one.name == *name);
        let places: Vec<_> = places.map(|one| format!("\"http://{}\"", one.address)).collect();
        let _ = writeln!(config, "{name} = [{}]", places.join(", "));
    }
    let file = folder.join("scte.toml");
    std::fs::write(&file, config).unwrap();
    let written = Command::new(env!("CARGO_BIN_EXE_scte"))
        .arg("--config")
        .arg(&file)
        .args(["proxy-config", "--out"])
        .arg(folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&written.stderr).into_owned();
    assert!(written.status.success(), "{said}");
    let said = String::from_utf8_lossy(&written.stdout).into_owned();
    assert!(said.contains(&address.to_string()), "it says where it listens: {said}");
}
