-- What a machine gets for its secret opens our API too, so every service has to hear when it is given back.

-- The id that messages name it by; null: only looked up here.
alter table oidc_tokens add column token_id uuid;

create index oidc_tokens_of_machines on oidc_tokens (client_id) where token_id is not null;
