-- The log is narrowed by state and by notice, newest first: without these the few that failed would
-- be looked for among all that were sent.
create index deliveries_in_state on deliveries (state, delivery_id);
create index deliveries_of_notice on deliveries (notice, delivery_id);
