-- What every service knows of access tokens. The first two are fed by messages alone.

create table reader_token_endings (
    token_id   uuid primary key,
    expires_at timestamptz not null      -- afterwards the token is dead by itself
);

create table reader_clients (
    entity  uuid primary key,
    is_open boolean not null,            -- tokens of a closed one open nothing
    version bigint not null
);

-- When this service last told of the use of a token; forgotten after a day.
create table token_uses (
    token_id uuid primary key,
    told_at  timestamptz not null
);
