//! Every metric there is: its kind, its labels, what it says, and whether an alarm watches it.
//! `docs/reference/metrics.md` is this list; tests compare it with that page, with the sources and
//! with what a process answers.

/// How a metric behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It only grows, from the start of the process.
    Counter,
    /// It is what it is at this moment.
    Gauge,
    /// How often how much was seen.
    Histogram,
}

impl Kind {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// One metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Metric {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// What a value of it counts, such as `s` or `messages`.
    pub(super) unit: &'static str,
    pub(super) labels: &'static [&'static str],
    pub(super) meaning: &'static str,
}

const fn metric(
    name: &'static str,
    kind: Kind,
    unit: &'static str,
    labels: &'static [&'static str],
    meaning: &'static str,
) -> Metric {
    Metric { name, kind, unit, labels, meaning }
}

use Kind::{Counter, Gauge, Histogram};

const SERVICE: &[&str] = &["service"];
const READING: &[&str] = &["service", "feed"];

/// All of them, in the order in which somebody looks who wants to know what is wrong.
pub(super) const METRICS: &[Metric] = &[
    // How well a service knows what others said.
    metric(
        "scte_consumer_halted",
        Gauge,
        "0 or 1",
        READING,
        "1 while reading of the feed is halted, until an operator resumes it",
    ),
    metric(
        "scte_reading_paused_seconds",
        Gauge,
        "s",
        READING,
        "For how long reading of the feed cannot get on, as nobody answers or the database is away; 0 \
         while it does; of the leader",
    ),
    metric(
        "scte_consumer_lag",
        Gauge,
        "messages",
        READING,
        "Messages of the feed that the service has not taken yet; absent while the head is unknown",
    ),
    metric(
        "scte_oldest_unread_seconds",
        Gauge,
        "s",
        READING,
        "Age of the first message of the feed that the service has not taken yet; 0 when there is \
         none; absent while the feed cannot be asked",
    ),
    metric(
        "scte_parked_keys",
        Gauge,
        "keys",
        READING,
        "Keys whose messages take no effect until somebody decides, once per consumer",
    ),
    metric(
        "scte_messages_applied_total",
        Counter,
        "messages",
        READING,
        "Messages that took effect, once per consumer, counted with the commit",
    ),
    metric(
        "scte_batches_rolled_back_total",
        Counter,
        "batches",
        READING,
        "Batches of messages that were undone, to be tried again",
    ),
    metric(
        "scte_batches_fenced_total",
        Counter,
        "batches",
        READING,
        "Batches that another leader had taken: its cursor was there first",
    ),
    metric(
        "scte_reading_pauses_total",
        Counter,
        "pauses",
        READING,
        "Times that reading waited because it could not get on",
    ),
    // What a service says, and how it gets to the others.
    metric(
        "scte_feed_head",
        Gauge,
        "position",
        SERVICE,
        "Position of the last message that the service published",
    ),
    metric(
        "scte_messages_published_total",
        Counter,
        "messages",
        SERVICE,
        "Messages published by this process, counted with the commit",
    ),
    metric(
        "scte_publication_position",
        Gauge,
        "position",
        SERVICE,
        "Position of the last message known to be in the broker's stream; with a broker",
    ),
    metric(
        "scte_publication_lag",
        Gauge,
        "messages",
        SERVICE,
        "Messages of the feed that are not known to be in the broker's stream; with a broker",
    ),
    metric(
        "scte_publication_halted",
        Gauge,
        "0 or 1",
        SERVICE,
        "1 while copying the feed to the broker is halted, until an operator resumes it",
    ),
    metric(
        "scte_publication_away",
        Gauge,
        "0 or 1",
        SERVICE,
        "1 while copying the feed to the broker does not get on; with a broker",
    ),
    // Work in the background.
    metric(
        "scte_leader",
        Gauge,
        "0 or 1",
        SERVICE,
        "1 in the process that does the service's background work; the sum over all processes is 1",
    ),
    metric(
        "scte_held",
        Gauge,
        "0 or 1",
        SERVICE,
        "1 while timers and calls to the outside wait for an operator, after a restore",
    ),
    metric(
        "scte_effects_unknown",
        Gauge,
        "calls",
        SERVICE,
        "Calls to the outside of which nobody knows yet whether they happened",
    ),
    metric(
        "scte_effects_waiting_oldest_seconds",
        Gauge,
        "s",
        SERVICE,
        "How long the oldest call to the outside that may be made waits to be settled; 0 when none does",
    ),
    metric(
        "scte_effects_total",
        Counter,
        "calls",
        &["service", "outcome"],
        "Attempts at calls to the outside, by outcome: ok, failed, later, unknown",
    ),
    metric(
        "scte_timers_overdue_seconds",
        Gauge,
        "s",
        SERVICE,
        "How long the first timer that is due waits to fire; 0 when none is due",
    ),
    metric(
        "scte_timers_failing",
        Gauge,
        "timers",
        SERVICE,
        "Timers that could not fire the last time they were due",
    ),
    metric(
        "scte_timers_total",
        Counter,
        "timers",
        &["service", "outcome"],
        "Timers that were due, by outcome: fired, failed",
    ),
    // Answers.
    metric(
        "scte_http_requests_total",
        Counter,
        "requests",
        &["service", "class"],
        "Requests answered, by the class of the status: 1xx to 5xx",
    ),
    metric(
        "scte_http_request_seconds",
        Histogram,
        "s",
        SERVICE,
        "Time from a request to the head of its answer",
    ),
    // Databases.
    metric(
        "scte_database_up",
        Gauge,
        "0 or 1",
        SERVICE,
        "1 when the service's database answered while this was read; what comes from it is absent \
         otherwise",
    ),
    metric(
        "scte_db_pool_busy",
        Gauge,
        "connections",
        &["service", "for"],
        "Connections in use, by what for: read, write (on PostgreSQL one pool, told as write)",
    ),
    metric(
        "scte_db_pool_size",
        Gauge,
        "connections",
        &["service", "for"],
        "The most connections there may be",
    ),
    metric(
        "scte_db_pool_wait_seconds",
        Histogram,
        "s",
        &["service", "for"],
        "How long a transaction waited for its connection; on SQLite also for the one who writes",
    ),
    metric(
        "scte_races_lost_total",
        Counter,
        "commands",
        SERVICE,
        "Commands that were run again because somebody else had changed a row first",
    ),
    // The process.
    metric(
        "scte_service_up",
        Gauge,
        "0 or 1",
        SERVICE,
        "1 when the service answers in this process, 0 when an operator stopped it",
    ),
    metric("scte_build_info", Gauge, "1", &["version"], "Always 1; the label says the version"),
    metric(
        "process_start_time_seconds",
        Gauge,
        "s",
        &[],
        "When the process started, in seconds since 1970; it is up for time() minus this",
    ),
    metric("process_cpu_seconds_total", Counter, "s", &[], "CPU time used, in whole seconds"),
    metric("process_resident_memory_bytes", Gauge, "bytes", &[], "Memory held"),
    metric("process_open_fds", Gauge, "file descriptors", &[], "File descriptors in use"),
    metric("process_max_fds", Gauge, "file descriptors", &[], "The most there may be"),
    metric("process_threads", Gauge, "threads", &[], "Threads of the process"),
];

/// The metric of a name.
pub(super) fn find(name: &str) -> Option<&'static Metric> {
    METRICS.iter().find(|metric| metric.name == name)
}

#[cfg(test)]
#[path = "catalogue_tests.rs"]
mod tests;
