"""Where editors keep the guidance true: working copies, preview, publishing, history."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.forms.models import BaseInlineFormSet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from simple_history.admin import SimpleHistoryAdmin

from advice import actions, library, parts
from advice.models import Citation, Contact, CoreResponse, Scenario, ScenarioVersion, Source, Wording
from advice.views import scenario_context
from hsb_portal.accounts.models import User


def some_of(choices: Any, label: str, *, help_text: str = "") -> forms.MultipleChoiceField:
    """A list that is chosen, not typed."""
    return forms.MultipleChoiceField(
        choices=choices,
        label=label,
        help_text=help_text,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "Choose only from the list: %(value)s is not on it."},
    )


class EditorsForm(forms.ModelForm):  # type: ignore[type-arg]
    """Texts as they were, but for what an editor changed: browsers send another line break than was kept."""

    def clean(self) -> dict[str, Any]:
        """Take every line break back to the one that is kept, so that the history shows real changes only."""
        data = super().clean() or {}
        for name, value in data.items():
            if isinstance(value, str):
                data[name] = value.replace("\r\n", "\n")
        return data


class ScenarioForm(EditorsForm):
    """The working copy of a scenario, its fields named as the page's headings are."""

    settings = some_of(parts.SETTINGS, "Where")
    kinds = some_of(parts.KINDS, "Kinds of behaviour")
    related = some_of((), "See also", help_text="Other scenarios that the page leads on to.")

    class Meta:
        model = Scenario
        fields = (
            *("code", "slug", "title", "group", "applies_when", "youngest", "oldest", "settings", "kinds"),
            *("related", "continuum_low", "continuum_high", "continuum_reason", "continuum_not_applicable"),
            *(key for key, _ in parts.PARTS),
            *("approved_by", "approved_on", "review_by"),
        )
        labels = {
            **dict(parts.PARTS),
            "slug": "Address",
            "youngest": "Youngest age",
            "oldest": "Oldest age",
            "continuum_low": "From",
            "continuum_high": "To",
            "continuum_reason": "Why this range",
            "continuum_not_applicable": "Why no range is given",
            "review_by": "To be reviewed by",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = Scenario.objects.exclude(pk=self.instance.pk).order_by("code")
        titles = {
            slug: f"{code} {title}" for slug, code, title in others.values_list("slug", "code", "title")
        }
        # One that is gone stays to be seen, so that saving neither fails nor drops it unseen.
        gone = {slug: f"{slug} (not in the library)" for slug in self.instance.related if slug not in titles}
        self.fields["related"].choices = [*titles.items(), *gone.items()]  # type: ignore[attr-defined]

    def clean_related(self) -> list[str]:
        """In the order in which they stood, the new ones behind: readers see them in that order."""
        chosen = self.cleaned_data["related"]
        before = [slug for slug in self.instance.related if slug in chosen]
        return before + [slug for slug in chosen if slug not in before]

    def clean(self) -> dict[str, Any]:
        """Say at the field what the database would refuse."""
        data = super().clean()
        youngest, oldest = data.get("youngest"), data.get("oldest")
        if youngest is not None and oldest is not None and youngest > oldest:
            self.add_error("oldest", "The oldest age must not be below the youngest.")
        if bool(data.get("approved_by")) != bool(data.get("approved_on")):
            self.add_error("approved_on", "Give both: who approved it and when.")
        order = [level for level, _ in parts.LEVELS]
        low, high = data.get("continuum_low"), data.get("continuum_high")
        if bool(low) != bool(high) or (low and high and order.index(low) > order.index(high)):
            self.add_error("continuum_high", "Give both levels, the lower one first.")
        return data


class LabelledRows(BaseInlineFormSet):  # type: ignore[type-arg]
    """Rows of a table whose fields say their names: the stock admin leaves that to the table's head."""

    def add_fields(self, form: Any, index: int | None) -> None:
        """Name each field, with its row."""
        super().add_fields(form, index)
        row = "new row" if index is None else f"row {index + 1}"
        for name, field in form.fields.items():
            widget = getattr(field.widget, "widget", field.widget)  # within the admin's wrapper
            if not widget.is_hidden:
                widget.attrs["aria-label"] = f"{field.label or name}, {row}"


class WordingForm(EditorsForm):
    """A wording in a box that shows it whole."""

    class Meta:
        model = Wording
        fields = ("text",)
        widgets = {"text": forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"})}
        labels = {"text": "Wording"}


class WordingInline(admin.TabularInline):  # type: ignore[type-arg]
    """The scenario's wordings."""

    model = Wording
    form = WordingForm
    formset = LabelledRows
    template = "admin/advice/rows.html"
    extra = 1


class CitationInline(admin.TabularInline):  # type: ignore[type-arg]
    """The scenario's sources."""

    model = Citation
    verbose_name = "Source"
    verbose_name_plural = "Sources"
    formset = LabelledRows
    template = "admin/advice/rows.html"
    extra = 0


@admin.register(Scenario)
class ScenarioAdmin(SimpleHistoryAdmin):  # type: ignore[misc]
    """Editing changes nothing that anybody reads, until "Publish"."""

    form = ScenarioForm
    inlines = (WordingInline, CitationInline)
    list_display = ("code", "title", "group", "state", "approved_by", "review_by")
    list_filter = ("group", "review_by")
    search_fields = ("code", "slug", "title")
    ordering = ("code",)
    list_select_related = ("published",)
    change_form_template = "admin/advice/scenario/change_form.html"
    fieldsets = (
        (None, {"fields": ("code", "slug", "title", "group", "applies_when")}),
        ("Who and where", {"fields": (("youngest", "oldest"), "settings", "kinds", "related")}),
        (
            "Where the behaviour may lie",
            {
                "fields": (
                    ("continuum_low", "continuum_high"),
                    "continuum_reason",
                    "continuum_not_applicable",
                )
            },
        ),
        ("Guidance", {"fields": tuple(key for key, _ in parts.PARTS)}),
        ("Approval and review", {"fields": (("approved_by", "approved_on"), "review_by")}),
    )

    @admin.display(description="State")
    def state(self, scenario: Scenario) -> str:
        """What readers see of it."""
        if scenario.published is None:
            return "Draft: not published"
        number = scenario.published.number
        return f"Published, version {number}" + ("; changes waiting" if scenario.has_changes else "")

    def get_urls(self) -> list[URLPattern]:
        """Add preview, publish and withdraw."""
        view = self.admin_site.admin_view
        return [
            path("<path:object_id>/preview/", view(self.preview), name="advice_scenario_preview"),
            path("<path:object_id>/publish/", view(self.publish), name="advice_scenario_publish"),
            path("<path:object_id>/withdraw/", view(self.withdraw), name="advice_scenario_withdraw"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The editing page, with the scenario's state."""
        scenario = self.get_object(request, unquote(object_id))
        context = {**(extra_context or {}), "state": self.state(scenario) if scenario else ""}
        context["may_publish"] = request.user.has_perm("advice.publish_scenario")
        response: HttpResponse = super().change_view(request, object_id, form_url, context)
        return response

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only a draft: what was ever published is withdrawn, and its versions are kept."""
        published = obj is not None and obj.versions.exists()
        return bool(super().has_delete_permission(request, obj)) and not published

    def found(self, request: HttpRequest, object_id: str, *, permission: str) -> Scenario:
        """The scenario, for somebody who may do this with it."""
        if not request.user.has_perm(permission):
            raise PermissionDenied("Your role may not do this.")
        scenario: Scenario | None = self.get_object(request, unquote(object_id))  # none for any odd address
        if scenario is None:
            raise Http404
        return scenario

    def preview(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The working copy as readers would see it."""
        scenario = self.found(request, object_id, permission="advice.view_scenario")
        last = scenario.versions.order_by("number").last()
        version = ScenarioVersion(
            pk=0,
            scenario=scenario,
            number=(last.number if last else 0) + 1,
            content=scenario.snapshot(),
            published_at=timezone.now(),
        )
        shelf = library.current()
        shown = library.page(version, {source.key: source for source in Source.objects.all()})
        context = {
            **scenario_context(shelf, shown),
            "is_preview": True,
            "is_published": scenario.published is not None,
            "edit_address": reverse("admin:advice_scenario_change", args=[scenario.pk]),
        }
        return render(request, "advice/scenario.html", context)

    def publish(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Make the working copy what everybody reads."""
        scenario = self.found(request, object_id, permission="advice.publish_scenario")
        if request.method == "POST" and isinstance(request.user, User):
            if scenario.has_changes:
                version = actions.publish(scenario, by=request.user, at=timezone.now())
                messages.success(request, f"{version} is published: the library and triage use it now.")
            else:
                messages.info(request, "Nothing has changed since it was published.")
        return redirect(reverse("admin:advice_scenario_change", args=[scenario.pk]))

    def withdraw(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take it out of the library and triage."""
        scenario = self.found(request, object_id, permission="advice.publish_scenario")
        if request.method == "POST" and isinstance(request.user, User) and scenario.published:
            actions.withdraw(scenario, by=request.user, at=timezone.now())
            messages.success(request, f"{scenario} is withdrawn. Its versions are kept.")
        return redirect(reverse("admin:advice_scenario_change", args=[scenario.pk]))


class Released(SimpleHistoryAdmin):  # type: ignore[misc]
    """What counts as soon as it is saved: sources, contacts, the core response, wordings that fit nothing."""

    form = EditorsForm

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save, and tell every process."""
        super().save_model(request, obj, form, change)
        actions.release(f"{obj._meta.model_name} {obj.pk} saved", at=timezone.now())

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Delete, and tell every process."""
        actions.release(f"{obj._meta.model_name} {obj.pk} deleted", at=timezone.now())
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        """Delete those that were marked in the list, and tell every process."""
        super().delete_queryset(request, queryset)
        actions.release(f"{queryset.model._meta.model_name}s deleted", at=timezone.now())


@admin.register(Source)
class SourceAdmin(Released):
    """Editions are corrected here, once."""

    list_display = ("title", "publisher", "edition", "status")
    list_filter = ("status",)
    search_fields = ("key", "title", "publisher")


@admin.register(Contact)
class ContactAdmin(Released):
    """Telephone numbers and hours are corrected here, once."""

    list_display = ("name", "text", "hours", "status")
    search_fields = ("key", "name", "text")


@admin.register(CoreResponse)
class CoreResponseAdmin(Released):
    """The one text that applies to every scenario."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """There is one."""
        return not CoreResponse.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """It stays."""
        return False


@admin.register(Wording)
class WordingAdmin(Released):
    """Wordings that fit no scenario; those of a scenario are edited with it."""

    form = WordingForm
    list_display = ("text",)
    search_fields = ("text",)
    fields = ("text",)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Only those without a scenario."""
        return super().get_queryset(request).filter(scenario=None)


@admin.register(ScenarioVersion)
class ScenarioVersionAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Published versions, to read. They are never changed and never deleted."""

    list_display = ("__str__", "published_at", "published_by", "open_preview")
    list_filter = ("published_at",)
    ordering = ("-published_at",)
    fields = ("scenario", "number", "published_at", "published_by", "as_text")
    readonly_fields = fields

    @admin.display(description="Content")
    def as_text(self, version: ScenarioVersion) -> SafeString:
        """The guidance as it was published."""
        text = "\n\n".join(f"{heading}\n{version.content[key]}" for key, heading in parts.PARTS)
        return format_html("<pre class='version-text'>{}</pre>", text)

    @admin.display(description="Working copy")
    def open_preview(self, version: ScenarioVersion) -> SafeString:
        """A link to the working copy."""
        return format_html(
            "<a href='{}'>Open {}</a>",
            reverse("admin:advice_scenario_change", args=[version.scenario_id]),
            version.content["code"],
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Publishing makes versions."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False
