//! A PostgreSQL database per service, for a world of its own.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

/// Every service that keeps its data there.
const SERVICES: [&str; 5] = ["identity", "membership", "commerce", "outreach", "content"];

/// Makes empty databases and says their URL, `{service}` standing for the name.
pub(crate) async fn make() -> String {
    let url = chassis::testing::postgres_database("world").await;
    let name = url.rsplit('/').find_map(|part| {
        let name = part.split('?').next().unwrap_or_default();
        name.starts_with("t_world").then(|| name.to_owned())
    });
    let name = name.expect("the database's name is in its URL");
    let mut connection = PgConnection::connect(&url).await.unwrap();
    for service in SERVICES {
        let sql = format!("create database {name}_{service}");
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
    url.replace(&name, &format!("{name}_{{service}}"))
}
