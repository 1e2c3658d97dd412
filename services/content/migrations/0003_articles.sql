-- What stands at the head of a page beside its title. `dated` is the legal date that an article
-- bears, null until it is published; `folded` is the head in small letters, for the search;
-- `renderer` is the version of the renderer that made the blocks.
alter table pages add column summary text not null default '';
alter table pages add column topic text not null default '';
alter table pages add column byline text not null default '';
alter table pages add column dated date;
alter table pages add column folded text not null default '';
alter table pages add column renderer bigint not null default 1;
update pages set dated = date(changed_at) where state = 'published';
create index pages_dated on pages (dated, page_id);

alter table page_revisions add column summary text not null default '';
alter table page_revisions add column topic text not null default '';
alter table page_revisions add column byline text not null default '';
alter table page_revisions add column dated date;

-- What a page says to each audience, for the search: nothing for members is found by others.
create table page_texts (
    page_id  uuid not null,
    audience text not null,
    words    text not null,
    folded   text not null,              -- the same in small letters
    primary key (page_id, audience)
);
