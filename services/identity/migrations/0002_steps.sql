-- How a sign-in was proved and from where, and sign-ins that are not complete yet. Times are UTC.

-- 'password', 'passkey', 'password totp'
alter table signins add column how text not null default 'password';
-- As tries are counted: an IPv4 address, a /64 of IPv6.
alter table signins add column network text not null default '';
-- When identity last gave it a token.
alter table signins add column last_seen_at timestamptz;

-- Somebody proved who they are, and something else stands before the sign-in. One per try; a row
-- is useless without the cookie, and after ten minutes.
create table pending_signins (
    id          uuid primary key,
    person_id   uuid not null,
    secret_hash text not null unique,         -- SHA-256 of the cookie
    how         text not null,                -- what was proved so far
    generation  bigint not null,              -- of the account then: a new password voids what was proved
    device      text not null,
    network     text not null,
    return_to   text,                         -- a path of our own
    started_at  timestamptz not null,
    expires_at  timestamptz not null,
    version     bigint not null
);

create index pending_signins_by_expiry on pending_signins (expires_at);
