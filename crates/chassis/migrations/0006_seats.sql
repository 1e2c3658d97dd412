-- What makes somebody a member by their company's membership: the company, its terms, and who holds a
-- seat. No row of a person has a date of it, so one row of a term counts for all seats.

create table reader_companies (
    company_id uuid primary key,
    root_id    uuid not null,            -- whose terms cover it: its own id, or that of its parent
    name       text not null,
    version    bigint not null
);

create table reader_company_terms (
    term_id     uuid primary key,
    company_id  uuid not null,
    starts_on   date not null,
    ends_before date not null,           -- half-open: the first day no longer covered
    version     bigint not null
);
create index reader_company_terms_company on reader_company_terms (company_id);

create table reader_seats (
    seat_id    uuid primary key,
    company_id uuid not null,
    person_id  uuid not null,
    held       boolean not null,         -- not only offered, and not taken back
    version    bigint not null
);
create index reader_seats_person on reader_seats (person_id);

-- For how many people a kind of membership is when a company has it; null: a person's.
alter table reader_types add column seats bigint;
