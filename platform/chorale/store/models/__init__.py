"""Every table, one file a subject. The words are those of docs/architecture.md."""

from chorale.store.models.aggregates import Aggregate, AggregationReport, AgreementReport, AgreementSums, Ruling
from chorale.store.models.audit import ApiToken, Event
from chorale.store.models.campaigns import (
    Assignment,
    Campaign,
    Consent,
    LabelSession,
    LabelTicket,
    StudioAccount,
    StudioProject,
    StudioTask,
    SyncProblem,
)
from chorale.store.models.collections import Collection, CollectionItem
from chorale.store.models.corpora import Corpus, Item, Quarantine, QuarantineTally, SourceFile
from chorale.store.models.duplicates import NearDuplicate
from chorale.store.models.endpoints import (
    Endpoint,
    EndpointUse,
    ModelFailure,
    ModelRequest,
    ModelSpending,
    Prompt,
)
from chorale.store.models.erasures import Erasure, ErasureTrace
from chorale.store.models.intake import Intake, Upload
from chorale.store.models.jobs import Job, Shard
from chorale.store.models.judgments import Judgment, Response
from chorale.store.models.participation import (
    ItemReport,
    JoinLink,
    Participation,
    Qualification,
    RaterLanguage,
    Sheet,
    Verification,
)
from chorale.store.models.people import User
from chorale.store.models.persons import CorpusPerson
from chorale.store.models.profiles import CorpusProfile
from chorale.store.models.raters import Calibration, Rater, RaterTrainingItem
from chorale.store.models.releases import Release, TermsAcceptance
from chorale.store.models.schemes import Crosswalk, Form, FormLayer, Scheme
from chorale.store.models.screening import Screening
from chorale.store.models.seats import Seat

__all__ = [
    "Aggregate",
    "AggregationReport",
    "AgreementReport",
    "AgreementSums",
    "ApiToken",
    "Assignment",
    "Calibration",
    "Campaign",
    "Collection",
    "CollectionItem",
    "Consent",
    "Corpus",
    "CorpusPerson",
    "CorpusProfile",
    "Crosswalk",
    "Endpoint",
    "EndpointUse",
    "Erasure",
    "ErasureTrace",
    "Event",
    "Form",
    "FormLayer",
    "Intake",
    "Item",
    "ItemReport",
    "Job",
    "JoinLink",
    "Judgment",
    "LabelSession",
    "LabelTicket",
    "ModelFailure",
    "ModelRequest",
    "ModelSpending",
    "NearDuplicate",
    "Participation",
    "Prompt",
    "Qualification",
    "Quarantine",
    "QuarantineTally",
    "Rater",
    "RaterLanguage",
    "RaterTrainingItem",
    "Release",
    "Response",
    "Ruling",
    "Scheme",
    "Screening",
    "Seat",
    "Shard",
    "Sheet",
    "SourceFile",
    "StudioAccount",
    "StudioProject",
    "StudioTask",
    "SyncProblem",
    "TermsAcceptance",
    "Upload",
    "User",
    "Verification",
]
