"""The jobs that the core itself needs: seal, copy and archive the audit, close what has ended."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import event
from sqlmodel import Session

from dcc_core.audit.archive import archive_entries
from dcc_core.audit.copies import forward_copies
from dcc_core.audit.heads import append_head, head_of
from dcc_core.audit.keys import keys_of
from dcc_core.audit.sealer import seal_entries
from dcc_core.audit.spans import MAX_ENTRIES
from dcc_core.audit.syslog import SyslogSink, parse_target
from dcc_core.audit.tables import AuditSeal
from dcc_core.config import Clock, Region, Settings
from dcc_core.hooks import Dispatcher
from dcc_core.hooks.contracts.ops import AuditSink, Job
from dcc_core.jobs.scheduler import Jobs
from dcc_core.live import prune_news
from dcc_core.users.accounts import disable_unused_accounts
from dcc_core.users.notifications import prune_notifications
from dcc_core.users.sessions import purge_sessions

OWNER = "core"
_MONTH = timedelta(days=30)
_SEALS_PER_RUN = 100


def core_jobs(*, settings: Settings, region: Region, dispatcher: Dispatcher, clock: Clock) -> Jobs:
    """Return the core's jobs for a region.

    Raises:
        ConfigError: The syslog address cannot be read.
    """
    jobs = [
        _job(
            "audit.seal",
            "Sceller le journal des accès",
            "* * * * *",
            partial(_seal, settings, clock),
        ),
        _job(
            "sessions.purge", "Effacer les sessions closes", "7 * * * *", _at(clock, purge_sessions)
        ),
        _job(
            "notifications.prune",
            "Effacer les notifications anciennes",
            "40 4 * * *",
            _at(clock, prune_notifications),
        ),
        _job("live.prune", "Effacer les avis en direct", "*/5 * * * *", _at(clock, prune_news)),
        _job(
            "accounts.unused",
            "Désactiver les comptes inutilisés",
            "20 4 * * *",
            _at(clock, disable_unused_accounts),
        ),
    ]
    jobs += [_copying_job(sink) for sink in _sinks(settings, region, dispatcher)]
    if settings.audit_archive_months:
        work = partial(_archive, settings, clock)
        jobs.append(_job("audit.archive", "Archiver le journal ancien", "40 3 2 * *", work))
    return tuple((OWNER, job) for job in jobs)


def heads_file(settings: Settings) -> Path:
    """Return the journal of heads beside the database; copy it elsewhere as well."""
    return settings.home / "audit" / "heads.jsonl"


def archive_folder(settings: Settings) -> Path:
    """Return the folder of audit archives."""
    return settings.home / "audit" / "archives"


def _job(key: str, label: str, schedule: str, run: Callable[[Session], None]) -> Job:
    return Job(key=f"core.{key}", label=label, schedule=schedule, run=run)


def _at(clock: Clock, work: Callable[[Session, datetime], object]) -> Callable[[Session], None]:
    def run(session: Session) -> None:
        work(session, clock())

    return run


def _seal(settings: Settings, clock: Clock, session: Session) -> None:
    """Seal what is new; heads are written down once the seals are committed, not before."""
    keys = keys_of(session)
    sealed: list[AuditSeal] = []
    for _ in range(_SEALS_PER_RUN):
        seal = seal_entries(session, keys=keys, now=clock())
        if seal is None:
            break
        sealed.append(seal)
        if seal.entries < MAX_ENTRIES:
            break
    heads = [head_of(seal, keys) for seal in sealed]

    @event.listens_for(session, "after_commit", once=True)
    def _write_down(_session: Session) -> None:
        for head in heads:
            append_head(heads_file(settings), head)


def _archive(settings: Settings, clock: Clock, session: Session) -> None:
    now = clock()
    before = now - settings.audit_archive_months * _MONTH
    keys = keys_of(session)
    while archive_entries(
        session, folder=archive_folder(settings), before=before, keys=keys, now=now
    ):
        continue


def _sinks(settings: Settings, region: Region, dispatcher: Dispatcher) -> list[AuditSink]:
    sinks = [sink for _, sink in dispatcher.collect("dcc_audit_sinks", settings=settings)]
    if settings.audit_syslog:
        target = parse_target(settings.audit_syslog, ca_file=settings.audit_syslog_ca)
        sinks.insert(0, SyslogSink(target, region=region.slug))
    return sinks


def _copying_job(sink: AuditSink) -> Job:
    return _job(
        f"audit.copy.{sink.key}", f"Copier le journal vers {sink.key}", "* * * * *", _copying(sink)
    )


def _copying(sink: AuditSink) -> Callable[[Session], None]:
    def run(session: Session) -> None:
        keys = keys_of(session)
        while forward_copies(session, sink, keys=keys):
            continue

    return run
