-- What every service's database holds for messages: the feed it publishes, the cursors it reads
-- others' feeds by, and what waits.

create table feed_head (
    one   boolean primary key,      -- always true: there is one row
    epoch text not null,            -- random; new after a restore
    pos   bigint not null,          -- the last position given
    held  boolean not null,         -- after a restore timers and effects wait for an operator
    blanked_to bigint not null      -- secrets up to here are blanked
);

create table feed_epoch (
    epoch        text primary key,
    starts_after bigint not null,   -- positions above belong to it, up to the next epoch's
    began_at     timestamptz not null
);

create table feed (
    pos           bigint primary key,
    type          text not null,
    entity        uuid not null,
    entityversion bigint not null,
    key           uuid not null,    -- messages of one key keep their order
    actor         text not null,
    correlation   uuid not null,
    cause         text,
    traceparent   text,
    at            timestamptz not null,
    body          jsonb not null,
    blanked_at    timestamptz       -- when secrets or a person's data were blanked
);

create index feed_by_correlation on feed (correlation);

create table cursor (
    feed        text primary key,
    epoch       text not null,      -- empty before the first message
    pos         bigint not null,
    started     bigint not null,    -- how often reading began here without getting on
    alone       bigint,             -- the position tried alone, after crashes
    alone_tries bigint not null,
    halted      text                -- why reading stopped, until an operator resumes it
);

create table consumer (
    name    text not null,
    feed    text not null,
    version bigint not null,
    since   bigint not null,        -- a reaction hears what came after
    primary key (name, feed)
);

create table parked (
    consumer   text not null,
    feed       text not null,
    pos        bigint not null,
    type       text not null,
    key        uuid not null,
    reason     text not null,
    attempts   bigint not null,     -- 0: parked behind another message of its key
    first_at   timestamptz not null,
    last_at    timestamptz not null,
    state      text not null check (state in ('parked', 'applied', 'dropped')),
    decided_by text,
    primary key (consumer, feed, pos)
);

create index parked_open on parked (feed, consumer, key) where state = 'parked';

create table timer (
    id          uuid primary key,
    name        text not null,
    key         uuid not null,      -- one timer per name and key
    due_at      timestamptz not null,
    payload     jsonb not null,
    correlation uuid not null,
    failed      bigint not null,    -- how often in a row it could not fire
    reason      text,
    unique (name, key)
);

create index timer_due on timer (due_at);

create table effect (
    id          uuid primary key,   -- the idempotency key outside
    name        text not null,
    payload     jsonb not null,
    state       text not null check (state in ('intent', 'sent', 'ok', 'failed', 'unknown')),
    attempts    bigint not null,
    next_at     timestamptz not null,
    reason      text,
    correlation uuid not null,
    created_at  timestamptz not null,
    settled_at  timestamptz
);

create index effect_open on effect (next_at) where state in ('intent', 'sent', 'unknown');

create table inbox (
    key    text primary key,
    hash   text not null,           -- of the request: the same key with another request is refused
    answer jsonb not null,
    at     timestamptz not null
);

create index inbox_by_age on inbox (at);

create table audit (
    id          uuid primary key,
    thing       text not null,
    thing_id    uuid not null,
    act         text not null,
    detail      jsonb not null,
    actor       text not null,
    correlation uuid not null,
    at          timestamptz not null
);

create index audit_by_thing on audit (thing, thing_id, at);

create table series (
    name text primary key,
    last bigint not null            -- the last number given
);
