-- The lists of staff: sorted by opening and total, narrowed to money in doubt.

create index orders_by_opening on orders (opened_at, id);
create index orders_by_total on orders (total, id);
create index captures_unplaced on captures (order_id) where fate <> 'applied';
create index tasks_of_order on tasks (order_id);
create index tasks_by_time on tasks (at, id);
