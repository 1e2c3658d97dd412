-- Secrets are kept for as long as their type of message says, so each type has its own mark.

create table feed_blanked (
    type text primary key,        -- as it stands in the feed
    pos  bigint not null          -- the secrets of this type are blanked up to here
);
