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

-- A key is published first and signs a little later, when everybody knows it; null: since it was made.
alter table signing_keys add column signs_from timestamptz;
-- Decided when it no longer signs; the private half is destroyed then.
alter table signing_keys add column retires_at timestamptz;

-- Puzzles that were solved for a mail, each good for one form; and until when they would be good.
create table spent_puzzles (
    nonce      text primary key,
    spent_by   text not null,                 -- the key of the form: the same form sent twice is one
    expires_at timestamptz not null,
    version    bigint not null
);

create index spent_puzzles_by_expiry on spent_puzzles (expires_at);
