-- The path at which visitors last could read a page: where a page that moved while it was taken back
-- leaves its redirect when it is published again.
alter table pages add column known_path text;
update pages set known_path = path where state = 'published';
