-- Files of this service, in chunks of 1 MiB: one transaction, one backup, whatever the engine.

create table file (
    id           uuid primary key,
    name         text not null,
    content_type text not null,
    size         bigint not null,        -- bytes
    sha256       text,                   -- hexadecimal; null until all of it is here
    owner_id     uuid,
    audience     text not null,
    created_at   timestamptz not null
);

create table file_chunk (
    file_id uuid not null references file (id) on delete cascade,
    part    bigint not null,
    bytes   bytea not null,
    primary key (file_id, part)
);
