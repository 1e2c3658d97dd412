-- Whether a person's roles count only in a sign-in with two factors, or a passkey.
alter table reader_roles add column strong boolean not null default false;
