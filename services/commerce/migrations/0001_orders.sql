-- Amounts are minor units of the currency beside them.

create table charges (
    id           uuid primary key,
    asked_by     text not null,          -- the service that asked; only it may ask for a refund
    payer        uuid not null,
    beneficiary  uuid not null,
    lines        jsonb not null,
    total        bigint not null,
    currency     text not null,
    hold_until   timestamptz not null,
    return_path  text not null,
    legal_entity text not null,
    state        text not null check (state in ('open', 'paid', 'expired', 'withdrawn', 'refused', 'refunded')),
    code         text,                   -- why it was refused
    captured     bigint not null check (captured >= 0),
    refunding    bigint not null check (refunding >= 0),   -- asked for and not yet answered by the provider
    refunded     bigint not null check (refunded >= 0),
    order_id     uuid,                   -- the one order it is ever paid by
    version      bigint not null,
    check (refunding + refunded <= captured),
    check (captured = 0 or captured = total)
);
create index charges_of_order on charges (order_id);

create table orders (
    id             uuid primary key,
    payer          uuid not null,
    total          bigint not null,
    currency       text not null,
    legal_entity   text not null,
    state          text not null check (state in ('open', 'paid', 'cancelled', 'refunded')),
    receipt_number text,
    late           boolean not null,     -- paid after the hold or after a withdrawal
    opened_at      timestamptz not null,
    paid_at        timestamptz,
    version        bigint not null
);
create unique index orders_by_receipt on orders (receipt_number) where receipt_number is not null;
create index orders_of_payer on orders (payer, id);
create index orders_by_state on orders (state, id);

-- One attempt to pay an order: one session at the provider.
create table payments (
    id          uuid primary key,
    order_id    uuid not null,
    number      bigint not null,         -- 1, 2, … within the order
    stage       text not null check (stage in ('starting', 'started', 'failed', 'captured')),
    session     text,                    -- the provider's id
    url         text,                    -- the provider's page for it
    code        text,                    -- why it failed
    returned_at timestamptz,             -- when the payer came back from the provider's page
    asking      boolean not null,        -- a question to the provider is under way
    asked       bigint not null,         -- how often the provider was asked by the clock
    started_at  timestamptz not null,
    version     bigint not null
);
create unique index payments_of_order on payments (order_id, number);
create unique index payments_by_session on payments (session) where session is not null;

-- Money that arrived, once per payment of the provider.
create table captures (
    provider_payment text primary key,
    payment_id       uuid not null,
    order_id         uuid not null,
    amount           bigint not null check (amount > 0),
    currency         text not null,
    fate             text not null check (fate in ('applied', 'surplus', 'unmatched')),
    returned         bigint not null check (returned >= 0),  -- asked back or given back
    captured_at      timestamptz not null,
    version          bigint not null,
    check (returned <= amount)
);
-- At most one payment counts for an order, whoever decides.
create unique index captures_applied on captures (order_id) where fate = 'applied';
create index captures_of_order on captures (order_id);

create table refunds (
    id               uuid primary key,
    asked_key        text not null,      -- asker and its key: the same request is one refund
    order_id         uuid not null,
    charge_id        uuid,               -- none: money that no charge was waiting for
    provider_payment text not null,
    amount           bigint not null check (amount > 0),
    currency         text not null,
    reason           text not null,
    state            text not null check (state in ('asked', 'done', 'failed')),
    provider_refund  text,
    code             text,               -- why it failed
    asked_at         timestamptz not null,
    done_at          timestamptz,
    version          bigint not null
);
create unique index refunds_by_asked_key on refunds (asked_key);
create index refunds_of_order on refunds (order_id);

-- Double entry: the entries of one transaction sum to zero in each currency. Debit is positive.
create table ledger_entries (
    transaction_id uuid not null,
    line           bigint not null,
    account        text not null,
    minor          bigint not null,
    currency       text not null,
    legal_entity   text not null,
    order_id       uuid not null,
    at             timestamptz not null,
    cause          text not null,
    primary key (transaction_id, line)
);
create index ledger_of_order on ledger_entries (order_id);

-- What staff must see: an open task, or a note of what was ignored and why.
create table tasks (
    id        uuid primary key,
    kind      text not null check (kind in ('task', 'note')),
    code      text not null,
    charge_id uuid,
    order_id  uuid,
    detail    jsonb not null,
    at        timestamptz not null,
    done_at   timestamptz,
    version   bigint not null
);
create index tasks_open on tasks (kind, id);
