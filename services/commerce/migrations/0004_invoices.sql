-- Invoices and credit notes. What stands on one is written once; of an invoice only `credited` moves.

create table invoices (
    id           uuid primary key,
    kind         text not null check (kind in ('invoice', 'credit_note')),
    number       text not null,
    order_id     uuid not null,
    payer        uuid not null,
    bill_to      text not null,          -- as it stands on the paper; here to be searched for
    legal_entity text not null,
    issued_at    timestamptz not null,
    issued_on    date not null,          -- in the society's zone
    due_on       date,                   -- of an invoice
    po_number    text,                   -- the payer's own number of the purchase
    total        bigint not null check (total > 0),
    tax          bigint not null,        -- what of the total is tax
    currency     text not null,
    content      jsonb not null,         -- seller, lines, reason: the copy of that moment
    invoice_id   uuid,                   -- of a credit note: what it takes back of
    refund_id    uuid,                   -- of a credit note: the money that went back
    credited     bigint not null check (credited >= 0 and credited <= total),
    version      bigint not null,
    check ((kind = 'credit_note') = (invoice_id is not null))
);
create unique index invoices_by_number on invoices (number);
create unique index invoices_one_of_order on invoices (order_id) where kind = 'invoice';
create unique index invoices_one_of_refund on invoices (refund_id) where refund_id is not null;
create index invoices_of_order on invoices (order_id, id);
create index invoices_by_issue on invoices (issued_at, id);
create index invoices_by_total on invoices (total, id);
