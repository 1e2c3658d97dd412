-- Access tokens of people and machines, the keys that sign them, and staff who look with the eyes of
-- a member. Times are UTC.

-- As signing_keys, but longer: a token lives for a year, a sign-in for half a day.
create table token_keys (
    id         uuid primary key,              -- the key's id (kid)
    public_key text not null,                 -- Ed25519, base64url without padding
    sealed     text not null,                 -- the private half, under the installation's secret key
    made_at    timestamptz not null,
    retires_at timestamptz,                   -- another key signs by now
    version    bigint not null
);

-- The text of a token is stored nowhere.
create table tokens (
    id         uuid primary key,
    person_id  uuid,                          -- whose it is; null: a machine's
    client     uuid,                          -- clients.entity of the machine
    client_id  text,
    name       text not null,                 -- what its holder calls it
    scopes     jsonb not null,                -- ["membership:read"]
    key_id     uuid not null,                 -- that signed it
    made_by    uuid not null,
    made_at    timestamptz not null,
    expires_at timestamptz not null,
    revoked_at timestamptz,
    version    bigint not null
);

create index tokens_by_person on tokens (person_id, made_at);
create index tokens_by_making on tokens (made_at, id);
create index tokens_by_expiry on tokens (expires_at);

-- When each service last told that a token was used; a copy of token.used.
create table token_sightings (
    token_id uuid not null,
    service  text not null,
    at       timestamptz not null,
    primary key (token_id, service)
);

-- A colleague looked at the site with the eyes of a person.
create table views (
    id         uuid primary key,              -- stands as the sign-in of its token
    person_id  uuid not null,
    by_person  uuid not null,
    by_signin  uuid not null,                 -- ends with it
    reason     text not null,
    started_at timestamptz not null,
    expires_at timestamptz not null,
    ended_at   timestamptz,
    version    bigint not null
);

create index views_by_person on views (person_id, started_at);
