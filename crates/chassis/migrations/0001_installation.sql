-- What the installation is for whose database this is: a data directory may be lost or another one.

create table installation (
    one  boolean primary key,
    mode text not null                   -- 'production', 'demo' or 'test'; once written it stays
);
