-- What a service last declared of itself.

create table navigation_declared (
    one     boolean primary key,
    entries jsonb not null,
    version bigint not null
);
