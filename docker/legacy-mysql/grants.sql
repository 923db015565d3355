-- What the ETL needs beyond the rights on its database: to read the binlog.
GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO 'bridge'@'%';
