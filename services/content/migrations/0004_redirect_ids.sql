-- What a list of redirects chooses them by. Rows from before have none until the service starts.
alter table redirects add column redirect_id uuid;
create unique index redirects_id on redirects (redirect_id);
