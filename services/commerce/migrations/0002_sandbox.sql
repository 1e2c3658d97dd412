-- The sandbox provider: a foreign system that happens to live here. Nothing of commerce reads these tables.

create table sandbox_sessions (
    id           text primary key,
    request_key  text not null,          -- the Idempotency-Key it was opened with
    request_hash text not null,
    reference    text not null,          -- the merchant's own id of it
    description  text not null,
    amount       bigint not null check (amount > 0),
    currency     text not null,
    return_url   text not null,
    webhook_url  text not null,
    state        text not null check (state in ('open', 'processing', 'paid', 'declined')),
    code         text,
    behaviour    text not null,
    created_at   timestamptz not null,
    version      bigint not null
);
create unique index sandbox_sessions_by_key on sandbox_sessions (request_key);

create table sandbox_payments (
    id          text primary key,
    session     text not null,
    amount      bigint not null,
    currency    text not null,
    refunded    bigint not null,
    captured_at timestamptz not null,
    version     bigint not null,
    check (refunded <= amount)
);
create index sandbox_payments_of_session on sandbox_payments (session);

create table sandbox_refunds (
    id           text primary key,
    request_key  text not null,
    request_hash text not null,
    payment      text not null,
    amount       bigint not null check (amount > 0),
    reference    text not null,
    created_at   timestamptz not null
);
create unique index sandbox_refunds_by_key on sandbox_refunds (request_key);

create table sandbox_events (
    id         text primary key,
    session    text not null,
    type       text not null,
    body       text not null,            -- as it is signed and sent
    created_at timestamptz not null
);
