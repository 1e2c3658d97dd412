-- What people allowed clients, devices that wait to be allowed, invitations. Times are UTC.

-- What each client may learn of each person, and when it last signed them in.
create table consents (
    person_id uuid not null,
    client_id text not null,
    scopes    jsonb not null,                 -- what the person was asked for, or uses as one of ours
    given_at  timestamptz not null,
    used_at   timestamptz not null,           -- when the client last signed the person in
    version   bigint not null,
    primary key (person_id, client_id)
);

create index consents_by_client on consents (client_id);

-- Devices without a browser of their own: each waits until somebody types its short code.
create table device_codes (
    device_hash      text primary key,        -- SHA-256 of the device's code
    user_code        text not null unique,    -- what a person types, without the hyphen
    id               uuid not null unique,    -- the id that the audit names it by
    client_id        text not null,
    scopes           jsonb not null,
    network          text not null,           -- from where the device asked
    state            text not null check (state in ('waiting', 'allowed', 'refused', 'used')),
    person_id        uuid,                    -- who allowed it
    signin_id        uuid,                    -- by which sign-in
    interval_seconds bigint not null,         -- how long the device waits between two questions
    asked_at         timestamptz,             -- when it last asked
    started_at       timestamptz not null,
    expires_at       timestamptz not null,
    version          bigint not null
);

create index device_codes_by_expiry on device_codes (expires_at);

-- What somebody is invited to: a service asks for it, or an administrator for a staff role.
create table invitations (
    id              uuid primary key,         -- as its asker named it
    asker           text not null,            -- the service: 'membership'; 'identity' for a role
    asker_version   bigint not null,          -- of the newest message about it
    asked_by        uuid,                     -- the administrator, for a role
    person_id       uuid not null,            -- who is invited
    title           text not null,            -- what to, as people call it
    language        text not null,            -- of the title (BCP 47)
    role            text,                     -- the staff role that is granted on acceptance
    return_path     text not null,
    code_hash       text unique,              -- SHA-256 of the code in the mail; null: no mail yet
    code_expires_at timestamptz,              -- when the link stops working; another may be sent
    state           text not null check (state in ('open', 'accepted', 'withdrawn')),
    asked_at        timestamptz not null,
    expires_at      timestamptz not null,     -- when the invitation itself is over
    version         bigint not null
);

create index invitations_by_person on invitations (person_id, asked_at);
create index invitations_by_time on invitations (asked_at, id);
