-- People as the society knows them. One row is also what every rule about one person is decided on:
-- each deciding command bumps `version`, so two of them never both succeed.
create table people (
    person_id        uuid primary key,
    name             text,                  -- null: an account nobody gave a name yet
    name_key         text not null,         -- lower case of the name, for search and order
    member_number    text unique,           -- M000001; given with the first national term
    language         text not null,         -- BCP 47
    open_application uuid,                  -- the one application that waits for payment, if any
    version          bigint not null
);
create index people_by_name on people (name_key, person_id);

create table membership_types (
    type_id        uuid primary key,
    code           text not null unique,
    title          text not null,
    audience       text not null,
    language       text not null,
    price_minor    bigint not null check (price_minor >= 0),
    price_currency text not null,
    sample         boolean not null,        -- the price is invented
    open           boolean not null,        -- can be bought today
    version        bigint not null
);

create table chapters (
    chapter_id     uuid primary key,
    name           text not null unique,
    region         text not null,
    price_minor    bigint not null check (price_minor >= 0),
    price_currency text not null,
    sample         boolean not null,
    version        bigint not null
);

create table applications (
    application_id uuid primary key,
    person_id      uuid not null,
    type_id        uuid not null,
    chapter_id     uuid,
    charge_id      uuid not null unique,
    state          text not null,
    lines          jsonb not null,          -- what was asked for, as it stands in charge.requested
    submitted_at   timestamptz not null,
    hold_until     timestamptz not null,
    opened_at      timestamptz,             -- commerce can take the money
    paid_at        timestamptz,
    ended_at       timestamptz,
    reason         text,                    -- why it ended, as a code
    refunded_minor bigint not null,         -- what commerce gave back so far
    version        bigint not null
);
create index applications_by_person on applications (person_id, submitted_at);

-- Stretches of membership, half-open: [starts_on, ends_before). Standing is read from these dates,
-- it is stored nowhere.
create table terms (
    term_id     uuid primary key,
    person_id   uuid not null,
    kind        text not null check (kind in ('national', 'chapter')),
    type_id     uuid,
    chapter_id  uuid,
    starts_on   date not null,
    ends_before date not null,
    charge_id   uuid,
    version     bigint not null,
    check (starts_on < ends_before)
);
create index terms_by_person on terms (person_id, starts_on);

-- What a human has to look at, because no rule could decide it alone.
create table staff_tasks (
    task_id    uuid primary key,
    kind       text not null,
    person_id  uuid,
    charge_id  uuid not null,
    detail     jsonb not null,
    opened_at  timestamptz not null,
    closed_at  timestamptz,
    version    bigint not null
);
create index staff_tasks_by_age on staff_tasks (opened_at, task_id);
