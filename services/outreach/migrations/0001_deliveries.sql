-- Copy of what identity and membership say of people; personal data; safe to delete and replay.
create table people (
    person_id       uuid primary key,
    address         text,                        -- as the person wrote it; null until identity tells
    language        text,                        -- BCP 47
    account_version bigint not null default 0,   -- of the message that told address and language
    name            text,
    person_version  bigint not null default 0    -- of the message that told the name
);

-- Notices: one row per notice and cause, from the moment the cause is met.
create table deliveries (
    delivery_id    uuid primary key,             -- UUIDv7: newer is greater
    notice         text not null,                -- code of the notice: commerce.receipt
    cause_feed     text not null,                -- the service whose message caused it
    cause          text not null,                -- that message: <epoch>.<position>
    correlation    uuid not null,
    person_id      uuid not null,
    state          text not null check (state in ('awaiting', 'muted', 'queued', 'sent', 'repeated', 'failed')),
    chapter_id     uuid,                         -- the chapter whose name it still needs
    facts          jsonb,                        -- what the letter says, until it is written
    secret         boolean not null,             -- its text holds a one-time code
    address        text,
    address_normal text,                         -- lower case, to be searched
    language       text,                         -- the language it was written in
    subject        text,
    body_text      text,                         -- null before it is written; blanked when secret and done
    body_html      text,
    message_id     text not null unique,         -- Message-ID of the mail, the same for every try
    problem        text,                         -- why it failed, or why the last try has to be repeated
    made_at        timestamptz not null,
    settled_at     timestamptz,                  -- when it was sent, failed or muted
    version        bigint not null,
    unique (notice, cause)
);
create index deliveries_of_person on deliveries (person_id, delivery_id);
create index deliveries_to_address on deliveries (address_normal, delivery_id);
create index deliveries_awaiting on deliveries (person_id) where state = 'awaiting';
create index deliveries_for_chapter on deliveries (chapter_id) where state = 'awaiting';

-- Who does not want notices that are not critical.
create table preferences (
    person_id  uuid primary key,
    muted      boolean not null,
    version    bigint not null
);
