-- OpenID Connect: keys, what clients were let have, their tokens. Times are UTC.

-- RSA keys that sign ID tokens. The newest one in use signs; all that are not retired are published.
create table oidc_keys (
    id         uuid primary key,              -- the key's id (kid)
    public_key jsonb not null,                -- its public half as a JSON Web Key
    sealed     text not null,                 -- the private half, under the installation's secret key
    made_at    timestamptz not null,
    used_from  timestamptz not null,          -- published before, so that clients know it by then
    retires_at timestamptz,                   -- no longer published from then on
    version    bigint not null
);

-- What a person let a client have, from the code on. All tokens of a grant end with it.
create table oidc_grants (
    id               uuid primary key,
    client_id        text not null,
    person_id        uuid not null,
    signin_id        uuid not null,           -- by which they let the client in
    generation       bigint not null,         -- of the account then
    scopes           jsonb not null,          -- sorted: ["email", "openid"]
    nonce            text,
    how              text not null,           -- how the person had proved who they are
    authenticated_at timestamptz not null,    -- and when
    code_hash        text unique,             -- SHA-256 of the code; null: given without one
    redirect_uri     text,                    -- where the code went
    challenge        text,                    -- S256 of what only its asker knows
    code_expires_at  timestamptz,
    code_used_at     timestamptz,
    made_at          timestamptz not null,
    ended_at         timestamptz,
    version          bigint not null
);

create index oidc_grants_by_person on oidc_grants (person_id, client_id);

-- Access tokens, and refresh tokens: used ones too, so that a second use is noticed.
create table oidc_tokens (
    hash       text primary key,              -- SHA-256 of the token
    kind       text not null check (kind in ('access', 'refresh')),
    grant_id   uuid,                          -- null: of a machine, for itself
    client_id  text not null,
    scopes     jsonb not null,
    made_at    timestamptz not null,
    expires_at timestamptz not null,
    used_at    timestamptz,
    version    bigint not null
);

create index oidc_tokens_by_grant on oidc_tokens (grant_id);
create index oidc_tokens_by_expiry on oidc_tokens (expires_at);

-- Which clients signed somebody in by which sign-in: they are told when it ends.
create table oidc_sessions (
    signin_id  uuid not null,                 -- the claim sid
    client_id  text not null,
    person_id  uuid not null,
    started_at timestamptz not null,
    version    bigint not null,
    primary key (signin_id, client_id)
);

create index oidc_sessions_by_person on oidc_sessions (person_id);
