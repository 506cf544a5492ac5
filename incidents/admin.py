"""What admins see of enquiries: undelivered notices, by reference. Never what anybody wrote."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from incidents.models import Outbox


@admin.register(Outbox)
class OutboxAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Parcels that wait, and those given up: an admin can have them tried again."""

    list_display = ("enquiry", "parcel", "put_at", "tries", "delivered_at", "gave_up_at", "last_error")
    list_filter = ("parcel", "delivered_at", "gave_up_at")
    fields = ("enquiry_reference", "parcel", "put_at", "tries", "delivered_at", "gave_up_at", "last_error")
    readonly_fields = fields
    ordering = ("-put_at",)
    actions = ("try_again",)

    @admin.display(description="Enquiry")
    def enquiry_reference(self, row: Outbox) -> str:
        """Its reference."""
        return str(row.enquiry or "None")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list, under the name that the queue page gives it."""
        title = {"title": "Outbox: notices that wait, were delivered or were given up"}
        return super().changelist_view(request, {**(extra_context or {}), **title})

    def get_queryset(self, request: HttpRequest) -> Any:
        """Without reading what is encrypted."""
        return (
            super()
            .get_queryset(request)
            .select_related("enquiry")
            .defer("enquiry__account", "enquiry__contact")
        )

    @admin.action(description="Try to deliver again")
    def try_again(self, request: HttpRequest, rows: Any) -> None:
        """Take up parcels that were given up."""
        count = rows.filter(delivered_at=None).update(gave_up_at=None, tries=0, try_after=timezone.now())
        self.message_user(request, f"{count} will be tried again.")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """The portal writes them."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """To read, and to try again."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Delivered ones are pruned by the portal."""
        return False
