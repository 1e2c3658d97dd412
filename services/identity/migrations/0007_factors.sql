-- Second factors: authenticator apps, recovery codes, passkeys; which roles ask for two. Times are UTC.

create table authenticators (
    person_id uuid primary key,
    sealed    text not null,                  -- the shared secret, under the installation's secret key
    last_step bigint not null,                -- of the code that was used last: no code works twice
    added_at  timestamptz not null,
    version   bigint not null
);

create table recovery_codes (
    hash      text primary key,               -- keyed SHA-256 of person and code
    person_id uuid not null,
    made_at   timestamptz not null,
    used_at   timestamptz,
    version   bigint not null
);

create index recovery_codes_by_person on recovery_codes (person_id);

create table passkeys (
    id            uuid primary key,
    person_id     uuid not null,
    credential_id text not null unique,       -- base64url: what the device calls it
    name          text not null,              -- what its owner calls it
    public        text not null,              -- public key, counter, what the device told of itself
    added_at      timestamptz not null,
    last_used_at  timestamptz,
    version       bigint not null
);

create index passkeys_by_person on passkeys (person_id, added_at);

-- Challenges that were answered: none works twice. A row may go when the challenge is too old anyway.
create table used_challenges (
    hash  text primary key,                   -- SHA-256 of the sealed challenge
    until timestamptz not null
);

create index used_challenges_by_end on used_challenges (until);

-- The staff roles that count only in a sign-in with two factors: one versioned row.
create table role_policy (
    one     boolean primary key,
    words   jsonb not null,                   -- sorted: ["staff.admin"]
    version bigint not null
);
