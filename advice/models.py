"""The guidance library: working copies that editors write, published versions that everybody reads.

A working copy (`Scenario`, its wordings and citations) changes nothing until it is published. Publishing
freezes it as a `ScenarioVersion`, kept for good: an enquiry keeps the version it was shown. Every change
of what is published makes a `Release`; a process whose library is older than the newest release reads it
again, so triage and pages follow at once in every process.
"""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from simple_history.models import HistoricalRecords

from advice import parts


class Source(models.Model):
    """A document that guidance rests on. It stands once, so an edition is corrected in one place."""

    key = models.SlugField(unique=True)
    title = models.CharField(max_length=200)
    publisher = models.CharField(max_length=200)
    edition = models.CharField(max_length=200, help_text="Edition or date, as printed on the document.")
    status = models.CharField(max_length=20, choices=parts.STATUSES, default="unverified")
    note = models.TextField(blank=True)
    history = HistoricalRecords()

    def __str__(self) -> str:
        return f"{self.title} ({self.edition})"


class Contact(models.Model):
    """A telephone number, address or site that texts name as {{key}}."""

    key = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    text = models.CharField(max_length=250, help_text="What stands in the sentence.")
    hours = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=20, choices=parts.STATUSES, default="unverified")
    history = HistoricalRecords()

    def __str__(self) -> str:
        return self.name


class Scenario(models.Model):
    """One kind of incident: the working copy that editors change."""

    slug = models.SlugField(unique=True, help_text="Stands in the page's address. Do not change it later.")
    code = models.CharField(max_length=10, unique=True)
    title = models.CharField(max_length=150)
    group = models.CharField(max_length=40, choices=parts.GROUPS)
    applies_when = models.TextField(help_text="One or two sentences: is this page the reader's?")
    youngest = models.PositiveSmallIntegerField(default=0)
    oldest = models.PositiveSmallIntegerField(default=18)
    settings = models.JSONField(default=list, blank=True)
    kinds = models.JSONField(default=list, blank=True)
    continuum_low = models.CharField(max_length=15, choices=parts.LEVELS, blank=True)
    continuum_high = models.CharField(max_length=15, choices=parts.LEVELS, blank=True)
    continuum_reason = models.TextField(blank=True, help_text="About behaviour, never a verdict on a child.")
    continuum_not_applicable = models.TextField(blank=True)
    do_now = models.TextField()
    child_harmed = models.TextField()
    child_displayed = models.TextField()
    parents = models.TextField()
    staff_and_pupils = models.TextField()
    refer = models.TextField()
    avoid = models.TextField()
    record = models.TextField()
    related = models.JSONField(default=list, blank=True)
    review_by = models.DateField(null=True, blank=True)
    approved_by = models.CharField(max_length=150, blank=True, help_text="The practitioner who approved it.")
    approved_on = models.DateField(null=True, blank=True)
    published = models.ForeignKey(
        "ScenarioVersion", null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    #: What `load_guidance` wrote; while the working copy still hashes to it, no editor has changed it.
    loaded_hash = models.CharField(max_length=64, blank=True, editable=False)
    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="ages_in_order", condition=models.Q(youngest__lte=models.F("oldest"))
            ),
            models.CheckConstraint(
                name="approved_by_and_on_together",
                condition=models.Q(approved_by="", approved_on=None)
                | (~models.Q(approved_by="") & models.Q(approved_on__isnull=False)),
            ),
        ]
        permissions = [("publish_scenario", "Can publish and withdraw a scenario")]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    def snapshot(self) -> dict[str, Any]:
        """Everything that a version keeps, as plain values."""
        fields = (
            "slug", "code", "title", "group", "applies_when", "youngest", "oldest", "settings", "kinds",
            "continuum_low", "continuum_high", "continuum_reason", "continuum_not_applicable", "related",
            "approved_by",
        )  # fmt: skip
        content: dict[str, Any] = {name: getattr(self, name) for name in fields}
        content |= {name: getattr(self, name) for name, _ in parts.PARTS}
        content["review_by"] = self.review_by.isoformat() if self.review_by else ""
        content["approved_on"] = self.approved_on.isoformat() if self.approved_on else ""
        content["wordings"] = list(self.wordings.order_by("pk").values_list("text", flat=True))
        content["sources"] = [
            {"key": c.source.key, "supports": c.supports, "status": c.status}
            for c in self.citations.select_related("source").order_by("pk")
        ]
        return content

    @property
    def has_changes(self) -> bool:
        """Whether the working copy differs from what is published."""
        return self.published is None or self.published.content != self.snapshot()


class Wording(models.Model):
    """One typical way in which a professional puts a scenario. Without a scenario: fits none."""

    scenario = models.ForeignKey(
        Scenario, null=True, blank=True, on_delete=models.CASCADE, related_name="wordings"
    )
    text = models.CharField(max_length=1500)
    history = HistoricalRecords()

    def __str__(self) -> str:
        return self.text[:80]


class Citation(models.Model):
    """What in a scenario rests on which source, and how far that was checked."""

    scenario = models.ForeignKey(Scenario, on_delete=models.CASCADE, related_name="citations")
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="citations")
    supports = models.TextField(blank=True)
    status = models.CharField(max_length=20, choices=parts.STATUSES, default="unverified")
    history = HistoricalRecords()

    def __str__(self) -> str:
        return f"{self.source} for {self.scenario}"


class ScenarioVersion(models.Model):
    """A scenario as it was published. Never changed, never deleted."""

    scenario = models.ForeignKey(Scenario, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    content = models.JSONField()
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [models.UniqueConstraint(name="one_number_per_scenario", fields=["scenario", "number"])]

    def __str__(self) -> str:
        return f"{self.content['code']} version {self.number}"


class Release(models.Model):
    """A change of what is published. The newest one's id is the library's version."""

    made_at = models.DateTimeField(default=timezone.now)
    what = models.CharField(max_length=200)

    def __str__(self) -> str:
        return f"Release {self.pk}: {self.what}"


class CoreResponse(models.Model):
    """What applies to every scenario. There is one row."""

    title = models.CharField(max_length=150)
    text = models.TextField()
    review_by = models.DateField(null=True, blank=True)
    history = HistoricalRecords()

    def __str__(self) -> str:
        return self.title


class Embedding(models.Model):
    """A wording's vector, computed once, at publishing: float32 bytes, by text and model."""

    text_hash = models.CharField(max_length=64)
    model = models.CharField(max_length=80)
    vector = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_vector_per_text_and_model", fields=["text_hash", "model"])
        ]

    def __str__(self) -> str:
        return self.text_hash[:12]
