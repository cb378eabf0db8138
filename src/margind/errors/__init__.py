"""The exchange's errors: one constant per kind, and the refusal that carries one."""

from margind.errors.because import Because as Because
from margind.errors.because import Compared as Compared
from margind.errors.because import Reason as Reason
from margind.errors.because import nearest_names as nearest_names
from margind.errors.catalogue import CATALOGUE as CATALOGUE
from margind.errors.catalogue import CatalogueRow as CatalogueRow
from margind.errors.catalogue import by_code as by_code
from margind.errors.catalogue import catalogue_rows as catalogue_rows
from margind.errors.execution import *  # noqa: F403 - the constants are the module's whole content
from margind.errors.filters import *  # noqa: F403
from margind.errors.kind import ErrorKind as ErrorKind
from margind.errors.limits import *  # noqa: F403
from margind.errors.processing import *  # noqa: F403
from margind.errors.refusal import ErrorPayload as ErrorPayload
from margind.errors.refusal import Refusal as Refusal
from margind.errors.request import *  # noqa: F403
from margind.errors.server import *  # noqa: F403
from margind.errors.settings import *  # noqa: F403
