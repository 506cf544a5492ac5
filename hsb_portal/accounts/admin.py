"""People and their roles, for admins."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from hsb_portal.accounts.models import User
from hsb_portal.accounts.roles import IN_THE_ADMIN


class UserForm(forms.ModelForm):  # type: ignore[type-arg]
    """A person and their roles."""

    class Meta:
        model = User
        fields = ("email", "name", "groups", "is_active")
        widgets = {"groups": forms.CheckboxSelectMultiple}
        labels = {"email": "E-mail", "groups": "Roles", "is_active": "May sign in"}
        help_texts = {
            "groups": "Somebody without a role is an enquirer.",
            "is_active": "Take this away from people who have left. What they wrote keeps its author.",
        }


@admin.register(User)
class UserAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Who they are and what role they have. Nobody has a password."""

    form = UserForm
    list_display = ("email", "name", "roles", "is_active", "joined_at")
    list_filter = ("groups", "is_active")
    search_fields = ("email", "name")
    fields = ("email", "name", "groups", "is_active", "joined_at", "last_login")
    readonly_fields = ("joined_at", "last_login")

    @admin.display(description="Roles")
    def roles(self, user: User) -> str:
        """Their roles in a line."""
        return ", ".join(group.name for group in user.groups.all()) or "enquirer"

    def get_queryset(self, request: HttpRequest) -> Any:
        """With their roles in one query."""
        return super().get_queryset(request).prefetch_related("groups")

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The admin opens for the roles that work in it, and for no others."""
        super().save_related(request, form, formsets, change)
        user = form.instance
        user.is_staff = user.is_superuser or user.groups.filter(name__in=IN_THE_ADMIN).exists()
        user.save(update_fields=["is_staff"])

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """People who have left are made inactive: their work keeps its author."""
        return False
