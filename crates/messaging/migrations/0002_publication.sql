-- How far the feed is copied to the broker, as the leader last noted it: for people to see, and for
-- an operator's word to reach whichever process leads.

create table publication (
    one     boolean primary key,    -- always true: there is one row, once there was a broker
    pos     bigint not null,        -- the last position known to be in the stream
    halted  text,                   -- why nothing is copied, until an operator resumes it
    away    text,                   -- why copying does not get on at the moment
    rebuild boolean not null,       -- an operator wants the stream made anew
    at      timestamptz not null
);
