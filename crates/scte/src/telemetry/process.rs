//! What the system knows of this process: memory, file descriptors, time. Linux only; elsewhere
//! these metrics are absent.

use std::fs;

use super::exposition::Exposition;

/// The kernel counts CPU time in hundredths of a second, whatever its own clock does.
const TICKS_PER_SECOND: f64 = 100.0;
const PAGE_BYTES_WHEN_UNKNOWN: f64 = 4096.0;

/// Writes down what is known.
pub(super) fn look(into: &mut Exposition) {
    into.set("scte_build_info", &[env!("CARGO_PKG_VERSION")], 1.0);
    if let Ok(stat) = fs::read_to_string("/proc/self/stat") {
        of_stat(&stat, boot_time(), into);
    }
    if let Some(bytes) = resident_bytes() {
        into.set("process_resident_memory_bytes", &[], bytes);
    }
    if let Ok(open) = fs::read_dir("/proc/self/fd") {
        into.set("process_open_fds", &[], exact(open.count()));
    }
    if let Some(most) = fs::read_to_string("/proc/self/limits").ok().and_then(|text| max_fds(&text))
    {
        into.set("process_max_fds", &[], most);
    }
}

/// A count as a float: it is exact up to 2^53.
#[expect(clippy::cast_precision_loss, reason = "no process has 2^53 of anything")]
fn exact(count: usize) -> f64 {
    count as f64
}

/// Fields after the name, which stands in brackets and may hold anything: 14 and 15 are CPU time,
/// 20 the threads, 22 the start since boot.
fn of_stat(stat: &str, boot: Option<f64>, into: &mut Exposition) {
    let Some((_, rest)) = stat.rsplit_once(')') else { return };
    let field = |number: usize| -> Option<f64> {
        rest.split_whitespace().nth(number - 3).and_then(|text| text.parse().ok())
    };
    if let (Some(user), Some(system)) = (field(14), field(15)) {
        let seconds = ((user + system) / TICKS_PER_SECOND).floor();
        into.set("process_cpu_seconds_total", &[], seconds);
    }
    if let Some(threads) = field(20) {
        into.set("process_threads", &[], threads);
    }
    if let (Some(start), Some(boot)) = (field(22), boot) {
        into.set("process_start_time_seconds", &[], boot + start / TICKS_PER_SECOND);
    }
}

fn boot_time() -> Option<f64> {
    let stat = fs::read_to_string("/proc/stat").ok()?;
    stat.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()
}

/// The kernel's own words for it; where it does not say so, pages.
fn resident_bytes() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes =
        line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok());
    kilobytes.map(|kilobytes| kilobytes * 1024.0).or_else(|| {
        let statm = fs::read_to_string("/proc/self/statm").ok()?;
        let pages: f64 = statm.split_whitespace().nth(1)?.parse().ok()?;
        Some(pages * PAGE_BYTES_WHEN_UNKNOWN)
    })
}

fn max_fds(limits: &str) -> Option<f64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_are_counted_behind_a_name_that_may_hold_brackets() {
        let stat = "77 (a) b (c)) S 1 77 77 0 -1 4194560 9 0 0 0 250 57 0 0 20 0 12 0 3000 9 9";
        let mut exposition = Exposition::default();

        of_stat(stat, Some(1_700_000_000.0), &mut exposition);

        let text = exposition.text();
        assert!(text.contains("\nprocess_cpu_seconds_total 3\n"), "{text}");
        assert!(text.contains("\nprocess_threads 12\n"), "{text}");
        assert!(text.contains("\nprocess_start_time_seconds 1700000030\n"), "{text}");
    }

    #[test]
    fn the_limit_of_files_is_the_one_in_force() {
        let limits = "Max processes  5 5 processes\nMax open files            1024   4096  files\n";
        assert_eq!(max_fds(limits), Some(1024.0));
        assert_eq!(max_fds("Max open files unlimited unlimited files"), None);
    }

    #[test]
    fn this_process_is_known() {
        let mut exposition = Exposition::default();
        look(&mut exposition);
        let text = exposition.text();
        for name in ["process_resident_memory_bytes", "process_open_fds", "process_threads"] {
            assert!(text.contains(&format!("\n{name} ")), "{name}: {text}");
        }
    }
}
