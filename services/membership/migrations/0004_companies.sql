-- Companies, their branches, whom we ask there, their terms, and the seats under them.

create table companies (
    company_id uuid primary key,
    name       text not null,
    name_key   text not null unique,      -- lower case of the name, for search and order
    parent_id  uuid,                      -- the company it is a branch of
    region     text not null,
    size       text not null,
    domains    text not null,             -- of its mail addresses, a space between
    version    bigint not null
);
create index companies_by_parent on companies (parent_id);

-- Who is what for a company.
create table company_roles (
    role_id    uuid primary key,
    company_id uuid not null,
    person_id  uuid not null,
    role       text not null check (role in ('admin', 'dues', 'member')),
    invitation uuid                       -- by which they were asked, when they were
);
create unique index company_roles_once on company_roles (company_id, role, person_id);
create index company_roles_by_person on company_roles (person_id);

-- Stretches of a company's membership, half-open: [starts_on, ends_before). A branch has none.
create table company_terms (
    term_id     uuid primary key,
    company_id  uuid not null,
    type_id     uuid not null,
    seats       bigint not null check (seats > 0),
    starts_on   date not null,
    ends_before date not null,
    paid        text not null,            -- how it was paid, in the words of the office
    version     bigint not null,
    check (starts_on <= ends_before)
);
create index company_terms_by_company on company_terms (company_id, starts_on);

-- What every rule about a company's terms and seats is decided on: each deciding command bumps
-- `version`, so two of them never both succeed. Branches share their company's row.
create table seat_pools (
    company_id uuid primary key,
    taken      bigint not null check (taken >= 0),
    version    bigint not null
);

-- A place that a person takes. It has no dates: whether its holder is a member is read from the terms.
create table seats (
    seat_id    uuid primary key,
    company_id uuid not null,             -- the company or branch that gave it
    person_id  uuid not null,
    address    text not null,             -- where the invitation went, as it was typed
    name_key   text not null,             -- lower case of the name it was offered under, to sort by
    invitation uuid,
    state      text not null check (state in ('offered', 'held', 'released')),
    signed_in  boolean not null,          -- somebody accepted it, so there is an account behind it
    changed_at timestamptz not null,
    version    bigint not null
);
create index seats_by_company on seats (company_id, name_key, seat_id);
create index seats_by_person on seats (person_id);
create index seats_by_invitation on seats (invitation);

-- For how many people a kind of membership is when a company has it; null: a person's.
alter table membership_types add column seats bigint;
