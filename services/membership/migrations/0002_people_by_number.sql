-- The list of people is also sorted by member number; who has none comes first.
create index people_by_number on people (coalesce(member_number, ''), person_id);
