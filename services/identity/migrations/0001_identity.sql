-- Accounts, codes, sign-ins, roles and signing keys. Times are UTC.

create table accounts (
    person_id     uuid primary key,
    address       text not null,              -- as the person wrote it
    address_key   text not null unique,       -- its normal form: trimmed, lower case; dormant accounts too
    state         text not null check (state in ('dormant', 'unverified', 'active', 'locked')),
    language      text not null,              -- BCP 47
    password_hash text,                       -- argon2id in PHC form; null until an address was confirmed
    generation    bigint not null,            -- sign-ins of an older generation are no longer valid
    registered_at timestamptz not null,
    version       bigint not null
);

create index accounts_by_state on accounts (state, registered_at);

-- Ids of people that were introduced with an address another person has.
create table duplicates (
    alias    uuid primary key,
    kept     uuid not null,
    found_at timestamptz not null,
    version  bigint not null
);

-- One code per person and purpose; the newest takes the place of the older.
create table codes (
    person_id  uuid not null,
    purpose    text not null check (purpose in ('confirm', 'reset')),
    hash       text not null unique,          -- SHA-256 of the code
    return_to  text,                          -- a path of our own
    expires_at timestamptz not null,
    used_at    timestamptz,
    version    bigint not null,
    primary key (person_id, purpose)
);

create index codes_by_expiry on codes (expires_at);

-- Tries to prove an address, and mails asked for, known or not: nothing can be learned from it.
create table tries (
    address_hash text not null,               -- SHA-256 of the normal form
    kind         text not null check (kind in ('sign_in', 'sign_in_anywhere', 'proof', 'mail')),
    network_hash text not null,               -- SHA-256 of address and network; '' when counted from anywhere
    count        bigint not null,
    first_at     timestamptz not null,
    last_at      timestamptz not null,
    version      bigint not null,
    primary key (address_hash, kind, network_hash)
);

create index tries_by_last on tries (last_at);

create table signins (
    id               uuid primary key,
    person_id        uuid not null,
    device           text not null,           -- from the user agent: "Firefox on Linux"
    generation       bigint not null,         -- of the account when it started
    secret_hash      text not null unique,    -- SHA-256 of identity's own longer cookie
    started_at       timestamptz not null,
    authenticated_at timestamptz not null,    -- when the password was last asked
    remembered_until timestamptz not null,    -- the longer cookie works until then
    ended_at         timestamptz,
    version          bigint not null
);

create index signins_by_person on signins (person_id, started_at);
create index signins_by_end on signins (remembered_until);

-- All staff roles of a person: one versioned row.
create table roles (
    person_id uuid primary key,
    words     jsonb not null,                 -- sorted: ["staff.content", "staff.finance"]
    version   bigint not null
);

-- The keys that sign sign-ins.
create table signing_keys (
    id         uuid primary key,              -- the key's id (kid)
    public_key text not null,                 -- Ed25519, base64url without padding
    sealed     text not null,                 -- the private half, under the installation's secret key
    made_at    timestamptz not null,
    version    bigint not null
);
