-- The pages of the site. What visitors get is rendered when a page is saved.
create table pages (
    page_id    uuid primary key,
    path       text not null unique,       -- '/about'; '/' is the home page
    title      text not null,
    language   text not null,              -- BCP 47
    audience   text not null,              -- who may read the page at all
    state      text not null check (state in ('draft', 'published')),
    markdown   text not null,
    blocks     jsonb not null,             -- rendered and cleaned: [{audience, parts}]
    changed_at timestamptz not null,
    version    bigint not null
);

-- Every save of a page, so that a stale edit can be shown what changed.
create table page_revisions (
    page_id  uuid not null,
    version  bigint not null,
    path     text not null,
    title    text not null,
    language text not null,
    audience text not null,
    markdown text not null,
    actor    text not null,
    at       timestamptz not null,
    primary key (page_id, version)
);

-- Where an old path leads. A page at the old path goes first.
create table redirects (
    old_path text primary key,
    new_path text not null,
    made_at  timestamptz not null
);

-- One row per rule that spans many rows; each deciding command bumps it.
create table heads (
    name    text primary key,              -- 'paths', 'redirects'
    version bigint not null
);
insert into heads (name, version) values ('paths', 1), ('redirects', 1);

-- How the menu differs from what the services declared; one row.
create table menu (
    id      uuid primary key,
    entries jsonb not null,
    version bigint not null
);
