-- Work of many rows, such as an import: each row in a transaction of its own, with its own outcome.

create table batch (
    id         uuid primary key,
    kind       text not null,
    made_by    text not null,
    created_at timestamptz not null
);

create table batch_row (
    batch_id uuid not null references batch (id),
    row      bigint not null,            -- the first is 1
    payload  jsonb not null,
    state    text not null check (state in ('waiting', 'done', 'failed')),
    error    text,                       -- why it failed, in a sentence
    primary key (batch_id, row)
);
create index batch_row_waiting on batch_row (batch_id, row) where state = 'waiting';
