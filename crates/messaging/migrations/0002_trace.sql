-- Work that is done later remembers the trace it was asked in.

alter table timer add column traceparent text;

alter table effect add column traceparent text;
