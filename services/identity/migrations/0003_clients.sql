-- Systems that sign their users in here, and machines that call our API. Times are UTC.

create table clients (
    id             text primary key,          -- client_id
    entity         uuid not null unique,      -- the id messages and the audit name it by
    name           text not null,             -- as people are asked for their consent
    kind           text not null check (kind in ('public', 'confidential', 'machine')),
    secret_hash    text,                      -- SHA-256 of a secret of 256 random bits; null: public
    redirect_uris  jsonb not null,            -- compared letter by letter
    sign_out_uris  jsonb not null,            -- where one may go after signing out
    back_channel   text,                      -- where we tell that a sign-in ended
    scopes         jsonb not null,            -- what it may ask for
    devices        boolean not null,          -- whether it may use the device code
    strong         boolean not null,          -- whether its users need two factors, or a passkey
    trusted        boolean not null,          -- ours: nobody is asked for consent
    colour         text,                      -- '#0a5cad': of its name on our pages
    from_settings  boolean not null,          -- stands in the configuration and is changed only there
    open           boolean not null,
    made_at        timestamptz not null,
    version        bigint not null
);

create index clients_by_name on clients (name, id);
