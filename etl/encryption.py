"""How a connection to legacy is encrypted where the server can: without asking who the server is.

That is what the driver does when nothing is said of it, but for reading the certificates of all the
authorities that the system trusts, which takes it longer than everything else of a connection.
"""

import ssl
from collections.abc import Mapping

from pymysql.connections import Connection


class EncryptedIfPossible(Connection):
    """A connection of the driver's."""

    def _create_ssl_ctx(self, sslp: Mapping[str, object]) -> ssl.SSLContext:  # noqa: ARG002 - the driver asks; nothing is ever given
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
