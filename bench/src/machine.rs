//! The machine below a measurement: how long its disk takes to be sure, how much CPU we took.

use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use crate::measured::percentile;
use crate::outcome::Outcome;

/// How many times a second the kernel counts CPU time; the same on every Linux of today.
const TICKS: f64 = 100.0;

/// Microseconds of an 8 kB write with its `fdatasync`, in `folder`: the median and the 99th of 100.
///
/// # Errors
/// When the file cannot be written.
pub fn sync_time(folder: &Path) -> Outcome<(f64, f64)> {
    let path = folder.join("sync");
    let mut file = std::fs::File::create(&path)?;
    let mut took = Vec::with_capacity(200);
    for _ in 0..200 {
        let began = Instant::now();
        file.write_all(&[7; 8192])?;
        file.sync_data()?;
        took.push(began.elapsed().as_secs_f64() * 1e6);
    }
    std::fs::remove_file(path)?;
    // The first hundred make the file grow and the disk wake.
    Ok((percentile(&took[100..], 50), percentile(&took[100..], 99)))
}

/// Seconds of CPU that this process took so far, kernel and user.
#[must_use]
pub fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The program's name stands in brackets and may hold spaces.
    let behind = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    let ticks = behind.split(' ').skip(11).take(2).filter_map(|n| n.parse::<f64>().ok());
    ticks.sum::<f64>() / TICKS
}

/// Kilobytes that process `id` holds in memory; nothing when there is no such process.
#[must_use]
pub fn resident_kilobytes(id: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_memory_and_takes_time() {
        assert!(resident_kilobytes(std::process::id()).unwrap() > 100);
        let before = cpu_seconds();
        let mut sum = 0_u64;
        while cpu_seconds() <= before {
            sum = sum.wrapping_add(std::hint::black_box(1));
        }
        assert!(sum > 0);
    }
}
