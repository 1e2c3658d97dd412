//! `wrk`, and what it says.

use tokio::process::Command;

use crate::outcome::{Failed, Outcome};

/// What one run of `wrk` measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Measured {
    pub(super) requests_per_second: f64,
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
}

/// Installs `wrk` where it is missing.
pub(super) async fn install() -> Outcome {
    if Command::new("wrk").arg("-v").output().await.is_ok() {
        return Ok(());
    }
    for words in [&["update"][..], &["install", "-y", "--no-install-recommends", "wrk"][..]] {
        Command::new("apt-get").args(words).output().await?;
    }
    let there = Command::new("wrk").arg("-v").output().await;
    there.map(drop).map_err(|why| Failed::because(format!("wrk cannot be installed: {why}")))
}

/// Lets 64 connections ask for `url` for some seconds, with a `Cookie` header if there is one.
pub(super) async fn run(url: &str, cookie: Option<&str>, seconds: u32) -> Outcome<Measured> {
    let mut wrk = Command::new("wrk");
    wrk.args(["-t2", "-c64", "--latency", &format!("-d{seconds}s")]);
    if let Some(cookie) = cookie {
        wrk.args(["-H", &format!("cookie: {cookie}")]);
    }
    let ended = wrk.arg(url).output().await?;
    let said = String::from_utf8_lossy(&ended.stdout);
    if let Some(wrong) = said.lines().find(|line| line.contains("Non-2xx")) {
        return Err(Failed::because(format!("{url}: {}", wrong.trim())));
    }
    read(&said).ok_or_else(|| Failed::because(format!("wrk said: {said}")))
}

fn read(said: &str) -> Option<Measured> {
    let behind =
        |start: &str| said.lines().find_map(|line| line.trim().strip_prefix(start)).map(str::trim);
    Some(Measured {
        requests_per_second: behind("Requests/sec:")?.parse().ok()?,
        p50_ms: milliseconds(behind("50%")?)?,
        p99_ms: milliseconds(behind("99%")?)?,
    })
}

/// `1.23ms`, `820.00us`, `1.02s`.
fn milliseconds(text: &str) -> Option<f64> {
    let at = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at(at);
    let factor = match unit {
        "us" => 1e-3,
        "ms" => 1.0,
        "s" => 1e3,
        _ => return None,
    };
    Some(number.parse::<f64>().ok()? * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_wrk_says_is_read() {
        let said = "Running 1s test @ http://127.0.0.1/\n  2 threads and 64 connections\n  \
                    Latency Distribution\n     50%  820.00us\n     75%    1.00ms\n     \
                    99%    1.02s\n  1000 requests in 1.00s, 1.00MB read\nRequests/sec:  12345.67\n";
        let measured = read(said).unwrap();
        assert!((measured.requests_per_second - 12_345.67).abs() < 1e-6);
        assert!((measured.p50_ms - 0.82).abs() < 1e-9 && (measured.p99_ms - 1020.0).abs() < 1e-9);
        assert_eq!(read("nothing"), None);
    }
}
