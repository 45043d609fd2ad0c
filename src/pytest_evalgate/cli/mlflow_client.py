"""Runs of MLflow, asked for through its own client: the only place that imports it."""

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pytest_evalgate.cli.errors import CommandError
from pytest_evalgate.cli.uris import scheme_of, scrubbed, shown_uri
from pytest_evalgate.errors import ArtifactError
from pytest_evalgate.spec.problems import listed, shown


if TYPE_CHECKING:
    from mlflow.entities import Run  # type: ignore[import-not-found,unused-ignore]
    from mlflow.tracking import MlflowClient  # type: ignore[import-not-found,unused-ignore]

T = TypeVar("T")

PAGE: Final = 1000  # runs of one page, which every server allows
INSTALL: Final = "python -m pip install 'pytest-evalgate[mlflow]'"
_DATABASES: Final = ("sqlite", "postgresql", "mysql", "mssql")
_SERVERS: Final = ("http", "https")
_FILES: Final = ("", "file")
_OLDEST_FIRST: Final = ["attributes.start_time ASC"]  # runs that start meanwhile come last
_LONGEST: Final = 400  # characters of a message of the client
# Said only where the environment says nothing: a server that is not there is told in seconds, a
# store of files is read though MLflow writes no new ones, and nothing is sent anywhere else.
_SETTINGS: Final = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_ALLOW_FILE_STORE": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
}


class Store:
    """A place where MLflow keeps runs.

    Raises:
        CommandError: No such place, or the client is not installed.
        ArtifactError: The place does not answer.
    """

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self.shown = shown(shown_uri(uri))
        self._check_uri()
        for name, setting in _SETTINGS.items():
            os.environ.setdefault(name, setting)
        self._client: MlflowClient = self._ask(self._open)

    def experiments(self, names: Sequence[str]) -> dict[str, str]:
        """Return the names of experiments by their ids.

        Raises:
            ArtifactError: One is not there, or is deleted.
        """
        found: dict[str, str] = {}
        for name in dict.fromkeys(names):
            experiment = self._ask(partial(self._client.get_experiment_by_name, name))
            if experiment is None:
                raise ArtifactError(
                    f"{self.shown} has no experiment {shown(name)}", hint=self._known()
                )
            if experiment.lifecycle_stage != "active":
                raise ArtifactError(
                    f"experiment {shown(name)} of {self.shown} is deleted",
                    hint="restore it there, or name another one",
                )
            found[str(experiment.experiment_id)] = name
        return found

    def runs(self, experiment_ids: Sequence[str], filter_string: str) -> "list[Run]":
        """Return all runs that are not deleted, of all pages.

        Raises:
            ArtifactError: The filter is refused, or runs came and went meanwhile.
        """
        runs = self._ask(lambda: list(self._pages(experiment_ids, filter_string)))
        ids = [run.info.run_id for run in runs]
        # Pages are counted off by place, so a run deleted meanwhile hides another one.
        if len(runs) > PAGE:
            again = self._ask(lambda: list(self._pages(experiment_ids, filter_string)))
            if ids != [run.info.run_id for run in again]:
                raise self._changed()
        if len(set(ids)) != len(ids):
            raise self._changed()
        return runs

    def _pages(self, experiment_ids: Sequence[str], filter_string: str) -> "Iterator[Run]":
        token: object = None
        seen: set[object] = set()
        while token not in seen:
            seen.add(token)
            page = self._client.search_runs(
                list(experiment_ids),
                filter_string=filter_string,
                max_results=PAGE,
                order_by=_OLDEST_FIRST,
                page_token=token,
            )
            yield from page
            token = page.token
            if not token:
                return
        raise self._changed()

    def _changed(self) -> ArtifactError:
        return ArtifactError(
            f"the runs of {self.shown} changed while their pages were fetched",
            hint="fetch again when nothing is written or deleted there",
        )

    def _check_uri(self) -> None:
        scheme = scheme_of(self.uri)
        if not self.uri.strip() or scheme.partition("+")[0] not in (
            *_FILES,
            *_SERVERS,
            *_DATABASES,
        ):
            raise CommandError(
                f"{self.shown} is no store of MLflow that can be read",
                hint="give sqlite:///mlflow.db, https://HOST, postgresql://HOST/NAME, or a folder "
                "such as mlruns",
            )
        if scheme in _FILES and not _folder(self.uri).is_dir():  # the client would make it
            raise CommandError(
                f"there is no folder {self.shown}",
                hint="it is relative to the folder you are in",
            )

    def _open(self) -> "MlflowClient":
        from mlflow.tracking import (  # type: ignore[import-not-found,unused-ignore] # noqa: PLC0415
            MlflowClient,
        )

        if scheme_of(self.uri).partition("+")[0] in _DATABASES:
            self._check_database()
        return MlflowClient(tracking_uri=self.uri, registry_uri=self.uri)

    def _check_database(self) -> None:
        """Refuse a database that the client would make or change: a fetch only reads."""
        import mlflow  # type: ignore[import-not-found,unused-ignore] # noqa: PLC0415
        import sqlalchemy  # type: ignore[import-not-found,unused-ignore] # noqa: PLC0415
        from alembic.migration import (  # type: ignore[import-not-found,unused-ignore] # noqa: PLC0415
            MigrationContext,
        )
        from alembic.script import (  # type: ignore[import-not-found,unused-ignore] # noqa: PLC0415
            ScriptDirectory,
        )

        url = sqlalchemy.make_url(self.uri)
        if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
            raise CommandError(
                f"there is no database {self.shown}",
                hint="an absolute path has four slashes: sqlite:////folder/mlflow.db",
            )
        with sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool).connect() as connection:
            found = set(MigrationContext.configure(connection).get_current_heads())
        if not found:
            raise ArtifactError(
                f"{self.shown} has no version of its tables: no database of MLflow",
                hint="is it the right database?",
            )
        scripts = Path(mlflow.__file__).parent / "store" / "db_migrations"
        if found != set(ScriptDirectory(str(scripts)).get_heads()):
            raise ArtifactError(
                f"{self.shown} was made for another version than MLflow {mlflow.__version__}, "
                "which is installed here and would change its tables",
                hint="install the version of mlflow-skinny that writes to it",
            )

    def _ask(self, ask: Callable[[], T]) -> T:
        """Return an answer of the client; what goes wrong is told without credentials.

        The client logs failures with the URI as typed, so its logging is off meanwhile.
        """
        before = logging.root.manager.disable
        logging.disable(logging.CRITICAL)
        try:
            return ask()
        except (ArtifactError, CommandError):
            raise
        except ModuleNotFoundError as error:
            raise _not_installed(error) from None
        except Exception as error:  # noqa: BLE001 - of the client, its database or its network
            words = scrubbed(str(error), self.uri)[:_LONGEST] or type(error).__name__
            # No cause: it holds the URI as typed.
            raise ArtifactError(
                f"{self.shown}: MLflow says: {words}", hint="nothing was written"
            ) from None
        finally:
            logging.disable(before)

    def _known(self) -> str:
        found: list[Any] = self._ask(lambda: list(self._client.search_experiments()))
        names = sorted(shown(experiment.name) for experiment in found)
        return f"it has {listed(names)}" if names else "it has no experiments"


def _folder(uri: str) -> Path:
    from urllib.parse import unquote, urlsplit  # noqa: PLC0415
    from urllib.request import url2pathname  # noqa: PLC0415

    return Path(url2pathname(unquote(urlsplit(uri).path))) if scheme_of(uri) else Path(uri)


def _not_installed(error: ModuleNotFoundError) -> CommandError:
    name = (error.name or "").partition(".")[0]
    if name in {"mlflow", "sqlalchemy", "alembic"}:
        return CommandError(f"the package {name} is not installed", hint=INSTALL)
    driver = name or str(error)
    return CommandError(
        f"the package {driver} is not installed, which this database needs",
        hint=f"python -m pip install {driver}",
    )
