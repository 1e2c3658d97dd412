-- People whom the office invited. Times are UTC.

create table invitations (
    id          uuid primary key,
    person_id   uuid not null,                -- who was introduced and invited
    title       text not null,                -- what to, as people call it
    state       text not null check (state in ('open', 'accepted', 'withdrawn')),
    asked_at    timestamptz not null,
    expires_at  timestamptz not null,
    version     bigint not null
);

create index invitations_by_person on invitations (person_id, asked_at);
