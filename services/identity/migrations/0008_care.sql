-- What keeps an account its owner's, and what its owner agreed to. Times are UTC.

-- Browsers and networks that an account was signed in from; the newest one stays, others go after
-- 90 days.
create table seen_browsers (
    person_id uuid not null,
    device    text not null,                  -- from the user agent: "Firefox on Linux"
    network   text not null,                  -- as tries are counted
    seen_at   timestamptz not null,           -- when somebody last signed in from it
    version   bigint not null,
    primary key (person_id, device, network)
);

create index seen_browsers_by_time on seen_browsers (seen_at);

-- Changes of address: asked for, confirmed from the new mailbox, perhaps taken back from the old one.
-- The same address twice is a proof that its mailbox is still read.
create table address_changes (
    id            uuid primary key,
    person_id     uuid not null,
    old_address   text not null,              -- as the person wrote it
    old_key       text not null,              -- its normal form
    new_address   text not null,
    new_key       text not null,
    confirm_hash  text not null unique,       -- SHA-256 of the code in the mail to the new address
    asked_at      timestamptz not null,
    confirm_until timestamptz not null,
    confirmed_at  timestamptz,
    undo_hash     text unique,                -- SHA-256 of the code in the mail to the old address
    undo_until    timestamptz,
    undone_at     timestamptz,
    version       bigint not null
);

create index address_changes_by_person on address_changes (person_id, asked_at);
create index address_changes_by_old_address on address_changes (old_key);
create index address_changes_by_time on address_changes (asked_at);

-- What staff asked somebody to do before they sign in again.
create table required_actions (
    person_id uuid not null,
    action    text not null check (action in ('password', 'address', 'terms')),
    reason    text not null,                  -- for colleagues
    asked_at  timestamptz not null,
    version   bigint not null,
    primary key (person_id, action)
);

-- Versions of the terms of use and of the privacy notice; never changed once published.
create table terms_versions (
    id           uuid primary key,
    kind         text not null check (kind in ('terms', 'privacy')),
    title        text not null,
    body         text not null,               -- paragraphs with a blank line between them
    from_day     date not null,               -- in force from this day on
    published_at timestamptz not null,
    version      bigint not null
);

create index terms_versions_by_kind on terms_versions (kind, from_day);

-- Who accepted which version, and when last.
create table terms_accepted (
    person_id   uuid not null,
    terms_id    uuid not null,
    accepted_at timestamptz not null,
    version     bigint not null,
    primary key (person_id, terms_id)
);
