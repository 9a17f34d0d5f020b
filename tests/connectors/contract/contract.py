"""The one contract of all connectors: subclass it, say what your system is, and it is tried.

What is tried stands in the classes below; what a subclass says in `stand.Trial`; the faults in
`faults.py`. A house test fails for a system or a declarative file without such a subclass.
"""

from tests.connectors.contract.asking import Asking
from tests.connectors.contract.manners import Manners
from tests.connectors.contract.news import News
from tests.connectors.contract.sending import Sending


class ConnectorContract(Sending, Asking, News, Manners):
    """Everything that a connector promises, over real sockets, against a system that misbehaves."""
