-- Passwords that were replaced, puzzles that were asked for, keys that are replaced. Times are UTC.

-- The last few hashes of a person, so that none is chosen again; the current one stands in accounts.
create table past_passwords (
    id          uuid primary key,
    person_id   uuid not null,
    hash        text not null,                -- argon2id in PHC form
    replaced_at timestamptz not null,
    version     bigint not null
);

create index past_passwords_by_person on past_passwords (person_id, replaced_at);

-- The audit as staff look through it: by time, by what was done, by who did it.
create index audit_by_time on audit (at, id);
create index audit_by_act on audit (act, at);
create index audit_by_actor on audit (actor, at);
