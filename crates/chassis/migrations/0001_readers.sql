-- What every service with pages keeps of the people who read them. Fed by messages alone, of
-- identity and membership and of everybody's navigation: safe to delete and replay.

create table reader_keys (
    id         uuid primary key,
    public_key text not null,            -- Ed25519, base64url without padding
    retires_at timestamptz,
    version    bigint not null
);

create table reader_accounts (
    person_id  uuid primary key,
    generation bigint not null,          -- sign-ins of an older one have ended
    state      text not null,
    language   text not null,
    version    bigint not null
);

create table reader_endings (
    signin_id  uuid primary key,
    person_id  uuid not null,
    expires_at timestamptz not null      -- afterwards its tokens are dead by themselves
);

create table reader_roles (
    person_id uuid primary key,
    roles     text not null,             -- 'staff.content staff.finance'
    version   bigint not null
);

create table reader_aliases (
    alias   uuid primary key,
    kept    uuid not null,
    version bigint not null
);
create index reader_aliases_kept on reader_aliases (kept);

create table reader_people (
    person_id     uuid primary key,
    name          text not null,
    member_number text,
    language      text not null,
    version       bigint not null        -- 0: introduced by somebody, not yet told by membership
);

create table reader_terms (
    term_id     uuid primary key,
    person_id   uuid not null,
    kind        text not null,
    type_id     uuid,
    chapter_id  uuid,
    starts_on   date not null,
    ends_before date not null,           -- half-open: the first day no longer covered
    version     bigint not null
);
create index reader_terms_person on reader_terms (person_id);

create table reader_types (
    type_id     uuid primary key,
    code        text not null,
    title       text not null,
    audience    text not null,
    language    text not null,
    price_minor bigint not null,         -- minor units of the currency
    currency    text not null,
    sample      boolean not null,
    is_open     boolean not null,
    version     bigint not null
);

create table reader_chapters (
    chapter_id  uuid primary key,
    name        text not null,
    region      text not null,
    price_minor bigint not null,         -- minor units of the currency
    currency    text not null,
    sample      boolean not null,
    version     bigint not null
);

create table reader_navigation (
    id      uuid primary key,
    service text not null,
    entries jsonb not null,
    version bigint not null
);

create table reader_menu (
    id      uuid primary key,
    entries jsonb not null,
    version bigint not null
);
