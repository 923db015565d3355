from modern.shared.databases import caches, plain_database, pooled_database
from modern.shared.environment import database_url

ADDRESS = database_url("postgresql://ada:secret@db:5433/lms?sslmode=require")


def test_a_database_is_reached_as_its_url_says_and_within_seconds() -> None:
    entry = plain_database(ADDRESS)

    assert (entry["NAME"], entry["USER"], entry["PASSWORD"]) == ("lms", "ada", "secret")
    assert (entry["HOST"], entry["PORT"]) == ("db", 5433)
    assert entry["OPTIONS"] == {"connect_timeout": 5, "sslmode": "require"}


def test_a_pool_has_the_size_asked_for() -> None:
    pool = pooled_database(ADDRESS, size=3)["OPTIONS"]["pool"]

    assert pool == {"min_size": 1, "max_size": 3, "timeout": 5}


def test_without_a_pool_connections_are_kept_and_checked() -> None:
    entry = pooled_database(ADDRESS, size=0)

    assert "pool" not in entry["OPTIONS"]
    assert (entry["CONN_MAX_AGE"], entry["CONN_HEALTH_CHECKS"]) == (60, True)


def test_the_only_cache_is_redis() -> None:
    cache = caches("redis://cache:6379/0")["default"]

    assert cache["BACKEND"] == "django.core.cache.backends.redis.RedisCache"
    assert cache["LOCATION"] == "redis://cache:6379/0"
